//! Calls and replies.

use aid_picture::{Drawn, Event, Kind, Role};
use aid_types::{MspToken, OperationId, RequestActivationCode};
use aid1_client::HttpClient as _;
use bytes::Bytes;
use http::Request;

use crate::support::*;

fn request_activation_code() -> Request<Bytes> {
    let token: MspToken = TOKEN.parse().unwrap();
    let body = RequestActivationCode::new(EID.parse().unwrap(), CORRELATION.parse().unwrap());
    endpoint().request(&token, &body, ids())
}

fn body(event: &Event) -> &str {
    event.body.as_ref().map_or("", |body| body.get())
}

#[test]
fn a_call_is_drawn_by_its_client_and_by_its_server() {
    let (client, server) = (picture(), picture());
    send(Role::Msp, request_activation_code(), [&client, &server]);
    for picture in [&client, &server] {
        let events = picture.events();
        let [request, reply] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(
            (&*request.from, &*request.to, request.kind),
            ("CMP", "MSP", Kind::Request)
        );
        assert_eq!((&*reply.from, &*reply.to, reply.kind), ("MSP", "CMP", Kind::Reply));
        assert_eq!(&*request.name, "Request activation code");
        assert_eq!(
            (reply.answers, reply.status, reply.code),
            (Some(request.number), Some(200), None)
        );
        assert_eq!((request.user, request.vehicle), (Some(1), Some(1)));
        assert_eq!((reply.user, reply.vehicle), (Some(1), Some(1)));
        assert_eq!(request.ids[1], ("correlation-id", CORRELATION.to_owned()));
        assert!(request.requirements.contains("R-280"));
        assert!(body(request).contains(EID), "{}", body(request));
        assert!(
            body(reply).contains(r#""activationCode":"(redacted)""#),
            "{}",
            body(reply)
        );
        assert!(!reply.has_failed());
    }
}

#[test]
fn a_refusal_has_its_code_and_what_was_tolerated() {
    let server = picture();
    let body = format!(r#"{{"iccid":"8944500805172032953F","eid":"{EID}","status":"deleted"}}"#);
    let (role, request) = raw(OperationId::SendCsimStatus, &body);
    send(role, request, [&picture(), &server]);
    let events = server.events();
    let reply = &events[1];
    assert!(reply.has_failed());
    assert_eq!((reply.status, reply.code), (Some(501), Some(90)));
    assert_eq!(reply.label(), "501, code 90");
    assert_eq!(reply.tolerated, ["A-148 at iccid"]);
}

#[test]
fn a_call_of_nobody_is_drawn_as_such() {
    let server = picture();
    let (role, mut request) = raw(OperationId::SendCsimStatus, "{}");
    request.headers_mut().remove("api-key");
    send(role, request, [&picture(), &server]);
    let (role, mut request) = raw(OperationId::SendCsimStatus, "{}");
    *request.uri_mut() = format!("https://peer.example/{TOKEN}").parse().unwrap();
    send(role, request, [&picture(), &server]);
    let events = server.events();
    assert_eq!((&*events[0].from, events[1].status), ("somebody", Some(401)));
    assert_eq!((&*events[2].name, events[3].status), ("unknown call", Some(404)));
}

#[test]
fn a_peer_that_does_not_answer_is_drawn() {
    let picture = picture();
    let gone = |_| async { Err::<http::Response<Bytes>, _>(std::io::Error::other("connection refused")) };
    let sent = ready(Drawn::new(gone, &picture, "CMP", ("MSP", Role::Msp)).send(request_activation_code()));
    assert!(sent.is_err());
    let events = picture.events();
    assert_eq!(events[1].problem.as_deref(), Some("connection refused"));
    assert_eq!((events[1].label().as_str(), events[1].answers), ("no reply", Some(1)));
}

#[test]
fn an_onboarding_ties_session_token_and_user_together() {
    let picture = picture();
    let url = format!("https://msp.example/?id={ACCOUNT_ID}&redirect_uri=https%3A%2F%2Fcmp.example%2F");
    picture.redirect("CMP", "MSP", &url, Some(("cmpUserId", USER)));
    send(Role::Msp, request_activation_code(), [&picture, &self::picture()]);
    let issued = format!(
        r#"{{"msp_token":"{TOKEN}","phoneNumber":"{PHONE}","subscriptionType":"personal","error":null,"iv":"N1RnMnHhudFLgi1l"}}"#
    );
    let (role, request) = raw(OperationId::SendMspToken, &issued);
    send(role, request, [&picture, &self::picture()]);
    let events = picture.events();
    assert_eq!(
        (events[0].kind, &*events[0].name),
        (Kind::Redirect, "Redirect to MSP content")
    );
    // That the second user is the first turns out with the third message.
    assert!(events.iter().all(|event| event.user == Some(1)), "{events:?}");
    scan(&picture.page());
}

#[test]
fn no_secret_is_in_a_picture_whatever_is_sent() {
    let (client, server) = (picture(), picture());
    let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    server.record(Lines(std::sync::Arc::clone(&lines)));
    let members = [
        "msp_token",
        "phoneNumber",
        "activationCode",
        "error",
        "reason",
        "iccid",
        "eid",
        "status",
        "profiles",
        "iv",
        "customerGroup",
        "subscriptionType",
        "activationCodeRequestID",
        "profileType",
        "deviceType",
        "imei",
        "code",
        "x",
    ];
    for id in OperationId::ALL {
        for member in members {
            for secret in [TOKEN, CODE, ACCOUNT_ID, PHONE] {
                // Texts for people and open vocabularies may say anything; only what looks like a token is known as such.
                let is_open = OPEN.contains(&member);
                if secret == PHONE && is_open {
                    continue;
                }
                for body in [
                    format!(r#"{{"{member}":"{secret}"}}"#),
                    format!(r#"{{"{member}":["{secret}"]}}"#),
                    format!(r#"{{"profiles":[{{"{member}":"{secret}"}}]}}"#),
                    format!(r#"{{"{member}":{{"{member}":"{secret}"}}}}"#),
                    format!(r#"{{"{member}":"{secret}""#),
                ] {
                    let (role, request) = raw(*id, &body);
                    send(role, request, [&client, &server]);
                }
            }
        }
    }
    scan(&client.page());
    scan(&server.page());
    let lines = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
    scan(&lines);
    assert_eq!(lines.lines().count(), server.events().last().unwrap().number as usize);
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

const OPEN: [&str; 8] = [
    "error",
    "reason",
    "customerGroup",
    "iv",
    "status",
    "profileType",
    "deviceType",
    "subscriptionType",
];

struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
