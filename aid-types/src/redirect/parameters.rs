//! Query parameters: written strictly, read leniently.

use std::{borrow::Cow, fmt::Write as _};

use super::{Received, RedirectError};
use crate::{Ambiguity, Leniency, Tolerated, percent::percent_decode};

pub(super) const ID: &str = "id";
pub(super) const REDIRECT_URI: &str = "redirect_uri";
pub(super) const CODE: &str = "code";
pub(super) const ERROR: &str = "error";

/// Longest query that is read, in bytes: room for an account_id and a redirect_uri of which every byte is encoded.
const MAX_QUERY: usize = 32 * 1024;

const BLANKS: Ambiguity = Ambiguity::new(81);
const QUOTES: Ambiguity = Ambiguity::new(83);

/// The query of a URL, without `?`; empty if there is none.
pub(super) fn query_of(url: &str) -> &str {
    let before_fragment = url.split_once('#').map_or(url, |(before, _)| before);
    before_fragment.split_once('?').map_or("", |(_, query)| query)
}

/// Whether a URL has one of the parameters that a redirect back to the MSP adds.
///
/// Looks more closely than our own reader does: the server behind the URL may split at `;`, ignore case, trim, or read
/// `id[]` as `id`, and must not find a second value there.
pub(super) fn has_reserved(url: &str) -> bool {
    has_any(url, &[ID, CODE, ERROR])
}

/// Whether a URL has one of the parameters that tell of a failure.
pub(super) fn has_failure(url: &str) -> bool {
    has_any(url, &[CODE, ERROR])
}

/// Whether a URL has one of the parameters that a redirect to the other party's content adds.
pub(super) fn has_outward(url: &str) -> bool {
    has_any(url, &[ID, REDIRECT_URI])
}

fn has_any(url: &str, names: &[&str]) -> bool {
    query_of(url).split(['&', ';']).any(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let name = decode(name).unwrap_or(Cow::Borrowed(name));
        let name = name
            .split('[')
            .next()
            .unwrap_or_default()
            .trim_matches(|c: char| c.is_whitespace() || c == '\0');
        names.iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
    })
}

/// Adds parameters behind the URL's own query and before its fragment; its own bytes stay as they are.
pub(super) fn append(url: &str, parameters: &[(&str, &str)]) -> String {
    let (before, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let mut separator = match before.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let values: usize = parameters
        .iter()
        .map(|(name, value)| name.len() + 3 * value.len() + 2)
        .sum();
    let mut out = String::with_capacity(url.len() + values);
    out.push_str(before);
    for (name, value) in parameters {
        out.push_str(separator);
        out.push_str(name);
        out.push('=');
        encode_into(&mut out, value);
        separator = "&";
    }
    out.push_str(fragment);
    out
}

/// Percent-encodes all but the unreserved characters of RFC 3986. A blank becomes `%20`, which form decoders and URI
/// decoders read alike; `+` is only a blank to the former.
fn encode_into(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// Decodes percent signs and `+`, once. `None` if an escape is malformed or the result is not UTF-8.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let blanks = text.replace('+', " ");
    percent_decode(&blanks).ok().map(|text| Cow::Owned(text.into_owned()))
}

/// Whether this is what `&amp;name` leaves of the name: the query went through a page without being read from it.
fn is_escaped_for_html(key: &str, name: &str) -> bool {
    let mut key = key;
    let mut escaped = false;
    while let Some(rest) = ["amp;", "#38;", "#x26;", "AMP;"]
        .iter()
        .find_map(|entity| key.strip_prefix(entity))
    {
        key = rest;
        escaped = true;
    }
    escaped && key.trim_matches(' ') == name
}

/// The parameters of one query, with what was tolerated while reading them.
pub(super) struct Reader<'a> {
    query: &'a str,
    leniency: Leniency,
    tolerated: Vec<Tolerated>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(query: &'a str, leniency: Leniency) -> Result<Self, RedirectError> {
        if query.len() > MAX_QUERY {
            return Err(RedirectError::TooLong);
        }
        Ok(Self {
            query,
            leniency,
            tolerated: Vec::new(),
        })
    }

    /// The decoded value of a parameter. Blanks around name and value are trimmed; the case of the name counts.
    pub(super) fn get(&mut self, name: &'static str) -> Result<Option<Cow<'a, str>>, RedirectError> {
        let mut found = None;
        let mut blanks = false;
        let mut escaped_for_html = false;
        for pair in self.query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(key) = decode(key) else { continue };
            if self.trimmed(&key) != name {
                escaped_for_html |= is_escaped_for_html(&key, name);
                continue;
            }
            let value = decode(value).ok_or(RedirectError::Encoding { parameter: name })?;
            let trimmed = self.trimmed(&value);
            blanks |= key.len() != name.len() || trimmed.len() != value.len();
            let value = if trimmed.len() == value.len() {
                value
            } else {
                Cow::Owned(trimmed.to_owned())
            };
            if found.replace(value).is_some() {
                return Err(RedirectError::Duplicate { parameter: name });
            }
        }
        if found.is_none() && escaped_for_html {
            return Err(RedirectError::EscapedForHtml { parameter: name });
        }
        if blanks {
            self.tolerated.push(Tolerated::new(BLANKS, name));
        }
        Ok(found)
    }

    /// The redirect_uri, which must be there.
    ///
    /// One that was not encoded is accepted and reported. Where it has a query of its own, the parameters up to the
    /// next of ours belong to that.
    pub(super) fn redirect_uri(&mut self) -> Result<Cow<'a, str>, RedirectError> {
        let uri = self.required(REDIRECT_URI)?;
        let mut pairs = self.query.split('&');
        let raw = pairs.by_ref().find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            (self.trimmed(&decode(key)?) == REDIRECT_URI).then_some(value)
        });
        if !raw.is_some_and(|raw| raw.contains("://")) {
            return Ok(uri);
        }
        if self.leniency == Leniency::Strict {
            return Err(RedirectError::Encoding {
                parameter: REDIRECT_URI,
            });
        }
        self.tolerated.push(Tolerated::new(BLANKS, REDIRECT_URI));
        if !uri.contains('?') {
            return Ok(uri);
        }
        let is_ours = |pair: &&str| {
            let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
            [ID, REDIRECT_URI].contains(&decode(name).unwrap_or_default().trim_matches(' '))
        };
        let own = pairs.take_while(|pair| !is_ours(pair));
        Ok(own.fold(uri, |uri, pair| Cow::Owned(format!("{uri}&{pair}"))))
    }

    /// As [`get`](Self::get), and an error if the parameter is absent.
    pub(super) fn required(&mut self, name: &'static str) -> Result<Cow<'a, str>, RedirectError> {
        self.get(name)?.ok_or(RedirectError::Missing { parameter: name })
    }

    /// Takes a pair of quotation marks off a text; the document's sample has typographic ones.
    pub(super) fn unquoted<'t>(&mut self, name: &'static str, text: &'t str) -> &'t str {
        let is_quote = |c: char| matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}');
        if self.leniency == Leniency::Strict {
            return text;
        }
        match text.strip_prefix(is_quote).and_then(|text| text.strip_suffix(is_quote)) {
            Some(inner) => {
                self.tolerated.push(Tolerated::new(QUOTES, name));
                inner
            }
            None => text,
        }
    }

    /// Notes a deviation.
    pub(super) fn note(&mut self, item: Ambiguity, at: &'static str) {
        self.tolerated.push(Tolerated::new(item, at));
    }

    pub(super) fn is_strict(&self) -> bool {
        self.leniency == Leniency::Strict
    }

    /// The redirect that was read, with what was tolerated on the way.
    pub(super) fn received<T>(self, value: T) -> Received<T> {
        Received::new(value, self.tolerated)
    }

    fn trimmed<'t>(&self, text: &'t str) -> &'t str {
        if self.leniency == Leniency::Strict {
            text
        } else {
            text.trim_matches(' ')
        }
    }
}
