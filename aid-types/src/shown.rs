//! Bodies as people may see them: what `Debug` hides is hidden here too.

use std::{fmt, fmt::Write as _};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{
    ActivationCodeRequestId, ErrorCode, ErrorText, Identifier,
    operation::wire::without_mark,
    text::{for_people, start_of},
};

/// What stands for a secret or personal data.
const REDACTED: &str = "(redacted)";
/// What stands for a text that is not what its place is for: it may be anything.
const UNREADABLE: &str = "(unreadable)";

/// A member of a JSON object of AiD1, as its operation declares it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Member {
    /// Its key.
    pub key: &'static str,
    /// What it is for.
    pub holds: Holds,
}

impl Member {
    pub(crate) const fn new(key: &'static str, holds: Holds) -> Self {
        Self { key, holds }
    }
}

/// What a member is for.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Holds {
    /// A text of this type.
    Text(TextType),
    /// An array of objects with these members.
    Objects(&'static [Member]),
}

/// The type of a text.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TextType {
    /// What errors call it: [`Identifier::WHAT`].
    pub what: &'static str,
    /// Whether it is a secret or personal data.
    pub is_secret: bool,
    reads: fn(&str) -> bool,
}

impl TextType {
    pub(crate) const fn of<T: Content>() -> Self {
        Self {
            what: T::WHAT,
            is_secret: T::IS_SECRET,
            reads: T::reads,
        }
    }
}

/// What can stand in a member.
pub(crate) trait Content {
    const WHAT: &'static str;
    const IS_SECRET: bool;

    fn reads(text: &str) -> bool;
}

impl<T: Identifier> Content for T {
    const WHAT: &'static str = T::WHAT;
    const IS_SECRET: bool = T::IS_SECRET;

    fn reads(text: &str) -> bool {
        T::from_peer(text).is_ok()
    }
}

impl Content for ErrorText {
    const WHAT: &'static str = "error";
    const IS_SECRET: bool = false;

    fn reads(_: &str) -> bool {
        true
    }
}

impl Content for ErrorCode {
    const WHAT: &'static str = "code";
    const IS_SECRET: bool = false;

    fn reads(text: &str) -> bool {
        text.trim().parse::<Self>().is_ok()
    }
}

/// Writes JSON that people may see, and tells of every text what it is.
///
/// A value is written as its type says: a secret or personal data as `(redacted)`, a text that is not what its place is for as
/// `(unreadable)`, and of texts for people 256 bytes without what looks like a token. What is not declared is not
/// written, except for its name.
///
/// ```
/// use aid_types::{OperationId, Shown};
///
/// let body = br#"{"msp_token":"25bca1e2-338f-11d6-ac61-9e71138fd521","error":null,"pin":"1234"}"#;
/// let mut tokens = 0;
/// let mut notice = |what: &str, _: &str| tokens += usize::from(what == "msp_token");
/// let mut shown = Shown::new(1024, &mut notice);
/// shown.body(OperationId::SendMspToken.declaration().request, body);
/// assert_eq!(shown.json(), r#"{"msp_token":"(redacted)","error":null,"pin":"(redacted)"}"#);
/// assert_eq!(tokens, 1);
/// ```
pub struct Shown<'n> {
    json: String,
    limit: usize,
    left_out: usize,
    notice: &'n mut dyn FnMut(&'static str, &str),
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown")
            .field("json", &self.json)
            .field("left_out", &self.left_out)
            .finish_non_exhaustive()
    }
}

impl<'n> Shown<'n> {
    /// How many bytes of a text are shown.
    pub const MAX_TEXT: usize = 256;

    /// Begins nothing any more after `limit` bytes. `notice` is told of every text that is what its place is for, secrets
    /// included: the name of its type, and the text.
    pub fn new(limit: usize, notice: &'n mut dyn FnMut(&'static str, &str)) -> Self {
        Self {
            json: String::new(),
            limit,
            left_out: 0,
            notice,
        }
    }

    /// What has been written.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// What has been written, by value.
    #[must_use]
    pub fn into_json(self) -> String {
        self.json
    }

    /// How many members and elements were left out, because there was no room.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Writes a body of AiD1, read with these members. A body that is no JSON is written as `(unreadable)`, and nothing of
    /// it.
    pub fn body(&mut self, members: &'static [Member], body: &[u8]) {
        let (before, left_out) = (self.json.len(), self.left_out);
        let mut deserializer = serde_json::Deserializer::from_slice(without_mark(body));
        let value = Value {
            shown: self,
            holds: Expected::Object(members),
        };
        let read = value.deserialize(&mut deserializer).and_then(|()| deserializer.end());
        if read.is_err() {
            self.json.truncate(before);
            self.left_out = left_out;
            self.plain(UNREADABLE);
        }
    }

    /// Writes the query of a URL, read with these members, as an object.
    pub fn query(&mut self, members: &'static [Member], query: &str) {
        self.object(|shown| {
            for pair in query.split('&').filter(|pair| !pair.is_empty()) {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                let holds = Expected::of(members, key);
                if shown.key(key) {
                    shown.expected(holds, value);
                }
            }
        });
    }

    /// Writes an object.
    pub fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.separate();
        self.json.push('{');
        members(self);
        self.json.push('}');
    }

    /// Writes an array.
    pub fn array<T>(&mut self, elements: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.separate();
        self.json.push('[');
        for element in elements {
            if self.has_room() {
                write(self, element);
            }
        }
        self.json.push(']');
    }

    /// Begins a member of an object; its value comes next. `false` if there is no room for it.
    pub fn key(&mut self, key: &str) -> bool {
        let has_room = self.has_room();
        if has_room {
            self.separate();
            self.quote(start_of(key, 64));
            self.json.push(':');
        }
        has_room
    }

    /// Writes a text that is meant to be a `T`.
    pub fn identifier<T: Identifier>(&mut self, text: &str) {
        self.text(TextType::of::<T>(), text);
    }

    /// Writes a text for people.
    pub fn for_people(&mut self, text: &str) {
        let start = start_of(text, Self::MAX_TEXT);
        let mut shown = for_people(start);
        if start.len() < text.len() {
            let _ = write!(shown, "… ({} bytes)", text.len());
        }
        self.plain(&shown);
    }

    /// Writes a name that this SDK gives, or that of a vocabulary.
    pub fn plain(&mut self, text: &str) {
        self.separate();
        self.quote(text);
    }

    /// Writes a number.
    pub fn number(&mut self, number: u64) {
        self.separate();
        // Writing to a string cannot fail.
        let _ = write!(self.json, "{number}");
    }

    /// Writes null.
    pub fn null(&mut self) {
        self.separate();
        self.json.push_str("null");
    }

    fn text(&mut self, meant: TextType, text: &str) {
        let reads = (meant.reads)(text);
        if reads {
            (self.notice)(meant.what, text);
        }
        match (meant.is_secret, reads) {
            // That there is nothing is no secret.
            (_, false) if text.is_empty() => self.plain(""),
            (true, _) => self.plain(REDACTED),
            // Looks like a token, and its type says that it is none.
            (false, true) if meant.what == <ActivationCodeRequestId as Identifier>::WHAT => self.plain(text),
            (false, true) => self.for_people(text),
            (false, false) => self.plain(UNREADABLE),
        }
    }

    fn expected(&mut self, holds: Expected, text: &str) {
        match holds {
            Expected::Text(meant) => self.text(meant, text),
            Expected::Unlisted => self.plain(REDACTED),
            Expected::Object(_) | Expected::Objects(_) => self.plain(UNREADABLE),
        }
    }

    fn has_room(&mut self) -> bool {
        let has_room = self.json.len() < self.limit;
        self.left_out += usize::from(!has_room);
        has_room
    }

    fn separate(&mut self) {
        if !matches!(self.json.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.json.push(',');
        }
    }

    fn quote(&mut self, text: &str) {
        // A text always serializes.
        self.json.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

/// What is declared of a place.
#[derive(Clone, Copy)]
enum Expected {
    Text(TextType),
    Objects(&'static [Member]),
    Object(&'static [Member]),
    Unlisted,
}

impl Expected {
    fn of(members: &'static [Member], key: &str) -> Self {
        match members
            .iter()
            .find(|member| member.key == key)
            .map(|member| member.holds)
        {
            Some(Holds::Text(meant)) => Self::Text(meant),
            Some(Holds::Objects(members)) => Self::Objects(members),
            None => Self::Unlisted,
        }
    }
}

struct Value<'a, 'n> {
    shown: &'a mut Shown<'n>,
    holds: Expected,
}

impl Value<'_, '_> {
    fn scalar<E>(self, text: &str, written: &str) -> Result<(), E> {
        match self.holds {
            Expected::Text(meant) if !meant.is_secret && (meant.reads)(text) => {
                self.shown.separate();
                self.shown.json.push_str(written);
            }
            holds => self.shown.expected(holds, text),
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.shown.expected(self.holds, text);
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.shown.null();
        Ok(())
    }
    fn visit_bool<E>(self, boolean: bool) -> Result<(), E> {
        let text = boolean.to_string();
        self.scalar(&text, &text)
    }
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        let text = number.to_string();
        self.scalar(&text, &text)
    }
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        let text = number.to_string();
        self.scalar(&text, &text)
    }
    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        let text = number.to_string();
        self.scalar(&text, &text)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let Expected::Objects(members) = self.holds else {
            while array.next_element::<IgnoredAny>()?.is_some() {}
            self.shown.expected(self.holds, "[]");
            return Ok(());
        };
        self.shown.separate();
        self.shown.json.push('[');
        loop {
            let more = if self.shown.json.len() < self.shown.limit {
                let holds = Expected::Object(members);
                let shown = &mut *self.shown;
                array.next_element_seed(Value { shown, holds })?.is_some()
            } else {
                let more = array.next_element::<IgnoredAny>()?.is_some();
                self.shown.left_out += usize::from(more);
                more
            };
            if !more {
                self.shown.json.push(']');
                return Ok(());
            }
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Expected::Object(members) = self.holds else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            self.shown.expected(self.holds, "{}");
            return Ok(());
        };
        self.shown.separate();
        self.shown.json.push('{');
        while let Some(key) = map.next_key::<String>()? {
            if self.shown.key(&for_people(&key)) {
                let holds = Expected::of(members, &key);
                let shown = &mut *self.shown;
                map.next_value_seed(Value { shown, holds })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        self.shown.json.push('}');
        Ok(())
    }
}
