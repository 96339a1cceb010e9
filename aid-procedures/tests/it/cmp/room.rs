//! An eUICC that is full.

use aid_procedures::cmp::{DeletionCause, Event, Options};
use aid2_proto::{CsimErrorCode, DownloadInstallResult, RequestId, SendProfileDownloadInstallInfo};

use super::backend::*;
use crate::common::{at, code, eid, iccid, user, vin};

fn no_room(car: usize, n: usize) -> Event {
    let result = DownloadInstallResult::PROFILE_INSTALLATION_FAILED;
    let id = RequestId::new(vin(car), at(0));
    let mut info = SendProfileDownloadInstallInfo::new(id, user(), eid(car), code(n), result);
    info.csim_error_code = CsimErrorCode::from_status_word(0x6A84);
    Event::DownloadInstallInfo(info)
}

/// A profile in car 1, and a code for a second one there.
fn second_code(options: Options) -> Cmp {
    let mut cmp = Cmp::federated_with(options).with_profile(1);
    cmp.asks(1);
    cmp.on(code_sent(2, 2, None));
    cmp
}

#[test]
fn what_the_user_does_not_use_there_makes_room() {
    //
    let mut cmp = second_code(Options::default());
    assert_eq!(
        cmp.on(no_room(1, 2)),
        [
            "MSP: 2 is installation_failed",
            "log InstallationFailed",
            "alarm EuiccFull",
            "car 1: delete 1"
        ]
    );
    assert_eq!(
        cmp.federation.profile(&iccid(1)).unwrap().deletion(),
        Some(DeletionCause::Room)
    );
}

#[test]
fn else_another_user_is_asked_for_room() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    assert_eq!(cmp.on(no_room(1, 1))[2..], ["alarm EuiccFull", "make room on 1"]);
    // The other user's federation.
    let mut other = Cmp::federated().with_profile(1);
    other.tells(1, &[(1, ENABLED)]);
    let make_room = || Event::MakeRoom { eid: eid(1) };
    assert_eq!(other.on(make_room()), ["refused UnknownProfiles"]);
    other.tells(1, &[(1, DISABLED)]);
    assert_eq!(other.on(make_room()), ["car 1: delete 1"]);
}

#[test]
fn that_can_be_left_to_people() {
    let mut options = Options::default();
    options.make_room = false;
    let mut cmp = second_code(options);
    assert_eq!(cmp.on(no_room(1, 2))[2..], ["alarm EuiccFull"]);
}
