//! `aid aid2 codec`.

use serde_json::{Value, json};

use crate::tool::answer;

fn codec(line: &Value) -> Value {
    answer("aid2 codec", line)
}

#[test]
fn fields_and_hex_are_each_other() {
    let message = "cmp_backend.SendCSIMStatus";
    let fields = json!({
        "requestId": {"vehicleID": "WBAUX11030A334483", "timestamp": "18446744073709551615"},
        "eid": "", "imei": "", "csimNetwork": "26201", "psimNetwork": "",
        "profiles": [{"iccid": "8944500805172032953", "cmpUserId": "", "status": 7, "type": 0, "mcc": "", "mnc": "01"}],
    });
    let hex = codec(&json!({"message": message, "fields": fields}))["hex"].clone();
    assert_eq!(
        codec(&json!({"message": message, "hex": hex})),
        json!({"fields": fields})
    );
    let upper = hex.as_str().unwrap().to_uppercase();
    assert_eq!(
        codec(&json!({"message": message, "hex": upper})),
        json!({"fields": fields})
    );
}

#[test]
fn defaults_are_written_out_and_unset_messages_are_not() {
    let message = "cmp_vehicle.RequestDeleteProfile.Response";
    assert_eq!(
        codec(&json!({"message": message, "hex": ""})),
        json!({"fields": {"result": 0, "csimErrorCode": 0}})
    );
    assert_eq!(codec(&json!({"message": message, "fields": {}})), json!({"hex": ""}));
    let request = codec(&json!({"message": "cmp_vehicle.RequestDeleteProfile", "hex": ""}));
    assert_eq!(request, json!({"fields": {"cmpUserId": "", "iccid": ""}}));
}

#[test]
fn what_is_wrong_is_an_error() {
    for line in [
        json!({"message": "cmp_backend.Nonsense", "hex": ""}),
        json!({"message": "cmp_backend.SendCSIMStatus"}),
        json!({"message": "cmp_backend.SendCSIMStatus", "hex": "", "fields": {}}),
        json!({"message": "cmp_backend.SendCSIMStatus", "hex": "0"}),
        json!({"message": "cmp_backend.SendCSIMStatus", "hex": "zz"}),
        json!({"message": "cmp_backend.SendCSIMStatus", "hex": "0aff"}),
        json!({"message": "cmp_backend.SendCSIMStatus", "fields": []}),
        json!({"message": "cmp_backend.SendCSIMStatus", "fields": {"eids": "1"}}),
        json!({"message": "cmp_backend.SendCSIMStatus", "fields": {"eid": 1}}),
        json!({"message": "cmp_backend.SendCSIMStatus", "hex": "3200".repeat(33_000)}),
        json!({"hex": ""}),
    ] {
        let answer = codec(&line);
        assert!(answer["error"].is_string(), "{line}: {answer}");
        assert!(answer.get("fields").is_none() && answer.get("hex").is_none());
    }
}
