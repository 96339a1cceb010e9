//! Bodies in both directions.

use ses_transfer::{
    Imsi, NewPrimaryDeviceInfo, OldIccidProfile, OldPrimaryDeviceInfo, PlanInfo, SimType, SubscriberInfo, Subscription,
    Subscriptions, TransferFlowType, TransferPrimaryDeviceEsimSub, UiccSignatureStatus,
    aid_types::{Eid, Iccid, Imei},
};

use crate::support::{expected, listed, text, vectors};

// SES-020 to SES-022, SES-024 to SES-031
#[test]
fn bodies_are_read_kept_and_linted() {
    for case in vectors()["bodies"].as_array().unwrap() {
        let (name, body) = (text(case, "name"), text(case, "body"));
        let read =
            TransferPrimaryDeviceEsimSub::from_json(body.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = String::from_utf8(read.value.to_json()).unwrap();
        assert_eq!(written, case["written"].as_str().unwrap_or(body), "{name}");
        let again = TransferPrimaryDeviceEsimSub::from_json(written.as_bytes()).unwrap();
        assert_eq!(again.value, read.value, "{name}");
        let mut odd = listed(&read.odd);
        odd.extend(listed(&read.value.lint()));
        assert_eq!(odd, expected(&case["odd"]), "{name}");
    }
}

// SES-020 to SES-022
#[test]
fn refused_bodies_name_the_member() {
    for case in vectors()["refused_bodies"].as_array().unwrap() {
        let (name, body) = (text(case, "name"), text(case, "body"));
        let error = TransferPrimaryDeviceEsimSub::from_json(body.as_bytes()).expect_err(name);
        let problem = format!("{:?}", error.problem());
        assert_eq!(
            (error.at(), problem.split([' ', '{']).next().unwrap()),
            (text(case, "at"), text(case, "problem")),
            "{name}"
        );
    }
}

#[test]
fn the_documents_sample_offers_typed_views() {
    let vectors = vectors();
    let sample = text(&vectors["bodies"][0], "body");
    let transfer = TransferPrimaryDeviceEsimSub::from_json(sample.as_bytes())
        .unwrap()
        .value;
    let old = &transfer.old_primary_device_info;
    assert!(old.eid.as_ref().unwrap().typed().is_err());
    let [first, second] = old.subscription_list.as_slice() else {
        panic!()
    };
    assert_eq!(first.primary_imsi.as_ref().unwrap().typed().unwrap().mcc(), "460");
    let [profile] = first.iccid_profile.as_slice() else {
        panic!()
    };
    assert!(profile.imei.as_ref().unwrap().typed().is_ok());
    assert!(profile.iccid.as_ref().unwrap().typed().is_err());
    assert_eq!(profile.sim_type, Some(SimType::Unknown));
    assert_eq!(profile.uicc_signature_status, Some(UiccSignatureStatus::Passed));
    assert_eq!(second.iccid_profile.as_slice()[0].sim_type, Some(SimType::PhysicalSim));
    assert_eq!(transfer.transfer_flow_type, Some(TransferFlowType::DuringSetup));
    assert_eq!(
        transfer
            .new_primary_device_info
            .iccid_profile_list
            .as_ref()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_body_is_built_in_the_documents_order() {
    let profile = OldIccidProfile::default()
        .imei("354178036859789".parse::<Imei>().unwrap())
        .iccid("8944500805172032953".parse::<Iccid>().unwrap())
        .sim_type(SimType::ESim);
    let subscription = Subscription::new(profile).primary_imsi("001010123456789".parse::<Imsi>().unwrap());
    let old = OldPrimaryDeviceInfo::new(Subscriptions::new([subscription]).unwrap())
        .eid("89049032000001000000000831934057".parse::<Eid>().unwrap());
    let transfer = TransferPrimaryDeviceEsimSub::new(old, NewPrimaryDeviceInfo::default())
        .subscriber_info(SubscriberInfo::default())
        .plan_info(PlanInfo::default().operator_id("A".parse::<ses_transfer::Text>().unwrap()));
    assert_eq!(
        String::from_utf8(transfer.to_json()).unwrap(),
        concat!(
            r#"{"oldPrimaryDeviceInfo":{"eid":"89049032000001000000000831934057","subscriptionList":[{"#,
            r#""primaryImsi":"001010123456789","iccidProfile":{"imei":"354178036859789","iccid":"8944500805172032953","#,
            r#""simType":2}}]},"newPrimaryDeviceInfo":{},"planInfo":{"operatorId":"A"},"subscriberInfo":{}}"#
        )
    );
    assert!(transfer.lint().is_empty());
}
