//! What the names in braces stand for.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Builder;

use crate::{case::Case, profile::Profile};

/// What a run can use up: every test takes its own.
pub(crate) struct Stock {
    fixed: BTreeMap<&'static str, String>,
    once: BTreeMap<&'static str, VecDeque<String>>,
    /// One of those, for tests that do not use it up.
    any: BTreeMap<&'static str, String>,
}

impl Stock {
    pub(crate) fn new(profile: &Profile) -> Self {
        let text = |value: &dyn ToString| value.to_string();
        let mut fixed = BTreeMap::new();
        fixed.extend(profile.eid.as_ref().map(|eid| ("eid", text(eid))));
        let mut tokens: VecDeque<String> = profile.msp_tokens.iter().map(ToString::to_string).collect();
        fixed.extend(tokens.pop_front().map(|first| ("msp_token", first)));
        fixed.extend(profile.iccids.first().map(|iccid| ("iccid", text(iccid))));
        if let Some(full) = &profile.full {
            fixed.insert("msp_token_full", text(&full.msp_token));
            fixed.insert("iccid_full", text(&full.iccid));
        }
        if let Some(number) = &profile.phone_number {
            fixed.insert("phone_number", number.phone_number.clone());
            fixed.insert("iv", number.iv.clone());
        }
        let account_ids: VecDeque<_> = profile.account_ids.iter().map(|id| id.as_str().to_owned()).collect();
        let requests = profile.activation_code_request_ids.iter().map(ToString::to_string);
        let once = BTreeMap::from([
            ("msp_token_to_end", tokens),
            ("account_id", account_ids),
            ("activation_code_request_id", requests.collect()),
        ]);
        let first = once
            .iter()
            .filter_map(|(name, list)| Some((*name, list.front()?.clone())));
        let mut any: BTreeMap<_, _> = first.collect();
        any.extend(fixed.get("msp_token").map(|token| ("msp_token_to_end", token.clone())));
        Self { fixed, once, any }
    }
}

/// What the names stand for in one test.
pub(crate) struct Values<'a> {
    stock: &'a mut Stock,
    known: BTreeMap<String, String>,
    seed: u64,
    case: &'a Case,
}

/// The profile does not name what a test needs.
pub(crate) struct NotDeclared(pub(crate) String);

impl<'a> Values<'a> {
    pub(crate) fn new(stock: &'a mut Stock, seed: u64, case: &'a Case) -> Self {
        Self {
            stock,
            known: BTreeMap::new(),
            seed,
            case,
        }
    }

    pub(crate) fn save(&mut self, name: &str, value: String) {
        self.known.insert(name.to_owned(), value);
    }

    /// The text with every name in braces replaced.
    pub(crate) fn text(&mut self, text: &str) -> Result<String, NotDeclared> {
        let mut done = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, name, after)) = next(rest) {
            done.push_str(before);
            done.push_str(&self.value(name)?);
            rest = after;
        }
        done.push_str(rest);
        Ok(done)
    }

    /// The same in every text of a JSON value.
    pub(crate) fn json(&mut self, value: &Value) -> Result<Value, NotDeclared> {
        Ok(match value {
            Value::String(text) => Value::String(self.text(text)?),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.json(item)).collect::<Result<_, _>>()?),
            Value::Object(members) => {
                let replaced = members.iter().map(|(name, item)| Ok((name.clone(), self.json(item)?)));
                Value::Object(replaced.collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        })
    }

    fn value(&mut self, name: &str) -> Result<String, NotDeclared> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        let value = match name.strip_prefix("new:") {
            Some(_) => Some(self.fresh(name)),
            None => match self.stock.once.get_mut(name) {
                Some(list) if self.case.uses_up => list.pop_back(),
                Some(_) => self.stock.any.get(name).cloned(),
                None => self.stock.fixed.get(name).cloned(),
            },
        };
        let value = value.ok_or_else(|| NotDeclared(name.to_owned()))?;
        self.known.insert(name.to_owned(), value.clone());
        Ok(value)
    }

    /// A UUID that this seed has for this name in this test.
    fn fresh(&self, name: &str) -> String {
        let hash = Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(&self.case.id)
            .chain_update([0])
            .chain_update(name)
            .finalize();
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash).for_each(|(byte, new)| *byte = new);
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

/// What stands before the next name in braces, the name, and what stands behind it. JSON has braces of its own; a name
/// consists of letters, digits, `_` and `:`.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text.get(from..)?.find('{')?;
        let inner = text.get(open + 1..)?;
        let end = inner.find(|character: char| {
            !(character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '_' | ':'))
        })?;
        if end > 0 && inner.get(end..)?.starts_with('}') {
            return Some((text.get(..open)?, inner.get(..end)?, inner.get(end + 1..)?));
        }
        from = open + 1;
    }
}
