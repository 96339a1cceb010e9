//! Error codes: table 10 of the section "Error Codes", code 104 of Annex B, and whatever else a peer sends.

use std::{fmt, str::FromStr};

/// An error code: a number that travels as a decimal string, `"10"`.
///
/// The type is open. The codes of the document are associated constants, 200 to 300 are left to proprietary use, and
/// any other number is kept as it came (A-40).
///
/// ```
/// use aid_types::{CodeClass, ErrorCode};
///
/// let code: ErrorCode = "20".parse()?;
/// assert_eq!(code, ErrorCode::MSP_TOKEN_NOT_FOUND);
/// assert_eq!(code.class(), CodeClass::Listed);
/// assert_eq!("1000".parse::<ErrorCode>()?.class(), CodeClass::Other);
/// # Ok::<(), aid_types::InvalidErrorCode>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(u32);

/// To whom a code belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeClass {
    /// In table 10 or in Annex B.
    Listed,
    /// 200 to 300: agreed between one MSP and one CMP.
    Proprietary,
    /// Any other number.
    Other,
}

/// The text is not the decimal number of at most nine digits that an error code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("error code: expected 1 to 9 decimal digits")]
#[non_exhaustive]
pub struct InvalidErrorCode;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])*
            #[doc = concat!("\n\nText in table 10: “", $text, "”.")]
            pub const $name: Self = Self($number);)*

            /// Every code that the document lists, in ascending order.
            pub const LISTED: &'static [Self] = &[$(Self::$name),*];

            /// The text that the document gives the code, with `%s` where a value belongs; `None` for an unlisted one.
            #[must_use]
            pub const fn text(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

// R-163, R-164
error_codes! {
    /// 10: no user or onboarding session belongs to the account_id.
    ACCOUNT_ID_NOT_FOUND = 10, "The account ID was not found";
    /// 11: the account_id has expired.
    ACCOUNT_ID_EXPIRED = 11, "The account ID was found but is no longer valid";
    /// 12: the signature of the account_id is not ours.
    ACCOUNT_ID_SIGNATURE = 12, "The account ID has an invalid signature";
    /// 19: anything else that is wrong with the account_id.
    ACCOUNT_ID_OTHER = 19, "Other account ID error";
    /// 20: no user belongs to the msp_token.
    MSP_TOKEN_NOT_FOUND = 20, "The msp_token was not found";
    /// 21: the msp_token has been invalidated.
    MSP_TOKEN_INVALIDATED = 21, "The msp_token was found but is no longer valid";
    /// 23: another user already has this msp_token.
    MSP_TOKEN_ASSIGNED = 23, "The msp_token is already assigned to a user";
    /// 24: the user already has another msp_token.
    USER_HAS_MSP_TOKEN = 24, "The user already has a msp_token";
    /// 29: anything else that is wrong with the msp_token.
    MSP_TOKEN_OTHER = 29, "Other msp_token id error";
    /// 30: nobody asked with this request id.
    REQUEST_ID_NOT_FOUND = 30, "The specified request ID was not found";
    /// 31: the request with this id has lapsed.
    REQUEST_ID_EXPIRED = 31, "The specified Request ID was found but is no longer valid";
    /// 39: anything else that is wrong with the request id.
    REQUEST_ID_OTHER = 39, "Other request ID error";
    /// 44: the activation code is malformed in a way that 47 does not say.
    ACTIVATION_CODE_FORMAT_OTHER = 44, "Other format error of activation code";
    /// 47: the activation code is malformed.
    ACTIVATION_CODE_FORMAT = 47, "The activation code has an invalid format";
    /// 48: the request was already answered with another activation code.
    ACTIVATION_CODE_ASSIGNED = 48, "The msp_token already has an activation code assigned to it";
    /// 49: no activation code, for a reason that no other code says.
    ACTIVATION_CODE_OTHER = 49, "Other activation code error";
    /// 50: the profile type is unknown.
    PROFILE_TYPE_UNKNOWN = 50, "Profile type unknown";
    /// 51: the profile type is known but not available here.
    PROFILE_TYPE_UNSUPPORTED = 51, "The specified profile type is unsupported for this request";
    /// 59: anything else that is wrong with the profile type.
    PROFILE_TYPE_OTHER = 59, "Other profile type error";
    /// 60: the body is empty, or null stands where the document forbids it (A-02).
    BODY_EMPTY_OR_NULL = 60, "The request body is empty or contains null values";
    /// 61: the profile is unknown. One argument: the ICCID.
    PROFILE_NOT_FOUND = 61, "The profile with the ICCID %s could not be found";
    /// 62: the profile belongs to another msp_token. Two arguments: the ICCID, then the msp_token.
    PROFILE_NOT_LINKED = 62, "The profile with the ICCID %s is not linked to the MSP token with the federated_id %s";
    /// 63: the profile was reported invalid, which is final. One argument: the ICCID.
    PROFILE_STAYS_INVALID = 63, "The profile with the ICCID %s is invalid and may not return to a valid state";
    /// 64: nothing of what was sent could be processed.
    NO_PROFILE_PROCESSED = 64, "None of the profiles could be processed";
    /// 65: the msp_token or some of the profiles are unknown.
    MSP_TOKEN_OR_PROFILE_NOT_FOUND = 65,
        "The msp_token identified by the federated_id or the profile(s) identified by the ICCID could not be found";
    /// 90: the fault is the server's.
    INTERNAL = 90, "Internal Server Error";
    /// 91: the request does not have the form that the document gives it.
    SYNTAX = 91, "Invalid request syntax";
    /// 92: the correlation-id belongs to something else. Nothing here answers it by itself (A-56).
    CORRELATION_ID_MISMATCH = 92, "The correlation-id does not match";
    /// 93: the target-id names nobody here. One argument: the target-id.
    MSP_NOT_FOUND = 93, "The MSP with the MSP identifier %s could not be found";
    /// 94: no user belongs to the account id.
    USER_NOT_FOUND = 94, "The user identified by the account id could not be found";
    /// 100: the CMP content failed without saying why.
    CMP_CONTENT_UNSPECIFIED = 100, "Unspecified CMP content error";
    /// 101: the user could not log in at the CMP.
    CMP_LOGIN_IMPOSSIBLE = 101, "User login not possible on CMP side";
    /// 102: the user gave up.
    ONBOARDING_ABORTED = 102, "Onboarding aborted by user";
    /// 103: the CMP content is down.
    CMP_CONTENT_UNAVAILABLE = 103, "CMP onboarding content currently unavailable";
    /// 104: the caller is not authorised. Only Annex B lists it, in its examples (A-36).
    AUTHORIZATION_FAILED = 104, "The authorization failed.";
}

impl ErrorCode {
    /// The code with this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// To whom the code belongs.
    #[must_use]
    pub const fn class(self) -> CodeClass {
        match self.0 {
            200..=300 => CodeClass::Proprietary,
            _ if self.text().is_some() => CodeClass::Listed,
            _ => CodeClass::Other,
        }
    }

    /// The text of the document with its `%s` filled in, in order; an unlisted code yields `Error <number>`.
    ///
    /// Receivers dispatch on the code and never read the text (A-38).
    ///
    /// ```
    /// use aid_types::ErrorCode;
    ///
    /// assert_eq!(
    ///     ErrorCode::PROFILE_NOT_FOUND.render(&["8944500805172032953"]),
    ///     "The profile with the ICCID 8944500805172032953 could not be found",
    /// );
    /// ```
    #[must_use]
    pub fn render(self, arguments: &[&str]) -> String {
        let Some(text) = self.text() else {
            return format!("Error {self}");
        };
        let mut arguments = arguments.iter();
        let mut rendered = String::with_capacity(text.len() + 40);
        let mut pieces = text.split("%s");
        rendered.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            rendered.push_str(arguments.next().copied().unwrap_or("(not named)"));
            rendered.push_str(piece);
        }
        rendered
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for ErrorCode {
    type Err = InvalidErrorCode;

    fn from_str(text: &str) -> Result<Self, InvalidErrorCode> {
        if !(1..=9).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidErrorCode);
        }
        text.parse().map(Self).map_err(|_| InvalidErrorCode)
    }
}
