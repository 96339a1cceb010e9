//! What wakes somebody.

use aid_procedures::{Timestamp, cmp::Alarm};

use crate::common::{eid, iccid, request, vin};

#[test]
fn every_alarm_says_what_to_look_at_first() {
    let (iccid, eid, vin, id) = (iccid(1), eid(1), vin(1), request(1));
    let csim_error_code = aid2_proto::CsimErrorCode::from_status_word(0x6985);
    let alarms = [
        Alarm::SwapOfUnknownProfile { iccid },
        Alarm::UnknownProfile { iccid, eid },
        Alarm::UnknownProfileAtMsp { iccid },
        Alarm::NotListedByMsp { iccid },
        Alarm::Misplaced { iccid, eid },
        Alarm::DeletedProfileReturned { iccid },
        Alarm::DeletionFailed {
            iccid: None,
            vin,
            csim_error_code,
        },
        Alarm::DeletionForUnknownUser { iccid: None, vin },
        Alarm::CsimInfoFailed { vin, csim_error_code },
        Alarm::TokenRefused,
        Alarm::NoActivationCodeInTime {
            activation_code_request_id: id,
            eid,
        },
        Alarm::CallAbandoned {
            activation_code_request_id: id,
            eid,
        },
        Alarm::VehicleSilent {
            vin,
            since: Timestamp::from_secs(0),
        },
        Alarm::EuiccFull { eid, vin },
        Alarm::ContradictoryActivationCode,
    ];
    let mut advice: Vec<_> = alarms.iter().map(Alarm::advice).collect();
    assert!(advice.iter().all(|advice| advice.len() > 20));
    advice.sort_unstable();
    advice.dedup();
    assert_eq!(advice.len(), alarms.len());
}
