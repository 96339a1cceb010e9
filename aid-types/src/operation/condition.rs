//! What can be wrong with a call, and the (status, code) pair that says so.

use super::{Declaration, OperationId};
use crate::ErrorCode;

/// What a server finds wrong with a call.
///
/// [`Condition::reply`] gives the pair to send for an operation, [`Condition::of`] reads it back on the client's side:
/// both use the one table below, and so do the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// The path belongs to no operation.
    UnknownPath,
    /// The path belongs to an operation with another method.
    WrongMethod,
    /// No credentials, wrong ones, two sets of them, or a client-id that does not belong to them (A-63, A-155, A-159).
    Unauthorized,
    /// The caller is known but may not do this (A-35).
    Forbidden,
    /// The target-id names nobody here (A-64, A-159).
    UnknownTarget,
    /// A header is missing, repeated or malformed (A-155).
    Header,
    /// The media type of the body is not `application/json` (A-157), or it has a content encoding (A-172).
    MediaType,
    /// The body is larger than the limit (A-158).
    TooLarge,
    /// Path parameter, query or body do not have the form that the document gives them (A-33).
    Syntax,
    /// The body is empty where one is required, or a value is null where the document forbids it (A-02, A-10).
    EmptyOrNull,
    /// The server failed.
    Internal,
    /// The server does not offer this operation.
    NotOffered,
    /// The server is overloaded or going down; the call may be repeated later.
    Unavailable,

    /// No user or onboarding session belongs to the account_id (A-44).
    UnknownAccountId,
    /// The account_id has expired (A-44).
    ExpiredAccountId,
    /// The account_id has a bad signature (A-44).
    AccountIdSignature,
    /// The account_id is unusable for another reason (A-44).
    AccountIdOther,
    /// No user belongs to the msp_token (A-161).
    UnknownMspToken,
    /// The msp_token has been invalidated (A-105, A-161).
    InvalidatedMspToken,
    /// The msp_token already belongs to another user (A-45).
    MspTokenAssigned,
    /// The user already has another msp_token (A-45).
    UserHasMspToken,
    /// The phone number cannot be decrypted, for whatever reason (A-89).
    PhoneNumber,
    /// Nobody asked with this activationCodeRequestID (A-52, A-96).
    UnknownRequestId,
    /// The request with this activationCodeRequestID has lapsed (A-98).
    ExpiredRequestId,
    /// The activation code is malformed, or needs a confirmation code that nobody can carry (A-144).
    ActivationCodeFormat,
    /// The request was answered with another activation code before (A-46, A-97).
    ActivationCodeAssigned,
    /// No activation code can be created (A-100, A-101).
    NoActivationCode,
    /// The EID is malformed or not acceptable (A-31).
    InvalidEid,
    /// The profile type is unknown.
    UnknownProfileType,
    /// The profile type is not available for this request.
    UnsupportedProfileType,
    /// The profile is unknown (A-19, A-53, A-113).
    UnknownProfile,
    /// Some of several profiles are unknown (A-19).
    UnknownProfiles,
    /// The profile belongs to another msp_token (A-113).
    ForeignProfile,
    /// The profile was reported invalid before, which is final (A-108).
    ProfileStaysInvalid,
    /// Nothing of what was sent could be processed.
    NoProfileProcessed,
}

use Condition as C;

/// The pairs (A-43), for every operation that has no row in [`EXCEPTIONS`]. Where a code stands twice, the first row is what
/// [`Condition::of`] reads it as.
const TABLE: &[(Condition, u16, ErrorCode)] = &[
    (C::UnknownPath, 404, ErrorCode::SYNTAX),
    (C::WrongMethod, 405, ErrorCode::SYNTAX),
    (C::Unauthorized, 401, ErrorCode::AUTHORIZATION_FAILED),
    (C::Forbidden, 403, ErrorCode::AUTHORIZATION_FAILED),
    (C::UnknownTarget, 404, ErrorCode::MSP_NOT_FOUND),
    (C::Syntax, 422, ErrorCode::SYNTAX),
    (C::Header, 422, ErrorCode::SYNTAX),
    (C::MediaType, 415, ErrorCode::SYNTAX),
    (C::TooLarge, 413, ErrorCode::SYNTAX),
    (C::EmptyOrNull, 422, ErrorCode::BODY_EMPTY_OR_NULL),
    (C::Internal, 500, ErrorCode::INTERNAL),
    (C::NotOffered, 501, ErrorCode::INTERNAL),
    (C::Unavailable, 503, ErrorCode::INTERNAL),
    (C::UnknownAccountId, 404, ErrorCode::ACCOUNT_ID_NOT_FOUND),
    (C::ExpiredAccountId, 422, ErrorCode::ACCOUNT_ID_EXPIRED),
    (C::AccountIdSignature, 422, ErrorCode::ACCOUNT_ID_SIGNATURE),
    (C::AccountIdOther, 422, ErrorCode::ACCOUNT_ID_OTHER),
    (C::UnknownMspToken, 404, ErrorCode::MSP_TOKEN_NOT_FOUND),
    (C::InvalidatedMspToken, 404, ErrorCode::MSP_TOKEN_INVALIDATED),
    (C::MspTokenAssigned, 422, ErrorCode::MSP_TOKEN_ASSIGNED),
    (C::UserHasMspToken, 422, ErrorCode::USER_HAS_MSP_TOKEN),
    (C::PhoneNumber, 422, ErrorCode::SYNTAX),
    (C::UnknownRequestId, 404, ErrorCode::REQUEST_ID_NOT_FOUND),
    (C::ExpiredRequestId, 422, ErrorCode::REQUEST_ID_EXPIRED),
    (C::ActivationCodeFormat, 422, ErrorCode::ACTIVATION_CODE_FORMAT),
    (C::ActivationCodeAssigned, 422, ErrorCode::ACTIVATION_CODE_ASSIGNED),
    (C::NoActivationCode, 422, ErrorCode::ACTIVATION_CODE_OTHER),
    (C::InvalidEid, 422, ErrorCode::ACTIVATION_CODE_OTHER),
    (C::UnknownProfileType, 422, ErrorCode::PROFILE_TYPE_UNKNOWN),
    (C::UnsupportedProfileType, 422, ErrorCode::PROFILE_TYPE_UNSUPPORTED),
    (C::UnknownProfile, 404, ErrorCode::PROFILE_NOT_FOUND),
    (C::UnknownProfiles, 404, ErrorCode::MSP_TOKEN_OR_PROFILE_NOT_FOUND),
    (C::ForeignProfile, 422, ErrorCode::PROFILE_NOT_LINKED),
    (C::ProfileStaysInvalid, 422, ErrorCode::PROFILE_STAYS_INVALID),
    (C::NoProfileProcessed, 422, ErrorCode::NO_PROFILE_PROCESSED),
];

/// Where Annex B gives an operation another status than the others.
const EXCEPTIONS: &[(OperationId, Condition, u16)] = &[
    // Annex B knows 400 for this call and no 422 (A-32).
    (OperationId::NotifyMspTokenInvalid, C::Syntax, 400),
    (OperationId::NotifyMspTokenInvalid, C::Header, 400),
    (OperationId::NotifyMspTokenInvalid, C::EmptyOrNull, 400),
    // "The activationCodeRequestID could not be matched" is 422 there (A-96).
    (OperationId::SendActivationCode, C::UnknownRequestId, 422),
    // 404 speaks of the user only (A-113).
    (OperationId::SendCsimStatus, C::UnknownProfile, 422),
    (OperationId::SendCsimStatus, C::UnknownProfiles, 422),
];

/// What may be wrong with a call to any operation, whatever its declaration lists.
pub(super) const ANYWHERE: &[Condition] = &[
    C::UnknownPath,
    C::WrongMethod,
    C::Unauthorized,
    C::Forbidden,
    C::UnknownTarget,
    C::Header,
    C::MediaType,
    C::TooLarge,
    C::Syntax,
    C::EmptyOrNull,
    C::Internal,
    C::NotOffered,
    C::Unavailable,
];

impl Condition {
    /// Every condition.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(condition, ..)| *condition)
    }

    /// The status and the code that say this of a call to `operation`; of a call to no operation where it is `None`.
    ///
    /// ```
    /// use aid_types::{Condition, ErrorCode, OperationId};
    ///
    /// assert_eq!(
    ///     Condition::UnknownRequestId.reply(Some(OperationId::SendActivationCode)),
    ///     (422, ErrorCode::REQUEST_ID_NOT_FOUND),
    /// );
    /// ```
    #[must_use]
    pub fn reply(self, operation: Option<OperationId>) -> (u16, ErrorCode) {
        let (status, code) = TABLE
            .iter()
            .find(|(condition, ..)| *condition == self)
            .map_or((500, ErrorCode::INTERNAL), |(_, status, code)| (*status, *code));
        let exception = EXCEPTIONS
            .iter()
            .find(|(id, condition, _)| Some(*id) == operation && *condition == self)
            .map(|(.., status)| *status);
        // Where Annex B lists no 403 for the operation, 401 says it (A-37).
        let lists_403 = operation.is_none_or(|id| id.declaration().errors.contains(&403));
        match self {
            C::Forbidden if !lists_403 => (401, code),
            _ => (exception.unwrap_or(status), code),
        }
    }

    /// The condition that has this code and no other, or `None` if there is none or there are several.
    ///
    /// For codes that other parts of the document give, such as those of an account_id that is refused:
    ///
    /// ```
    /// use aid_types::{Condition, ErrorCode};
    ///
    /// assert_eq!(Condition::with_code(ErrorCode::new(11)), Some(Condition::ExpiredAccountId));
    /// assert_eq!(Condition::with_code(ErrorCode::INTERNAL), None);
    /// ```
    #[must_use]
    pub fn with_code(code: ErrorCode) -> Option<Self> {
        let mut listed = TABLE.iter().filter(|(.., listed)| *listed == code);
        match (listed.next(), listed.next()) {
            (Some((condition, ..)), None) => Some(*condition),
            _ => None,
        }
    }

    /// What a peer means by status and code in answer to `operation`. Codes count before statuses, which vary; those of the
    /// general conditions (91, 104, 90) are told apart by the status.
    ///
    /// A status alone says something in one case: 423 in answer to "Request activation code" is an invalid EID, whatever
    /// the code (A-31).
    #[must_use]
    pub fn of(operation: OperationId, status: u16, code: Option<ErrorCode>) -> Option<Self> {
        if (operation, status) == (OperationId::RequestActivationCode, 423) {
            return Some(C::InvalidEid);
        }
        let declaration: &Declaration = operation.declaration();
        let possible = || {
            TABLE
                .iter()
                .filter(move |(condition, _, listed)| Some(*listed) == code && declaration.may_meet(*condition))
        };
        possible()
            .find(|(condition, ..)| condition.reply(Some(operation)).0 == status)
            .or_else(|| possible().find(|(_, usual, _)| *usual == status))
            .or_else(|| possible().next())
            .map(|(condition, ..)| *condition)
    }
}
