//! Open enums and the csim error code, held against the generated code.

use aid2_proto::{
    CsimErrorCode, DownloadInstallResult, ProfileStatus, ProfileType, RequestActivationCodeResult,
    RequestCsimInfoResult, RequestDeleteAllProfilesResult, RequestDeleteProfileResult, pb::cmp_types as pb,
};

/// names and numbers of Annex D; unknown numbers kept; every spelling read.
#[test]
fn names_and_numbers_are_those_of_the_annex() {
    macro_rules! check {
        ($Own:ident, $Pb:ident) => {
            for number in -1..20 {
                let own = $Own::from_number(number);
                let name = pb::$Pb::try_from(number).ok().map(|value| value.as_str_name());
                assert_eq!(own.name(), name);
                assert_eq!(own.number(), number);
                assert_eq!($Own::KNOWN.contains(&own), name.is_some());
                assert_eq!(own.to_string().parse(), Ok(own));
                assert_eq!(own.to_string().to_lowercase().parse(), Ok(own));
                let json = serde_json::to_string(&own).unwrap();
                assert_eq!(json, number.to_string());
                assert_eq!(serde_json::from_str::<$Own>(&json).unwrap(), own);
            }
            assert_eq!(
                "NO_SUCH_NAME".parse::<$Own>().unwrap_err().to_string(),
                concat!("no value of ", stringify!($Pb), " has this name").replace("Csim", "CSIM")
            );
        };
    }
    check!(ProfileStatus, ProfileStatus);
    check!(ProfileType, ProfileType);
    check!(RequestActivationCodeResult, RequestActivationCodeResult);
    check!(DownloadInstallResult, DownloadInstallResult);
    check!(RequestDeleteProfileResult, RequestDeleteProfileResult);
    check!(RequestCsimInfoResult, RequestCsimInfoResult);
    check!(RequestDeleteAllProfilesResult, RequestDeleteAllProfilesResult);
}

#[test]
fn other_spellings_of_the_document_are_read() {
    assert_eq!(
        "SUCCESS".parse(),
        Ok(DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS)
    );
    assert_eq!(
        "SUCCESS".parse(),
        Ok(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS)
    );
    assert_eq!("SUCCESS".parse(), Ok(RequestCsimInfoResult::CSIM_INFO_SUCCESS));
    assert_eq!(
        "GENERAL_CSIM_ERROR".parse(),
        Ok(RequestCsimInfoResult::CSIM_INFO_GENERAL_ERROR)
    );
    assert_eq!(
        "SUCCESS".parse(),
        Ok(RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_SUCCESS)
    );
    assert_eq!(
        "FAILED".parse(),
        Ok(RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED)
    );
    assert_eq!(
        "NO_PROFILES_FOUND".parse(),
        Ok(RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_NO_PROFILES_FOUND)
    );
}

#[test]
fn profile_types_of_aid1_are_mapped() {
    for (aid1, aid2) in [
        ("personal", ProfileType::PERSONAL),
        ("Private", ProfileType::PRIVATE),
        ("BUSINESS", ProfileType::BUSINESS),
        ("fleet", ProfileType::DEFAULT),
    ] {
        assert_eq!(
            ProfileType::from(&aid1.parse::<aid_types::ProfileType>().unwrap()),
            aid2
        );
    }
}

#[test]
fn errors_of_the_msp_are_mapped() {
    for (code, result) in [
        (Some(20), RequestActivationCodeResult::NO_SUBSCRIPTION_FOUND),
        (Some(21), RequestActivationCodeResult::NO_SUBSCRIPTION_FOUND),
        (Some(49), RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE),
        (Some(90), RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE),
        (Some(250), RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE),
        (None, RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE),
    ] {
        assert_eq!(
            RequestActivationCodeResult::from_msp_error(code.map(aid_types::ErrorCode::new)),
            result
        );
    }
}

/// the status word, exact and by family.
#[test]
fn csim_error_codes_tell_their_meaning() {
    let meaning = |number| CsimErrorCode::from_number(number).meaning();
    assert_eq!(meaning(0), None);
    assert_eq!(meaning(27268), Some("not enough memory"));
    assert_eq!(
        meaning(0x63C2),
        Some("verification failed, tries left in the last digit")
    );
    assert_eq!(meaning(0x6F42), Some("technical problem"));
    assert_eq!(meaning(0x6F00), Some("technical problem, no diagnosis"));
    assert_eq!(meaning(0x6123), Some("more data available"));
    assert_eq!(meaning(0x6BFF), None);
    // Not cut down to 16 bits.
    assert_eq!(meaning(0x1_6A84), None);
    assert_eq!(CsimErrorCode::from_number(0x1_6A84).status_word(), None);
    assert_eq!(CsimErrorCode::from_number(0x6A84).status_word(), Some(0x6A84));
    assert!(CsimErrorCode::NONE.is_none() && CsimErrorCode::NONE.status_word().is_none());
}
