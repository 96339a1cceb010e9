//! Section "General API Requirements": the content type is `application/json`.

/// Whether a request body may have this content type: `application/json`, with charset utf-8 or none.
#[must_use]
pub fn is_request_json(content_type: &[u8]) -> bool {
    // As nearly everybody writes it.
    if content_type == b"application/json" {
        return true;
    }
    let Some((essence, parameters)) = split(content_type) else {
        return false;
    };
    essence.eq_ignore_ascii_case("application/json") && charset_is_utf8(parameters)
}

/// Whether a reply body may have this content type: `application/json` or `application/*+json`.
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

fn charset_is_utf8(parameters: &str) -> bool {
    parameters.split(';').all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
}
