//! PEM texts: what stands in them, and what is wrong with them.

use std::borrow::Cow;

use aid_types::{Ambiguity, Tolerated};
use rustls::pki_types::pem::{self, PemObject};

use crate::{Fault, Part, TlsError};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Of foreign labels, for an error.
const LABELS: usize = 100;

/// One BEGIN, its END, and what stands between them.
struct Section<'a> {
    label: &'a [u8],
    text: &'a [u8],
}

/// A section ends in the middle; after that, nothing is certain any more.
struct CutOff;

/// Every object of a kind in a text, at least one.
pub(crate) struct Objects<T> {
    pub(crate) objects: Vec<T>,
    ///
    pub(crate) tolerated: Option<Tolerated>,
}

/// Reads all objects with the label that `part` is about.
pub(crate) fn objects<T: PemObject>(part: Part, text: &[u8]) -> Result<Objects<T>, TlsError> {
    let fault = |fault| TlsError::new(part, fault);
    let (text, marked) = without_marks(text);
    not_pem(&text).map_or(Ok(()), |it| Err(fault(it)))?;
    let is_wanted = |label: &[u8]| match part {
        Part::Key => label.ends_with(b"PRIVATE KEY"),
        Part::Crls => label == b"X509 CRL",
        _ => label == b"CERTIFICATE",
    };
    let mut objects = Vec::new();
    let mut others: Vec<Cow<'_, str>> = Vec::new();
    for section in sections(&text) {
        let number = objects.len() + 1;
        let section = section.map_err(|CutOff| fault(Fault::Cut { part, number }))?;
        if is_wanted(section.label) {
            objects.push(object(part, number, &section).map_err(fault)?);
        } else if part != Part::Key && part != Part::Crls && section.label.ends_with(b"CERTIFICATE") {
            let label = String::from_utf8_lossy(section.label);
            return Err(fault(Fault::Unsupported(bounded(&label).into())));
        } else {
            others.push(String::from_utf8_lossy(section.label));
        }
    }
    if objects.is_empty() {
        let found = bounded(&others.join(", ")).into();
        return Err(fault(Fault::Other { wanted: part, found }));
    }
    let tolerated = marked.then(|| Tolerated::new(Ambiguity::new(171), part.to_string()));
    Ok(Objects { objects, tolerated })
}

/// Byte order marks stand at the beginning of files, and where files were joined in the middle of one: there a mark hides the
/// BEGIN behind it.
fn without_marks(text: &[u8]) -> (Cow<'_, [u8]>, bool) {
    if !text.windows(3).any(|window| window == BYTE_ORDER_MARK) {
        return (Cow::Borrowed(text), false);
    }
    let mut rest = text;
    let mut clean = Vec::with_capacity(text.len());
    while let Some((first, behind)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(BYTE_ORDER_MARK) {
            rest = behind;
        } else {
            clean.push(*first);
            rest = behind;
        }
    }
    (Cow::Owned(clean), true)
}

/// Why the text as a whole is no PEM.
fn not_pem(text: &[u8]) -> Option<Fault> {
    if text.trim_ascii().is_empty() {
        return Some(Fault::Empty);
    }
    if matches!(
        text,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'-', 0, ..] | [0, b'-', ..]
    ) {
        return Some(Fault::Utf16);
    }
    let begins = text.windows(BEGIN.len()).filter(|window| *window == BEGIN).count();
    if begins == 0 {
        // A SEQUENCE, which in DER all of these are.
        return Some(if text.starts_with(&[0x30]) && !text.is_ascii() {
            Fault::Binary
        } else {
            Fault::NotPem
        });
    }
    let lines = lines(text).filter(|line| line.starts_with(BEGIN)).count();
    (lines != begins).then_some(Fault::Misplaced)
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\r' | b'\n'))
}

/// The sections, as far as they are whole.
fn sections(text: &[u8]) -> impl Iterator<Item = Result<Section<'_>, CutOff>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.windows(BEGIN.len()).position(|window| window == BEGIN)?;
        let text = rest.get(start..)?;
        let label = lines(text).next()?.get(BEGIN.len()..)?.trim_ascii_end();
        let label = label.strip_suffix(b"-----").unwrap_or(label);
        let mut length = 0;
        for line in lines(text) {
            if length > 0 && line.starts_with(BEGIN) {
                break;
            }
            length += line.len() + 1;
            if line.strip_prefix(END).and_then(|end| end.strip_prefix(label)).is_some() {
                let length = length.min(text.len());
                rest = text.get(length..).unwrap_or_default();
                let text = text.get(..length).unwrap_or_default();
                return Some(Ok(Section { label, text }));
            }
        }
        rest = &[];
        Some(Err(CutOff))
    })
}

fn object<T: PemObject>(part: Part, number: usize, section: &Section<'_>) -> Result<T, Fault> {
    let contains = |what: &[u8]| section.text.windows(what.len()).any(|window| window == what);
    if section.label == b"ENCRYPTED PRIVATE KEY" {
        return Err(Fault::Encrypted("PKCS #8"));
    }
    if contains(b"Proc-Type: 4,ENCRYPTED") || contains(b"DEK-Info:") {
        return Err(Fault::Encrypted("DEK-Info"));
    }
    T::from_pem_slice(section.text).map_err(|error| match error {
        // Base64 of a kind that is known by its label only, such as OPENSSH PRIVATE KEY.
        pem::Error::NoItemsFound => Fault::UnsupportedKey,
        pem::Error::MissingSectionEnd { .. } => Fault::Cut { part, number },
        _ => Fault::NotBase64 { part, number },
    })
}

fn bounded(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LABELS).collect()
}
