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
/// Secret: `Debug` hides it; `Display`, `as_str` and serde give it.
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
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActivationCode(Box<str>);

impl ActivationCode {
    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As received, without the `LPA:` of the QR code.
    #[must_use]
    pub fn without_prefix(&self) -> &str {
        without_prefix(&self.0)
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
        self.part(4) == "1"
    }

    /// A-144 if a confirmation code is required; A-143 for another form than the one we would send.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        if self.confirmation_code_required() {
            return Some(Ambiguity::new(144));
        }
        let other_form = self.without_prefix().len() < self.as_str().len()
            || self.as_str().split('$').skip(3).last() == Some("")
            || self.matching_id().bytes().any(|byte| byte.is_ascii_lowercase());
        other_form.then_some(Ambiguity::new(143))
    }

    fn part(&self, index: usize) -> &str {
        self.without_prefix().split('$').nth(index).unwrap_or_default()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=255, "1 to 255 characters")?;
        check::each(text, |byte| byte.is_ascii_graphic(), check::VISIBLE_ASCII)?;
        let mut parts = without_prefix(text).split('$');
        if parts.next() != Some("1") {
            return Err(Problem::Structure("the format is not 1"));
        }
        match parts.next() {
            Some(address) if is_host_name(address) => {}
            _ => return Err(Problem::Structure("the SM-DP+ address is not a host name")),
        }
        match parts.next() {
            Some(matching_id) if is_matching_id(matching_id) => {}
            Some(_) => return Err(Problem::Structure("the MatchingID is not letters, digits and '-'")),
            None => return Err(Problem::Structure("the MatchingID is missing")),
        }
        match parts.next() {
            None | Some("") => {}
            Some(oid) if is_dotted_decimal(oid) => {}
            Some(_) => return Err(Problem::Structure("the SM-DP+ OID is not dotted decimal")),
        }
        match parts.next() {
            None | Some("" | "1") => {}
            Some(_) => return Err(Problem::Structure("the confirmation code flag is not 1")),
        }
        match parts.next() {
            None => Ok(Self(text.into())),
            Some(_) => Err(Problem::Structure("more than five parts")),
        }
    }
}

fn without_prefix(text: &str) -> &str {
    match text.split_at_checked(4) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("LPA:") => rest,
        _ => text,
    }
}

fn is_host_name(text: &str) -> bool {
    text.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

fn is_matching_id(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_dotted_decimal(text: &str) -> bool {
    text.contains('.')
        && text
            .split('.')
            .all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()))
}

parsed!(secret ActivationCode, "activation code");
printed!(ActivationCode);
