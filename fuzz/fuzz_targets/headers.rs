//! Any bytes as the first lines and headers of calls and replies of AiD1 and SES: no panic, what is accepted is written as
//! what is accepted again, and no credential is shown. A line is `name: value`; the first one is a path.
#![no_main]

use aid_http::retry_after;
use aid_types::{
    Role,
    http::{
        BasicCredentials, CallHeaders, PresentedCredentials, Route,
        http::{HeaderMap, HeaderName, HeaderValue, Method},
        is_json, is_request_json,
    },
};
use libfuzzer_sys::fuzz_target;
use ses_transfer::{Credentials, DeviceHeaders, TransactionId};

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let path = lines.next().unwrap_or_default();
    if let Ok(path) = std::str::from_utf8(path) {
        for role in [Role::Cmp, Role::Msp] {
            for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE] {
                match Route::find(role, "", &method, path) {
                    Ok(route) => assert!(path.contains(route.parameter)),
                    Err(error) => drop(error.to_string()),
                }
                let _ = Route::find(role, "/prefix", &method, path);
            }
        }
    }

    let mut headers = HeaderMap::new();
    for line in lines.take(64) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name),
            HeaderValue::from_bytes(value.trim_ascii()),
        ) {
            headers.append(name, value);
        }
        let _ = (is_json(value), is_request_json(value));
        if let Some(joined) = BasicCredentials::decode(value)
            && let Some((user, password)) = std::str::from_utf8(&joined).ok().and_then(|text| text.split_once(':'))
            && let Ok(own) = BasicCredentials::new(user, password)
        {
            assert!(own.matches(&joined));
            let again = BasicCredentials::decode(own.to_header_value().as_bytes());
            assert_eq!(again.as_deref(), Some(&*joined));
        }
    }

    let call = CallHeaders::find(&headers);
    let _ = call.content_type();
    if let Ok(presented) = call.credentials() {
        let shown = format!("{presented:?}");
        if let PresentedCredentials::ApiKey(key) = presented {
            assert!(key.len() < 8 || !shown.as_bytes().windows(key.len()).any(|window| window == key));
        }
    }
    if let Ok(parties) = call.parties(&[], &[]) {
        let mut written = HeaderMap::new();
        parties.write(&mut written);
        let again = CallHeaders::find(&written).parties(&[], &[]).expect("own headers");
        assert_eq!(
            (again.client_id, again.target_id),
            (parties.client_id, parties.target_id)
        );
    }
    if let Ok(ids) = call.ids() {
        let mut written = HeaderMap::new();
        ids.write(&mut written);
        assert_eq!(CallHeaders::find(&written).ids(), Ok(ids));
    }
    let mut reply = HeaderMap::new();
    call.echo(&mut reply);
    let _ = retry_after(&headers);

    let _ = Credentials::presented(&headers).map(|presented| format!("{presented:?}"));
    if let Ok(id) = TransactionId::read(&headers) {
        let mut written = HeaderMap::new();
        id.write(&mut written);
        assert_eq!(TransactionId::read(&written), Ok(id));
    }
    let mut odd = Vec::new();
    if let Ok(device) = DeviceHeaders::read(&headers, &mut odd) {
        let mut written = HeaderMap::new();
        device.write(&mut written);
        let again = DeviceHeaders::read(&written, &mut Vec::new()).expect("own headers");
        assert_eq!(again, device);
    }
});
