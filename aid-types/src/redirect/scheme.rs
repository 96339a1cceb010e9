//! One agreed custom URL scheme.

use super::{PolicyFault, literal::is_scheme};

/// Checks an entry for a custom scheme and returns it in lower case: schemes have no case (RFC 3986).
pub(super) fn parse_scheme(entry: &str) -> Result<Box<str>, PolicyFault> {
    // One letter is a drive on Windows, not an app.
    if entry.len() < 2 || entry.len() > 64 || !is_scheme(entry) {
        return Err(PolicyFault::SchemeSyntax);
    }
    let scheme = entry.to_ascii_lowercase();
    let taken = TAKEN.contains(&scheme.as_str()) || TAKEN_PREFIXES.iter().any(|prefix| scheme.starts_with(prefix));
    if taken {
        Err(PolicyFault::SchemeTaken)
    } else {
        Ok(scheme.into())
    }
}

/// Schemes that can never be one party's own app. A browser or a phone acts on them: it runs code, opens a local file,
/// opens any other URL, dials, installs, changes settings, or sends the user off without encryption.
///
/// Such a list is never complete. It stops mistakes; that a scheme belongs to the peer's app is for the two parties to
/// make sure.
#[rustfmt::skip]
const TAKEN: &[&str] = &[
    // Special in the WHATWG URL standard, and other names of the web's transports.
    "file", "ftp", "http", "httpg", "https", "quic", "shttp", "ws", "wss",
    // Code, documents and pages of the browser itself.
    "about", "blob", "brave", "chrome", "cid", "data", "edge", "feed", "filesystem", "jar", "javascript", "livescript",
    "mhtml", "mid", "mocha", "opera", "res", "resource", "vbscript", "view-source", "vivaldi", "wyciwyg",
    "x-javascript",
    // Open any other URL, app or setting.
    "android-app", "app-prefs", "app-settings", "applescript", "content", "firefox", "googlechrome", "googlechromes",
    "hcp", "intent", "intents", "its", "microsoft-edge", "mk", "package", "prefs", "search", "search-ms", "shell",
    "shortcuts", "vnd.youtube", "workflow",
    // Install: apps, and eSIM profiles.
    "itms", "itms-apps", "itms-appss", "itms-books", "itms-services", "itunes", "lpa", "macappstore", "market",
    // Dial, write, pay, authenticate.
    "bitcoin", "callto", "facetime", "facetime-audio", "facetime-prompt", "fax", "geo", "imessage", "mailto", "maps",
    "mms", "mmsto", "modem", "openid", "otpauth", "sip", "sips", "skype", "sms", "smsto", "tel", "telprompt", "upi",
    "voicemail", "webcal", "wifi", "xmpp",
    // Other protocols, mostly unencrypted.
    "afp", "cifs", "coap", "cvs", "dav", "dict", "dns", "ed2k", "finger", "ftps", "git", "gopher", "hg", "imap",
    "ipfs", "ipns", "ipp", "irc", "ircs", "ldap", "ldapi", "ldaps", "magnet", "mqtt", "mqtts", "news", "nfs", "nntp",
    "pop", "pop3", "rdp", "rlogin", "rtmp", "rtsp", "scp", "sftp", "smb", "snews", "ssh", "stun", "svn", "telnet",
    "tftp", "tn3270", "turn", "udp", "urn", "vnc", "wais",
];

/// Families of such schemes.
const TAKEN_PREFIXES: &[&str] = &[
    "chrome-",
    "git+",
    "moz-",
    "ms-",
    "safari-",
    "svn+",
    "web+",
    "x-apple",
    "x-safari-",
];
