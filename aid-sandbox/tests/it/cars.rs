//! The cars' screens.

use crate::{
    browser::{FIRST, SECOND},
    start,
};

const ENABLED: &str = "<td>enabled</td>";

#[tokio::test(flavor = "multi_thread")]
async fn a_login_brings_a_profile_and_another_user_another() {
    let (sandbox, browser) = start(None).await;
    browser.onboard("alice", "5678").await;
    browser.click(&format!("/cars/{FIRST}/login/alice")).await;
    let car = browser.car_shows(FIRST, ENABLED).await;
    assert!(car.contains("<strong>alice</strong> is logged in."), "{car}");
    assert!(car.contains("<td>…000001</td>"), "{car}");
    // Nobody has onboarded bob.
    browser.click(&format!("/cars/{FIRST}/login/bob")).await;
    let car = browser.car_shows(FIRST, "<td>bob</td><td>not issued").await;
    assert!(car.contains("<td>alice</td><td>disabled</td>"), "{car}");
    browser.click(&format!("/cars/{FIRST}/logout")).await;
    browser.car_shows(FIRST, "Nobody is logged in.").await;
    // A double click.
    browser.click(&format!("/cars/{FIRST}/logout")).await;
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_car_out_of_reach_has_to_say_waits() {
    let (sandbox, browser) = start(None).await;
    browser.onboard("alice", "5678").await;
    browser.click(&format!("/cars/{FIRST}/coverage/off")).await;
    browser.click(&format!("/cars/{FIRST}/login/alice")).await;
    browser.car_shows(FIRST, "Messages that wait: ").await;
    let index = browser.text("/").await;
    assert!(index.contains(&format!("<td>the CMP, of {FIRST}</td>")), "{index}");
    // Another car is not concerned.
    browser.click(&format!("/cars/{SECOND}/login/alice")).await;
    browser.car_shows(SECOND, ENABLED).await;
    assert!(browser.car(FIRST).await.contains("<td>asked for</td>"));
    browser.click(&format!("/cars/{FIRST}/coverage/on")).await;
    browser.car_shows(FIRST, ENABLED).await;
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_euicc_fails_is_repaired_and_is_exchanged() {
    let (sandbox, browser) = start(None).await;
    browser.onboard("alice", "5678").await;
    browser.click(&format!("/cars/{FIRST}/fault/no-space")).await;
    browser.click(&format!("/cars/{FIRST}/login/alice")).await;
    browser.car_shows(FIRST, "<td>download failed</td>").await;
    browser.click(&format!("/cars/{FIRST}/fault/none")).await;
    browser.click(&format!("/cars/{FIRST}/login/alice")).await;
    browser.car_shows(FIRST, ENABLED).await;
    let eid = sandbox.cars().next().unwrap().eid();
    browser.click(&format!("/cars/{FIRST}/exchange")).await;
    let car = browser.car_shows(FIRST, "<p>None.</p>").await;
    assert!(car.contains("Nobody is logged in."), "{car}");
    assert_ne!(sandbox.cars().next().unwrap().eid(), eid);
    browser.click(&format!("/cars/{FIRST}/login/alice")).await;
    browser.car_shows(FIRST, ENABLED).await;
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_from_elsewhere_commands_a_car() {
    let (sandbox, browser) = start(None).await;
    let login = format!("/cars/{FIRST}/login/alice");
    for origin in ["http://evil.example", "http://localhost:1", "null"] {
        assert_eq!(browser.post_from(&login, origin).await.status(), 403, "{origin}");
    }
    assert!(browser.car(FIRST).await.contains("Nobody is logged in."));
    for unknown in [
        "/cars/none/logout".to_owned(),
        format!("/cars/{FIRST}/login/mallory"),
        format!("/cars/{FIRST}/fault/burns"),
        format!("/cars/{FIRST}/coverage/maybe"),
        "/away/everybody".to_owned(),
    ] {
        assert_eq!(browser.post(&unknown).await.status(), 404, "{unknown}");
    }
    for path in ["/", "/cars", "/style.css", "/none"] {
        let reply = browser.get(path).await;
        let policy = reply.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(!reply.text().await.unwrap().contains("<script"), "{path}");
    }
    let foreign = sandbox.addresses().index.replace("localhost", "127.0.0.1.nip.example");
    let port = foreign
        .rsplit(':')
        .next()
        .unwrap()
        .trim_end_matches('/')
        .parse()
        .unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .resolve("127.0.0.1.nip.example", ([127, 0, 0, 1], port).into())
        .build()
        .unwrap();
    assert_eq!(client.get(foreign).send().await.unwrap().status(), 421);
    sandbox.stop().await;
}
