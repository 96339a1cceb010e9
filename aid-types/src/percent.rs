//! Percent-encoding (RFC 3986), taken off once.

use std::borrow::Cow;

/// The text without its escapes, or the byte at which one is malformed or the result stops being UTF-8.
///
/// Nothing that AiD1 puts into a path or a query needs an escape; a peer may still have used them (A-173).
///
/// ```
/// # #[cfg(feature = "http")] {
/// use aid_types::http::percent_decode;
///
/// assert_eq!(percent_decode("%38944500805172032953").as_deref(), Ok("8944500805172032953"));
/// assert_eq!(percent_decode("%2538").as_deref(), Ok("%38"));
/// assert_eq!(percent_decode("89%3"), Err(2));
/// # }
/// ```
///
/// # Errors
///
/// The position, in bytes from the beginning.
#[cfg_attr(
    not(feature = "http"),
    allow(unreachable_pub, reason = "public with the feature http")
)]
pub fn percent_decode(text: &str) -> Result<Cow<'_, str>, usize> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        let at = text.len() - escaped.len() - 1;
        let (digits, after) = escaped.split_at_checked(2).ok_or(at)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(at);
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| at)?);
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|error| error.utf8_error().valid_up_to())
}

#[cfg(test)]
mod tests {
    use super::percent_decode;

    #[test]
    fn escapes_are_taken_off_once() {
        for (escaped, plain) in [
            ("", Ok("")),
            ("a-b", Ok("a-b")),
            ("%61%2Db", Ok("a-b")),
            ("%2561", Ok("%61")),
            ("a+b", Ok("a+b")),
            ("%C3%A4", Ok("ä")),
            ("%", Err(0)),
            ("a%4", Err(1)),
            ("%61%+1", Err(3)),
            ("%é", Err(0)),
            ("a%ff", Err(1)),
        ] {
            assert_eq!(
                percent_decode(escaped).as_deref(),
                plain.as_ref().map(|text| *text),
                "{escaped}"
            );
        }
    }
}
