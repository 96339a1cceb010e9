//! A test, as it stands in the suite.

use std::collections::BTreeMap;

use aid_types::{Condition, OperationId};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// A test: what is done, and what has to come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Case {
    /// What it proves: a requirement or a decision, and a number; for a test of every operation the operation, too.
    pub id: String,
    /// The rule, in words.
    pub title: String,
    /// What else it touches: requirements, decisions.
    #[serde(default)]
    pub items: Vec<String>,
    /// What the profile has to declare.
    #[serde(default)]
    pub(crate) when: Vec<String>,
    /// Whether it uses up what the profile has once: a call that is refused does not.
    #[serde(skip, default = "yes")]
    pub(crate) uses_up: bool,
    pub(crate) steps: Vec<Step>,
}

fn yes() -> bool {
    true
}

/// A call and what has to come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    #[serde(deserialize_with = "operation")]
    pub(crate) call: OperationId,
    #[serde(default)]
    pub(crate) change: Change,
    pub(crate) expect: Expect,
    /// Members of the reply that later steps use, by the names they get.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
}

/// In what a request differs from the usual one of its operation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Change {
    /// Another method than the operation's.
    pub(crate) another_method: bool,
    pub(crate) subject: Option<String>,
    pub(crate) path_suffix: String,
    pub(crate) query: Option<String>,
    /// Null: left out; a list: as often.
    pub(crate) headers: BTreeMap<String, Value>,
    /// Members of the body.
    pub(crate) body: BTreeMap<String, Value>,
    /// Members that are left out.
    pub(crate) without: Vec<String>,
    /// The body as it is sent.
    pub(crate) text: Option<String>,
    /// A body of so many blanks.
    pub(crate) blanks: Option<usize>,
}

/// What has to come.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Expect {
    /// A success, whichever.
    pub(crate) success: bool,
    /// A success with this status.
    pub(crate) status: Option<u16>,
    /// Members of its body: `?` stands for any text.
    pub(crate) body: BTreeMap<String, Value>,
    /// Members of its body that must be others.
    pub(crate) other: BTreeMap<String, Value>,
    /// A text that stands somewhere in its body as a value.
    pub(crate) contains: Option<String>,
    pub(crate) no_body: bool,
    /// A refusal for this reason.
    #[serde(deserialize_with = "condition")]
    pub(crate) refused: Option<Condition>,
    /// With exactly the pair that the document has, as a failure and not as a warning.
    pub(crate) exactly: bool,
    /// A success, or a refusal for one of these reasons: it was done before.
    #[serde(deserialize_with = "conditions")]
    pub(crate) done: Vec<Condition>,
}

/// A test of every operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EveryCase {
    id: String,
    title: String,
    items: Vec<String>,
    #[serde(default, rename = "for")]
    applies_to: AppliesTo,
    change: Change,
    expect: Expect,
}

/// Which operations a test is for.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AppliesTo {
    #[default]
    All,
    /// Those with a body.
    Body,
    /// Those that require one.
    Required,
    /// Those about an msp_token.
    MspToken,
}

impl EveryCase {
    /// The test of one operation, if it is for that.
    pub(crate) fn of(&self, operation: OperationId) -> Option<Case> {
        use aid_types::BodyRule;
        let declaration = operation.declaration();
        let applies = match self.applies_to {
            AppliesTo::All => true,
            AppliesTo::Body => declaration.body != BodyRule::None,
            AppliesTo::Required => declaration.body == BodyRule::Required,
            AppliesTo::MspToken => declaration.path_parameter() == "msp_token",
        };
        applies.then(|| Case {
            id: format!("{} {}", self.id, declaration.operation_id),
            title: self.title.clone(),
            items: self.items.clone(),
            when: Vec::new(),
            uses_up: false,
            steps: vec![Step {
                call: operation,
                change: self.change.clone(),
                expect: self.expect.clone(),
                save: BTreeMap::new(),
            }],
        })
    }
}

/// Why the suite cannot be used: it was built wrong.
#[derive(Debug, thiserror::Error)]
#[error("suite: {0}")]
#[non_exhaustive]
pub struct SuiteError(pub(crate) String);

fn operation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OperationId, D::Error> {
    let name = String::deserialize(deserializer)?;
    OperationId::from_operation_id(&name).ok_or_else(|| D::Error::custom(format!("no operation {name}")))
}

fn condition<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Condition>, D::Error> {
    Ok(conditions_of(Option::<String>::deserialize(deserializer)?)?.pop())
}

fn conditions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
    conditions_of(Vec::<String>::deserialize(deserializer)?)
}

fn conditions_of<E: serde::de::Error>(names: impl IntoIterator<Item = String>) -> Result<Vec<Condition>, E> {
    let named = |name: String| {
        let mut all = Condition::all();
        let found = all.find(|condition| format!("{condition:?}") == name);
        found.ok_or_else(|| E::custom(format!("no condition {name}")))
    };
    names.into_iter().map(named).collect()
}
