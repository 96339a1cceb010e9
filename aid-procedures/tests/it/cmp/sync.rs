//! "Profile Status Synchronization".

use aid_procedures::{
    CallFailure,
    cmp::{Event, Options, ProfileState},
};
use aid_types::*;

use crate::common::{iccid, vin};

use super::backend::*;

fn synced(entries: &[(usize, ProfileState_)], one: Option<usize>) -> Event {
    let entry = |(n, state): &(usize, ProfileState_)| aid_types::ProfileStatus::new(iccid(*n), state.clone());
    Event::ProfileStatusReply {
        request: one.map_or_else(RequestProfileStatus::all, |n| RequestProfileStatus::one(iccid(n))),
        reply: Ok(ProfileStatuses::new(entries.iter().map(entry).collect())),
    }
}

use aid_types::ProfileState as ProfileState_;

#[test]
fn a_synchronisation_repairs_both_sides() {
    //
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2).with_profile(3);
    let request = RequestProfileStatus::all();
    assert_eq!(cmp.on(Event::SyncProfiles { request }), ["MSP: status of none"]);
    cmp.tells(3, &[(3, DELETED)]);
    cmp.requests = 3;
    cmp.asks(4);
    cmp.on(code_sent(4, 4, None));
    let all = [
        (1, ProfileState_::Installed),
        (2, ProfileState_::Prepared),
        (3, ProfileState_::Installed),
        (4, ProfileState_::Enabled),
        (9, ProfileState_::Installed),
    ];
    assert_eq!(
        cmp.on(synced(&all, None)),
        [
            "MSP: 2 is installed",
            "log Repaired",
            "MSP: 3 is deleted",
            "log Repaired",
            "log Repaired",
            "alarm UnknownProfileAtMsp"
        ]
    );
    assert_eq!(cmp.state(4), ProfileState::Enabled);
    assert_eq!(cmp.state(3), ProfileState::Deleted);
    assert_eq!(cmp.on(synced(&[], Some(1))), ["alarm NotListedByMsp"]);
    let failure = |code| Event::ProfileStatusReply {
        request: RequestProfileStatus::one(iccid(1)),
        reply: Err(CallFailure::refused(404, code)),
    };
    assert_eq!(
        cmp.on(failure(Some(ErrorCode::MSP_TOKEN_NOT_FOUND))),
        ["alarm TokenRefused"]
    );
    assert_eq!(
        cmp.on(failure(Some(ErrorCode::PROFILE_NOT_FOUND))),
        ["alarm NotListedByMsp"]
    );
}

#[test]
fn an_unlisted_profile_is_deleted_where_that_is_agreed() {
    let mut options = Options::default();
    options.delete_unlisted = true;
    let mut cmp = Cmp::federated_with(options).with_profile(1);
    assert_eq!(cmp.on(synced(&[], None)), ["alarm NotListedByMsp", "car 1: delete 1"]);
}

/// The call for car 2 was given up unanswered, so nobody knows what the MSP made of it.
fn given_up() -> Cmp {
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.asks(2);
    cmp.on(replied(2, Err(CallFailure::NoReply)));
    cmp.on(Event::DeleteAllProfiles { vin: vin(2) });
    cmp
}

#[test]
fn what_a_call_did_that_was_given_up_shows_in_a_synchronisation() {
    //
    let mut cmp = given_up();
    let nothing_new = [(1, ProfileState_::Installed)];
    assert_eq!(cmp.on(synced(&nothing_new, None)), [] as [&str; 0]);
    // It was issued, and another profile swapped.
    assert_eq!(
        cmp.on(synced(&[(2, ProfileState_::Prepared)], None)),
        [
            "alarm UnknownProfileAtMsp",
            "MSP: 2 is deleted",
            "alarm NotListedByMsp",
            "car 1: delete 1"
        ]
    );
}

#[test]
fn a_profile_that_is_due_is_not_taken_for_one_that_nobody_wants() {
    //
    let mut cmp = given_up();
    cmp.asks(2);
    let all = [(1, ProfileState_::Installed), (3, ProfileState_::Prepared)];
    assert_eq!(cmp.on(synced(&all, None)), ["alarm UnknownProfileAtMsp"]);
}
