//! Onboarding and withdrawing, through real redirects between two origins.

use crate::{browser::FIRST, start};

const ALICE: (&str, &str) = ("alice", "5678");
const BOB: (&str, &str) = ("bob", "4321");

#[tokio::test(flavor = "multi_thread")]
async fn by_way_of_the_cmp() {
    let (sandbox, browser) = start(None).await;
    let (alice, ver) = ALICE;
    let failed = browser.onboard_at_the_cmp(alice, "0000").await;
    assert!(failed.text.contains("<h1>It failed</h1>"), "{}", failed.text);
    assert!(failed.url.query().unwrap().starts_with("code="), "{}", failed.url);
    // The MSP knows who is there now.
    let home = browser.home(&sandbox.addresses().cmp, alice).await;
    let msp = browser
        .press(&home, "Onboard with the MSP", &format!("ver={ver}"))
        .await;
    let gave_up = browser.press(&msp, "Give it up", "").await;
    assert!(gave_up.text.contains("<h1>You gave it up</h1>"), "{}", gave_up.text);
    assert!(browser.text("/").await.contains("<td>not onboarded</td>"));

    let home = browser.home(&sandbox.addresses().cmp, alice).await;
    let msp = browser
        .press(&home, "Onboard with the MSP", &format!("ver={ver}"))
        .await;
    let back = browser.press(&msp, "Agree", "").await;
    assert!(back.text.contains("<h1>It is done</h1>"), "{}", back.text);
    // A double click, in another tab.
    let again = browser.press(&msp, "Agree", "").await;
    assert!(again.text.contains("<h1>It is done</h1>"), "{}", again.text);
    browser.is_onboarded(alice).await;
    let home = browser.home(&sandbox.addresses().cmp, alice).await;
    assert!(home.text.contains("the phone number …5678"), "{}", home.text);
    assert!(!home.text.contains("4915112345678"));
    let subscriptions = sandbox.backends().msp.backend().subscriptions_of(alice).await;
    assert_eq!(subscriptions.unwrap().len(), 1);
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_way_of_the_msp() {
    let (sandbox, browser) = start(None).await;
    let (bob, ver) = BOB;
    let at = sandbox.addresses();
    let go = async |fields: Option<String>| {
        let home = browser.home(&at.msp, bob).await;
        let mut cmp = browser.press(&home, "Take it along", "").await;
        assert!(cmp.url.as_str().starts_with(&at.cmp), "{}", cmp.url);
        if cmp.text.contains("Log in as") {
            cmp = browser.press(&cmp, "Log in as bob", "").await;
        }
        let back = match fields {
            Some(fields) => browser.press(&cmp, "Agree", &fields).await,
            None => browser.press(&cmp, "Give it up", "").await,
        };
        assert!(back.url.as_str().starts_with(&at.msp), "{}", back.url);
        back
    };
    assert!(go(None).await.text.contains("<h1>You gave it up</h1>"));
    let failed = go(Some("ver=5678".to_owned())).await;
    assert_eq!(failed.status, 403);
    let done = go(Some(format!("ver={ver}"))).await;
    assert_eq!(done.url.as_str(), at.msp, "no account_id stays in the address");
    assert!(done.text.contains("comes along into your cars"), "{}", done.text);
    browser.is_onboarded(bob).await;
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_suspended_and_deleted_and_the_user_withdraws() {
    let (sandbox, browser) = start(None).await;
    let (alice, ver) = ALICE;
    let at = sandbox.addresses();
    browser.onboard(alice, ver).await;
    browser.click(&format!("/cars/{FIRST}/login/alice")).await;
    browser.car_shows(FIRST, "<td>enabled</td>").await;
    browser
        .page_shows(&at.msp, |page| page.contains("installed, valid"))
        .await;
    let home = browser.open(&at.msp).await;
    let suspended = browser.press(&home, "Suspend", "").await;
    assert!(suspended.text.contains("installed, suspended"), "{}", suspended.text);
    let restored = browser.press(&suspended, "Restore", "").await;
    assert!(restored.text.contains("installed, valid"), "{}", restored.text);
    browser
        .page_shows(&at.cmp, |page| page.contains("<td>enabled</td>"))
        .await;
    let home = browser.open(&at.cmp).await;
    browser.press(&home, "Delete", "").await;
    browser.car_shows(FIRST, "<p>None.</p>").await;
    let home = browser.open(&at.cmp).await;
    let home = browser.press(&home, "Withdraw", "").await;
    assert!(home.text.contains("You have no subscription"), "{}", home.text);
    let ended = |page: &str| page.contains("does not come along");
    browser.page_shows(&at.msp, ended).await;

    // And from the other side.
    browser.onboard(alice, ver).await;
    let home = browser.open(&at.msp).await;
    let home = browser.press(&home, "End the service", "").await;
    assert!(ended(&home.text), "{}", home.text);
    let told = |page: &str| page.contains("You have no subscription");
    browser.page_shows(&at.cmp, told).await;
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_where_nothing_is_agreed() {
    let (sandbox, browser) = start(None).await;
    let at = sandbox.addresses();
    for url in [
        format!("{}portal/login?redirect_uri=https%3A%2F%2Fevil.example%2F&id=x", at.msp),
        format!("{}portal/login?id=x", at.msp),
        format!("{}portal/login", at.cmp),
    ] {
        assert_eq!(browser.open(&url).await.status, 400, "{url}");
    }
    browser.home(&at.cmp, "alice").await;
    let evil = "portal/login?redirect_uri=https%3A%2F%2Fevil.example%2F";
    let page = browser.open(&format!("{}{evil}", at.cmp)).await;
    for button in ["Agree", "Give it up"] {
        let refused = browser.press(&page, button, "ver=5678").await;
        assert_eq!(refused.status, 400, "{button}");
        assert!(refused.url.as_str().starts_with(&at.cmp), "{}", refused.url);
    }
    let reply = browser
        .send(reqwest::Method::GET, at.cmp.parse().unwrap(), None, "")
        .await;
    let policy = reply.headers()["content-security-policy"].to_str().unwrap();
    let msp = at.msp.trim_end_matches('/');
    assert!(policy.contains(&format!("form-action 'self' {msp};")), "{policy}");
    sandbox.stop().await;
}
