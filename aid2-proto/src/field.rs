//! How one field of a message stands on the wire.

use std::{borrow::Cow, fmt::Write as _};

use aid_types::{Ambiguity, IdError, Shown, Unreadable};

use crate::{
    decode::{At, Context, DecodeError},
    wire::{self, Reader, WireError, WireType},
};

/// The type of a field: first merged from every occurrence on the wire, then validated once.
///
/// The two steps give what protobuf asks for: the last occurrence wins, and repeated message fields merge.
pub(crate) trait Field: Sized {
    /// The value as read, borrowed from the payload; the default is what an absent field has.
    type Raw<'a>: Default;

    fn merge<'a>(raw: &mut Self::Raw<'a>, reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError>;
    fn validate(raw: Self::Raw<'_>, cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError>;
    fn encoded_len(&self, number: u32) -> usize;
    fn put(&self, number: u32, out: &mut Vec<u8>);
    /// Writes it for people.
    fn show(&self, shown: &mut Shown<'_>);
}

/// A group of fields: a message, or a part of one.
pub(crate) trait Record: Sized {
    type Raw<'a>: Default;

    fn merge<'a>(raw: &mut Self::Raw<'a>, reader: &mut Reader<'a>) -> Result<(), WireError>;
    fn validate(raw: Self::Raw<'_>, cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError>;
    fn encoded_len(&self) -> usize;
    fn put(&self, out: &mut Vec<u8>);
    /// Writes the members for people.
    fn show(&self, shown: &mut Shown<'_>);
}

/// Text with a type of its own.
///
/// Read from the bytes: most types allow few characters, and whoever has found nothing else need not look for UTF-8.
pub(crate) trait Text: Sized {
    fn parse(text: &[u8]) -> Result<Self, IdError>;
    fn bytes(&self) -> &[u8];
    /// The decision under which this text was accepted although it deviates.
    fn deviation(&self) -> Option<Ambiguity>;
    fn show(&self, shown: &mut Shown<'_>);
}

// Always inlined, as what leads here: a text of few fields is read faster than the calls on its way take.
#[inline(always)]
fn text<T: Text>(raw: &[u8], cx: &mut Context, at: At<'_>) -> Result<T, DecodeError> {
    let value = T::parse(raw).map_err(|source| invalid(at, source))?;
    if let Some(item) = value.deviation() {
        cx.tolerate(item, at)?;
    }
    Ok(value)
}

#[cold]
fn invalid(at: At<'_>, source: IdError) -> DecodeError {
    DecodeError::Invalid {
        field: at.path(),
        source,
    }
}

/// Reads text that will be validated; what came in its place before is not, so it is looked at here.
#[inline]
pub(crate) fn merge_text<'a>(
    raw: &mut &'a [u8],
    reader: &mut Reader<'a>,
    wire_type: WireType,
) -> Result<(), WireError> {
    let before = std::mem::replace(raw, reader.text(wire_type)?);
    if before.is_empty() {
        Ok(())
    } else {
        wire::utf8(before).map(drop)
    }
}

/// Text for people. What is not UTF-8, as the names of networks that a modem gives in Latin-1, is read as far as it is.
pub(crate) fn free_text<'a>(raw: &'a [u8], cx: &mut Context, at: At<'_>) -> Result<Cow<'a, str>, DecodeError> {
    let text = String::from_utf8_lossy(raw);
    if let Err(error) = wire::utf8(raw) {
        cx.keep(at, &text, error.into())?;
    }
    Ok(text)
}

#[cold]
fn missing(at: At<'_>) -> DecodeError {
    DecodeError::Missing { field: at.path() }
}

/// Implements [`Field`] for a mandatory text type: the empty string is an absent field.
macro_rules! text_fields {
    ($($Type:ty),*) => {$(
        impl Text for $Type {
            #[inline(always)]
            fn parse(text: &[u8]) -> Result<Self, IdError> {
                text.try_into()
            }

            #[inline]
            fn bytes(&self) -> &[u8] {
                self.as_bytes()
            }

            #[inline]
            fn deviation(&self) -> Option<Ambiguity> {
                self.tolerated()
            }

            fn show(&self, shown: &mut Shown<'_>) {
                shown.identifier::<Self>(self.as_str());
            }
        }

        impl Field for $Type {
            type Raw<'a> = &'a [u8];

            #[inline]
            fn merge<'a>(raw: &mut &'a [u8], reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError> {
                merge_text(raw, reader, wire_type)
            }

            #[inline(always)]
            fn validate(raw: &[u8], cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError> {
                if raw.is_empty() {
                    return Err(missing(at));
                }
                text(raw, cx, at)
            }

            #[inline]
            fn encoded_len(&self, number: u32) -> usize {
                wire::bytes_len(number, self.bytes())
            }

            #[inline]
            fn put(&self, number: u32, out: &mut Vec<u8>) {
                wire::put_bytes(number, self.bytes(), out);
            }

            fn show(&self, shown: &mut Shown<'_>) {
                Text::show(self, shown);
            }
        }
    )*};
}

text_fields!(
    aid_types::ActivationCode,
    aid_types::CmpUserId,
    aid_types::Eid,
    aid_types::Iccid,
    aid_types::Imei,
    aid_types::Mcc,
    aid_types::Mnc,
    aid_types::Vin
);

/// Optional text: the empty string is the absent value. What cannot be read counts as absent.
impl<T: Text> Field for Option<T> {
    type Raw<'a> = &'a [u8];

    #[inline]
    fn merge<'a>(raw: &mut &'a [u8], reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError> {
        merge_text(raw, reader, wire_type)
    }

    #[inline]
    fn validate(raw: &[u8], cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError> {
        if raw.is_empty() {
            return Ok(None);
        }
        match text(raw, cx, at) {
            Ok(value) => Ok(Some(value)),
            Err(error) => cx.keep(at, &String::from_utf8_lossy(raw), error).map(|_| None),
        }
    }

    #[inline]
    fn encoded_len(&self, number: u32) -> usize {
        wire::bytes_len(number, self.as_ref().map_or(&[], Text::bytes))
    }

    #[inline]
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_bytes(number, self.as_ref().map_or(&[], Text::bytes), out);
    }

    fn show(&self, shown: &mut Shown<'_>) {
        match self {
            Some(text) => text.show(shown),
            None => shown.null(),
        }
    }
}

/// Free text.
impl Field for String {
    type Raw<'a> = &'a [u8];

    #[inline]
    fn merge<'a>(raw: &mut &'a [u8], reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError> {
        merge_text(raw, reader, wire_type)
    }

    #[inline]
    fn validate(raw: &[u8], cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError> {
        free_text(raw, cx, at).map(Cow::into_owned)
    }

    #[inline]
    fn encoded_len(&self, number: u32) -> usize {
        wire::bytes_len(number, self.as_bytes())
    }

    #[inline]
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_bytes(number, self.as_bytes(), out);
    }

    fn show(&self, shown: &mut Shown<'_>) {
        shown.for_people(self);
    }
}

/// A mandatory message field.
impl<T: Record> Field for T {
    type Raw<'a> = Option<T::Raw<'a>>;

    #[inline(always)]
    fn merge<'a>(raw: &mut Self::Raw<'a>, reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError> {
        T::merge(raw.get_or_insert_default(), &mut reader.message(wire_type)?)
    }

    #[inline]
    fn validate(raw: Self::Raw<'_>, cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError> {
        let raw = raw.ok_or_else(|| missing(at))?;
        T::validate(raw, cx, at)
    }

    #[inline]
    fn encoded_len(&self, number: u32) -> usize {
        wire::length_delimited_len(number, Record::encoded_len(self))
    }

    #[inline]
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_length(number, Record::encoded_len(self), out);
        Record::put(self, out);
    }

    fn show(&self, shown: &mut Shown<'_>) {
        shown.object(|shown| Record::show(self, shown));
    }
}

/// A repeated message field. An element that cannot be read never costs its neighbours: it goes to
/// [`Context::unreadable`].
impl<T: Record> Field for Vec<T> {
    /// The elements unread, so that a malformed one is nobody's but its own.
    type Raw<'a> = Vec<Reader<'a>>;

    fn merge<'a>(raw: &mut Self::Raw<'a>, reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError> {
        let element = reader.message(wire_type)?;
        if element.checks_text() {
            T::merge(&mut T::Raw::default(), &mut element.clone())?;
        }
        raw.push(element);
        Ok(())
    }

    #[inline]
    fn validate(raw: Self::Raw<'_>, cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError> {
        let limit = cx.options.max_profiles;
        if raw.len() > limit {
            return Err(DecodeError::TooMany {
                field: at.path(),
                limit,
            });
        }
        let mut elements = Self::with_capacity(raw.len());
        for (index, element) in raw.into_iter().enumerate() {
            let at = at.element(index);
            let reported = cx.tolerated.len();
            match read_element(element.clone(), cx, at) {
                Ok(element) => elements.push(element),
                Err(error) => {
                    cx.tolerated.truncate(reported);
                    let unreadable = cx.keep(at, &start_in_hexadecimal(element.rest()), error)?;
                    cx.unreadable.push(unreadable);
                }
            }
        }
        Ok(elements)
    }

    #[inline]
    fn encoded_len(&self, number: u32) -> usize {
        self.iter().map(|element| Field::encoded_len(element, number)).sum()
    }

    #[inline]
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        for element in self {
            Field::put(element, number, out);
        }
    }

    fn show(&self, shown: &mut Shown<'_>) {
        shown.array(self, |shown, element| Field::show(element, shown));
    }
}

fn read_element<T: Record>(mut element: Reader<'_>, cx: &mut Context, at: At<'_>) -> Result<T, DecodeError> {
    let mut raw = T::Raw::default();
    T::merge(&mut raw, &mut element)?;
    T::validate(raw, cx, at)
}

/// As much of an unreadable element as is kept of it.
#[cold]
fn start_in_hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take(Unreadable::MAX_TEXT / 2)
        .fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Puts back what [`start_in_hexadecimal`] kept, so that a message that is stored or passed on stays incomplete.
pub(crate) fn put_unreadable(unreadable: &[Unreadable], number: u32, out: &mut Vec<u8>) {
    for element in unreadable {
        let bytes = as_received(element);
        wire::put_length(number, bytes.len(), out);
        out.extend(bytes);
    }
}

pub(crate) fn unreadable_len(unreadable: &[Unreadable], number: u32) -> usize {
    let elements = unreadable.iter();
    elements
        .map(|element| wire::length_delimited_len(number, as_received(element).len()))
        .sum()
}

fn as_received(element: &Unreadable) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = element.text().as_bytes().chunks_exact(2);
    let mut bytes: Vec<u8> = pairs
        .map_while(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?))
        .collect();
    // The beginning of one could be readable by chance. No field has the number zero.
    if element.text().len() >= Unreadable::MAX_TEXT && bytes.first() != Some(&0) {
        bytes.insert(0, 0);
    }
    bytes
}
