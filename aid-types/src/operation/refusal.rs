//! What a server answers instead of a success.

use std::{borrow::Cow, fmt, time::Duration};

use super::{Condition, OperationId};
use crate::{CodeClass, ErrorCode, Iccid, MspToken, TargetId};

/// A refused call: the condition or a proprietary code, the text for the peer, and what stays inside.
///
/// A handler returns it; the dispatcher makes the document's `{code, error}` body of it. The internal detail never
/// reaches the peer.
///
/// ```
/// use aid_types::{Condition, OperationId, Refusal};
///
/// let refusal = Refusal::new(Condition::UnknownMspToken).internal("row 17 vanished");
/// let reply = refusal.reply(Some(OperationId::SendCsimStatus));
/// assert_eq!((reply.status, reply.code.number()), (404, 20));
/// assert_eq!(reply.error, "The msp_token was not found");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pair: Pair,
    text: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    internal: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    Listed(Condition),
    Own(u16, ErrorCode),
}

/// What goes to the peer: the status, and the members of the section "Error Codes".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorReply {
    /// The HTTP status.
    pub status: u16,
    /// `code`.
    pub code: ErrorCode,
    /// `error`.
    pub error: Cow<'static, str>,
    /// Header `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
}

/// A code or a status that no refusal of one's own can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProprietary {
    /// The code is none of those that the document leaves to the companies.
    #[error("a proprietary code is 200 to 300")]
    Code,
    /// The status is no client or server error.
    #[error("a refusal has a status from 400 to 599")]
    Status,
}

impl Refusal {
    /// Refuses with the document's pair and text for `condition`.
    #[must_use]
    pub const fn new(condition: Condition) -> Self {
        Self::of(Pair::Listed(condition), None)
    }

    const fn of(pair: Pair, text: Option<Cow<'static, str>>) -> Self {
        Self {
            pair,
            text,
            retry_after: None,
            internal: None,
        }
    }

    /// Refuses with a code of one's own (200 to 300, A-40) and an error status.
    ///
    /// # Errors
    ///
    /// [`InvalidProprietary`] for another code, and for a status below 400 or above 599, with which the refusal would look
    /// like something else.
    pub fn proprietary(
        status: u16,
        code: ErrorCode,
        text: impl Into<Cow<'static, str>>,
    ) -> Result<Self, InvalidProprietary> {
        if code.class() != CodeClass::Proprietary {
            return Err(InvalidProprietary::Code);
        }
        if !(400..600).contains(&status) {
            return Err(InvalidProprietary::Status);
        }
        Ok(Self::of(Pair::Own(status, code), Some(text.into())))
    }

    /// Refuses with a code for which there is no [`Condition`]: a listed one, or whatever another party answered to an
    /// aggregation layer.
    ///
    /// A status that is no client or server error becomes 422, so that no refusal can look like a success.
    #[must_use]
    pub fn with_code(status: u16, code: ErrorCode, text: impl Into<Cow<'static, str>>) -> Self {
        let status = if (400..600).contains(&status) { status } else { 422 };
        Self::of(Pair::Own(status, code), Some(text.into()))
    }

    /// The profile is unknown; the text names it (code 61).
    #[must_use]
    pub fn unknown_profile(iccid: &Iccid) -> Self {
        Self::new(Condition::UnknownProfile).text(ErrorCode::PROFILE_NOT_FOUND.render(&[iccid.as_str()]))
    }

    /// The profile belongs to another msp_token; the text names both (code 62).
    #[must_use]
    pub fn foreign_profile(iccid: &Iccid, msp_token: &MspToken) -> Self {
        let token = msp_token.to_string();
        Self::new(Condition::ForeignProfile).text(ErrorCode::PROFILE_NOT_LINKED.render(&[iccid.as_str(), &token]))
    }

    /// The profile was reported invalid for good; the text names it (code 63).
    #[must_use]
    pub fn profile_stays_invalid(iccid: &Iccid) -> Self {
        Self::new(Condition::ProfileStaysInvalid).text(ErrorCode::PROFILE_STAYS_INVALID.render(&[iccid.as_str()]))
    }

    /// Nobody here has this target-id; the text names it (code 93).
    #[must_use]
    pub fn unknown_target(target_id: &TargetId) -> Self {
        Self::new(Condition::UnknownTarget).text(ErrorCode::MSP_NOT_FOUND.render(&[target_id.as_str()]))
    }

    /// Replaces the text for the peer.
    #[must_use]
    pub fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Says when to come back: header `Retry-After`, in seconds, rounded up.
    #[must_use]
    pub const fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// Adds what only the server's own log may learn: which header, member or byte, and never its value.
    #[must_use]
    pub fn internal(mut self, detail: impl Into<Box<str>>) -> Self {
        self.internal = Some(detail.into());
        self
    }

    /// The same, with an internal detail at any rate: where there is none, that the handler gave none.
    #[must_use]
    pub fn explained(self) -> Self {
        if self.internal.is_some() {
            return self;
        }
        let detail = match self.pair {
            Pair::Listed(condition) => format!("handler: {condition:?}"),
            Pair::Own(status, code) => format!("handler: {status}/{code}"),
        };
        self.internal(detail)
    }

    /// The condition, unless the code is proprietary.
    #[must_use]
    pub const fn condition(&self) -> Option<Condition> {
        match self.pair {
            Pair::Listed(condition) => Some(condition),
            Pair::Own(..) => None,
        }
    }

    /// What only the server's own log may learn.
    #[must_use]
    pub fn internal_detail(&self) -> Option<&str> {
        self.internal.as_deref()
    }

    /// What goes to the peer that called `operation`.
    #[must_use]
    pub fn reply(&self, operation: Option<OperationId>) -> ErrorReply {
        let (status, code) = match self.pair {
            Pair::Listed(condition) => condition.reply(operation),
            Pair::Own(status, code) => (status, code),
        };
        let error = match (&self.text, code.text()) {
            (Some(text), _) => text.clone(),
            (None, Some(text)) if !text.contains("%s") => Cow::Borrowed(text),
            (None, _) => Cow::Owned(code.render(&[])),
        };
        let retry_after = self
            .retry_after
            .map(|pause| pause.as_secs().saturating_add(u64::from(pause.subsec_nanos() > 0)));
        ErrorReply {
            status,
            code,
            error,
            retry_after,
        }
    }
}

impl From<Condition> for Refusal {
    fn from(condition: Condition) -> Self {
        Self::new(condition)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pair {
            Pair::Listed(condition) => write!(f, "refused: {condition:?}")?,
            Pair::Own(status, code) => write!(f, "refused: {status}/{code}")?,
        }
        match &self.internal {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{InvalidProprietary, Refusal};
    use crate::{Condition, ErrorCode};

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn texts_name_profile_and_token_in_the_order_of_the_table() -> Outcome {
        let (iccid, token) = ("8944500805172032953", "25bca1e2-338f-11d6-ac61-9e71138fd521");
        let reply = Refusal::foreign_profile(&iccid.parse()?, &token.parse()?).reply(None);
        let (profile, msp_token) = (reply.error.find(iccid), reply.error.find(token));
        assert!(profile.is_some() && profile < msp_token, "{}", reply.error);
        Ok(())
    }

    #[test]
    fn a_code_of_ones_own_is_one_of_those_left_to_us() {
        let refuse =
            |status, code| Refusal::proprietary(status, ErrorCode::new(code), "").map(|it| it.reply(None).status);
        for code in [0, 20, 199, 301, 1000] {
            assert_eq!(refuse(422, code), Err(InvalidProprietary::Code), "{code}");
        }
        for status in [0, 100, 200, 204, 302, 399, 600] {
            assert_eq!(refuse(status, 230), Err(InvalidProprietary::Status), "{status}");
            let passed_on = Refusal::with_code(status, ErrorCode::new(1000), "").reply(None);
            assert_eq!(passed_on.status, 422);
        }
        for (status, code) in [(400, 200), (599, 300)] {
            assert_eq!(refuse(status, code), Ok(status));
        }
    }

    #[test]
    fn a_pause_is_rounded_up() {
        let after = |pause| {
            Refusal::new(Condition::Unavailable)
                .retry_after(pause)
                .reply(None)
                .retry_after
        };
        assert_eq!(after(Duration::from_secs(2)), Some(2));
        assert_eq!(after(Duration::from_millis(2_001)), Some(3));
        assert_eq!(Refusal::new(Condition::Unavailable).reply(None).retry_after, None);
    }

    #[test]
    fn what_a_handler_does_not_explain_is_told_apart() {
        let explained = |refusal: Refusal| refusal.explained().internal_detail().map(str::to_owned);
        assert_eq!(
            explained(Condition::NotOffered.into()).as_deref(),
            Some("handler: NotOffered")
        );
        let given = Refusal::with_code(422, ErrorCode::REQUEST_ID_OTHER, "").internal("row 17");
        assert_eq!(explained(given).as_deref(), Some("row 17"));
    }
}
