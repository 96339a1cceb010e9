//! Section "General API Requirements": the content type is `application/json`.

use crate::Ambiguity;

/// Whether a request body may have this content type: `application/json`, with charset utf-8 or none (A-157). Other names of
/// UTF-8 are accepted (A-172): see [`tolerated_charset`].
#[must_use]
pub fn is_request_json(content_type: &[u8]) -> bool {
    let Some((essence, parameters)) = split(content_type) else {
        return false;
    };
    essence.eq_ignore_ascii_case("application/json") && charset_is_utf8(parameters)
}

/// Whether a reply body may have this content type: `application/json` or `application/*+json` (A-157).
#[must_use]
pub fn is_json(content_type: &[u8]) -> bool {
    let Some((essence, parameters)) = split(content_type) else {
        return false;
    };
    let essence = essence.to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/").unwrap_or_default();
    (subtype == "json" || subtype.ends_with("+json")) && charset_is_utf8(parameters)
}

fn split(content_type: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(content_type).ok()?;
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    Some((essence.trim(), parameters))
}

/// A-172 for a charset that means UTF-8 and is not its name: `utf8`.
///
/// ```
/// use aid_types::{Ambiguity, http::tolerated_charset};
///
/// assert_eq!(tolerated_charset(b"application/json; charset=utf8"), Some(Ambiguity::new(172)));
/// assert_eq!(tolerated_charset(b"application/json; charset=UTF-8"), None);
/// ```
#[must_use]
pub fn tolerated_charset(content_type: &[u8]) -> Option<Ambiguity> {
    let (_, parameters) = split(content_type)?;
    let another_name = charsets(parameters).any(|charset| !charset.eq_ignore_ascii_case(UTF_8));
    (another_name && charset_is_utf8(parameters)).then_some(Ambiguity::new(172))
}

const UTF_8: &str = "utf-8";

fn charset_is_utf8(parameters: &str) -> bool {
    let names = [UTF_8, "utf8", "utf_8"];
    charsets(parameters).all(|charset| names.iter().any(|name| charset.eq_ignore_ascii_case(name)))
}

fn charsets(parameters: &str) -> impl Iterator<Item = &str> {
    parameters.split(';').filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches(['"', '\'']))
    })
}
