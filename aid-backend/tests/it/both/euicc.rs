//! What becomes of an eUICC that is lost, or full.

use std::{sync::atomic::Ordering, time::Duration};

use aid_procedures::cmp::{Event, ProfileState, TokenState};
use aid_types::CmpUserId;
use aid1_server_traits::CmpApi as _;
use aid2_proto::{
    CsimErrorCode, DownloadInstallResult, Profile, ProfileStatus, RequestActivationCode, RequestId, SendCsimStatus,
    SendProfileDownloadInstallInfo, Timestamp, session::ToCmp,
};
use tokio::time::sleep;

use super::{
    several::{OTHER, begins, call, issued, world},
    world::{eid, until, user, vin},
};

#[tokio::test(start_paused = true)]
async fn what_is_lost_with_a_vehicle_or_an_euicc_counts_as_deleted() {
    for vehicle in [true, false] {
        let (world, id) = world().await;
        let iccid = world.gets_a_profile().await;
        let gone = if vehicle {
            world.cmp().vehicle_gone(vin()).await
        } else {
            world.cmp().euicc_gone(eid()).await
        };
        gone.unwrap();
        let view = world.cmp().federation(id).await.unwrap().unwrap();
        assert_eq!(view.federation.profile(&iccid).unwrap().state(), ProfileState::Deleted);
        until("the MSP knows", || async { world.msp_states().await == ["Deleted"] }).await;
        // Nobody waits for the vehicle.
        world.wishes(id, Event::Withdraw).await;
        until("removed", || async {
            let view = world.cmp().federation(id).await.unwrap().unwrap();
            view.federation.state() == TokenState::Removed
        })
        .await;
        assert_eq!(world.car.profiles(), [iccid], "nobody ordered it from the vehicle");
    }
}

//
#[tokio::test(start_paused = true)]
async fn where_an_euicc_is_full_the_profile_of_another_user_makes_room_unless_it_is_in_use() {
    let (world, first) = world().await;
    let iccid = world.gets_a_profile().await;
    let other: CmpUserId = "customer-4712".parse().unwrap();
    let (_, account_id) = begins(&world, other.clone(), "msp2").await;
    let body = issued(OTHER.parse().unwrap());
    world
        .cmp()
        .send_msp_token(call("msp2"), account_id, body)
        .await
        .unwrap();
    // So that what the other asks for stays open.
    world.msp_away.store(true, Ordering::SeqCst);
    for (seconds, in_use) in [(1000, true), (2000, false)] {
        let request_id = |more| RequestId::new(vin(), Timestamp::from_secs(world.now().as_secs() + seconds + more));
        let status = match in_use {
            true => ProfileStatus::ENABLED,
            false => ProfileStatus::DISABLED,
        };
        let held = vec![Profile::new(iccid, user(), status)];
        let status = SendCsimStatus::new(request_id(0), eid(), held);
        world.cmp().hear(ToCmp::SendCsimStatus(status)).await.unwrap();
        let asks = RequestActivationCode::new(request_id(1), other.clone(), eid());
        world.cmp().hear(ToCmp::RequestActivationCode(asks)).await.unwrap();
        let code = "1$SMDP.EXAMPLE$0A-1".parse().unwrap();
        let failed = DownloadInstallResult::PROFILE_INSTALLATION_FAILED;
        let mut info = SendProfileDownloadInstallInfo::new(request_id(1), other.clone(), eid(), code, failed);
        info.csim_error_code = CsimErrorCode::from_status_word(0x6A84);
        let full = ToCmp::SendProfileDownloadInstallInfo(info);
        world.cmp().hear(full).await.unwrap();
        if in_use {
            sleep(Duration::from_secs(10)).await;
            assert_eq!(world.car.profiles(), [iccid]);
        }
    }
    until("room", || async { world.car.profiles().is_empty() }).await;
    let view = world.cmp().federation(first).await.unwrap().unwrap();
    assert_eq!(view.federation.profile(&iccid).unwrap().state(), ProfileState::Deleted);
}
