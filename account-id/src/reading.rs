//! What to tell people whose two sides do not read their secret alike.

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
    },
};
use zeroize::Zeroizing;

use crate::{SecretKey, key::hexadecimal, token::Token};

/// A way in which a secret's text is read, by libraries, files and people (A-76).
///
/// When signatures of a new peer do not match, the two sides mostly hold the same text and make different bytes of it.
/// [`that_signed`](Self::that_signed) says which, so that they can agree; nothing is accepted by it. [`Display`](fmt::Display) says
/// it in a sentence for the person who looks into it.
///
/// ```
/// use account_id::{NewAccountId, SecretKey, SecretReading, uuid::Uuid};
///
/// let agreed = "c2VjcmV0IG9mIHRoaXJ0eS10d28gYnl0ZXMsIG9yIG1vcmU";
/// let theirs = SecretKey::from_base64(agreed)?;
/// let account_id = NewAccountId::new(Uuid::nil(), 1_700_000_000).mint(&theirs)?;
/// assert_eq!(SecretReading::that_signed(account_id.as_str(), agreed), Some(SecretReading::Base64));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretReading {
    /// The bytes of the text as it stands, as [`SecretKey::from_text`] takes them.
    Text,
    /// Decoded as Base64 of either alphabet, padded or not; also as lenient decoders do it, which skip what is no Base64.
    Base64,
    /// Decoded as hexadecimal digits, also with `0x` before them or with colons between them.
    Hexadecimal,
    /// With a line end behind it, as a file has it.
    LineEnd,
    /// Without the white space or the byte order mark around it.
    Trimmed,
    /// With quotes around it, as an `.env` file has it.
    Quoted,
    /// Without the quotes around it.
    Unquoted,
    /// The Base64 of the text, as a Kubernetes manifest has it.
    EncodedBase64,
    /// The hexadecimal digits of the text.
    EncodedHexadecimal,
}

impl fmt::Display for SecretReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "the other side takes the agreed text as it stands",
            Self::Base64 => "the other side decodes the agreed text as Base64",
            Self::Hexadecimal => "the other side reads the agreed text as hexadecimal digits",
            Self::LineEnd => "the other side has a newline behind the secret, as if read from a file that ends in one",
            Self::Trimmed => "our secret has white space around it, a newline from a file perhaps, and theirs has none",
            Self::Quoted => "the other side has quotes around the secret, from an .env file perhaps",
            Self::Unquoted => "our secret has quotes around it, from an .env file perhaps, and theirs has none",
            Self::EncodedBase64 => "the other side's secret is the agreed text encoded as Base64",
            Self::EncodedHexadecimal => "the other side's secret is the agreed text in hexadecimal digits",
        })
    }
}

impl SecretReading {
    /// The reading of the text `secret` whose bytes signed `account_id`, if any did.
    ///
    /// For tools and for the log of a failed onboarding test, not for a server's path: it tries some twenty keys.
    #[must_use]
    pub fn that_signed(account_id: &str, secret: &str) -> Option<Self> {
        let token = Token::new(account_id).ok()?;
        let signature = token.signature().ok()?;
        readings(secret)
            .into_iter()
            .find(|(_, bytes)| SecretKey::of_any_length(bytes).is_ok_and(|key| key.signed(token.signed, &signature)))
            .map(|(reading, _)| reading)
    }
}

/// Each reading with its bytes, the likeliest first.
fn readings(secret: &str) -> Vec<(SecretReading, Zeroizing<Vec<u8>>)> {
    use SecretReading as R;
    let trimmed = secret.trim_matches(|char: char| char.is_whitespace() || char == '\u{feff}');
    let unquoted = ['"', '\'', '`']
        .into_iter()
        .find_map(|quote| trimmed.strip_prefix(quote)?.strip_suffix(quote));
    let bare = unquoted.unwrap_or(trimmed);
    let owned = |text: &str| Zeroizing::new(text.as_bytes().to_vec());
    let mut readings = vec![(R::Text, owned(secret))];
    readings.extend(base64_decoded(bare).map(|bytes| (R::Base64, bytes)));
    readings.extend(hexadecimal_decoded(bare).map(|bytes| (R::Hexadecimal, bytes)));
    readings.extend(["\n", "\r\n"].map(|end| (R::LineEnd, Zeroizing::new([bare, end].concat().into_bytes()))));
    readings.push((R::Trimmed, owned(trimmed)));
    readings.extend(unquoted.map(|text| (R::Unquoted, owned(text))));
    readings.extend(['"', '\''].map(|quote| (R::Quoted, Zeroizing::new(format!("{quote}{bare}{quote}").into_bytes()))));
    for encoded in [bare.to_owned(), format!("{bare}\n")].map(Zeroizing::new) {
        readings.push((
            R::EncodedBase64,
            Zeroizing::new(STANDARD.encode(&*encoded).into_bytes()),
        ));
    }
    let digits: String = bare.bytes().map(|byte| format!("{byte:02x}")).collect();
    readings.push((R::EncodedHexadecimal, Zeroizing::new(digits.into_bytes())));
    readings
}

/// As strict and as lenient decoders do it: the alphabet of URLs taken as well or skipped, what is left over at the end
/// decoded or dropped.
fn base64_decoded(text: &str) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let text = text.trim_end_matches('=');
    let kept = |url: bool| {
        text.chars().filter_map(move |char| match char {
            '-' if url => Some('+'),
            '_' if url => Some('/'),
            '+' | '/' => Some(char),
            _ => Some(char).filter(char::is_ascii_alphanumeric),
        })
    };
    [kept(true).collect::<String>(), kept(false).collect()]
        .map(Zeroizing::new)
        .into_iter()
        .flat_map(|text| {
            let whole = text.len() / 4 * 4;
            // One character alone is less than a byte.
            let end = if text.len() % 4 == 1 { whole } else { text.len() };
            [end, whole].map(|end| LENIENT.decode(text.get(..end)?).ok().map(Zeroizing::new))
        })
        .flatten()
        .filter(|bytes| !bytes.is_empty())
}

fn hexadecimal_decoded(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let digits = Zeroizing::new(digits.replace([':', ' '], ""));
    hexadecimal(&digits).filter(|bytes| !bytes.is_empty())
}
