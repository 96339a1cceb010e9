//! The msp-specific-secret, however it is written down.

use std::path::{Path, PathBuf};

use account_id::{KeyError, SecretKey, SecretReading};

use crate::{
    args::{self, Usage},
    json::Object,
    lines,
};

/// The secret that the options give, if one does.
#[derive(clap::Args)]
pub(crate) struct Agreed {
    /// The msp-specific-secret: the bytes of this text, at least 32. Others here can see it
    #[arg(long, value_name = "S", group = "one_secret")]
    secret: Option<String>,
    /// The same, written in Base64 of either alphabet
    #[arg(long, value_name = "S", group = "one_secret")]
    secret_base64: Option<String>,
    /// The same, written in hexadecimal digits
    #[arg(long, value_name = "S", group = "one_secret")]
    secret_hex: Option<String>,
    /// The same as the text in a file; a line end behind it is left out, and said
    #[arg(long, value_name = "FILE", group = "one_secret")]
    secret_file: Option<PathBuf>,
    /// Take a secret of 16 bytes of text or more, for a peer that has no better one
    #[arg(long)]
    pub(crate) weak_secret: bool,
}

impl Agreed {
    pub(crate) fn read(&self) -> Result<Option<Secret>, Usage> {
        let of_file = self.secret_file.as_deref().map(of_file).transpose()?;
        let given = [
            ("--secret", self.secret.as_deref(), Written::Text),
            ("--secret-base64", self.secret_base64.as_deref(), Written::Base64),
            ("--secret-hex", self.secret_hex.as_deref(), Written::Hexadecimal),
            ("--secret-file", of_file.as_deref(), Written::Text),
        ];
        let given = given
            .into_iter()
            .find_map(|(option, text, written)| Some((option, text?, written)));
        given
            .map(|(option, text, written)| {
                Secret::new(text, written, self.weak_secret).map_err(|error| Usage(format!("{option}: {error}")))
            })
            .transpose()
    }
}

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
fn of_file(path: &Path) -> Result<String, Usage> {
    let bytes = args::file("--secret-file", path)?;
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
