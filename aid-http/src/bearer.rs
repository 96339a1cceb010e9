//! Header `authorization` with the scheme `Bearer` (RFC 6750).

/// The access token of a value of header `authorization` with the scheme `Bearer`.
#[must_use]
pub fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}
