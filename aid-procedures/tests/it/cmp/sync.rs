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
            "alarm NotListedByMsp",
            "MSP: 2 is deleted",
            "car 1: delete 1"
        ]
    );
    // a swap is final.
    let swapped = cmp.federation.profile(&iccid(1)).unwrap();
    assert_eq!(swapped.service(), aid_procedures::ServiceState::Invalid);
}

#[test]
fn a_profile_that_is_due_is_not_taken_for_one_that_nobody_wants() {
    //
    let mut cmp = given_up();
    cmp.asks(2);
    let all = [(1, ProfileState_::Installed), (3, ProfileState_::Prepared)];
    assert_eq!(cmp.on(synced(&all, None)), ["alarm UnknownProfileAtMsp"]);
}

#[test]
fn only_one_404_says_that_there_are_no_profiles() {
    // a stray 404 deletes nothing, whatever is configured.
    let codes = [10, 20, 21, 29, 61, 65, 90, 91, 93, 94, 104, 1000].map(|code| Some(ErrorCode::new(code)));
    for code in codes.into_iter().chain([None]) {
        for one in [false, true] {
            let mut options = Options::default();
            options.delete_unlisted = true;
            let mut cmp = Cmp::federated_with(options).with_profile(1);
            let request = match one {
                true => RequestProfileStatus::one(iccid(1)),
                false => RequestProfileStatus::all(),
            };
            let reply = Err(CallFailure::refused(404, code));
            let expected = match code.map(ErrorCode::number) {
                Some(20 | 21) => vec!["alarm TokenRefused"],
                Some(61) if !one => vec!["alarm NotListedByMsp", "car 1: delete 1"],
                _ => vec!["log ProfileStatusUnknown"],
            };
            let event = Event::ProfileStatusReply { request, reply };
            assert_eq!(cmp.on(event), expected, "{code:?}, one: {one}");
        }
    }
    for failure in [
        CallFailure::NoReply,
        CallFailure::Unreadable,
        CallFailure::refused(410, None),
    ] {
        let mut cmp = Cmp::federated().with_profile(1);
        let request = RequestProfileStatus::all();
        let event = Event::ProfileStatusReply {
            request,
            reply: Err(failure),
        };
        assert_eq!(cmp.on(event), ["log ProfileStatusUnknown"]);
    }
}

#[test]
fn a_bare_404_means_none_where_the_msp_is_known_for_it() {
    //
    let mut options = Options::default();
    options.bare_404_is_none = true;
    let mut cmp = Cmp::federated_with(options).with_profile(1);
    let bare = |request| Event::ProfileStatusReply {
        request,
        reply: Err(CallFailure::refused(404, None)),
    };
    assert_eq!(
        cmp.on(bare(RequestProfileStatus::one(iccid(1)))),
        ["log ProfileStatusUnknown"]
    );
    assert_eq!(cmp.on(bare(RequestProfileStatus::all())), ["alarm NotListedByMsp"]);
}

#[test]
fn more_changes_than_abandoned_calls_are_an_alarm_and_no_order() {
    // one call can have swapped one profile.
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    cmp.asks(3);
    cmp.on(replied(3, Err(CallFailure::NoReply)));
    cmp.on(Event::DeleteAllProfiles { vin: vin(3) });
    assert_eq!(
        cmp.on(synced(&[], None)),
        [
            "alarm NotListedByMsp",
            "alarm NotListedByMsp",
            "alarm MoreChangesThanCalls"
        ]
    );
    assert_eq!(cmp.state(1), ProfileState::Installed);
    let strangers = [
        (1, ProfileState_::Installed),
        (2, ProfileState_::Installed),
        (8, ProfileState_::Prepared),
        (9, ProfileState_::Prepared),
    ];
    assert_eq!(
        cmp.on(synced(&strangers, None)),
        [
            "alarm UnknownProfileAtMsp",
            "alarm UnknownProfileAtMsp",
            "alarm MoreChangesThanCalls"
        ]
    );
    // A question about one proves nothing of the call.
    assert_eq!(cmp.on(synced(&[], Some(1))), ["alarm NotListedByMsp"]);
    // It explains one, once.
    let one_less = [(2, ProfileState_::Installed)];
    assert_eq!(
        cmp.on(synced(&one_less, None)),
        ["alarm NotListedByMsp", "car 1: delete 1"]
    );
    assert_eq!(cmp.on(synced(&[], None)), ["alarm NotListedByMsp"]);
    assert_eq!(cmp.state(2), ProfileState::Installed);
}

#[test]
fn a_list_that_could_not_be_read_as_a_whole_deletes_nothing() {
    //
    let mut options = Options::default();
    options.delete_unlisted = true;
    let mut cmp = Cmp::federated_with(options).with_profile(1).with_profile(2);
    let known = aid_types::ProfileStatus::new(iccid(1), ProfileState_::Enabled);
    let mut statuses = ProfileStatuses::new(vec![known]);
    statuses
        .unreadable
        .push(Unreadable::new("profiles[1]", "N/A", "no ICCID"));
    let event = Event::ProfileStatusReply {
        request: RequestProfileStatus::all(),
        reply: Ok(statuses),
    };
    assert_eq!(cmp.on_as_it_is(event), ["log Repaired"]);
    assert_eq!(cmp.state(2), ProfileState::Installed);
}
