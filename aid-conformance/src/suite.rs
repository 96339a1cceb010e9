//! All tests of a role.

use std::collections::BTreeMap;

use aid_types::{OperationId, Role};
use serde::Deserialize;
use serde_json::Value;

use crate::case::{Case, EveryCase, SuiteError};

const ANY: &str = include_str!("../suite/any.json");
const CMP: &str = include_str!("../suite/cmp.json");
const MSP: &str = include_str!("../suite/msp.json");
const REQUESTS: &str = include_str!("../suite/requests.json");

/// Every test that a party with this role is put to, those of single operations first.
///
/// # Errors
///
/// [`SuiteError`] where the suite that this crate was built with is wrong: never, as its tests see to.
pub fn suite(role: Role) -> Result<Vec<Case>, SuiteError> {
    let every: Vec<EveryCase> = read(ANY)?;
    let own: Vec<Case> = read(match role {
        Role::Cmp => CMP,
        Role::Msp => MSP,
    })?;
    let operations = OperationId::ALL.iter().filter(|id| id.declaration().provider == role);
    let of_each = operations.flat_map(|id| every.iter().filter_map(|case| case.of(*id)));
    Ok(of_each.chain(own).collect())
}

/// The usual request of an operation.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Usual {
    pub(crate) subject: String,
    #[serde(default)]
    pub(crate) body: Option<BTreeMap<String, Value>>,
}

pub(crate) fn usual_requests() -> Result<BTreeMap<String, Usual>, SuiteError> {
    read(REQUESTS)
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, SuiteError> {
    serde_json::from_str(text).map_err(|error| SuiteError(error.to_string()))
}

/// Which tests are run: all of them, or those of some requirements and decisions.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Selection {
    only: Vec<String>,
}

impl Selection {
    /// Those whose id is one of `only` or begins with it (`R-140`, `R-140/2`, `R-140/2 sendCsimStatus`); all where it is
    /// empty.
    #[must_use]
    pub fn only(only: impl IntoIterator<Item = String>) -> Self {
        Self {
            only: only.into_iter().collect(),
        }
    }

    /// Whether the test is run.
    #[must_use]
    pub fn takes(&self, case: &Case) -> bool {
        let named = |only: &String| {
            let rest = case.id.strip_prefix(only.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ' ']))
        };
        self.only.is_empty() || self.only.iter().any(named)
    }
}
