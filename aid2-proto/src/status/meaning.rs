//! What the pairs of subject code and reason code say.

/// The meaning of a pair, if it is known here.
pub(super) fn of(subject_code: &str, reason_code: &str) -> Option<&'static str> {
    MEANINGS
        .iter()
        .find(|(subject, reason, _)| *subject == subject_code && *reason == reason_code)
        .map(|(_, _, meaning)| *meaning)
}

/// Subject code, reason code, meaning: the pairs that open implementations of SGP.22 (versions 2 and 3) know.
const MEANINGS: &[(&str, &str, &str)] = &[
    ("1.2.1", "2.1", "function requester identifier invalid"),
    ("1.2.2", "2.1", "function call identifier invalid"),
    ("1.3.1", "2.2", "parameter missing"),
    ("8.1", "4.8", "not enough memory on the eUICC"),
    ("8.1", "6.1", "signature or challenge of the eUICC invalid"),
    ("8.1.1", "2.1", "EID invalid"),
    ("8.1.1", "2.2", "EID missing in the order"),
    ("8.1.1", "3.8", "not the expected EID"),
    ("8.1.1", "3.9", "EID unknown"),
    ("8.1.1", "3.10", "another EID is bound already"),
    ("8.1.2", "6.1", "certificate of the eUICC manufacturer invalid"),
    ("8.1.2", "6.3", "certificate of the eUICC manufacturer expired"),
    ("8.1.3", "6.1", "certificate of the eUICC invalid"),
    ("8.1.3", "6.3", "certificate of the eUICC expired"),
    ("8.1.4", "6.1", "EID outside the range of the eUICC manufacturer"),
    ("8.2", "1.2", "profile not released"),
    ("8.2", "3.7", "profile package not available for a new binding"),
    ("8.2.1", "1.2", "caller has no right to this profile"),
    ("8.2.1", "2.3", "ICCID missing"),
    ("8.2.1", "3.3", "ICCID in use or not available"),
    ("8.2.1", "3.5", "profile cannot be released in its state"),
    ("8.2.1", "3.9", "ICCID unknown"),
    ("8.2.1", "3.10", "ICCID bound to another EID"),
    ("8.2.5", "1.2", "caller has no right to this profile type"),
    ("8.2.5", "3.7", "no more profiles of this type"),
    ("8.2.5", "3.8", "profile type does not fit the ICCID"),
    ("8.2.5", "3.9", "profile type unknown"),
    ("8.2.5", "4.3", "no profile fits this eUICC or device"),
    ("8.2.6", "2.1", "MatchingID invalid"),
    ("8.2.6", "3.3", "MatchingID in use"),
    ("8.2.6", "3.8", "MatchingID refused"),
    ("8.2.6", "3.10", "another MatchingID is bound already"),
    ("8.2.7", "2.2", "confirmation code missing"),
    ("8.2.7", "3.8", "confirmation code refused"),
    ("8.2.7", "6.4", "too many wrong confirmation codes"),
    ("8.2.9", "2.3", "profile metadata missing"),
    ("8.2.12", "3.10", "identifier of the profile owner wrong"),
    ("8.8", "3.10", "identifier of the SM-DP+ invalid"),
    ("8.8", "4.2", "the SM-DP+ failed to execute the function"),
    ("8.8.1", "3.8", "address of the SM-DP+ refused"),
    (
        "8.8.2",
        "3.1",
        "no certificate issuer that eUICC and SM-DP+ both support",
    ),
    ("8.8.3", "3.1", "SGP.22 version not supported by the SM-DP+"),
    ("8.8.4", "3.7", "the SM-DP+ has no usable certificate"),
    ("8.8.5", "4.10", "download order expired"),
    ("8.8.5", "6.4", "too many attempts to download"),
    ("8.9", "4.2", "the SM-DS failed to execute the function"),
    ("8.9", "5.1", "SM-DS unreachable"),
    ("8.9.1", "3.8", "address of the SM-DS refused"),
    (
        "8.9.2",
        "3.1",
        "no certificate issuer that eUICC and SM-DS both support",
    ),
    ("8.9.3", "3.1", "SGP.22 version not supported by the SM-DS"),
    ("8.9.4", "3.7", "the SM-DS has no usable certificate"),
    ("8.9.5", "3.3", "event exists already"),
    ("8.9.5", "3.9", "event unknown"),
    ("8.10.1", "3.9", "transaction unknown"),
    ("8.11.1", "3.9", "key of the certificate issuer unknown"),
];
