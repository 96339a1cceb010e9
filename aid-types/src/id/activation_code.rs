use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use super::{Problem, check};
use crate::Ambiguity;

/// What the vehicle needs to download a profile (field `activationCode`; GSMA SGP.22 v2.4, section "Activation Code").
///
/// `1$` SM-DP+ address `$` MatchingID, and then optionally `$` SM-DP+ OID and `$1` if the user must enter a confirmation
/// code. The MatchingID, and the OID when the flag follows, may be empty. At most 255 characters.
///
/// It is forwarded exactly as it was received. Accepted as well, because there are partners that send them, and only the
/// SM-DP+ can tell whether they are right (A-143, A-150): the prefix `LPA:` of the QR code, any visible ASCII but `$` in the
/// MatchingID and the OID, another flag, empty parts at the end, parts behind the flag (SGP.22 v3), and up to 512
/// characters. A code that needs a confirmation code is accepted but flagged, because AiD has no field to carry one (A-144).
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
    /// Whether it is anything else than the grammar of SGP.22 v2.4.
    deviates: bool,
    confirmation_code_required: bool,
}

/// By the grammar, and as received.
const LONGEST: usize = 255;
const LONGEST_RECEIVED: usize = 512;

/// Of the QR code.
const PREFIX: &[u8] = b"LPA:";

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
        // Visible ASCII by construction.
        str::from_utf8(without_prefix(&self.text)).unwrap_or_default()
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

    /// The object identifier of the SM-DP+, in dotted-decimal form unless A-143 is reported, if given.
    #[must_use]
    pub fn smdp_oid(&self) -> Option<&str> {
        Some(self.part(3)).filter(|oid| !oid.is_empty())
    }

    /// Whether the user must enter a confirmation code. An MSP must not issue such codes over AiD (A-144).
    #[must_use]
    pub fn confirmation_code_required(&self) -> bool {
        self.confirmation_code_required
    }

    /// A-144 if a confirmation code is required; A-143 for another form than the one we would send.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        match (self.confirmation_code_required, self.deviates) {
            (true, _) => Some(Ambiguity::new(144)),
            (false, true) => Some(Ambiguity::new(143)),
            (false, false) => None,
        }
    }

    fn is_field_only(&self) -> bool {
        self.deviates
    }

    fn part(&self, index: usize) -> &str {
        self.without_prefix().split('$').nth(index).unwrap_or_default()
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        check::length(text.len(), 1..=LONGEST_RECEIVED, "1 to 512 characters")?;
        check::each(text, |byte| byte.is_ascii_graphic(), check::VISIBLE_ASCII)?;
        let mut parts = without_prefix(text).split(|&byte| byte == b'$');
        if parts.next() != Some(b"1") {
            return Err(Problem::Structure("the format is not 1"));
        }
        if !parts.next().is_some_and(is_host_name) {
            return Err(Problem::Structure("the SM-DP+ address is not a host name"));
        }
        let matching_id = parts.next().ok_or(Problem::Structure("the MatchingID is missing"))?;
        let (oid, flag, further) = (parts.next(), parts.next(), parts.next());
        // Nothing behind the MatchingID, an OID, or a flag behind an OID that may be missing then.
        let ends_well = match (oid, flag, further) {
            (None, ..) => true,
            (Some(oid), None, _) => is_dotted_decimal(oid),
            (Some(oid), Some(b"1"), None) => oid.is_empty() || is_dotted_decimal(oid),
            _ => false,
        };
        Ok(Self {
            text: text.into(),
            deviates: !(ends_well && is_matching_id(matching_id) && text.starts_with(b"1") && text.len() <= LONGEST),
            confirmation_code_required: flag == Some(b"1"),
        })
    }
}

fn without_prefix(text: &[u8]) -> &[u8] {
    match text.split_at_checked(PREFIX.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(PREFIX) => rest,
        _ => text,
    }
}

/// Labels of 1 to 63 letters, digits and inner hyphens.
fn is_host_name(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'.').all(|label| {
        (1..=63).contains(&label.len())
            && label.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with(b"-")
            && !label.ends_with(b"-")
    })
}

fn is_matching_id(text: &[u8]) -> bool {
    text.iter()
        .all(|&byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
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

parsed!(secret ActivationCode, "activation code", field_only = is_field_only);
printed!(ActivationCode);
from_bytes!(ActivationCode);
