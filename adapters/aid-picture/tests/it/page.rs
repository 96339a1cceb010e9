//! The page.

use aid_picture::{Options, Picture};
use aid_types::OperationId;

use crate::support::*;

#[test]
fn lanes_stand_in_the_order_of_the_specification() {
    let picture = picture();
    picture.message("MSP", "SM-DP+", "order a profile");
    picture.message("vehicle …34483", "CMP", "RequestActivationCode");
    picture.message("alice", "vehicle …34483", "login");
    let page = picture.page();
    let heads = "<b>alice</b><b>vehicle …34483</b><b>CMP</b><b>MSP</b><b>SM-DP+</b>";
    assert!(
        page.contains(&format!("<div id=lanes class=n5><div id=heads>{heads}</div>")),
        "{page}"
    );
    // From the second lane to the third.
    assert!(
        page.contains(r#"<details class="s1 w1 r a"><summary>RequestActivationCode</summary>"#),
        "{page}"
    );
}

#[test]
fn what_a_peer_sends_is_escaped() {
    let picture = picture();
    let hostile = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}";
    for id in OperationId::ALL {
        let body =
            serde_json::json!({ "reason": hostile, "error": hostile, "customerGroup": hostile, hostile: hostile });
        let (role, mut request) = raw(*id, &body.to_string());
        let uri = format!("{}?{}=1", request.uri(), "%3Cscript%3E");
        *request.uri_mut() = uri.parse().unwrap();
        send(role, request, [&picture, &self::picture()]);
    }
    picture.message(hostile, hostile, hostile);
    let page = picture.page();
    assert!(page.contains("&lt;script&gt;"));
    for piece in ["<script", "<img", "</pre><s", "\u{202e}"] {
        assert!(!page.contains(piece), "{piece}");
    }
}

#[test]
fn a_thousand_messages_are_a_small_page() {
    let picture = picture();
    let request = format!(
        r#"{{"profileType":"personal","deviceType":"tcu","eid":"{EID}","activationCodeRequestID":"{CORRELATION}","replaceIccid":null}}"#
    );
    let status = format!(r#"{{"iccid":"8944500805172032953","eid":"{EID}","status":"enabled"}}"#);
    for _ in 0..125 {
        for (id, body) in [
            (OperationId::RequestActivationCode, &*request),
            (OperationId::SendCsimStatus, &*status),
            (OperationId::RequestProfileStatus, ""),
            (
                OperationId::SendProfileInformation,
                r#"{"profiles":[{"iccid":"8944500805172032953","status":"invalid","reason":null}]}"#,
            ),
        ] {
            let (role, request) = raw(id, body);
            send(role, request, [&picture, &self::picture()]);
        }
    }
    let page = picture.page();
    assert_eq!(page.matches("<details").count(), 1000);
    assert!(page.len() < 300 * 1024, "{}", page.len());
}

#[test]
fn the_oldest_make_room_and_the_page_says_so() {
    let mut options = Options::default();
    (options.messages, options.body) = (10, 100);
    let picture = Picture::new(options);
    for number in 1..=25 {
        picture.message("CMP", "MSP", &format!("message {number}"));
    }
    let events = picture.events();
    assert_eq!((events.len(), events[0].number), (10, 16));
    assert!(picture.page().contains("15 messages that came before are not shown"));
    let profiles = vec![serde_json::json!({"iccid":"8944500805172032953","status":"invalid","reason":null}); 50];
    let body = serde_json::json!({ "profiles": profiles }).to_string();
    let (role, request) = raw(OperationId::SendProfileInformation, &body);
    send(role, request, [&picture, &self::picture()]);
    assert!(picture.page().contains(" more members, too long to be shown"));
}

#[test]
fn many_vehicles_share_a_lane() {
    let picture = picture();
    for car in 0..40 {
        picture.message(&format!("vehicle …{car:05}"), "CMP", "SendCSIMStatus");
    }
    let page = picture.page();
    assert!(page.contains("class=n12") && page.contains("<b>30 others</b>"));
}
