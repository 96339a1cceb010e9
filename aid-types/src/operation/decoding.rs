//! Applies the document's rules to the members of a body, and keeps book of what was tolerated.

use std::borrow::Cow;

use super::{
    BodyError, BodyProblem,
    wire::{Field, Fill, Flaw, List, read_json, without_mark},
};
use crate::{Ambiguity, ErrorText, IdError, Identifier, Leniency, Tolerated, Unreadable};

/// How a body is read, and what had to be tolerated.
#[derive(Debug, Clone, Default)]
pub struct Decoding {
    leniency: Leniency,
    on_unlisted: OnUnlisted,
    tolerated: Vec<Tolerated>,
}

/// The decision under which an enum value that Annex B does not list is kept.
const UNLISTED: Ambiguity = Ambiguity::new(22);

/// What becomes of an enum value that Annex B does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnUnlisted {
    /// It is kept: the rule for replies.
    #[default]
    Keep,
    /// The body is refused: the rule for requests.
    Refuse,
}

impl Decoding {
    /// Reads with this leniency and keeps unlisted enum values.
    #[must_use]
    pub fn new(leniency: Leniency) -> Self {
        Self {
            leniency,
            on_unlisted: OnUnlisted::default(),
            tolerated: Vec::new(),
        }
    }

    /// Chooses what becomes of unlisted enum values.
    #[must_use]
    pub fn on_unlisted(mut self, on_unlisted: OnUnlisted) -> Self {
        self.on_unlisted = on_unlisted;
        self
    }

    /// How much is accepted.
    #[must_use]
    pub fn leniency(&self) -> Leniency {
        self.leniency
    }

    /// What has been tolerated so far.
    #[must_use]
    pub fn tolerated(&self) -> &[Tolerated] {
        &self.tolerated
    }

    /// What has been tolerated, by value.
    #[must_use]
    pub fn into_tolerated(self) -> Vec<Tolerated> {
        self.tolerated
    }

    /// Notes a deviation at the `Field` level, refuses it at the `Strict` one.
    pub(crate) fn tolerate(
        &mut self,
        item: Ambiguity,
        at: impl Into<Cow<'static, str>>,
        problem: BodyProblem,
    ) -> Result<(), BodyError> {
        let at = at.into();
        match self.leniency {
            Leniency::Strict => Err(BodyError::new(at, problem)),
            Leniency::Field => {
                self.note(item, at);
                Ok(())
            }
        }
    }

    /// Notes a deviation that is acceptable at both levels.
    pub(crate) fn note(&mut self, item: Ambiguity, at: impl Into<Cow<'static, str>>) {
        self.report(Tolerated::new(item, at));
    }

    /// Notes a deviation that is acceptable at both levels, with what is known of it.
    pub(crate) fn report(&mut self, tolerated: Tolerated) {
        self.tolerated.push(tolerated);
    }

    /// Notes what counts as not sent, because it could not be read; refuses it at the `Strict` level.
    #[cold]
    pub(crate) fn keep(
        &mut self,
        at: Cow<'static, str>,
        text: &str,
        error: BodyError,
    ) -> Result<Unreadable, BodyError> {
        if self.leniency == Leniency::Strict {
            return Err(error);
        }
        let unreadable = Unreadable::new(at, text, error);
        self.report(Tolerated::unreadable(unreadable.clone()));
        Ok(unreadable)
    }

    /// Reads `json` into a wire object, behind a byte order mark if there is one.
    pub(crate) fn parse<'a, T: Fill<'a>>(&mut self, json: &'a [u8], wire: &mut T) -> Result<(), BodyError> {
        let text = without_mark(json);
        if text.is_empty() {
            return Err(BodyError::new("", BodyProblem::NoBody));
        }
        if text.len() < json.len() {
            self.tolerate(Ambiguity::new(171), "", BodyProblem::Json { line: 1, column: 1 })?;
        }
        read_json(text, wire).map_err(|error| BodyError::json(&error))
    }
}

/// Where a member stands: at the top, or in an entry of an array.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Top,
    Entry(&'static str, usize),
}

impl Place {
    pub(crate) fn member(self, key: &'static str) -> Cow<'static, str> {
        match self {
            Self::Top => Cow::Borrowed(key),
            Self::Entry(list, index) => Cow::Owned(format!("{list}[{index}].{key}")),
        }
    }

    /// The object as a whole.
    pub(crate) fn whole(self) -> Cow<'static, str> {
        match self {
            Self::Top => Cow::Borrowed(""),
            Self::Entry(list, index) => Cow::Owned(format!("{list}[{index}]")),
        }
    }

    /// Refuses an object that is none, or in which a member stands twice.
    pub(crate) fn sound(self, flaw: Flaw) -> Result<(), BodyError> {
        match flaw {
            Flaw::None => Ok(()),
            Flaw::NotAnObject(found) => Err(BodyError::new(
                self.whole(),
                BodyProblem::Type {
                    expected: "object",
                    found,
                },
            )),
            Flaw::Duplicate(key) => Err(BodyError::new(self.member(key), BodyProblem::Duplicate)),
            Flaw::DuplicateUnlisted => Err(BodyError::new(self.whole(), BodyProblem::Duplicate)),
        }
    }
}

/// What the document says of a member without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The key is required, null says "no value": absent and empty are tolerated.
    Null(Ambiguity),
    /// The key is optional: null and empty are tolerated.
    Omitted(Ambiguity),
    /// The key is required, and so is a value: that there is none is tolerated.
    Required(Ambiguity),
}

// Always inlined: a value of several words that is handed on from one function to the next is written and read back each
// time, in pieces that do not fit each other, and the processor waits for it.
impl Decoding {
    /// The text of a member; `None` where it has no value.
    #[inline(always)]
    pub(crate) fn text<'f>(
        &mut self,
        place: Place,
        key: &'static str,
        field: &'f Field<'_>,
        absence: Absence,
    ) -> Result<Option<&'f str>, BodyError> {
        match (field, absence) {
            (Field::Text(text), _) if !text.is_empty() => Ok(Some(text)),
            (Field::Null, Absence::Null(_)) | (Field::Absent, Absence::Omitted(_)) => Ok(None),
            _ => self.odd_absence(place, key, field, absence).map(|()| None),
        }
    }

    /// What stands there is no text, and not the right way to say that there is none.
    #[cold]
    fn odd_absence(
        &mut self,
        place: Place,
        key: &'static str,
        field: &Field<'_>,
        absence: Absence,
    ) -> Result<(), BodyError> {
        let odd = match (field, absence) {
            (
                Field::Text(_) | Field::Null | Field::Absent,
                Absence::Null(item) | Absence::Omitted(item) | Absence::Required(item),
            ) => item,
            (Field::Number(_) | Field::Other(_), _) => return Err(wrong_type(place, key, field)),
            (Field::Uuid(_), _) => return Ok(()),
        };
        let problem = match field {
            Field::Null => BodyProblem::Type {
                expected: "string",
                found: "null",
            },
            Field::Text(_) => BodyProblem::Type {
                expected: "null or a value",
                found: "empty string",
            },
            _ => BodyProblem::Missing,
        };
        self.tolerate(odd, place.member(key), problem)
    }

    /// The value of a member that may have none; what cannot be read is at fault.
    #[inline(always)]
    pub(crate) fn nullable<T: Identifier>(
        &mut self,
        place: Place,
        key: &'static str,
        field: &Field<'_>,
        absence: Absence,
    ) -> Result<Option<T>, BodyError> {
        match self.text(place, key, field, absence)? {
            Some(text) => self.value(place, key, text).map(Some),
            None => Ok(None),
        }
    }

    /// The value of a member without which the rest can be used: what cannot be read is kept, and counts as no value
    ///
    #[inline(always)]
    pub(crate) fn optional<T: Identifier>(
        &mut self,
        place: Place,
        key: &'static str,
        field: &Field<'_>,
        absence: Absence,
    ) -> Result<Option<T>, BodyError> {
        match self.nullable(place, key, field, absence) {
            Err(error) if !field.is_empty() => self.keep(place.member(key), &field.received(), error).map(|_| None),
            result => result,
        }
    }

    /// As [`Self::optional`], where the empty string is a way to say that there is no value.
    pub(crate) fn optional_or_empty<T: Identifier>(
        &mut self,
        place: Place,
        key: &'static str,
        field: &Field<'_>,
        absence: Absence,
    ) -> Result<Option<T>, BodyError> {
        match field {
            Field::Text(text) if text.is_empty() => Ok(None),
            field => self.optional(place, key, field, absence),
        }
    }

    /// The value of a member that must have one.
    #[inline(always)]
    pub(crate) fn required<T: Identifier>(
        &mut self,
        place: Place,
        key: &'static str,
        field: &Field<'_>,
    ) -> Result<T, BodyError> {
        match field {
            Field::Text(text) if !text.is_empty() => self.value(place, key, text),
            Field::Number(_) | Field::Other(_) => Err(wrong_type(place, key, field)),
            _ => Err(BodyError::new(place.member(key), BodyProblem::Missing)),
        }
    }

    /// A value read from its text.
    #[inline(always)]
    pub(crate) fn value<T: Identifier>(&mut self, place: Place, key: &'static str, text: &str) -> Result<T, BodyError> {
        match T::from_peer(text) {
            Ok(value) => {
                if let Some(item) = value.tolerated() {
                    self.tolerated_value(item, value.is_field_only(), place, key)?;
                }
                Ok(value)
            }
            Err(error) => Err(malformed(place, key, error)),
        }
    }

    #[cold]
    fn tolerated_value(
        &mut self,
        item: Ambiguity,
        field_only: bool,
        place: Place,
        key: &'static str,
    ) -> Result<(), BodyError> {
        let at = place.member(key);
        if item == UNLISTED && self.on_unlisted == OnUnlisted::Refuse {
            return Err(BodyError::new(at, BodyProblem::Unlisted));
        }
        if field_only {
            return self.tolerate(item, at, BodyProblem::Deviation(item));
        }
        self.note(item, at);
        Ok(())
    }

    /// The `error` member: why there is no value.
    pub(crate) fn error(&mut self, field: &Field<'_>, absence: Absence) -> Result<Option<ErrorText>, BodyError> {
        let Some(text) = self.text(Place::Top, "error", field, absence)? else {
            return Ok(None);
        };
        let too_long = |_| {
            let limit = ErrorText::MAX_RECEIVED;
            BodyError::new("error", BodyProblem::TooLong { limit })
        };
        let error = ErrorText::from_peer(text).map_err(too_long)?;
        if !error.is_strict() {
            self.note(Ambiguity::new(40), "error");
        }
        Ok(Some(error))
    }

    /// The entries of a required array.
    pub(crate) fn entries<'l, T>(&mut self, key: &'static str, list: &'l List<T>) -> Result<&'l [T], BodyError> {
        match list {
            List::Items(items) => Ok(items),
            List::Null | List::Absent => Err(BodyError::new(key, BodyProblem::Missing)),
            List::Other(found) => Err(BodyError::new(
                key,
                BodyProblem::Type {
                    expected: "array",
                    found,
                },
            )),
        }
    }
}

#[cold]
fn malformed(place: Place, key: &'static str, error: IdError) -> BodyError {
    BodyError::new(place.member(key), BodyProblem::Malformed(error))
}

#[cold]
fn wrong_type(place: Place, key: &'static str, field: &Field<'_>) -> BodyError {
    BodyError::new(
        place.member(key),
        BodyProblem::Type {
            expected: "string",
            found: field.type_name(),
        },
    )
}
