//! After a restart, with and without what was saved.

use aid_procedures::vehicle::{DownloadFailure, Effect, Event, ListedProfile, LpaCommand, ProfileState, Vehicle};
use aid2_proto::DownloadInstallResult;

use super::car::{Car, EID, VIN, iccid, started, user};

fn elsewhere(vin: &str, eid: &str) -> Event {
    Event::Restarted {
        vin: vin.parse().unwrap(),
        eid: eid.parse().unwrap(),
        user_stayed: true,
    }
}

const OTHER_VIN: &str = "WBAUX11030A000000";
const OTHER_EID: &str = "89044011112233441122334411223321";

#[test]
fn commands_come_again_with_their_ids_and_the_euicc_is_read() {
    let mut car = Car::with_profiles("A");
    car.login('B');
    car.code(10, 'B', 2);
    car.login('A');
    let out = car.commands.clone();
    let mut again = car.handle(started(true));
    again.sort();
    assert_eq!(again, ["download 2", "enable 1"]);
    let mut after = car.commands.clone();
    after.sort_by_key(|(id, _)| *id);
    assert_eq!(after, out);
    assert_eq!(car.done(), ["status @11 1A=ENABLED", "list"]);
    assert!(car.listed(&[(1, true)]).is_empty(), "nothing new, nobody asked");
}

#[test]
fn what_changed_meanwhile_is_reported() {
    let mut car = Car::in_use();
    car.delete_all(500);
    car.commands.clear();
    assert_eq!(car.handle(started(false)), ["disable 1"]);
    assert_eq!(car.done(), ["list"]);
    assert_eq!(
        car.listed(&[(2, false)]),
        ["log ProfileVanished", "status @20 1A=DELETED 2B=DISABLED", "delete 2"]
    );
    assert_eq!(
        car.done(),
        ["answer @500 DELETE_ALL_PROFILES_SUCCESS 0000", "status @500 2B=DELETED"]
    );
}

#[test]
fn nobody_is_logged_in_after_parking() {
    let mut car = Car::in_use();
    assert_eq!(car.handle(started(false)), ["disable 1"]);
    assert_eq!(car.vehicle.logged_in(), None);
}

//
#[test]
fn a_restart_is_no_login() {
    // Of a user whose profile was deleted by order, or is being deleted.
    let mut car = Car::in_use();
    car.delete(500, 'A', 1);
    assert_eq!(car.handle(started(true)), ["disable 1"]);
    assert_eq!(car.vehicle.logged_in(), Some(&user('A')));
    assert_eq!(car.done(), ["list"]);
    assert_eq!(car.listed(&[(1, false), (2, false)]), ["delete 1"]);
    assert_eq!(car.done().len(), 2, "answer and status");
    assert_eq!(car.handle(started(true)), ["list"]);
    assert!(car.listed(&[(2, false)]).is_empty());
    assert_eq!(car.login('A'), ["ask @20 A"]);
    // Of one whose profile could not be enabled.
    let mut car = Car::with_profiles("A");
    car.login('A');
    car.fail(0x6985);
    assert_eq!(car.handle(started(true)), ["list"]);
    assert!(car.listed(&[(1, false)]).is_empty());
}

//
#[test]
fn without_memory_the_euicc_is_adopted() {
    let mut car = Car::fresh();
    assert_eq!(car.handle(started(false)), ["list"]);
    assert_eq!(
        car.listed(&[(1, true), (2, false)]),
        [
            "log ProfileAdopted",
            "log ProfileAdopted",
            "status @0 1=ENABLED 2=DISABLED",
            "disable 1",
        ]
    );
    assert_eq!(car.done(), ["status @1 1=DISABLED 2=DISABLED"]);
    assert_eq!(car.vehicle.profiles()[0].cmp_user_id(), None);
    // Nobody else's profile is the user's, so there is another one.
    car.now = 5;
    assert_eq!(car.login('A'), ["ask @5 A"]);
    // Unless the code is that of the former one.
    car.code(5, 'A', 1);
    assert_eq!(
        car.installed(1),
        [
            "info @5 1A PROFILE_INSTALLATION_SUCCESS 0000",
            "log InstalledTwice",
            "enable 1"
        ]
    );
    assert_eq!(car.done(), ["status @6 1A=ENABLED 2=DISABLED"]);
}

//
#[test]
fn a_code_that_was_asked_for_before_the_memory_was_lost_is_used() {
    let mut car = Car::new();
    car.login('B');
    car.refuse(0, aid2_proto::RequestActivationCodeResult::UNKNOWN_USER);
    let mut forgetful = Car::new();
    forgetful.login('A');
    let mut saved = serde_json::to_value(&forgetful.vehicle).unwrap();
    saved["profiles"] = serde_json::json!([]);
    forgetful.vehicle = serde_json::from_value(saved).unwrap();
    assert_eq!(forgetful.code(0, 'A', 1), ["log OtherRequestId", "download 1"]);
}

/// A download that is done, and dies before that is saved.
fn interrupted() -> Car {
    let mut car = Car::with_profiles("A");
    car.login('B');
    assert_eq!(car.code(10, 'B', 2), ["download 2"]);
    let restarted = car.effects(started(true));
    let Effect::Command { command, .. } = &restarted[0] else {
        panic!()
    };
    // What was there before comes again, too: what is more now, the download has brought.
    let saved = serde_json::to_value(command).unwrap();
    assert_eq!(saved["Download"]["before"].as_array().unwrap().len(), 1);
    car
}

#[test]
fn a_download_that_died_after_the_installation_has_brought_its_profile() {
    let mut car = interrupted();
    // The eUICC tells it before the LPA has come to the download again: it may be what that has brought.
    assert!(car.listed(&[(1, false), (2, false)]).is_empty());
    assert_eq!(
        car.installed(2),
        ["info @10 2B PROFILE_INSTALLATION_SUCCESS 0000", "list"]
    );
    assert_eq!(car.listed(&[(1, false), (2, false)]), ["enable 2"]);
}

#[test]
fn an_lpa_that_does_not_know_its_own_profile_orphans_none() {
    // The SM-DP+ gives nothing twice, so the LPA says that it failed.
    let mut car = interrupted();
    car.listed(&[(1, false), (2, false)]);
    let failure = DownloadFailure::new(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR);
    assert_eq!(car.not_installed(failure), ["log InstallationFailed", "list"]);
    assert_eq!(
        car.listed(&[(1, false), (2, false)]),
        [
            "log InstalledAllTheSame",
            "info @10 2B PROFILE_INSTALLATION_SUCCESS 0000",
            "enable 2"
        ]
    );
    // So nothing stays when all is deleted.
    let mut car = interrupted();
    car.listed(&[(1, false), (2, false)]);
    car.delete_all(500);
    car.not_installed(DownloadFailure::new(DownloadInstallResult::PROFILE_INSTALLATION_FAILED));
    let mut held = vec![(1, false), (2, false)];
    let mut told = Vec::new();
    while let [(_, command)] = &car.commands[..] {
        told = match command {
            LpaCommand::List => car.listed(&held),
            LpaCommand::Delete { iccid: deleted } => {
                held.retain(|(number, _)| iccid(*number) != *deleted);
                car.done()
            }
            other => panic!("{other:?}"),
        };
    }
    assert_eq!(
        told,
        [
            "answer @500 DELETE_ALL_PROFILES_SUCCESS 0000",
            "status @500 1A=DELETED 2B=DELETED"
        ]
    );
}

//
#[test]
fn in_another_vehicle_the_profiles_stay() {
    let mut car = Car::in_use();
    car.login('C');
    car.done();
    car.delete(500, 'B', 2);
    car.csim_info(501);
    let lines = car.effects(elsewhere(OTHER_VIN, EID));
    assert!(
        format!("{lines:?}").contains("VehicleExchanged { dropped_orders: 2 }"),
        "{lines:?}"
    );
    let effects = car.effects(started(true));
    assert!(!effects.is_empty());
    assert_eq!(car.vehicle.vin().as_str(), VIN, "and back");
    assert!(
        !car.vehicle
            .profiles()
            .iter()
            .any(|profile| profile.state() == ProfileState::Requested)
    );
    // The LPA had been told to delete it.
    car.done();
    assert_eq!(
        car.listed(&[(1, false)]),
        ["status @22 1A=DISABLED 2B=DELETED"],
        "whose vehicle this is now"
    );
}

#[test]
fn with_another_euicc_the_profiles_are_gone() {
    let mut car = Car::in_use();
    car.login('C');
    car.done();
    car.code(20, 'C', 3);
    car.delete(500, 'B', 2);
    assert_eq!(
        car.handle(elsewhere(VIN, OTHER_EID))[..2],
        [
            "info @20 -C PROFILE_INSTALLATION_UNKNOWN_ERROR 0000",
            "log EuiccExchanged",
        ]
    );
    assert!(car.vehicle.profiles().is_empty());
    assert_eq!(car.vehicle.eid().as_str(), OTHER_EID);
    // The order is answered by what the new one holds.
    car.commands.retain(|(_, command)| command.name() == "list");
    let effects = {
        let command = car.take(false);
        car.effects(Event::Listed {
            command,
            result: Ok(Vec::new()),
        })
    };
    let text = format!("{effects:?}");
    assert!(text.contains("DELETE_PROFILE_NOT_FOUND"), "{text}");
}

//
#[test]
fn without_a_date_request_ids_go_on() {
    let mut car = Car::fresh();
    car.date = Some(None);
    let now = aid_procedures::vehicle::Now::new(std::time::Duration::ZERO, None);
    assert_eq!(car.vehicle.next_request_id(now).timestamp.as_secs(), 1);
    assert_eq!(car.vehicle.next_request_id(now).timestamp.as_secs(), 2);
    let mut car = Car::in_use();
    car.date = Some(None);
    car.logout();
    assert_eq!(car.done(), ["status @11 1A=DISABLED 2B=DISABLED"]);
    // A clock that is set back repeats nothing.
    car.date = Some(Some(3));
    car.login('A');
    assert_eq!(car.done(), ["status @12 1A=ENABLED 2B=DISABLED"]);
}

//
#[test]
fn no_interval_is_measured_by_the_date() {
    let mut car = Car::new();
    car.login('A');
    for date in [Some(3600), Some(3_600_000_000), Some(0), None] {
        car.date = Some(date);
        assert!(car.tick(0).is_empty());
    }
    assert_eq!(car.tick(3600), ["log NoAnswer"]);
    // Nor does another process count where this one was.
    let mut car = Car::new();
    car.now = 1_000_000;
    car.login('A');
    car.now = 5;
    car.handle(started(true));
    assert_eq!(car.wake_at(), Some(5 + 120), "the LPA");
    car.listed(&[]);
    assert_eq!(car.wake_at(), Some(5 + 3600));
}

#[test]
fn another_format_is_refused() {
    let mut saved = serde_json::to_value(&Car::in_use().vehicle).unwrap();
    assert_eq!(saved["format"], 1);
    serde_json::from_value::<Vehicle>(saved.clone()).unwrap();
    saved["format"] = 2.into();
    let error = serde_json::from_value::<Vehicle>(saved).unwrap_err();
    assert!(error.to_string().contains("saved in format 2"), "{error}");
}

/// As saved before downloads knew what was there, and commands had time-outs.
const SAVED: &str = include_str!("../../saved/vehicle.json");

#[test]
fn a_vehicle_of_an_earlier_version_lives_on() {
    let mut car = Car::new();
    car.vehicle = serde_json::from_str(SAVED).unwrap();
    car.now = 100;
    let mut again = car.handle(started(true));
    again.sort();
    assert_eq!(again, ["disable 1", "download 3"]);
    assert_eq!(car.installed(3), ["info @20 3C PROFILE_INSTALLATION_SUCCESS 0000"]);
    assert_eq!(car.done(), ["status @100 1A=DISABLED 2B=DISABLED 3C=DISABLED", "list"]);
    assert_eq!(
        car.listed(&[(1, false), (2, false), (3, false)]),
        [
            "answer @501 CSIM_INFO_SUCCESS 0000",
            "status @501 1A=DISABLED 2B=DISABLED 3C=DISABLED",
            "delete 2",
        ]
    );
    assert_eq!(car.done()[0], "answer @500 DELETE_PROFILE_SUCCESS 0000");
    assert_eq!(car.wake_at(), Some(3700), "user D waits for an answer");
}

#[test]
fn debug_shows_no_secrets() {
    let mut car = Car::in_use();
    car.login('C');
    car.code(20, 'C', 3);
    let text = format!("{:?} {:?}", car.vehicle, car.commands);
    assert!(!text.contains("CODE-") && !text.contains("customer-"), "{text}");
}

/// A vehicle that lost its memory, whose LPA is out of order, and whose user gets the profile 1.
fn unread() -> Car {
    let mut car = Car::fresh();
    car.handle(started(false));
    car.mute(0x6F00);
    car.login('A');
    car.code(0, 'A', 1);
    car
}

//
#[test]
fn no_status_leaves_out_what_the_euicc_holds_beside_a_download() {
    let mut car = unread();
    assert_eq!(car.csim_info(500), ["list"]);
    // One of them may be what the download brings: the question waits.
    assert!(car.listed(&[(9, true), (1, false)]).is_empty());
    assert_eq!(
        car.installed(1),
        ["info @0 1A PROFILE_INSTALLATION_SUCCESS 0000", "list"]
    );
    let lines = car.listed(&[(9, true), (1, false)]);
    assert!(
        lines.contains(&"status @500 1A=DISABLED 9=ENABLED".to_owned()),
        "{lines:?}"
    );
}

//
#[test]
fn nothing_is_enabled_before_the_euicc_was_read() {
    let mut car = unread();
    assert_eq!(car.installed(1), ["info @0 1A PROFILE_INSTALLATION_SUCCESS 0000"]);
    let mut lines = Vec::new();
    while !car.commands.iter().any(|(_, command)| command.name() == "list") {
        lines.extend(car.tick(60));
    }
    assert!(lines.iter().all(|line| line == "list"), "{lines:?}");
    // The other one first.
    let lines = car.listed(&[(9, true), (1, false)]);
    assert!(lines.contains(&"disable 9".to_owned()), "{lines:?}");
}

//
#[test]
fn what_is_downloaded_in_another_vehicle_is_told_there() {
    let mut car = Car::new();
    car.login('A');
    car.code(0, 'A', 1);
    car.effects(elsewhere(OTHER_VIN, EID));
    let told = |car: &mut Car, list: &[ListedProfile]| {
        let command = car.take(false);
        let result = Ok(list.to_vec());
        format!("{:?}", car.effects(Event::Listed { command, result }))
    };
    told(&mut car, &[]);
    assert_eq!(car.installed(1), ["list"]);
    let text = told(&mut car, &[ListedProfile::new(iccid(1), false)]);
    assert!(text.contains("SendCsimStatus") && text.contains("DISABLED"), "{text}");
}
