//! "Car Provisioning".

use aid_procedures::vehicle::{DownloadFailure, Effect, Event, InstalledProfile, ProfileState, ToCmp};
use aid2_proto::{
    CsimErrorCode, DownloadInstallResult, ExecutionStatus, FunctionExecutionStatus, ProfileType,
    RequestActivationCodeResult, StatusCodeData,
};

use super::car::{Car, activation_code, iccid};

#[test]
fn from_the_first_login_to_parking() {
    let mut car = Car::new();
    // R-030, R-331, R-361
    assert_eq!(car.login('A'), ["ask @0 A"]);
    car.now = 5;
    assert_eq!(car.code(0, 'A', 1), ["download 1"]);
    // R-036, R-038, R-167
    assert_eq!(
        car.installed(1),
        ["info @0 1A PROFILE_INSTALLATION_SUCCESS 0000", "enable 1"]
    );
    // R-039
    assert_eq!(car.done(), ["status @5 1A=ENABLED"]);
    car.now = 9;
    // R-040, R-042
    assert_eq!(car.logout(), ["disable 1"]);
    // R-041
    assert_eq!(car.done(), ["status @9 1A=DISABLED"]);
    // The next time, the profile is there.
    assert_eq!(car.login('A'), ["enable 1"]);
}

#[test]
fn logins_coalesce_while_a_request_is_open() {
    let mut car = Car::new();
    car.login('A');
    assert!(car.login('A').is_empty());
    car.logout();
    assert!(car.login('A').is_empty());
    car.code(0, 'A', 1);
    car.logout();
    assert!(car.login('A').is_empty(), "the download is under way");
}

// R-038
#[test]
fn a_profile_that_comes_after_logout_stays_disabled() {
    let mut car = Car::new();
    car.login('A');
    car.code(0, 'A', 1);
    car.logout();
    assert_eq!(car.installed(1), ["info @0 1A PROFILE_INSTALLATION_SUCCESS 0000"]);
    assert_eq!(car.vehicle.profiles()[0].state(), ProfileState::Disabled);
}

#[test]
fn a_profile_that_comes_when_another_user_drives_stays_disabled() {
    let mut car = Car::new();
    car.login('A');
    car.code(0, 'A', 1);
    assert_eq!(car.login('B'), ["ask @1 B"]);
    assert_eq!(car.installed(1), ["info @0 1A PROFILE_INSTALLATION_SUCCESS 0000"]);
}

// R-004
#[test]
fn downloads_queue() {
    let mut car = Car::new();
    car.login('A');
    car.login('B');
    assert_eq!(car.code(0, 'A', 1), ["download 1"]);
    assert!(car.code(1, 'B', 2).is_empty());
    assert_eq!(
        car.installed(1),
        ["info @0 1A PROFILE_INSTALLATION_SUCCESS 0000", "download 2"]
    );
}

// R-333, A-120
#[test]
fn an_activation_code_cancels_a_refusal() {
    let mut car = Car::new();
    car.login('A');
    let refused = car.refuse(0, RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE);
    assert_eq!(refused, ["log NoActivationCode"]);
    assert_eq!(car.refuse(0, RequestActivationCodeResult::UNKNOWN_VIN), ["log Ignored"]);
    assert_eq!(car.code(0, 'A', 1), ["download 1"]);
}

#[test]
fn the_next_login_asks_again_after_a_refusal() {
    let mut car = Car::new();
    car.login('A');
    car.refuse(0, RequestActivationCodeResult::NO_SUBSCRIPTION_FOUND);
    car.now = 60;
    assert_eq!(car.login('A'), ["ask @60 A"]);
    // The refusal of the former request says nothing about this one.
    assert_eq!(
        car.refuse(0, RequestActivationCodeResult::UNKNOWN_USER),
        ["log Ignored"]
    );
    assert_eq!(car.vehicle.profiles()[0].state(), ProfileState::Requested);
}

// A-124
#[test]
fn an_unanswered_request_times_out_and_is_asked_again() {
    let mut car = Car::new();
    car.login('A');
    assert_eq!(car.wake_at(), Some(3600));
    assert!(car.tick(3599).is_empty());
    assert_eq!(car.tick(1), ["log NoAnswer"]);
    assert_eq!(car.wake_at(), None);
    assert_eq!(car.login('A'), ["ask @3600 A"]);
    // The answer to the first is as good.
    assert_eq!(car.code(0, 'A', 1), ["log OtherRequestId", "download 1"]);
    assert_eq!(car.installed(1)[0], "info @0 1A PROFILE_INSTALLATION_SUCCESS 0000");
}

/// How a code that was not tried is reported.
fn untried(at: u64, letter: char) -> String {
    format!("info @{at} -{letter} PROFILE_INSTALLATION_UNKNOWN_ERROR 0000")
}

// A-180
#[test]
fn an_activation_code_is_downloaded_once_and_always_reported() {
    let mut car = Car::new();
    car.login('A');
    car.code(0, 'A', 1);
    assert_eq!(car.code(0, 'A', 1), ["log RepeatedActivationCode"]);
    assert_eq!(car.code(3, 'B', 1), ["log RepeatedActivationCode"]);
    assert_eq!(car.code(7, 'A', 2), ["log UnexpectedActivationCode", &untried(7, 'A')]);
    assert_eq!(
        car.installed(1),
        [
            "info @0 1A PROFILE_INSTALLATION_SUCCESS 0000",
            "info @3 1A PROFILE_INSTALLATION_SUCCESS 0000",
            "enable 1",
        ]
    );
    for at in [0, 5] {
        let told = format!("info @{at} 1A PROFILE_INSTALLATION_SUCCESS 0000");
        assert_eq!(car.code(at, 'A', 1), ["log RepeatedActivationCode", &told]);
    }
    assert_eq!(car.code(9, 'A', 2), ["log UnexpectedActivationCode", &untried(9, 'A')]);
}

#[test]
fn a_code_in_sequences_without_end_is_refused() {
    let mut car = Car::new();
    car.login('A');
    for at in 0..8 {
        car.code(at, 'A', 1);
    }
    assert_eq!(
        car.code(8, 'A', 1),
        ["log RepeatedActivationCode", "log TooManyOrders", &untried(8, 'A')]
    );
    assert_eq!(car.installed(1).len(), 9, "eight reports, and a command");
}

// A-143
#[test]
fn the_prefix_makes_no_other_activation_code() {
    let mut car = Car::new();
    car.login('A');
    car.code(0, 'A', 1);
    let mut message = activation_code(3, 'A', 1);
    message.activation_code = format!("LPA:{}", message.activation_code).parse().unwrap();
    assert_eq!(
        car.handle(Event::SendActivationCode(message)),
        ["log RepeatedActivationCode"]
    );
}

#[test]
fn nobody_gets_what_nobody_asked_for() {
    let mut car = Car::new();
    assert_eq!(car.code(0, 'A', 1), ["log UnexpectedActivationCode", &untried(0, 'A')]);
    car.login('A');
    assert_eq!(car.code(0, 'B', 1), ["log UnexpectedActivationCode", &untried(0, 'B')]);
    assert!(car.commands.is_empty());
    let mut message = activation_code(0, 'A', 1);
    message.request_id.vehicle_id = "WBAUX11030A000000".parse().unwrap();
    assert_eq!(car.handle(Event::SendActivationCode(message)), ["log OtherVehicle"]);
}

// R-036, R-337 to R-340, A-131, A-132
#[test]
fn a_failed_download_is_reported_in_full() {
    let mut car = Car::new();
    car.login('A');
    car.now = 5;
    car.code(0, 'A', 1);
    let mut failure = DownloadFailure::new(DownloadInstallResult::PROFILE_INSTALLATION_FAILED);
    failure.iccid = Some(iccid(1));
    failure.csim_error_code = CsimErrorCode::from_status_word(0x6A84);
    let data = StatusCodeData::new("8.1", "4.8");
    failure.function_execution_status = Some(FunctionExecutionStatus::new(ExecutionStatus::FAILED, Some(data)));
    let status = r#"{"status":"Failed","statusCodeData":{"subjectCode":"8.1","reasonCode":"4.8"}}"#;
    let info = format!("info @0 1A PROFILE_INSTALLATION_FAILED 6A84 {status}");
    assert_eq!(car.not_installed(failure), ["log InstallationFailed", "list"]);
    assert_eq!(car.listed(&[]), [&*info]);
    // Neither the same message nor anything but another login or another code starts it anew.
    assert_eq!(car.code(0, 'A', 1), ["log RepeatedActivationCode", &info]);
    assert_eq!(car.code(3, 'A', 2), ["log UnexpectedActivationCode", &untried(3, 'A')]);
    assert_eq!(
        car.code(4, 'A', 1),
        ["log RepeatedActivationCode", &info.replace("@0", "@4")]
    );
    assert_eq!(car.login('A'), ["ask @5 A"]);
    assert_eq!(car.code(0, 'A', 1), ["log RepeatedActivationCode", &info]);
    assert_eq!(car.code(5, 'A', 1), ["download 1"]);
}

#[test]
fn another_code_in_the_same_sequence_replaces_one_that_failed() {
    let mut car = Car::new();
    car.login('A');
    car.code(0, 'A', 1);
    let failure = DownloadFailure::new(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_NO_NETWORK_CONNECTION);
    car.not_installed(failure);
    let told = car.listed(&[]);
    // A-132
    assert_eq!(told[0], "info @0 -A PROFILE_DOWNLOAD_FAILED_NO_NETWORK_CONNECTION 0000");
    assert_eq!(car.code(0, 'A', 2), ["download 2"]);
}

// A-122
#[test]
fn a_failure_never_reads_as_success() {
    let mut car = Car::new();
    car.login('A');
    car.code(0, 'A', 1);
    car.not_installed(DownloadFailure::new(
        DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS,
    ));
    let told = car.listed(&[]);
    assert_eq!(told[0], "info @0 -A PROFILE_INSTALLATION_UNKNOWN_ERROR 0000");
}

// A-144
#[test]
fn nobody_is_asked_for_a_confirmation_code() {
    let mut car = Car::new();
    car.login('A');
    let mut message = activation_code(0, 'A', 1);
    message.activation_code = "1$smdp.example.com$CODE-1$$1".parse().unwrap();
    let status = r#"{"status":"Failed","statusCodeData":{"subjectCode":"8.2.7","reasonCode":"2.2"}}"#;
    let info = format!("info @0 -A PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR 0000 {status}");
    let told = car.handle(Event::SendActivationCode(message));
    assert_eq!(told, ["log ConfirmationCodeRequired", &info]);
    assert!(car.commands.is_empty());
}

// R-332, R-344
#[test]
fn imei_type_and_networks_are_told() {
    let mut car = Car::new();
    car.vehicle = car.vehicle.with_imei(Some("490154203237518".parse().unwrap()));
    let effects = car.effects(Event::Login {
        cmp_user_id: super::car::user('A'),
    });
    let [Effect::SendToCmp(ToCmp::RequestActivationCode(message))] = &effects[..] else {
        panic!()
    };
    assert_eq!(message.imei, Some("490154203237518".parse().unwrap()));
    car.code(0, 'A', 1);
    let mut installed = InstalledProfile::new(iccid(1));
    installed.mcc = Some("262".parse().unwrap());
    installed.mnc = Some("01".parse().unwrap());
    let command = car.take(true);
    car.handle(Event::Downloaded {
        command,
        result: Ok(installed.clone()),
    });
    let networks = Event::NetworksChanged {
        csim_network: "roaming partner".to_owned(),
        psim_network: "WLAN".to_owned(),
    };
    assert!(car.handle(networks).is_empty());
    let command = car.take(false);
    let effects = car.effects(Event::Completed {
        command,
        result: Ok(()),
    });
    let [Effect::SendToCmp(ToCmp::SendCsimStatus(status))] = &effects[..] else {
        panic!()
    };
    assert_eq!(status.imei, car.vehicle.imei().copied());
    assert_eq!(
        (&*status.csim_network, &*status.psim_network),
        ("roaming partner", "WLAN")
    );
    assert_eq!(status.profiles[0].profile_type, ProfileType::PERSONAL);
    assert_eq!(
        (status.profiles[0].mcc, status.profiles[0].mnc),
        (installed.mcc, installed.mnc)
    );
}

#[test]
fn old_requests_give_way() {
    let mut car = Car::new();
    for letter in 'A'..='Z' {
        car.login(letter);
    }
    assert_eq!(car.vehicle.profiles().len(), 16);
    assert_eq!(car.code(0, 'A', 1), ["log UnexpectedActivationCode", &untried(0, 'A')]);
    assert_eq!(car.code(25, 'Z', 26), ["download 26"]);
}

#[test]
fn a_profile_that_was_there_before_is_not_counted_twice() {
    let mut car = Car::with_profiles("A");
    car.login('B');
    car.code(10, 'B', 2);
    assert_eq!(
        car.installed(1),
        ["info @10 1B PROFILE_INSTALLATION_SUCCESS 0000", "log InstalledTwice"]
    );
    assert_eq!(car.vehicle.profiles().len(), 1);
}
