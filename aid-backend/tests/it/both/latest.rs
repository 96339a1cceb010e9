//! The MSP's latest word: what was said before it changes nothing, however late it comes.

use aid_procedures::{ServiceState, cmp::TokenState};
use aid_types::{
    Condition, ErrorCode, MspToken, OperationId, ProfileInformation, ProfileInformationStatus, Refusal,
    SendProfileInformation, SubscriptionType, UpdateSubscriptionInfo,
};
use aid1_server_traits::CmpApi as _;

use super::{
    several::{begins, call, issued, number, world},
    world::token,
};

fn wire(refusal: &Refusal) -> (u16, ErrorCode, String) {
    let reply = refusal.reply(Some(OperationId::SendProfileInformation));
    (reply.status, reply.code, reply.error.into_owned())
}

//
#[tokio::test(start_paused = true)]
async fn an_update_that_comes_again_after_a_newer_one_changes_nothing() {
    let (world, id) = world().await;
    let update = |kind| UpdateSubscriptionInfo::new(number(), kind);
    let (older, newer) = (call("msp1"), call("msp1"));
    let say = async |call: &aid1_server_traits::Call, kind| {
        let cmp = world.cmp();
        cmp.update_subscription_info(call.clone(), token(), update(kind))
            .await
            .unwrap();
    };
    say(&older, SubscriptionType::Private).await;
    say(&newer, SubscriptionType::Business).await;
    say(&older, SubscriptionType::Private).await;
    let view = world.cmp().federation(id).await.unwrap().unwrap();
    let kind = view.federation.subscription().unwrap().subscription_type();
    assert_eq!(kind, Some(&SubscriptionType::Business));
}

/// What was refused, and could be done by now, is not the latest word either: it stays refused, to the letter.
//
#[tokio::test(start_paused = true)]
async fn what_was_refused_stays_refused_when_it_comes_again() {
    let (world, id) = world().await;
    // The profile that the MSP will give: the CMP does not know it yet.
    let iccid = "8944500805172030000".parse().unwrap();
    let say = async |call: &aid1_server_traits::Call, status| {
        let body = SendProfileInformation::new(vec![ProfileInformation::new(iccid, status)]).unwrap();
        world.cmp().send_profile_information(call.clone(), token(), body).await
    };
    let older = call("msp1");
    let first = say(&older, ProfileInformationStatus::Suspended).await.unwrap_err();
    assert_eq!(first.condition(), Some(Condition::UnknownProfile));
    assert_eq!(world.gets_a_profile().await, iccid);
    say(&call("msp1"), ProfileInformationStatus::Valid).await.unwrap();
    let again = say(&older, ProfileInformationStatus::Suspended).await.unwrap_err();
    assert_eq!(wire(&again), wire(&first));
    let service = async || {
        let view = world.cmp().federation(id).await.unwrap().unwrap();
        view.federation.profile(&iccid).unwrap().service()
    };
    assert_eq!(service().await, ServiceState::Valid);
    // A new word is a new call.
    say(&call("msp1"), ProfileInformationStatus::Suspended).await.unwrap();
    assert_eq!(service().await, ServiceState::Suspended);
}

/// The MSP did not hear that its token was taken, and says it again when the account_id has long expired.
//
#[tokio::test(start_paused = true)]
async fn what_was_taken_stays_taken_when_its_account_id_has_expired() {
    let (world, _) = world().await;
    let (id, account_id) = begins(&world, "customer-4712".parse().unwrap(), "msp1").await;
    let other: MspToken = "25bca1e2-338f-11d6-ac61-9e71138fd522".parse().unwrap();
    let say = async |call: &aid1_server_traits::Call| {
        let cmp = world.cmp();
        cmp.send_msp_token(call.clone(), account_id.clone(), issued(other))
            .await
    };
    let first = call("msp1");
    say(&first).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2 * 60 * 60)).await;
    say(&first).await.unwrap();
    let refusal = say(&call("msp1")).await.unwrap_err();
    assert_eq!(refusal.condition(), Some(Condition::ExpiredAccountId));
    let view = world.cmp().federation(id).await.unwrap().unwrap();
    assert_eq!(view.federation.state(), TokenState::Active);
}
