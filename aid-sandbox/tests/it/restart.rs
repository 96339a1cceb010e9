//! A folder is the whole state.

use aid_sandbox::{Options, Sandbox};

use crate::{browser::FIRST, start};

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_on_in_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, browser) = start(Some(folder.path())).await;
    browser.onboard("alice", "5678").await;
    browser.click(&format!("/cars/{FIRST}/login/alice")).await;
    browser.car_shows(FIRST, "<td>enabled</td>").await;
    // While it is open, nobody else can have it.
    let mut options = Options::default();
    options.folder = Some(folder.path().to_owned());
    let why = Sandbox::start(options).await.unwrap_err().to_string();
    assert!(why.contains("another process has it open"), "{why}");
    sandbox.stop().await;

    let (sandbox, browser) = start(Some(folder.path())).await;
    assert!(browser.text("/").await.contains("<td>onboarded</td>"));
    browser.car_shows(FIRST, "<td>alice</td>").await;
    browser.click(&format!("/cars/{FIRST}/login/alice")).await;
    let car = browser.car_shows(FIRST, "<td>alice</td><td>enabled</td>").await;
    assert!(car.contains("<td>…000001</td>"), "{car}");
    // What the SM-DP+ bound before is not given out again.
    browser.onboard("bob", "4321").await;
    browser.click(&format!("/cars/{FIRST}/login/bob")).await;
    let car = browser.car_shows(FIRST, "<td>bob</td><td>enabled</td>").await;
    assert!(car.contains("<td>…000002</td>"), "{car}");
    sandbox.stop().await;
}
