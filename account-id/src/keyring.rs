//! The keys of all peers.

use std::{borrow::Borrow, collections::BTreeMap};

use crate::{VerifiedToken, Verifier, VerifyError};

/// A [`Verifier`] for each peer: a msp-specific-secret holds between one CMP and one MSP, and says nothing to another.
///
/// `I` is what the integrator tells peers apart by: a CMP its MSPs, a MSP its CMPs; for example the agreed `client-id`.
///
/// ```
/// use account_id::{Keyring, SecretKey, Verifier, VerifyError};
///
/// let mut keyring = Keyring::new();
/// keyring.insert("msp-1".to_owned(), Verifier::new(SecretKey::from_bytes(&[7; 32])?));
/// assert_eq!(keyring.verify_at("msp-2", "a.b.c", 0), Err(VerifyError::UnknownPeer));
/// # Ok::<(), account_id::KeyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Keyring<I> {
    verifiers: BTreeMap<I, Verifier>,
}

impl<I: Ord> Keyring<I> {
    /// A keyring without peers.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            verifiers: BTreeMap::new(),
        }
    }

    /// Sets the verifier of `peer`, and returns the one it had.
    pub fn insert(&mut self, peer: I, verifier: Verifier) -> Option<Verifier> {
        self.verifiers.insert(peer, verifier)
    }

    /// Forgets `peer`, and returns the verifier it had.
    pub fn remove<Q: Ord + ?Sized>(&mut self, peer: &Q) -> Option<Verifier>
    where
        I: Borrow<Q>,
    {
        self.verifiers.remove(peer)
    }

    /// The verifier of `peer`; its [`newest`](Verifier::newest) key is the one to mint with.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, peer: &Q) -> Option<&Verifier>
    where
        I: Borrow<Q>,
    {
        self.verifiers.get(peer)
    }

    /// Verifies `account_id` with the keys of `peer` alone, as [`Verifier::verify_at`] does.
    ///
    /// # Errors
    /// [`VerifyError::UnknownPeer`], or the first check that failed.
    pub fn verify_at<'a, Q: Ord + ?Sized>(
        &self,
        peer: &Q,
        account_id: &'a str,
        now: u64,
    ) -> Result<VerifiedToken<'a>, VerifyError>
    where
        I: Borrow<Q>,
    {
        self.get(peer)
            .ok_or(VerifyError::UnknownPeer)?
            .verify_at(account_id, now)
    }
}

impl<I: Ord> Default for Keyring<I> {
    fn default() -> Self {
        Self::new()
    }
}
