//! What a CMP and an MSP have agreed on.

use std::fmt;

use account_id::Verifier;
use aid_types::{
    phone::PhoneCipher,
    redirect::{RedirectPolicy, Touchpoint},
};
use aid1_client::MspClient;

/// One MSP, and what was agreed with it.
#[non_exhaustive]
pub struct MspPartner {
    /// Calls it.
    pub client: MspClient,
    /// Mints the account_ids for it, and verifies those that it sends back. A long leeway gives slow users time.
    pub account_ids: Verifier,
    /// For how long an account_id is valid, in seconds. Default: [`account_id::DEFAULT_LIFETIME`].
    pub lifetime: u64,
    /// Where its customers begin.
    pub touchpoint: Touchpoint,
    /// Where its customers may be sent back to.
    pub redirects: RedirectPolicy,
    /// Reads its phone numbers.
    pub phone: Box<dyn PhoneCipher + Send + Sync>,
}

impl fmt::Debug for MspPartner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MspPartner")
            .field("touchpoint", &self.touchpoint)
            .finish_non_exhaustive()
    }
}

impl MspPartner {
    /// A partner.
    #[must_use]
    pub fn new(
        client: MspClient,
        account_ids: Verifier,
        touchpoint: Touchpoint,
        redirects: RedirectPolicy,
        phone: impl PhoneCipher + Send + Sync + 'static,
    ) -> Self {
        Self {
            client,
            account_ids,
            lifetime: account_id::DEFAULT_LIFETIME,
            touchpoint,
            redirects,
            phone: Box::new(phone),
        }
    }
}
