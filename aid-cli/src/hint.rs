//! Where a person would look next.

use std::error::Error;

/// An error with everything behind it, and what may be the reason: `connecting failed: …: … (…)`.
pub(crate) fn explained(error: &dyn Error) -> String {
    with_reason(&chain(error))
}

/// The text of an error, and what may be the reason.
pub(crate) fn with_reason(text: &str) -> String {
    match reason(text) {
        Some(reason) => format!("{text} ({reason})"),
        None => text.to_owned(),
    }
}

/// An error and its sources, none of them twice.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        source = error.source();
    }
    text
}

/// What the layers below say, and what people find behind it.
const REASONS: &[(&str, &str)] = &[
    (
        "InvalidContentType",
        "the peer does not speak TLS on this port: another port, or a URL without TLS?",
    ),
    (
        "invalid HTTP version",
        "the peer does not speak plain HTTP on this port: TLS perhaps, with https:// in the URL?",
    ),
    (
        "UnknownIssuer",
        "its certificate was issued by none of the authorities in --ca",
    ),
    (
        "NotValidForName",
        "its certificate is for another host name than the one in the URL",
    ),
    (
        "CertificateRequired",
        "the peer wants a client certificate: --cert and --key",
    ),
    (
        "UnknownCA",
        "the peer does not know the authority that issued the certificate of --cert",
    ),
    ("Connection refused", "nobody listens there"),
];

/// What may be behind an error, by its text.
fn reason(text: &str) -> Option<&'static str> {
    let found = REASONS.iter().find(|(symptom, _)| text.contains(symptom));
    found.map(|(_, reason)| *reason)
}

/// What is odd about a redirect URI, as it arrives from pages and programs that escape too often or not at all.
pub(crate) fn redirect_uri(uri: &str) -> Option<&'static str> {
    let lower = uri.to_ascii_lowercase();
    if lower.contains("&amp;") || lower.contains("&#38;") || lower.contains("&#x26;") {
        Some("an `&` in it was escaped for HTML: unescape `&amp;` before it becomes part of a URL")
    } else if lower
        .split([':', '/', '?'])
        .next()
        .is_some_and(|scheme| scheme.contains("%3a"))
    {
        Some("it is still percent-encoded: decode the query parameter that carried it, once")
    } else if lower.starts_with(['"', '\'', '<', '\u{201c}']) {
        Some("there are quotes or brackets around it")
    } else {
        None
    }
}
