//! Peers that are away: what was to be done waits, and says so.

use crate::{browser::FIRST, start};

const ENABLED: &str = "<td>enabled</td>";

#[tokio::test(flavor = "multi_thread")]
async fn what_the_cmp_asks_of_an_msp_that_is_away_waits() {
    waits("msp", "<td>CMP</td><td>the MSP</td>").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_sm_dp_that_refuses_should_prepare_waits() {
    waits("smdp", "<td>MSP</td><td>the SM-DP+</td>").await;
}

async fn waits(party: &str, row: &str) {
    let (sandbox, browser) = start(None).await;
    browser.onboard("alice", "5678").await;
    browser.click(&format!("/away/{party}")).await;
    assert!(browser.text("/").await.contains("<strong>away</strong>"));
    browser.click(&format!("/cars/{FIRST}/login/alice")).await;
    browser.index_shows(|index| index.contains(row)).await;
    assert!(!browser.car(FIRST).await.contains(ENABLED));
    browser.click(&format!("/away/{party}")).await;
    browser.car_shows(FIRST, ENABLED).await;
    browser.index_shows(|index| !index.contains(row)).await;
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_msp_token_waits_for_a_cmp_that_is_away() {
    let (sandbox, browser) = start(None).await;
    browser.click("/away/cmp").await;
    browser.onboard_at_the_cmp("bob", "4321").await;
    let index = browser
        .index_shows(|index| index.contains("<td>MSP</td><td>the CMP</td>"))
        .await;
    assert!(index.contains("<td>onboarding</td>"), "{index}");
    browser.click("/away/cmp").await;
    browser.index_shows(|index| index.contains("<td>onboarded</td>")).await;
    sandbox.stop().await;
}
