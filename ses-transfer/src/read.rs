//! Reads JSON in one pass and knows where it is: every refusal names the member.

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserializer,
    de::{DeserializeSeed, SeqAccess, Visitor},
};

use crate::{BodyError, BodyProblem, InvalidText, Odd, Oddity, Received};

/// A type that is read from JSON.
pub(crate) trait Read: Sized {
    /// What the document says of it.
    const EXPECTED: &'static str;

    fn read<'de, D: Deserializer<'de>>(deserializer: D, reading: &mut Reading) -> Result<Self, D::Error>;

    /// What stands for a member that is not there; `None` where it must be.
    fn absent() -> Option<Self> {
        None
    }
}

/// Where the reader is, and what it has noticed.
#[derive(Default)]
pub(crate) struct Reading {
    /// Steps are taken back after a success only: what is left after an error leads to it.
    path: Vec<Step>,
    expected: &'static str,
    refused: Option<BodyProblem>,
    odd: Vec<Odd>,
}

#[derive(Clone, Copy)]
enum Step {
    Member(&'static str),
    Entry(usize),
}

impl Reading {
    /// Refuses what stands here.
    pub(crate) fn refuse<E: serde::de::Error>(&mut self, problem: BodyProblem) -> E {
        self.refused = Some(problem);
        E::custom("refused")
    }

    /// Refuses a member of the object that stands here.
    pub(crate) fn refuse_member<E: serde::de::Error>(&mut self, key: &'static str, problem: BodyProblem) -> E {
        self.path.push(Step::Member(key));
        self.refuse(problem)
    }

    /// Refuses a member of an entry of the array that stands here.
    pub(crate) fn refuse_in_entry<E: serde::de::Error>(
        &mut self,
        entry: usize,
        key: &'static str,
        problem: BodyProblem,
    ) -> E {
        self.path.push(Step::Entry(entry));
        self.refuse_member(key, problem)
    }

    /// Notes something about what stands here.
    pub(crate) fn note(&mut self, what: Oddity) {
        self.odd.push(Odd::new(self.here(), what));
    }

    pub(crate) fn enter(&mut self, key: &'static str) {
        self.path.push(Step::Member(key));
    }

    pub(crate) fn leave(&mut self) {
        self.path.pop();
    }

    fn here(&self) -> String {
        use std::fmt::Write as _;

        self.path.iter().fold(String::new(), |mut here, step| {
            // Writing to a string does not fail.
            let _ = match step {
                Step::Member(key) if here.is_empty() => write!(here, "{key}"),
                Step::Member(key) => write!(here, ".{key}"),
                Step::Entry(index) => write!(here, "[{index}]"),
            };
            here
        })
    }
}

/// Reads a whole body.
pub(crate) fn body<T: Read>(json: &[u8]) -> Result<Received<T>, BodyError> {
    if json.is_empty() {
        return Err(BodyError::new(String::new(), BodyProblem::NoBody));
    }
    let mut reading = Reading::default();
    let text = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    if text.len() < json.len() {
        reading.note(Oddity::ByteOrderMark);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let outcome = Seed::<T>::new(&mut reading)
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    match outcome {
        Ok(value) => Ok(Received {
            value,
            odd: reading.odd,
        }),
        Err(error) => Err(match reading.refused {
            Some(problem) => BodyError::new(reading.here(), problem),
            None if error.is_data() => BodyError::new(
                reading.here(),
                BodyProblem::Type {
                    expected: reading.expected,
                },
            ),
            None => BodyError::new(
                String::new(),
                BodyProblem::Json {
                    line: error.line(),
                    column: error.column(),
                },
            ),
        }),
    }
}

/// Hands the reading down to where serde calls a deserializer.
pub(crate) struct Seed<'r, T> {
    reading: &'r mut Reading,
    read: PhantomData<T>,
}

impl<'r, T> Seed<'r, T> {
    pub(crate) fn new(reading: &'r mut Reading) -> Self {
        Self {
            reading,
            read: PhantomData,
        }
    }
}

impl<'de, T: Read> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        self.reading.expected = T::EXPECTED;
        T::read(deserializer, self.reading)
    }
}

/// Reads a text and parses it.
pub(crate) fn text<'de, D: Deserializer<'de>, T: FromStr<Err = InvalidText>>(
    deserializer: D,
    reading: &mut Reading,
) -> Result<T, D::Error> {
    struct TextVisitor;

    impl<'de> Visitor<'de> for TextVisitor {
        type Value = Cow<'de, str>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
            Ok(Cow::Borrowed(text))
        }
        fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
            Ok(Cow::Owned(text.to_owned()))
        }
    }
    deserializer
        .deserialize_str(TextVisitor)?
        .parse()
        .map_err(|InvalidText { expected }| reading.refuse(BodyProblem::Text { expected }))
}

/// A member that need not be there; null is taken for that.
impl<T: Read> Read for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read<'de, D: Deserializer<'de>>(deserializer: D, reading: &mut Reading) -> Result<Self, D::Error> {
        struct OptionVisitor<'r, T>(Seed<'r, T>);

        impl<'de, T: Read> Visitor<'de> for OptionVisitor<'_, T> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
                self.0.deserialize(deserializer).map(Some)
            }
            fn visit_none<E: serde::de::Error>(self) -> Result<Option<T>, E> {
                self.0.reading.note(Oddity::Null);
                Ok(None)
            }
            fn visit_unit<E: serde::de::Error>(self) -> Result<Option<T>, E> {
                self.visit_none()
            }
        }
        deserializer.deserialize_option(OptionVisitor(Seed::new(reading)))
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Vec<T> {
    const EXPECTED: &'static str = "an array";

    fn read<'de, D: Deserializer<'de>>(deserializer: D, reading: &mut Reading) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ArrayVisitor(Seed::new(reading)))
    }
}

struct ArrayVisitor<'r, T>(Seed<'r, T>);

impl<'de, T: Read> Visitor<'de> for ArrayVisitor<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Vec<T>, A::Error> {
        entries(sequence, self.0.reading)
    }
}

/// The entries of an array.
pub(crate) fn entries<'de, A: SeqAccess<'de>, T: Read>(
    mut sequence: A,
    reading: &mut Reading,
) -> Result<Vec<T>, A::Error> {
    let mut entries = Vec::new();
    loop {
        reading.path.push(Step::Entry(entries.len()));
        let Some(entry) = sequence.next_element_seed(Seed::new(reading))? else {
            break;
        };
        reading.leave();
        entries.push(entry);
    }
    reading.leave();
    Ok(entries)
}
