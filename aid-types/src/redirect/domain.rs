//! One agreed domain.

use super::{
    PolicyFault,
    literal::{HTTPS_PORT, Literal, check_characters},
};

/// `www.cmp.de`, or every name under `cmp.de`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AgreedDomain {
    /// Lower case, without `*.`.
    name: Box<str>,
    wildcard: bool,
    ports: Box<[u16]>,
}

impl AgreedDomain {
    pub(super) fn parse(entry: &str, ports: &[u16]) -> Result<Self, PolicyFault> {
        check_characters(entry).map_err(PolicyFault::Domain)?;
        if entry.contains(['/', '?', '#']) {
            return Err(PolicyFault::NotADomain);
        }
        let (name, wildcard) = match entry.strip_prefix('*') {
            None => (entry, false),
            Some("" | ".") => return Err(PolicyFault::WildcardTooWide),
            Some(rest) => (rest.strip_prefix('.').ok_or(PolicyFault::WildcardPlacement)?, true),
        };
        if name.contains('*') {
            return Err(PolicyFault::WildcardPlacement);
        }
        // The rules for a redirect's host hold for the agreed name too, so that no entry can exist that never matches.
        let url = format!("https://{name}/");
        let authority = Literal::read(&url).and_then(|literal| literal.https().map(|found| found.host.len()));
        if authority.map_err(PolicyFault::Domain)? != name.len() {
            return Err(PolicyFault::PortInDomain);
        }
        let name = name.to_ascii_lowercase();
        if wildcard && is_registry_suffix(&name) {
            return Err(PolicyFault::WildcardTooWide);
        }
        if !name.contains('.') {
            return Err(PolicyFault::SingleLabel);
        }
        if ports.is_empty() || ports.contains(&0) {
            return Err(PolicyFault::Ports);
        }
        Ok(Self {
            name: name.into(),
            wildcard,
            ports: ports.into(),
        })
    }

    /// Whether a host belongs to this domain: whole labels, one or more of them in the wildcard's place.
    pub(super) fn covers(&self, host: &str) -> bool {
        if !self.wildcard {
            return host.eq_ignore_ascii_case(&self.name);
        }
        host.len()
            .checked_sub(self.name.len())
            .and_then(|at| host.split_at_checked(at))
            .is_some_and(|(labels, name)| {
                name.eq_ignore_ascii_case(&self.name) && labels.len() > 1 && labels.ends_with('.')
            })
    }

    pub(super) fn csp_sources(&self) -> impl Iterator<Item = String> {
        let star = if self.wildcard { "*." } else { "" };
        self.ports
            .iter()
            .map(move |port| format!("https://{star}{}:{port}", self.name))
    }

    pub(super) fn has_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }
}

/// The ports of an entry that names none.
pub(super) const DEFAULT_PORTS: &[u16] = &[HTTPS_PORT];

/// Second-level names that registries of countries use as suffixes (`co.uk`, `com.au`).
const REGISTRY_LABELS: &[&str] = &[
    "ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "gv", "ltd", "me", "mil", "ne", "net", "nom", "or", "org",
    "plc", "sch",
];

/// Whether strangers register names directly under `name`, as far as its form tells: one label, or a registry's label
/// under a country code. Not complete: the public suffix list changes weekly and has no place in a library.
fn is_registry_suffix(name: &str) -> bool {
    match name.split_once('.') {
        None => true,
        Some((label, country)) => country.len() == 2 && REGISTRY_LABELS.contains(&label),
    }
}
