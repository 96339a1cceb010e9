//! Who can onboard, and get into a car.

use std::num::NonZeroUsize;

/// Somebody who is a user of the CMP and a customer of the MSP, by the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// What both call them.
    pub name: &'static str,
    /// Their phone number. Its last four digits are the secret knowledge that the MSP asks for.
    pub number: &'static str,
    /// How many profiles their contract allows at a time.
    pub pool: NonZeroUsize,
}

const fn user(name: &'static str, number: &'static str, pool: usize) -> User {
    let pool = match NonZeroUsize::new(pool) {
        Some(pool) => pool,
        None => NonZeroUsize::MIN,
    };
    User { name, number, pool }
}

/// Who is there.
pub const USERS: [User; 3] = [
    user("alice", "4915112345678", 3),
    user("bob", "4915187654321", 1),
    user("carol", "4915111122233", 2),
];
