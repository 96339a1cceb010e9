//! Any text as the addresses that people configure and peers send: no panic, and what is accepted comes back equal.
#![no_main]

use aid_types::{http::BaseUrl, redirect::Touchpoint};
use aid2_mqtt::BrokerUrl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(url) = text.parse::<BaseUrl>() {
        let _ = (url.is_encrypted(), url.authority(), url.join("/v1/users/x".to_owned()));
        assert_eq!(url.to_string().parse::<BaseUrl>().as_ref(), Ok(&url));
    }
    if let Ok(touchpoint) = text.parse::<Touchpoint>() {
        assert_eq!(touchpoint.as_str().parse::<Touchpoint>().as_ref(), Ok(&touchpoint));
    }
    if let Ok(url) = text.parse::<BrokerUrl>() {
        assert!(!url.host().is_empty());
        assert_eq!(url.to_string().parse::<BrokerUrl>().as_ref(), Ok(&url));
    }
});
