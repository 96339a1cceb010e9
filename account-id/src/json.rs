//! A reader for the one JSON object that a header or a payload is.
//!
//! It stands here because the checks are stricter than a general parser's and none of them may allocate: a name that
//! occurs twice in one object is refused at every level, also when one of the two is spelled with escapes, and
//! members and nesting are bounded.

use std::str::Chars;

use crate::{Segment, VerifyError};

/// How many members one object may have.
const MAX_MEMBERS: usize = 32;
/// How deep objects and arrays may be nested below the outermost object.
const MAX_DEPTH: usize = 8;

/// The value of a member, as far as a claim needs it.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    /// A string.
    Text(Text<'a>),
    /// A number, as written.
    Number(&'a str),
    /// `true`, `false`, `null`, an array or an object.
    Other,
}

/// A string as written between its quotes; its escapes are known to be valid.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    /// The characters that the text stands for.
    pub(crate) fn chars(self) -> impl Iterator<Item = char> + 'a {
        let mut rest = self.raw.chars();
        std::iter::from_fn(move || match rest.next()? {
            '\\' => unescape(&mut rest),
            plain => Some(plain),
        })
    }

    pub(crate) fn is(self, other: &str) -> bool {
        if self.escaped {
            self.chars().eq(other.chars())
        } else {
            self.raw == other
        }
    }

    fn same_as(self, other: Self) -> bool {
        if self.escaped {
            self.chars().eq(other.chars())
        } else {
            other.is(self.raw)
        }
    }
}

/// Calls `member` for every member of the object that `json` is, in order, and refuses everything that is not exactly
/// one JSON object. What `member` saw counts only when this returned `Ok`.
pub(crate) fn read_object<'a>(
    json: &'a [u8],
    segment: Segment,
    member: impl FnMut(Text<'a>, Value<'a>),
) -> Result<(), VerifyError> {
    let text = std::str::from_utf8(json).map_err(|_| VerifyError::NotJson(segment))?;
    let mut reader = Reader { text, at: 0, segment };
    reader.skip_space();
    reader.expect(b'{')?;
    reader.members(MAX_DEPTH, member)?;
    reader.skip_space();
    if reader.at == text.len() {
        Ok(())
    } else {
        Err(VerifyError::TrailingBytes(segment))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    segment: Segment,
}

impl<'a> Reader<'a> {
    fn not_json(&self) -> VerifyError {
        VerifyError::NotJson(self.segment)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, VerifyError> {
        let byte = self.peek().ok_or(self.not_json())?;
        self.at += 1;
        Ok(byte)
    }

    fn expect(&mut self, byte: u8) -> Result<(), VerifyError> {
        if self.next()? == byte {
            Ok(())
        } else {
            Err(self.not_json())
        }
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn skip_space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// What was read since `start`.
    fn since(&self, start: usize) -> Result<&'a str, VerifyError> {
        self.text.get(start..self.at).ok_or(self.not_json())
    }

    /// The members of an object, after its `{`. Objects and arrays may be nested `depth` deep in it.
    fn members(&mut self, depth: usize, mut member: impl FnMut(Text<'a>, Value<'a>)) -> Result<(), VerifyError> {
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut names = [Text {
            raw: "",
            escaped: false,
        }; MAX_MEMBERS];
        for count in 0.. {
            self.skip_space();
            self.expect(b'"')?;
            let name = self.text()?;
            if names.iter().take(count).any(|known| known.same_as(name)) {
                return Err(VerifyError::DuplicateMember(self.segment));
            }
            *names.get_mut(count).ok_or(VerifyError::TooComplex(self.segment))? = name;
            self.skip_space();
            self.expect(b':')?;
            member(name, self.value(depth)?);
            self.skip_space();
            match self.next()? {
                b',' => {}
                b'}' => break,
                _ => return Err(self.not_json()),
            }
        }
        Ok(())
    }

    /// The elements of an array, after its `[`.
    fn elements(&mut self, depth: usize) -> Result<(), VerifyError> {
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth)?;
            self.skip_space();
            match self.next()? {
                b',' => {}
                b']' => return Ok(()),
                _ => return Err(self.not_json()),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, VerifyError> {
        self.skip_space();
        let start = self.at;
        match self.next()? {
            b'"' => return Ok(Value::Text(self.text()?)),
            b'-' => {
                let first = self.next()?;
                self.number(first)?;
                return Ok(Value::Number(self.since(start)?));
            }
            first @ b'0'..=b'9' => {
                self.number(first)?;
                return Ok(Value::Number(self.since(start)?));
            }
            b'{' => self.members(self.below(depth)?, |_, _| {})?,
            b'[' => self.elements(self.below(depth)?)?,
            b't' => self.word("rue")?,
            b'f' => self.word("alse")?,
            b'n' => self.word("ull")?,
            _ => return Err(self.not_json()),
        }
        Ok(Value::Other)
    }

    fn below(&self, depth: usize) -> Result<usize, VerifyError> {
        depth.checked_sub(1).ok_or(VerifyError::TooComplex(self.segment))
    }

    fn word(&mut self, rest: &str) -> Result<(), VerifyError> {
        rest.bytes().try_for_each(|byte| self.expect(byte))
    }

    /// The rest of a number after its first digit, which must be one.
    fn number(&mut self, first: u8) -> Result<(), VerifyError> {
        match first {
            b'0' => {}
            b'1'..=b'9' => self.skip_while(|byte| byte.is_ascii_digit()),
            _ => return Err(self.not_json()),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), VerifyError> {
        if !self.next()?.is_ascii_digit() {
            return Err(self.not_json());
        }
        self.skip_while(|byte| byte.is_ascii_digit());
        Ok(())
    }

    /// A string, after its opening quote.
    fn text(&mut self) -> Result<Text<'a>, VerifyError> {
        let start = self.at;
        let mut escaped = false;
        loop {
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20));
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    let mut rest = self.text.get(self.at..).ok_or(self.not_json())?.chars();
                    unescape(&mut rest).ok_or(self.not_json())?;
                    self.at = self.text.len() - rest.as_str().len();
                }
                _ => return Err(self.not_json()),
            }
        }
        let raw = self.since(start)?;
        self.at += 1;
        Ok(Text { raw, escaped })
    }
}

/// The character of an escape, after its backslash; `None` where it is none, as half a surrogate pair.
fn unescape(rest: &mut Chars<'_>) -> Option<char> {
    Some(match rest.next()? {
        quoted @ ('"' | '\\' | '/') => quoted,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => match code_unit(rest)? {
            high @ 0xD800..=0xDBFF => {
                let low = match (rest.next()?, rest.next()?, code_unit(rest)?) {
                    ('\\', 'u', low @ 0xDC00..=0xDFFF) => low,
                    _ => return None,
                };
                char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?
            }
            unit => char::from_u32(unit)?,
        },
        _ => return None,
    })
}

fn code_unit(rest: &mut Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit << 4 | rest.next()?.to_digit(16)?))
}
