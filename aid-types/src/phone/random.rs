use std::fmt;

/// A source of randomness that is fit for cryptography. Nothing in this crate has one of its own.
///
/// Any closure that fills a slice is one, whatever its error: `|bytes: &mut [u8]| getrandom::fill(bytes)`.
pub trait Random {
    /// Fills all of `bytes` with random bytes.
    ///
    /// # Errors
    ///
    /// If there are none; `bytes` must not be used then.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomFailed>;
}

impl<F, E> Random for F
where
    F: FnMut(&mut [u8]) -> Result<(), E>,
{
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        self(bytes).map_err(|_| RandomFailed)
    }
}

/// The source of randomness failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "says all there is to say")]
pub struct RandomFailed;

impl fmt::Display for RandomFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source of randomness failed")
    }
}

impl std::error::Error for RandomFailed {}
