use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use super::{Problem, check};
use crate::Ambiguity;

/// What the vehicle needs to download a profile (field `activationCode`; GSMA SGP.22, section "Activation Code").
///
/// `1$` SM-DP+ address `$` MatchingID, and then optionally `$` SM-DP+ OID and `$1` if the user must enter a confirmation
/// code. The MatchingID, and the OID when the flag follows, may be empty. At most 255 characters.
///
/// It is forwarded exactly as it was received. Accepted as well (A-143): the prefix `LPA:` of the QR code, lower-case
/// letters in the MatchingID, and empty parts at the end. A code that needs a confirmation code is accepted but flagged,
/// because AiD has no field to carry one (A-144). Whether the code is accepted says nothing about whether it is valid at
/// the SM-DP+.
///
/// Secret, although it is bound to one eUICC (A-145): `Debug` hides it; `Display`, `as_str` and serde give it.
///
/// ```
/// let code: aid_types::ActivationCode = "1$VR-01-43-CUST.SC.MY-ESIM.COM$DEF30A27E3CEFD34FA24B4A38D9681A5".parse()?;
/// assert_eq!(code.smdp_address(), "VR-01-43-CUST.SC.MY-ESIM.COM");
/// assert_eq!(code.matching_id(), "DEF30A27E3CEFD34FA24B4A38D9681A5");
/// assert_eq!(code.smdp_oid(), None);
/// assert!(!code.confirmation_code_required());
/// assert_eq!(code.tolerated(), None);
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Clone)]
pub struct ActivationCode {
    /// ASCII.
    text: Box<[u8]>,
    tolerated: Option<Ambiguity>,
}

const LONGEST: usize = 255;

/// The decision about codes that need a confirmation code.
const CONFIRMATION_CODE: Ambiguity = Ambiguity::new(144);

impl ActivationCode {
    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // ASCII by construction.
        str::from_utf8(&self.text).unwrap_or_default()
    }

    /// As received, as ASCII bytes. Costs nothing, where `as_str` checks for UTF-8 again.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// As received, without the `LPA:` of the QR code.
    #[must_use]
    pub fn without_prefix(&self) -> &str {
        let text = self.as_str();
        if has_prefix(&self.text) {
            text.get(PREFIX.len()..).unwrap_or_default()
        } else {
            text
        }
    }

    /// The host name of the SM-DP+. Its case does not matter.
    #[must_use]
    pub fn smdp_address(&self) -> &str {
        self.part(1)
    }

    /// Which profile at the SM-DP+; may be empty.
    #[must_use]
    pub fn matching_id(&self) -> &str {
        self.part(2)
    }

    /// The object identifier of the SM-DP+ in dotted-decimal form, if given.
    #[must_use]
    pub fn smdp_oid(&self) -> Option<&str> {
        Some(self.part(3)).filter(|oid| !oid.is_empty())
    }

    /// Whether the user must enter a confirmation code. An MSP must not issue such codes over AiD (A-144).
    #[must_use]
    pub fn confirmation_code_required(&self) -> bool {
        self.tolerated == Some(CONFIRMATION_CODE)
    }

    /// A-144 if a confirmation code is required; A-143 for another form than the one we would send.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        self.tolerated
    }

    fn part(&self, index: usize) -> &str {
        self.without_prefix().split('$').nth(index).unwrap_or_default()
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        check::length(text.len(), 1..=LONGEST, "1 to 255 characters")?;
        // Whatever is right in each part is all visible ASCII.
        Self::of_parts(text).map_err(|problem| {
            let visible = check::each(text, |byte| byte.is_ascii_graphic(), check::VISIBLE_ASCII);
            visible.err().unwrap_or(problem)
        })
    }

    fn of_parts(text: &[u8]) -> Result<Self, Problem> {
        let prefix = if has_prefix(text) { PREFIX.len() } else { 0 };
        let Some([b'1', b'$', rest @ ..]) = text.get(prefix..) else {
            return Err(Problem::Structure("the format is not 1"));
        };
        let (address, rest) = check::split(rest, b'$');
        let rest = rest.ok_or(Problem::Structure("the MatchingID is missing"))?;
        let with_dollars = text.get(prefix + 1..prefix + 1 + address.len() + 2);
        if !with_dollars.is_some_and(is_host_name) {
            return Err(Problem::Structure("the SM-DP+ address is not a host name"));
        }
        // Nearly always it is all that is left, and has no lower-case letters.
        let conforms = check::all(rest, |byte| is_inner(byte) & !byte.is_ascii_lowercase());
        let (matching_id, rest) = match conforms {
            true => (rest, None),
            false => check::split(rest, b'$'),
        };
        if !conforms && !check::all(matching_id, is_inner) {
            return Err(Problem::Structure("the MatchingID is not letters, digits and '-'"));
        }
        let lower_case = !conforms && matching_id.iter().any(u8::is_ascii_lowercase);
        let mut tolerated = (prefix > 0 || lower_case).then_some(Ambiguity::new(143));
        if let Some(rest) = rest {
            let (oid, flag) = check::split(rest, b'$');
            if !oid.is_empty() && !is_dotted_decimal(oid) {
                return Err(Problem::Structure("the SM-DP+ OID is not dotted decimal"));
            }
            tolerated = match flag {
                Some(b"1") => Some(CONFIRMATION_CODE),
                None if !oid.is_empty() => tolerated,
                None | Some(b"") => Some(Ambiguity::new(143)),
                Some(_) => return Err(Problem::Structure("the confirmation code flag is not 1")),
            };
        }
        Ok(Self {
            text: text.into(),
            tolerated,
        })
    }
}

/// Of the QR code.
const PREFIX: &[u8] = b"LPA:";

fn has_prefix(text: &[u8]) -> bool {
    text.get(..PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Whether a host name stands between two dollar signs: labels of 1 to 63 letters, digits and inner hyphens.
fn is_host_name(between: &[u8]) -> bool {
    let ends_label = |byte: u8| (byte == b'.') | (byte == b'$');
    // Of all characters that are allowed here, these and the hyphen come before the others.
    let is_mark = |byte: u8| byte < b'0';
    let allowed = |one: u8, next: u8| {
        (is_inner(one) | ends_label(one)) & !(ends_label(one) & is_mark(next) | is_mark(one) & ends_label(next))
    };
    let short = |text: &[u8]| text.len() <= 63;
    check::neighbours(between, allowed) && (short(between) || between.split(|&byte| ends_label(byte)).all(short))
}

/// What a label of a host name, and a MatchingID, consists of.
const fn is_inner(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | (byte == b'-')
}

fn is_dotted_decimal(text: &[u8]) -> bool {
    text.contains(&b'.')
        && text
            .split(|&byte| byte == b'.')
            .all(|arc| !arc.is_empty() && arc.iter().all(u8::is_ascii_digit))
}

/// Everything else follows from the text.
impl PartialEq for ActivationCode {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ActivationCode {}

impl PartialOrd for ActivationCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ActivationCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for ActivationCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

parsed!(secret ActivationCode, "activation code");
printed!(ActivationCode);
from_bytes!(ActivationCode);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::is_host_name;

    proptest! {
        #[test]
        fn a_host_name_is_made_of_labels(text in "[aZ0.-]{0,12}|([a-zA-Z0-9.-]{60,66}[.a]){1,2}|[!-#%-~]{1,30}") {
            let is_label = |label: &str| {
                let inner = |char: char| char.is_ascii_alphanumeric() || char == '-';
                matches!(label.len(), 1..=63) && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
            };
            prop_assert_eq!(is_host_name(format!("${text}$").as_bytes()), text.split('.').all(is_label));
        }
    }
}
