//! "Send Profile Information".

use aid_procedures::{ServiceState, cmp::ProfileState};
use aid_types::*;

use crate::common::iccid;

use super::backend::*;

#[test]
fn profile_information_is_followed_as_a_whole_or_not_at_all() {
    //
    use ProfileInformationStatus::{Invalid, Suspended, Valid};
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    assert_eq!(cmp.on(information(&[(9, Invalid)])), ["refused UnknownProfile"]);
    assert_eq!(
        cmp.on(information(&[(1, Invalid), (9, Invalid)])),
        ["refused UnknownProfiles"]
    );
    assert_eq!(cmp.state(1), ProfileState::Installed);
    let logged = ["log ProfileInformation"];
    assert_eq!(cmp.on(information(&[(1, Valid)])), logged);
    assert_eq!(cmp.on(information(&[(1, Suspended)])), logged);
    assert_eq!(
        cmp.federation.profile(&iccid(1)).unwrap().service(),
        ServiceState::Suspended
    );
    assert_eq!(cmp.state(1), ProfileState::Installed);
    assert_eq!(cmp.on(information(&[(1, Valid)])), logged);
    assert_eq!(
        cmp.on(information(&[(1, Invalid)])),
        ["log ProfileInformation", "car 1: delete 1"]
    );
    assert_eq!(cmp.on(information(&[(1, Invalid)])), logged);
    assert_eq!(
        cmp.on(information(&[(2, Invalid), (1, Valid)])),
        ["refused ProfileStaysInvalid"]
    );
    assert_eq!(cmp.state(2), ProfileState::Installed);
    let unlisted: ProfileInformationStatus = serde_json::from_str("\"paused\"").unwrap();
    assert_eq!(cmp.on(information(&[(2, unlisted)])), ["refused Syntax"]);
}
