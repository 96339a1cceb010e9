//! The statuses of profiles: what the CMP sends, and what it may ask for.

use aid_procedures::msp::{Event, ProfileState};
use aid_types::{CsimStatus, ProfileState as Reported, SendCsimStatus};

use super::{Msp, NOTHING, status};
use crate::common::{eid, iccid};

#[test]
fn statuses_in_whatever_order() {
    //
    let mut msp = Msp::pool(2).with_profiles(1);
    assert_eq!(msp.on(status(9, 1, CsimStatus::Installed)), ["refused UnknownProfile"]);
    let foreign = Event::SendCsimStatus {
        body: SendCsimStatus::new(iccid(9), eid(1), CsimStatus::Installed),
        foreign: true,
    };
    assert_eq!(msp.on(foreign), ["refused ForeignProfile"]);
    assert_eq!(
        msp.on(status(1, 1, serde_json::from_str("\"paused\"").unwrap())),
        ["refused Syntax"]
    );
    assert_eq!(
        msp.on(status(1, 1, CsimStatus::InstallationFailed)),
        ["log InstallationFailed"]
    );
    assert_eq!(msp.on(status(1, 1, CsimStatus::Enabled)), NOTHING);
    assert_eq!(msp.state(1), ProfileState::Installed);
    assert_eq!(
        msp.on(status(1, 2, CsimStatus::Deleted)),
        ["alarm OtherEuicc", "deactivate 1", "log Deleted"]
    );
    for late in [CsimStatus::Installed, CsimStatus::Enabled, CsimStatus::Deleted] {
        assert_eq!(msp.on(status(1, 1, late)), NOTHING);
        assert_eq!(msp.state(1), ProfileState::Deleted);
    }
}

#[test]
fn profile_statuses_come_from_own_knowledge_only() {
    //
    let mut msp = Msp::pool(3);
    assert_eq!(msp.statuses(None), Ok(vec![]));
    msp = msp.with_profiles(2);
    let all = |one, two| Ok(vec![(iccid(1).to_string(), one), (iccid(2).to_string(), two)]);
    assert_eq!(msp.statuses(None), all(Reported::Prepared, Reported::Prepared));
    msp.on(status(1, 1, CsimStatus::Enabled));
    assert_eq!(msp.statuses(None), all(Reported::Installed, Reported::Prepared));
    for (in_use, expected) in [
        (Some(true), Reported::Enabled),
        (Some(false), Reported::Disabled),
        (None, Reported::Installed),
    ] {
        let iccid = iccid(1);
        msp.on(Event::InUse { iccid, in_use });
        assert_eq!(msp.statuses(None), all(expected, Reported::Prepared));
    }
    assert_eq!(
        msp.statuses(Some(2)),
        Ok(vec![(iccid(2).to_string(), Reported::Prepared)])
    );
    assert_eq!(msp.statuses(Some(9)), Err("refused UnknownProfile".to_owned()));
    msp.on(status(2, 2, CsimStatus::Deleted));
    assert_eq!(msp.statuses(Some(2)), Err("refused UnknownProfile".to_owned()));
    msp.on(Event::RequestInvalidateMspToken);
    assert_eq!(msp.statuses(None), Err("refused InvalidatedMspToken".to_owned()));
}

#[test]
fn an_installation_that_failed_is_told_of_a_profile_that_may_be_installed() {
    let mut msp = Msp::pool(2).with_profiles(1);
    let failed = || status(1, 1, CsimStatus::InstallationFailed);
    assert_eq!(msp.on(failed()), ["log InstallationFailed"]);
    msp.on(status(1, 1, CsimStatus::Installed));
    assert_eq!(msp.on(failed()), ["log Ignored"], "late");
}
