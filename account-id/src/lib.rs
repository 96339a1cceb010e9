//! Mint and verify the account_id of automotive identity (AiD): an HS256 JWT that travels in a redirect URL.
//!
//! A CMP mints it with [`NewAccountId::mint`] and puts it into the redirect to the MSP. The MSP verifies it there, and the
//! CMP again when it comes back with `Send MSP token`, both with a [`Verifier`] or, for many peers, a [`Keyring`]. What is
//! refused says why in a [`VerifyError`], which knows its error code. This is the section "Account ID" of the
//! specification; where that is unclear, the decision is cited by its number (`A-nnn`).
//!
//! - The algorithm is part of the type: only HS256 exists here, whatever a header says. `kid` and `jku` are ignored.
//! - Nothing reads a clock: the time is an argument, in seconds since 1970-01-01 00:00:00 UTC.
//! - Verification has two steps: signature and times, then `ver`, once it is known whose session it is.
//! - Verification allocates nothing, and what a peer sends can neither make it panic nor work long.
//!
//! An account_id is signed, not encrypted: whoever sees the URL can read its claims, `ver` among them.
//!
//! ```
//! use account_id::{NewAccountId, SecretKey, Ver, Verifier, VerifyError};
//! use uuid::uuid;
//!
//! let key = SecretKey::from_text("the msp-specific-secret that both sides have exchanged")?;
//! let sid = uuid!("5f0c4a9e-3a51-4d0e-9c1b-2b6f8f1d7a10");
//! let now = 1_700_000_000;
//!
//! let account_id = NewAccountId::new(sid, now).ver("6789").mint(&key)?;
//!
//! let verifier = Verifier::new(key);
//! let token = verifier.verify_at(account_id.as_str(), now + 300)?;
//! assert_eq!(token.sid(), sid);
//! let claims = token.check_ver(Ver::Agreed("6789"))?;
//! assert_eq!(claims.sid, sid);
//!
//! assert_eq!(token.check_ver(Ver::Agreed("0000")), Err(VerifyError::VerMismatch));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod claims;
mod error;
mod json;
mod key;
mod keyring;
mod mint;
mod reading;
mod text;
mod time;
mod token;
mod tolerated;
mod ver;
mod verified;
mod verify;

pub use claims::Claims;
pub use error::{Claim, KeyError, MintError, Segment, VerifyError};
pub use key::{MIN_KEY_BYTES, MIN_WEAK_KEY_BYTES, SecretKey};
pub use keyring::Keyring;
pub use mint::{DEFAULT_LIFETIME, NewAccountId, SignedAccountId};
pub use reading::SecretReading;
pub use token::MAX_LENGTH;
pub use tolerated::Tolerated;
pub use uuid;
pub use ver::Ver;
pub use verified::VerifiedToken;
pub use verify::{DEFAULT_LEEWAY, MAX_KEYS, Verifier};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
