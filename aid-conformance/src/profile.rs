//! What the party under test declares of itself.

use std::fmt;

use aid_types::{
    AccountId, ActivationCodeRequestId, ApiKey, ClientId, Eid, Iccid, MspToken, TargetId,
    http::{BasicCredentials, Credentials},
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// What the party under test declares: who calls it as whom, what it offers, and what exists there before the run.
///
/// From a TOML file. What is skipped follows from it, and is never chosen: a test that needs something which the profile
/// does not name is skipped with that reason.
///
/// ```
/// let profile = aid_conformance::Profile::parse(r#"
///     client_id = "caller"          # who calls, as agreed
///     target_id = "called"          # who is called
///     api_key = "0123456789abcdef"  # or: basic = ["user", "password"]
///     modes = ["synchronous"]       # how an MSP answers a request for an activation code: also "asynchronous"
///     eid = "89049032000001000000000831934057"
///     msp_tokens = ["25bca1e2-338f-11d6-ac61-9e71138fd521"]
/// "#)?;
/// # let _ = profile;
/// # Ok::<(), aid_conformance::ProfileError>(())
/// ```
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// Who calls: the runner's name, as agreed.
    pub(crate) client_id: ClientId,
    /// Who is called: the name of the party under test.
    pub(crate) target_id: TargetId,
    api_key: Option<ApiKey>,
    basic: Option<[String; 2]>,
    /// How an MSP answers requests for activation codes.
    #[serde(default)]
    pub(crate) modes: Vec<Mode>,
    /// The eUICC that codes are requested for.
    pub(crate) eid: Option<Eid>,
    /// msp_tokens that are active. The first one is used all the time; tests that end one take them from the end.
    #[serde(default)]
    pub(crate) msp_tokens: Vec<MspToken>,
    /// MSP: an msp_token all of whose profiles are in use, and a profile of it.
    pub(crate) full: Option<Full>,
    /// Profiles of the first msp_token.
    #[serde(default)]
    pub(crate) iccids: Vec<Iccid>,
    /// CMP: account_ids of open onboarding sessions. Each is used once.
    #[serde(default)]
    pub(crate) account_ids: Vec<AccountId>,
    /// CMP: requests of the first msp_token that wait for an activation code. Each is used once.
    #[serde(default)]
    pub(crate) activation_code_request_ids: Vec<ActivationCodeRequestId>,
    /// CMP: a phone number as agreed with it, encrypted.
    pub(crate) phone_number: Option<Encrypted>,
    /// What the file says, by its hash: it stands in every result.
    #[serde(skip)]
    hash: String,
}

/// How an MSP answers requests for activation codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// At once, with 200.
    Synchronous,
    /// By 201, and "Send activation code".
    Asynchronous,
}

/// An msp_token all of whose profiles are in use.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Full {
    /// The msp_token.
    pub(crate) msp_token: MspToken,
    /// A profile of it.
    pub(crate) iccid: Iccid,
}

/// A phone number, encrypted as agreed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Encrypted {
    /// `phoneNumber`, in Base64.
    pub(crate) phone_number: String,
    /// `iv`, in Base64.
    pub(crate) iv: String,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// It is no TOML, or a member is not of its form.
    #[error("profile: {0}")]
    Toml(String),
    /// Neither or both of `api_key` and `basic`.
    #[error("profile: expected either api_key or basic")]
    Credentials,
}

impl Profile {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] names the member. It shows no value.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let mut profile: Self =
            toml::from_str(text).map_err(|error| ProfileError::Toml(error.message().lines().collect()))?;
        profile.credentials()?;
        profile.hash = hex(&Sha256::digest(text.as_bytes()));
        Ok(profile)
    }

    /// What proves who calls.
    pub(crate) fn credentials(&self) -> Result<Credentials, ProfileError> {
        match (&self.api_key, &self.basic) {
            (Some(key), None) => Ok(Credentials::ApiKey(key.clone())),
            (None, Some([user, password])) => {
                let basic = BasicCredentials::new(user, password).map_err(|_| ProfileError::Credentials)?;
                Ok(Credentials::Basic(basic))
            }
            _ => Err(ProfileError::Credentials),
        }
    }

    /// The SHA-256 of the file, in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether it declares what a test is for only: a mode, or `pool` for an msp_token that is full.
    pub(crate) fn declares(&self, what: &str) -> bool {
        match what {
            "synchronous" => self.modes.contains(&Mode::Synchronous),
            "asynchronous" => self.modes.contains(&Mode::Asynchronous),
            "pool" => self.full.is_some(),
            _ => false,
        }
    }
}

/// Shows nothing: nearly all of it is secret.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
