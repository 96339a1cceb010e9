//! What a URI says literally, before and beside a URL parser.
//!
//! URL parsers repair: they drop tabs, turn backslashes into slashes, decode percent signs in hosts, and read
//! `0x7f.1` as an address. Each repair is a way to show one host to a policy and another to a browser. So the text is
//! taken apart here without any repair, and the parser (WHATWG) has to arrive at the same parts.

use url::Url;

use super::RedirectDenied;

/// Longest URI that is looked at, in bytes. Browsers and servers commonly take 8 KiB for a whole request line.
pub(super) const MAX_URI: usize = 4096;

const HTTPS: &str = "https";
const HTTP: &str = "http";
pub(super) const HTTPS_PORT: u16 = 443;
const HTTP_PORT: u16 = 80;
const LOOPBACK: &str = "127.0.0.1";

/// A URI that consists of URI characters only, cut behind its scheme.
pub(super) struct Literal<'a> {
    uri: &'a str,
    pub(super) scheme: &'a str,
    rest: &'a str,
}

/// Host and port of an https URI. The host is as written: upper case is possible.
pub(super) struct Authority<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
}

/// Refuses whatever no URI contains.
pub(super) fn check_characters(text: &str) -> Result<(), RedirectDenied> {
    if text.is_empty() {
        return Err(RedirectDenied::Empty);
    }
    if text.len() > MAX_URI {
        return Err(RedirectDenied::TooLong);
    }
    for byte in text.bytes() {
        match byte {
            0x80.. => return Err(RedirectDenied::NotAscii),
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => return Err(RedirectDenied::WhiteSpace),
            0..=0x1f | 0x7f => return Err(RedirectDenied::ControlCharacter),
            b'\\' => return Err(RedirectDenied::Backslash),
            b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' => return Err(RedirectDenied::NotUriCharacter),
            _ => {}
        }
    }
    Ok(())
}

/// Whether `text` is a scheme by RFC 3986: a letter, then letters, digits, `+`, `-` and `.`.
pub(super) fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

impl<'a> Literal<'a> {
    pub(super) fn read(uri: &'a str) -> Result<Self, RedirectDenied> {
        check_characters(uri)?;
        match uri.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => Ok(Self { uri, scheme, rest }),
            _ => Err(RedirectDenied::NoScheme),
        }
    }

    pub(super) fn is_https(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(HTTPS)
    }

    pub(super) fn is_http(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(HTTP)
    }

    /// Host and port, if this is an https URI whose host is a domain name and a parser finds the same two.
    pub(super) fn https(&self) -> Result<Authority<'a>, RedirectDenied> {
        let found = self.host_and_port(HTTPS_PORT)?;
        check_host(found.host)?;
        self.is_read_alike(HTTPS, found)
    }

    /// Host and port, if this is an http URI that leads nowhere but to the machine itself, and a parser finds the same two:
    /// `localhost`, a name under it, which browsers look up nowhere (RFC 6761), or 127.0.0.1.
    pub(super) fn loopback(&self) -> Result<Authority<'a>, RedirectDenied> {
        let found = self.host_and_port(HTTP_PORT)?;
        if found.host != LOOPBACK {
            check_host(found.host)?;
            let last = found.host.rsplit('.').next().unwrap_or_default();
            if !last.eq_ignore_ascii_case("localhost") {
                return Err(RedirectDenied::SchemeNotAgreed);
            }
        }
        self.is_read_alike(HTTP, found)
    }

    fn host_and_port(&self, default: u16) -> Result<Authority<'a>, RedirectDenied> {
        let authority = self
            .authority()
            .filter(|text| !text.is_empty())
            .ok_or(RedirectDenied::NoAuthority)?;
        if authority.contains('@') {
            return Err(RedirectDenied::UserInfo);
        }
        if authority.starts_with('[') {
            return Err(RedirectDenied::IpAddress);
        }
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, parse_port(port)?),
            None => (authority, default),
        };
        Ok(Authority { host, port })
    }

    fn is_read_alike(&self, scheme: &str, found: Authority<'a>) -> Result<Authority<'a>, RedirectDenied> {
        let Authority { host, port } = found;
        let url = Url::parse(self.uri).map_err(|_| RedirectDenied::InvalidHost)?;
        match url.host() {
            Some(url::Host::Domain(parsed)) if parsed.eq_ignore_ascii_case(host) => {}
            Some(url::Host::Ipv4(_)) if scheme == HTTP && host == LOOPBACK => {}
            Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => return Err(RedirectDenied::IpAddress),
            _ => return Err(RedirectDenied::ReadDifferently),
        }
        let same = url.scheme() == scheme
            && url.port_or_known_default() == Some(port)
            && url.username().is_empty()
            && url.password().is_none();
        if same {
            Ok(found)
        } else {
            Err(RedirectDenied::ReadDifferently)
        }
    }

    /// Checks a URI of a custom scheme. The operating system hands it to an app by its scheme alone, so that its host,
    /// if it has one, decides nothing.
    pub(super) fn custom(&self) -> Result<(), RedirectDenied> {
        if self.authority().is_some_and(|authority| authority.contains('@')) {
            return Err(RedirectDenied::UserInfo);
        }
        let url = Url::parse(self.uri).map_err(|_| RedirectDenied::InvalidHost)?;
        if url.scheme().eq_ignore_ascii_case(self.scheme) {
            Ok(())
        } else {
            Err(RedirectDenied::ReadDifferently)
        }
    }

    /// What stands between `//` and the path, query or fragment.
    fn authority(&self) -> Option<&'a str> {
        self.rest.strip_prefix("//")?.split(['/', '?', '#']).next()
    }
}

/// A port without sign or leading zeros: parsers differ about those.
fn parse_port(text: &str) -> Result<u16, RedirectDenied> {
    let plain = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or(RedirectDenied::InvalidPort)
}

/// Refuses what is no domain name of letters, digits and hyphens (RFC 1123). Whether a name reads as an address is
/// left to the URL parser.
fn check_host(host: &str) -> Result<(), RedirectDenied> {
    if host.is_empty() {
        return Err(RedirectDenied::NoAuthority);
    }
    if host.contains('%') {
        return Err(RedirectDenied::PercentInHost);
    }
    if host.ends_with('.') {
        return Err(RedirectDenied::TrailingDot);
    }
    if host.len() <= 253 && host.split('.').all(is_label) {
        Ok(())
    } else {
        Err(RedirectDenied::InvalidHost)
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
