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
    text: Box<str>,
    /// Where the format and each part but the last ends: the positions of the dollar signs, or the length.
    ends: [u8; 4],
    /// Where the format begins: after `LPA:`, or at 0.
    start: u8,
    tolerated: Option<Ambiguity>,
}

const LONGEST: usize = 255;

impl ActivationCode {
    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As received, without the `LPA:` of the QR code.
    #[must_use]
    pub fn without_prefix(&self) -> &str {
        self.text.get(usize::from(self.start)..).unwrap_or_default()
    }

    /// The host name of the SM-DP+. Its case does not matter.
    #[must_use]
    pub fn smdp_address(&self) -> &str {
        part(&self.text, &self.ends, 0)
    }

    /// Which profile at the SM-DP+; may be empty.
    #[must_use]
    pub fn matching_id(&self) -> &str {
        part(&self.text, &self.ends, 1)
    }

    /// The object identifier of the SM-DP+ in dotted-decimal form, if given.
    #[must_use]
    pub fn smdp_oid(&self) -> Option<&str> {
        Some(part(&self.text, &self.ends, 2)).filter(|oid| !oid.is_empty())
    }

    /// Whether the user must enter a confirmation code. An MSP must not issue such codes over AiD (A-144).
    #[must_use]
    pub fn confirmation_code_required(&self) -> bool {
        part(&self.text, &self.ends, 3) == "1"
    }

    /// A-144 if a confirmation code is required; A-143 for another form than the one we would send.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        self.tolerated
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=LONGEST, "1 to 255 characters")?;
        // Whatever is right in each part is all visible ASCII.
        Self::of_parts(text).map_err(|problem| {
            let visible = check::each(text, |byte| byte.is_ascii_graphic(), check::VISIBLE_ASCII);
            visible.err().unwrap_or(problem)
        })
    }

    fn of_parts(text: &str) -> Result<Self, Problem> {
        let start = match text.as_bytes() {
            [b'L' | b'l', b'P' | b'p', b'A' | b'a', b':', ..] => 4,
            _ => 0,
        };
        // At most 255 characters, so that positions and the length fit a byte.
        let byte = |position| u8::try_from(position).unwrap_or(u8::MAX);
        let mut ends = [byte(text.len()); 4];
        let mut dollars = 0;
        check::positions(text.as_bytes(), b'$', |position| {
            if let Some(end) = ends.get_mut(dollars) {
                *end = byte(position);
            }
            dollars += 1;
        });
        if dollars > ends.len() {
            return Err(Problem::Structure("more than five parts"));
        }
        let [address, matching_id] = [0, 1].map(|index| part(text, &ends, index));
        if text.get(usize::from(start)..usize::from(ends[0])) != Some("1") {
            return Err(Problem::Structure("the format is not 1"));
        }
        if !is_host_name(address) {
            return Err(Problem::Structure("the SM-DP+ address is not a host name"));
        }
        if dollars < 2 {
            return Err(Problem::Structure("the MatchingID is missing"));
        }
        let is_mark = |byte| byte == b'-';
        // Nearly always there are no lower-case letters.
        let lower_case = !check::all(matching_id.as_bytes(), |byte| {
            byte.is_ascii_uppercase() | byte.is_ascii_digit() | is_mark(byte)
        });
        if lower_case
            && !check::all(matching_id.as_bytes(), |byte| {
                byte.is_ascii_alphanumeric() | is_mark(byte)
            })
        {
            return Err(Problem::Structure("the MatchingID is not letters, digits and '-'"));
        }
        let mut tolerated = (start > 0 || lower_case).then_some(Ambiguity::new(143));
        if dollars > 2 {
            let [oid, flag] = [2, 3].map(|index| part(text, &ends, index));
            if !oid.is_empty() && !is_dotted_decimal(oid) {
                return Err(Problem::Structure("the SM-DP+ OID is not dotted decimal"));
            }
            tolerated = match flag {
                "1" => Some(Ambiguity::new(144)),
                "" if text.ends_with('$') => Some(Ambiguity::new(143)),
                "" => tolerated,
                _ => return Err(Problem::Structure("the confirmation code flag is not 1")),
            };
        }
        Ok(Self {
            text: text.into(),
            ends,
            start,
            tolerated,
        })
    }
}

/// The part after the dollar sign with this index; empty where there is none.
fn part<'a>(text: &'a str, ends: &[u8; 4], index: usize) -> &'a str {
    let after = ends.get(index).map(|&dollar| usize::from(dollar) + 1);
    let until = ends.get(index + 1).map_or(text.len(), |&end| usize::from(end));
    after.and_then(|after| text.get(after..until)).unwrap_or_default()
}

/// Labels of 1 to 63 letters, digits and inner hyphens.
fn is_host_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_label = |label: Option<&[u8]>| {
        label.is_some_and(|label| !matches!(label, [] | [b'-', ..] | [.., b'-']) && label.len() <= 63)
    };
    let mut start = 0;
    let mut labels = true;
    check::positions(bytes, b'.', |dot| {
        labels &= is_label(bytes.get(start..dot));
        start = dot + 1;
    });
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'.') | (byte == b'-');
    labels && is_label(bytes.get(start..)) && check::all(bytes, is_inner)
}

fn is_dotted_decimal(text: &str) -> bool {
    text.contains('.')
        && text
            .split('.')
            .all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()))
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
