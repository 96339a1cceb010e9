//! Profile information: what the MSP tells the CMP of its profiles.

use aid_procedures::{CallFailure, ServiceState, msp::Event};
use aid_types::{CsimStatus, ErrorCode, ProfileInformationStatus};

use super::{Msp, NOTHING, asked, information, information_refused, prepared, status};
use crate::common::{iccid, subscription_info};

#[test]
fn profile_information_is_news_only() {
    //
    use ProfileInformationStatus::{Invalid, Suspended, Valid};
    let mut msp = Msp::pool(3).with_profiles(3);
    let mut tell = |entries: &[_]| msp.on(Event::ProfileInformation(information(entries)));
    assert_eq!(tell(&[(1, Valid)]), NOTHING);
    assert_eq!(tell(&[(1, Suspended), (2, Valid)]), ["suspend 1", "CMP: 1 suspended"]);
    assert_eq!(
        tell(&[(1, Valid), (2, Invalid)]),
        ["restore 1", "deactivate 2", "CMP: 1 valid, 2 invalid"]
    );
    assert_eq!(tell(&[(1, Suspended), (2, Valid)]), ["refused ProfileStaysInvalid"]);
    assert_eq!(tell(&[(1, Suspended), (9, Valid)]), ["refused UnknownProfile"]);
    assert_eq!(
        msp.subscription.profile(&iccid(1)).unwrap().service(),
        ServiceState::Valid
    );
    // A swapped profile is not told again.
    msp.on(asked(4, 4, None));
    msp.on(prepared(4, 4));
    msp.on(asked(5, 5, Some(1)));
    assert_eq!(msp.on(prepared(5, 5)), ["deactivate 1", "reply 5 is 5, swapped 1"]);
    let swapped = information(&[(1, Invalid)]);
    assert_eq!(
        msp.on(Event::ProfileInformation(swapped)),
        ["refused ProfileStaysInvalid"]
    );
}

#[test]
fn information_that_was_refused_as_a_whole_is_told_one_by_one() {
    //
    use ProfileInformationStatus::{Suspended, Valid};
    let mut msp = Msp::pool(2).with_profiles(2);
    msp.on(Event::ProfileInformation(information(&[
        (1, Suspended),
        (2, Suspended),
    ])));
    let both = information(&[(1, Suspended), (2, Suspended)]);
    let refused = information_refused(both.clone(), 404, None);
    assert_eq!(msp.on(refused.clone()), ["CMP: 1 suspended", "CMP: 2 suspended"]);
    let one = information(&[(1, Suspended)]);
    assert_eq!(msp.on(information_refused(one, 404, None)), ["alarm UnknownToCmp"]);
    assert_eq!(
        msp.on(information_refused(both, 422, None)),
        ["alarm InformationRefused", "alarm InformationRefused"]
    );
    // The refusal of an older call says nothing that is not so any more.
    msp.on(Event::ProfileInformation(information(&[(1, Valid)])));
    assert_eq!(msp.on(refused), ["CMP: 1 valid", "CMP: 2 suspended"]);
}

#[test]
fn what_the_cmp_could_not_be_told_it_is_told_with_the_first_status() {
    // the activation code, or the name of its profile, was still on its way.
    let unknown = Some(ErrorCode::PROFILE_NOT_FOUND);
    let mut msp = Msp::pool(2).with_profiles(2);
    for (n, service) in [
        (1, ProfileInformationStatus::Suspended),
        (2, ProfileInformationStatus::Invalid),
    ] {
        let body = information(&[(n, service.clone())]);
        msp.on(Event::ProfileInformation(body.clone()));
        assert_eq!(msp.on(information_refused(body, 404, unknown)), ["alarm UnknownToCmp"]);
        assert_eq!(
            msp.on(status(n, n, CsimStatus::Installed)),
            [format!("CMP: {n} {service}")]
        );
        assert_eq!(msp.on(status(n, n, CsimStatus::Installed)), NOTHING);
    }
    // The status overtook the refusal.
    msp.on(asked(3, 3, None));
    msp.on(prepared(3, 3));
    let body = information(&[(3, ProfileInformationStatus::Invalid)]);
    msp.on(Event::ProfileInformation(body.clone()));
    msp.on(status(3, 3, CsimStatus::Installed));
    let refused = information_refused(body, 404, unknown);
    assert_eq!(msp.on(refused.clone()), ["alarm UnknownToCmp", "CMP: 3 invalid"]);
    assert_eq!(msp.on(refused), ["alarm UnknownToCmp"]);
}

#[test]
fn a_change_of_the_subscription_that_is_not_taken_is_told() {
    let mut msp = Msp::pool(1);
    msp.on(Event::UpdateSubscriptionInfo(subscription_info(2)));
    let refused = Err(CallFailure::refused(422, Some(ErrorCode::SYNTAX)));
    assert_eq!(msp.reply(refused), ["alarm SubscriptionInfoRefused"]);
}
