//! One message.

use std::sync::Arc;

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::value::RawValue;

/// A message that crossed from one party to another. It holds no secret.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// 1 is the first of this picture.
    pub number: u64,
    /// When it was seen: Unix time in milliseconds.
    pub at: u64,
    /// Who sent it.
    pub from: Arc<str>,
    /// Who gets it.
    pub to: Arc<str>,
    /// How it is drawn.
    pub kind: Kind,
    /// The operation of AiD1, the message of AiD2, or what the redirect is called.
    pub name: Arc<str>,
    /// The [`number`](Self::number) of what it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<u64>,
    /// Of a reply of AiD1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// What ties messages together: the names of the ids, and the ids.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    pub ids: Vec<(&'static str, String)>,
    /// Which user it is about: a number of this picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<u32>,
    /// Which vehicle it is about: a number of this picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<u32>,
    /// The deviations that are accepted, and where: `A-30 at msp_token`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tolerated: Vec<String>,
    /// The requirements that the operation is about: `R-090, R-305 to R-308`.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub requirements: &'static str,
    /// What it says, as JSON in which secrets are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
    /// How many members of the body were left out, because it is too long.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// What is wrong with it, or why nobody got it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// How a message is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// It waits for a reply.
    Request,
    /// It is one.
    Reply,
    /// It waits for none: an answer is a message of its own.
    Message,
    /// A browser carries it.
    Redirect,
}

impl Event {
    /// Whether it says that something has failed, or did not arrive.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.problem.is_some() || self.status.is_some_and(|status| !(200..300).contains(&status))
    }

    /// What stands on its arrow.
    #[must_use]
    pub fn label(&self) -> String {
        match (self.kind, self.status, self.code) {
            (_, Some(status), Some(code)) => format!("{status}, code {code}"),
            (_, Some(status), None) => status.to_string(),
            (Kind::Reply, None, _) if self.problem.is_some() && self.answers.is_some() => "no reply".to_owned(),
            _ => self.name.to_string(),
        }
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn as_object<S: Serializer>(ids: &[(&'static str, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(ids.len()))?;
    for (name, id) in ids {
        map.serialize_entry(name, id)?;
    }
    map.end()
}
