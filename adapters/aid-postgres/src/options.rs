//! How a database is used.

use std::{fmt, time::Duration};

/// How a [`PostgresStore`](crate::PostgresStore) uses its database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The schema that holds the tables, and nothing else: 1 to 63 lowercase letters, digits and `_`, no digit first.
    /// Default: `aid`.
    pub schema: String,
    /// Whether [`connect`](crate::PostgresStore::connect) makes and changes tables. Otherwise it only looks whether they are
    /// such that it can use them: for a role that may not. Default: true.
    pub migrate: bool,
    /// How many connections at most. Default: 16.
    pub connections: usize,
    /// How long to wait for a connection: for a free one, and for a new one. Default: 5 s.
    pub connect_timeout: Duration,
    /// How long a statement may take, and how long a transaction may stand open: the database ends it then. An operation of
    /// the store that has no answer twice as long after is given up, and its connection with it. Default: 10 s.
    pub statement_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            schema: "aid".to_owned(),
            migrate: true,
            connections: 16,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
        }
    }
}

/// The schema has a name that needs quoting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionsError;

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a schema is 1 to 63 lowercase letters, digits and _, no digit first")
    }
}

impl std::error::Error for OptionsError {}

/// The name of a schema as it can stand in SQL.
pub(crate) fn checked(schema: &str) -> Result<&str, OptionsError> {
    let first = schema.bytes().next().ok_or(OptionsError)?;
    let plain = |byte: u8| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if schema.len() > 63 || first.is_ascii_digit() || !schema.bytes().all(plain) {
        return Err(OptionsError);
    }
    Ok(schema)
}
