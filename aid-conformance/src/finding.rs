//! What came of a test.

use serde::{Deserialize, Serialize};

/// What came of a test, with everything that the next person needs to agree or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The test.
    pub id: String,
    /// Its rule, in words.
    pub title: String,
    /// What else it touches: requirements (`R-nnn`) and decisions (`A-nnn`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// Whether the party does what the document demands.
    pub verdict: Verdict,
    /// What was found. For a skipped test: what the profile does not declare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What was sent and what came, as far as the test got.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
}

/// What came of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums, reason = "a report has these five columns")]
pub enum Verdict {
    /// It does.
    Pass,
    /// It does nearly: a deviation that the document leaves room for, or that a partner should tolerate.
    Warning,
    /// It does not.
    Fail,
    /// The profile does not declare what the test is about.
    Skipped,
    /// The runner could not tell: no connection.
    Error,
}

impl Verdict {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 5] = [Self::Pass, Self::Warning, Self::Fail, Self::Skipped, Self::Error];

    /// As it stands in a report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warning => "warning",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
            Self::Error => "error",
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub verdict: Verdict,
    /// The requirement or decision that it is measured by.
    pub item: String,
    /// In words, without anything secret.
    pub what: String,
}

impl Finding {
    pub(crate) fn new(verdict: Verdict, item: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            verdict,
            item: item.into(),
            what: what.into(),
        }
    }
}

/// A request and its reply, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exchange {
    /// The request: values of the profile and of earlier replies by their names in braces.
    pub request: String,
    /// The reply, as it was understood.
    pub reply: String,
}
