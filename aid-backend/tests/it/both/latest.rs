//! The MSP's latest word: what was said before it changes nothing, however late it comes.

use aid_procedures::ServiceState;
use aid_types::{
    Condition, ErrorCode, OperationId, ProfileInformation, ProfileInformationStatus, Refusal, SendProfileInformation,
    SubscriptionType, UpdateSubscriptionInfo,
};
use aid1_server_traits::CmpApi as _;

use super::{
    several::{call, number, world},
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
