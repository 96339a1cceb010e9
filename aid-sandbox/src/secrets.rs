//! What CMP and MSP have agreed on, and keep.

use std::fmt;

/// The keys without which nothing that is stored can be read. Each sandbox has its own.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "pages", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct Secrets {
    /// The msp-specific-secret that account_ids are signed with.
    pub account_id: String,
    /// The key of phone numbers.
    pub phone: [u8; 32],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// New ones.
    ///
    /// # Errors
    ///
    /// If the machine has no randomness.
    pub fn new() -> Result<Self, getrandom::Error> {
        Ok(Self {
            account_id: random_text()?,
            phone: random()?,
        })
    }
}

/// 64 random characters: keys and passwords.
pub(crate) fn random_text() -> Result<String, getrandom::Error> {
    Ok(random()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn random() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
