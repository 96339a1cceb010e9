//! The msp-specific-secret, however it is written down.

use account_id::{KeyError, SecretKey, SecretReading};

use crate::{
    args::{Args, Usage},
    json::Object,
    lines,
};

pub(crate) const OPTIONS: [&str; 4] = ["secret", "secret-base64", "secret-hex", "secret-file"];

/// How a text stands for the bytes of the secret.
#[derive(Clone, Copy)]
enum Written {
    Text,
    Base64,
    Hexadecimal,
}

/// A secret, and the text that it was given as.
pub(crate) struct Secret {
    text: String,
    pub(crate) key: SecretKey,
}

impl Secret {
    fn new(text: &str, written: Written, weak: bool) -> Result<Self, KeyError> {
        let key = match written {
            Written::Text if weak => SecretKey::from_weak_bytes(text.as_bytes()),
            Written::Text => SecretKey::from_text(text),
            Written::Base64 => SecretKey::from_base64(text).or_else(|error| match error {
                KeyError::Base64 => SecretKey::from_base64url(text),
                other => Err(other),
            }),
            Written::Hexadecimal => SecretKey::from_hex(text),
        }?;
        Ok(Self {
            text: text.to_owned(),
            key,
        })
    }

    /// What the options say, if one does.
    pub(crate) fn of_args(args: &Args) -> Result<Option<Self>, Usage> {
        let given: Vec<&str> = OPTIONS.into_iter().filter(|name| args.has(name)).collect();
        let &[name] = given.as_slice() else {
            return match given.as_slice() {
                [] => Ok(None),
                _ => Err(Usage::new("the secret is given more than once")),
            };
        };
        let (text, written) = match name {
            "secret-file" => (of_file(args)?, Written::Text),
            "secret-base64" => (args.required(name)?.to_owned(), Written::Base64),
            "secret-hex" => (args.required(name)?.to_owned(), Written::Hexadecimal),
            _ => (args.required(name)?.to_owned(), Written::Text),
        };
        Self::new(&text, written, args.has("weak-secret"))
            .map(Some)
            .map_err(|error| Usage(format!("--{name}: {error}")))
    }

    /// What a line says: `secret`, `secret_base64` or `secret_hex`, if one stands there.
    pub(crate) fn of_line(line: &Object, weak: bool) -> Result<Option<Self>, String> {
        let mut secret = None;
        for (name, written) in [
            ("secret", Written::Text),
            ("secret_base64", Written::Base64),
            ("secret_hex", Written::Hexadecimal),
        ] {
            if let Some(text) = line.optional_text(name)? {
                if secret.is_some() {
                    return Err("the secret is given more than once".to_owned());
                }
                secret = Some(Self::new(text, written, weak).map_err(|error| format!("{name}: {error}"))?);
            }
        }
        Ok(secret)
    }

    /// How the other side, which signed `token`, must have read the same text.
    pub(crate) fn hint(&self, token: &str) -> Option<SecretReading> {
        SecretReading::that_signed(token, &self.text)
    }
}

/// Most files end in a line end that nobody means, and some begin with a byte order mark. Neither is left out silently.
fn of_file(args: &Args) -> Result<String, Usage> {
    let bytes = args.file("secret-file")?.unwrap_or_default();
    let text = String::from_utf8(bytes).map_err(|_| Usage::new("--secret-file: not UTF-8"))?;
    let marked = text.strip_prefix('\u{feff}');
    if marked.is_some() {
        lines::complain("--secret-file: the byte order mark before the secret is left out");
    }
    let text = marked.unwrap_or(&text);
    let secret = text
        .strip_suffix('\n')
        .map(|text| text.strip_suffix('\r').unwrap_or(text));
    if secret.is_some() {
        lines::complain("--secret-file: the line end behind the secret is left out");
    }
    Ok(secret.unwrap_or(text).to_owned())
}
