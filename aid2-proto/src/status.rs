//! What the SM-DP+ answered, in the words of SGP.22.

mod meaning;
mod read;

use std::{borrow::Cow, fmt};

use aid_types::{Ambiguity, Shown};
use serde::{Deserialize, Serialize};

use crate::{
    decode::{At, Context, DecodeError},
    field::{Field, free_text, merge_text},
    wire::{self, Reader, WireError, WireType},
};

/// Field `functionExecutionStatus`: the FunctionExecutionStatus of SGP.22 as JSON text ("Send Profile Download Install
/// Info").
///
/// Sent as compact JSON of the object `{status, statusCodeData}` itself. Accepted as well (A-131): the object inside its
/// header, the `key : value` notation of the document's sample, and any other text, which is kept as it came.
///
/// `Debug` shows the codes only: the free texts may hold a MatchingID.
///
/// ```
/// use aid2_proto::{ExecutionStatus, FunctionExecutionStatus, StatusCodeData};
///
/// let status = FunctionExecutionStatus::new(
///     ExecutionStatus::FAILED,
///     Some(StatusCodeData::new("8.2.5", "3.7").with_message("No more Profile")),
/// );
/// assert_eq!(
///     status.as_str(),
///     r#"{"status":"Failed","statusCodeData":{"subjectCode":"8.2.5","reasonCode":"3.7","message":"No more Profile"}}"#,
/// );
/// assert_eq!(status.meaning(), Some("no more profiles of this type"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FunctionExecutionStatus {
    /// What stands on the wire.
    text: Box<str>,
    parsed: Option<Parsed>,
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parsed {
    status: ExecutionStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status_code_data: Option<StatusCodeData>,
}

/// Whether the function was executed: an open list of names.
///
/// ```
/// use aid2_proto::ExecutionStatus;
///
/// assert_eq!(ExecutionStatus::from("Failed"), ExecutionStatus::FAILED);
/// assert_eq!(ExecutionStatus::from("Postponed").as_str(), "Postponed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExecutionStatus(Cow<'static, str>);

impl ExecutionStatus {
    /// Done.
    pub const EXECUTED_SUCCESS: Self = Self(Cow::Borrowed("Executed-Success"));
    /// Done, with a warning.
    pub const EXECUTED_WITH_WARNING: Self = Self(Cow::Borrowed("Executed-WithWarning"));
    /// Failed.
    pub const FAILED: Self = Self(Cow::Borrowed("Failed"));
    /// Not done in time.
    pub const EXPIRED: Self = Self(Cow::Borrowed("Expired"));

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ExecutionStatus {
    fn from(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }
}

impl fmt::Display for ExecutionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which thing went wrong in which way.
///
/// The codes are dotted text and never numbers: reason 3.10 is another one than 3.1.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatusCodeData {
    /// The thing: `8.2.5`.
    pub subject_code: String,
    /// The way: `3.7`.
    pub reason_code: String,
    /// Which one of these things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_identifier: Option<String>,
    /// Text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl StatusCodeData {
    /// The two codes, without further text.
    #[must_use]
    pub fn new(subject_code: impl Into<String>, reason_code: impl Into<String>) -> Self {
        Self {
            subject_code: subject_code.into(),
            reason_code: reason_code.into(),
            subject_identifier: None,
            message: None,
        }
    }

    /// The same with a text for people.
    #[must_use]
    pub fn with_message(self, message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            ..self
        }
    }

    /// The same with the identifier of the subject.
    #[must_use]
    pub fn with_subject_identifier(self, subject_identifier: impl Into<String>) -> Self {
        Self {
            subject_identifier: Some(subject_identifier.into()),
            ..self
        }
    }

    /// What the pair of codes says, if it is known here.
    ///
    /// ```
    /// use aid2_proto::StatusCodeData;
    ///
    /// assert_eq!(StatusCodeData::new("8.8.5", "4.10").meaning(), Some("download order expired"));
    /// assert_eq!(StatusCodeData::new("8.8.5", "4.1").meaning(), None);
    /// ```
    #[must_use]
    pub fn meaning(&self) -> Option<&'static str> {
        meaning::of(&self.subject_code, &self.reason_code)
    }
}

impl fmt::Debug for StatusCodeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusCodeData")
            .field("subject_code", &self.subject_code)
            .field("reason_code", &self.reason_code)
            .finish_non_exhaustive()
    }
}

impl FunctionExecutionStatus {
    /// A status to send.
    #[must_use]
    pub fn new(status: ExecutionStatus, status_code_data: Option<StatusCodeData>) -> Self {
        Self::from_parsed(Parsed {
            status,
            status_code_data,
        })
    }

    /// The text on the wire: compact JSON, unless what came could not be read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the function was executed; `None` if the text could not be read.
    #[must_use]
    pub fn status(&self) -> Option<&ExecutionStatus> {
        self.parsed.as_ref().map(|parsed| &parsed.status)
    }

    /// What went wrong; `None` if the text could not be read or does not tell.
    #[must_use]
    pub fn status_code_data(&self) -> Option<&StatusCodeData> {
        self.parsed.as_ref()?.status_code_data.as_ref()
    }

    /// What the pair of codes says, if it is known here.
    #[must_use]
    pub fn meaning(&self) -> Option<&'static str> {
        self.status_code_data()?.meaning()
    }

    /// Reads the text of a peer, whatever it is, and says whether it deviates from what would be sent (A-131).
    ///
    /// ```
    /// use aid2_proto::FunctionExecutionStatus;
    ///
    /// let sample = "status : Failed, statusCodeData : { subjectCode : 8.2.5, reasonCode : 3.7, message : No more Profile";
    /// let (status, deviation) = FunctionExecutionStatus::from_peer(sample);
    /// assert_eq!(status.status_code_data().map(|data| data.reason_code.as_str()), Some("3.7"));
    /// assert_eq!(deviation, Some(aid_types::Ambiguity::new(131)));
    /// ```
    #[must_use]
    pub fn from_peer(text: &str) -> (Self, Option<Ambiguity>) {
        match read::json(text) {
            Some(parsed) => (Self::from_parsed(parsed), None),
            None => {
                let status = match read::json_in_header(text).or_else(|| read::key_value(text)) {
                    Some(parsed) => Self::from_parsed(parsed),
                    None => Self {
                        text: text.into(),
                        parsed: None,
                    },
                };
                (status, Some(Ambiguity::new(131)))
            }
        }
    }

    fn from_parsed(parsed: Parsed) -> Self {
        // Strings in a struct always serialize.
        let text = serde_json::to_string(&parsed).unwrap_or_default().into();
        Self {
            text,
            parsed: Some(parsed),
        }
    }
}

impl fmt::Debug for FunctionExecutionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.parsed {
            Some(parsed) => f
                .debug_struct("FunctionExecutionStatus")
                .field("status", &parsed.status)
                .field("status_code_data", &parsed.status_code_data)
                .finish(),
            None => write!(f, "FunctionExecutionStatus(unreadable, {} bytes)", self.text.len()),
        }
    }
}

/// The empty string is no status at all.
impl Field for Option<FunctionExecutionStatus> {
    type Raw<'a> = &'a [u8];

    fn merge<'a>(raw: &mut &'a [u8], reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError> {
        merge_text(raw, reader, wire_type)
    }

    fn validate(raw: &[u8], cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError> {
        if raw.is_empty() {
            return Ok(None);
        }
        let text = free_text(raw, cx, at)?;
        let (status, deviation) = FunctionExecutionStatus::from_peer(&text);
        if let Some(item) = deviation {
            cx.tolerate(item, at)?;
        }
        Ok(Some(status))
    }

    fn encoded_len(&self, number: u32) -> usize {
        wire::bytes_len(number, self.as_ref().map_or(&[], |status| status.text.as_bytes()))
    }

    fn put(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_bytes(number, self.as_ref().map_or(&[], |status| status.text.as_bytes()), out);
    }

    /// As `Debug`: the codes only.
    fn show(&self, shown: &mut Shown<'_>) {
        let Some(status) = self.as_ref().and_then(FunctionExecutionStatus::status) else {
            match self {
                Some(_) => shown.plain("(unreadable)"),
                None => shown.null(),
            }
            return;
        };
        let data = self.as_ref().and_then(FunctionExecutionStatus::status_code_data);
        shown.object(|shown| {
            let codes = data.map(|data| [("subjectCode", &data.subject_code), ("reasonCode", &data.reason_code)]);
            if shown.key("status") {
                shown.for_people(status.as_str());
            }
            for (key, code) in codes.into_iter().flatten() {
                if shown.key(key) {
                    shown.for_people(code);
                }
            }
        });
    }
}
