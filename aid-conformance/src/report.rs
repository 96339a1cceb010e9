//! What came of a run, and what is different from another one.

mod html;
mod junit;

use std::collections::BTreeMap;

use aid_types::Role;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    finding::{Outcome, Verdict},
    profile::{Profile, hex},
    run::Options,
};

/// What came of a run. As JSON it is `result.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Who was put to the tests: `cmp` or `msp`.
    pub role: String,
    /// The version of the suite, which is that of this crate.
    pub suite: String,
    /// Whether warnings counted as failures.
    pub strict: bool,
    /// What random ids were made from.
    pub seed: u64,
    /// The SHA-256 of the profile.
    pub profile: String,
    /// Every test that was selected, in order.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    pub(crate) fn new(role: Role, profile: &Profile, options: &Options) -> Self {
        let role = match role {
            Role::Cmp => "cmp",
            Role::Msp => "msp",
        };
        Self {
            role: role.to_owned(),
            suite: env!("CARGO_PKG_VERSION").to_owned(),
            strict: options.strict,
            seed: options.seed,
            profile: profile.hash().to_owned(),
            outcomes: Vec::new(),
        }
    }

    /// Whether nothing failed, and the runner could always tell.
    #[must_use]
    pub fn conforms(&self) -> bool {
        let counts = self.counts();
        counts.of(Verdict::Fail) == 0 && counts.of(Verdict::Error) == 0
    }

    /// How many tests had which verdict.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = BTreeMap::new();
        for outcome in &self.outcomes {
            *counts.entry(outcome.verdict).or_default() += 1;
        }
        Counts(counts)
    }

    /// `result.json`: the report, and a hash over it that shows a later change.
    ///
    /// # Errors
    ///
    /// Where a text cannot be written as JSON: never.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        let hash = self.hash()?;
        if let Some(members) = value.as_object_mut() {
            members.insert("hash".to_owned(), hash.into());
        }
        serde_json::to_string_pretty(&value)
    }

    /// Reads a `result.json`; `None` for the second value where its hash does not fit any more.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn from_json(text: &str) -> Result<(Self, Option<String>), serde_json::Error> {
        #[derive(Deserialize)]
        struct Hashed {
            #[serde(flatten)]
            report: Report,
            hash: String,
        }
        let hashed: Hashed = serde_json::from_str(text)?;
        let fits = hashed.report.hash()? == hashed.hash;
        Ok((hashed.report, fits.then_some(hashed.hash)))
    }

    fn hash(&self) -> Result<String, serde_json::Error> {
        Ok(hex(&Sha256::digest(serde_json::to_vec(self)?)))
    }

    /// `junit.xml`: a warning is a success with output, an error of the runner an error.
    #[must_use]
    pub fn to_junit(&self) -> String {
        junit::write(self)
    }

    /// `report.html`: one page without script, and without anything from elsewhere.
    #[must_use]
    pub fn to_html(&self) -> String {
        html::write(self)
    }

    /// The tests whose verdict is another one than in `old`, or that only one of the two has.
    #[must_use]
    pub fn since(&self, old: &Self) -> Vec<Change> {
        let verdicts = |report: &Self| -> BTreeMap<String, Verdict> {
            let of = |outcome: &Outcome| (outcome.id.clone(), outcome.verdict);
            report.outcomes.iter().map(of).collect()
        };
        let (before, now) = (verdicts(old), verdicts(self));
        let ids: std::collections::BTreeSet<_> = before.keys().chain(now.keys()).collect();
        ids.into_iter()
            .map(|id| Change {
                id: id.clone(),
                before: before.get(id).copied(),
                now: now.get(id).copied(),
            })
            .filter(|change| change.before != change.now)
            .collect()
    }
}

/// How many tests had which verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts(BTreeMap<Verdict, usize>);

impl Counts {
    /// How many had this one.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> usize {
        self.0.get(&verdict).copied().unwrap_or_default()
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = Verdict::ALL.map(|verdict| format!("{} {}", self.of(verdict), verdict.as_str()));
        f.write_str(&counts.join(", "))
    }
}

/// A test whose verdict changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Which.
    pub id: String,
    /// `None` where the older run does not have it.
    pub before: Option<Verdict>,
    /// `None` where the newer run does not have it.
    pub now: Option<Verdict>,
}

/// For XML and HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            control if control.is_control() => escaped.push('\u{FFFD}'),
            other => escaped.push(other),
        }
    }
    escaped
}
