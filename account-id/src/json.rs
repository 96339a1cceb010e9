//! A reader for the one JSON object that a header or a payload is.
//!
//! It stands here because the checks are stricter than a general parser's and none of them may allocate: a name that
//! occurs twice in one object is refused at every level, also when one of the two is spelled with escapes, and
//! members and nesting are bounded.

use crate::{
    Segment, VerifyError,
    text::{Text, unescape},
};

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

/// Calls `member` for every member of the object that `json` is, in order, with its name, its value and the byte at which
/// the value starts, and refuses everything that is not exactly one JSON object. What `member` saw counts only when this
/// returned `Ok`.
pub(crate) fn read_object<'a>(
    json: &'a [u8],
    segment: Segment,
    member: impl FnMut(Text<'a>, Value<'a>, usize),
) -> Result<(), VerifyError> {
    let text = std::str::from_utf8(json).map_err(|_| VerifyError::NotJson(segment))?;
    let mut reader = Reader {
        text,
        at: 0,
        segment,
        fault: VerifyError::NotJson(segment),
    };
    reader.document(member).ok_or(reader.fault)
}

/// Each method reads one thing; `None` ends the reading, and `fault` says why.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    segment: Segment,
    fault: VerifyError,
}

impl<'a> Reader<'a> {
    fn refuse<T>(&mut self, why: fn(Segment) -> VerifyError) -> Option<T> {
        self.fault = why(self.segment);
        None
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn literal(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
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
    fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    fn document(&mut self, member: impl FnMut(Text<'a>, Value<'a>, usize)) -> Option<()> {
        self.skip_space();
        self.literal(b'{')?;
        self.members(MAX_DEPTH, member)?;
        self.skip_space();
        if self.at == self.text.len() {
            Some(())
        } else {
            self.refuse(VerifyError::TrailingBytes)
        }
    }

    /// The members of an object, after its `{`. Objects and arrays may be nested `depth` deep in it.
    fn members(&mut self, depth: usize, mut member: impl FnMut(Text<'a>, Value<'a>, usize)) -> Option<()> {
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Some(());
        }
        // Where the names start: no text is too long for 16 bits.
        let mut names = [0_u16; MAX_MEMBERS];
        let mut fingerprints = 0;
        for count in 0.. {
            self.skip_space();
            self.literal(b'"')?;
            let start = self.at;
            let name = self.text()?;
            let fingerprint = name.fingerprint();
            if fingerprints & fingerprint != 0 && names.iter().take(count).any(|known| self.names_alike(*known, name)) {
                return self.refuse(VerifyError::DuplicateMember);
            }
            fingerprints |= fingerprint;
            match names.get_mut(count) {
                Some(free) => *free = u16::try_from(start).ok()?,
                None => return self.refuse(VerifyError::TooComplex),
            }
            self.skip_space();
            self.literal(b':')?;
            self.skip_space();
            let start = self.at;
            member(name, self.value(depth)?, start);
            self.skip_space();
            match self.next()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        Some(())
    }

    /// Whether the name that starts at `known` is `name`.
    #[cold]
    fn names_alike(&self, known: u16, name: Text<'a>) -> bool {
        let mut reader = Reader {
            at: known.into(),
            ..*self
        };
        reader.text().is_some_and(|known| known.same_as(name))
    }

    /// The elements of an array, after its `[`.
    fn elements(&mut self, depth: usize) -> Option<()> {
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Some(());
        }
        loop {
            self.skip_space();
            self.value(depth)?;
            self.skip_space();
            match self.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    #[inline(always)]
    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        let start = self.at;
        match self.next()? {
            b'"' => return Some(Value::Text(self.text()?)),
            b'-' => {
                let first = self.next()?;
                self.number(first)?;
                return Some(Value::Number(self.since(start)?));
            }
            first @ b'0'..=b'9' => {
                self.number(first)?;
                return Some(Value::Number(self.since(start)?));
            }
            open @ (b'{' | b'[') => self.nested(open, depth)?,
            b't' => self.word("rue")?,
            b'f' => self.word("alse")?,
            b'n' => self.word("ull")?,
            _ => return None,
        }
        Some(Value::Other)
    }

    /// An object or an array, after its opening bracket. No claim is one, so its large frame is kept apart.
    #[cold]
    #[inline(never)]
    fn nested(&mut self, open: u8, depth: usize) -> Option<()> {
        match depth.checked_sub(1) {
            Some(depth) if open == b'{' => self.members(depth, |_, _, _| {}),
            Some(depth) => self.elements(depth),
            None => self.refuse(VerifyError::TooComplex),
        }
    }

    fn word(&mut self, rest: &str) -> Option<()> {
        rest.bytes().try_for_each(|byte| self.literal(byte))
    }

    /// The rest of a number after its first digit, which must be one.
    fn number(&mut self, first: u8) -> Option<()> {
        match first {
            b'0' => {}
            b'1'..=b'9' => self.skip_while(|byte| byte.is_ascii_digit()),
            _ => return None,
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
        Some(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        if !self.next()?.is_ascii_digit() {
            return None;
        }
        self.skip_while(|byte| byte.is_ascii_digit());
        Some(())
    }

    /// A string, after its opening quote.
    #[inline(always)]
    fn text(&mut self) -> Option<Text<'a>> {
        let start = self.at;
        let mut escaped = false;
        loop {
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20));
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 1;
                    let mut rest = self.text.get(self.at..)?.chars();
                    unescape(&mut rest)?;
                    self.at = self.text.len() - rest.as_str().len();
                }
                _ => return None,
            }
        }
        let raw = self.since(start)?;
        self.at += 1;
        Some(if escaped { Text::Escaped(raw) } else { Text::Plain(raw) })
    }
}
