//! The notations in which a FunctionExecutionStatus arrives.

use serde::Deserialize;

use super::{Parsed, StatusCodeData};

/// The object itself.
pub(super) fn json(text: &str) -> Option<Parsed> {
    serde_json::from_str(text).ok()
}

/// The object as it stands in an SGP.22 response: `{"header": {"functionExecutionStatus": …}}`, or without `header`.
pub(super) fn json_in_header(text: &str) -> Option<Parsed> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Header {
        function_execution_status: Parsed,
    }
    #[derive(Deserialize)]
    struct Response {
        header: Header,
    }
    let header = serde_json::from_str(text)
        .ok()
        .or_else(|| Some(serde_json::from_str::<Response>(text).ok()?.header));
    header.map(|header: Header| header.function_execution_status)
}

/// The notation of the document's sample: `status : Failed, statusCodeData : { subjectCode : 8.2.5, …`, with or without
/// quotation marks, every brace optional.
///
/// JSON that is wrong in its values is not read this way: a code that came as a number has lost its zeros.
pub(super) fn key_value(text: &str) -> Option<Parsed> {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return None;
    }
    let mut fields = Fields::default();
    // Which one the text after a comma continues, if no key begins there.
    let mut latest = None;
    for part in text.split(',') {
        match key_and_value(part) {
            Some((key, value)) => {
                let slot = fields.slot(key);
                if slot.is_some() {
                    return None;
                }
                *slot = Some(value.to_owned());
                latest = Some(key);
            }
            None => {
                let value = fields.slot(latest?).as_mut()?;
                value.push(',');
                value.push_str(part);
            }
        }
    }
    fields.parsed()
}

#[derive(Clone, Copy)]
enum Key {
    Status,
    SubjectCode,
    ReasonCode,
    SubjectIdentifier,
    Message,
}

const KEYS: [(&str, Key); 5] = [
    ("status", Key::Status),
    ("subjectCode", Key::SubjectCode),
    ("reasonCode", Key::ReasonCode),
    ("subjectIdentifier", Key::SubjectIdentifier),
    ("message", Key::Message),
];

/// `key : value`; with `statusCodeData : { key : value`, the inner one.
fn key_and_value(part: &str) -> Option<(Key, &str)> {
    let (key, value) = part.split_once(':')?;
    let key = bare(key);
    if key.eq_ignore_ascii_case("statusCodeData") {
        return key_and_value(value).filter(|(key, _)| !matches!(key, Key::Status));
    }
    let (_, key) = KEYS.into_iter().find(|(name, _)| key.eq_ignore_ascii_case(name))?;
    Some((key, value))
}

/// Without what stands around a key or value.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | '"' | '\''))
}

#[derive(Default)]
struct Fields {
    status: Option<String>,
    subject_code: Option<String>,
    reason_code: Option<String>,
    subject_identifier: Option<String>,
    message: Option<String>,
}

impl Fields {
    fn slot(&mut self, key: Key) -> &mut Option<String> {
        match key {
            Key::Status => &mut self.status,
            Key::SubjectCode => &mut self.subject_code,
            Key::ReasonCode => &mut self.reason_code,
            Key::SubjectIdentifier => &mut self.subject_identifier,
            Key::Message => &mut self.message,
        }
    }

    fn parsed(self) -> Option<Parsed> {
        let text = |value: Option<String>| {
            value
                .map(|value| bare(&value).to_owned())
                .filter(|value| !value.is_empty())
        };
        let status_code_data = match (text(self.subject_code), text(self.reason_code)) {
            (Some(subject_code), Some(reason_code)) => Some(StatusCodeData {
                subject_code,
                reason_code,
                subject_identifier: text(self.subject_identifier),
                message: text(self.message),
            }),
            (None, None) => None,
            _ => return None,
        };
        Some(Parsed {
            status: text(self.status)?.as_str().into(),
            status_code_data,
        })
    }
}
