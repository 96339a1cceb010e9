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
    let mut deserializer = serde_json::Deserializer::from_slice(json);
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

/// Declares a JSON object once: its members in the order in which they are written, and their keys.
///
/// Reading, writing and setters come from the declaration. Unknown members are dropped and noted; a member that stands
/// twice is refused, known or not.
macro_rules! object {
    (
        $(#[$attribute:meta])*
        $name:ident {
            $($(#[$doc:meta])* $field:ident: $presence:ident $type:ty = $key:literal,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            $(
                #[doc = concat!("`", $key, "`: ")]
                $(#[$doc])*
                pub $field: $crate::read::object!(@type $presence $type),
            )*
        }

        impl $name {
            $($crate::read::object!(@setter $presence $field $type, $key);)*
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $($crate::read::object!(@write $presence map, self.$field, $key);)*
                map.end()
            }
        }

        impl $crate::read::Read for $name {
            const EXPECTED: &'static str = "an object";

            fn read<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
                reading: &mut $crate::read::Reading,
            ) -> Result<Self, D::Error> {
                struct ObjectVisitor<'r>(&'r mut $crate::read::Reading);

                impl<'de> ::serde::de::Visitor<'de> for ObjectVisitor<'_> {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: ::serde::de::MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        $name::members(map, self.0)
                    }
                }
                deserializer.deserialize_map(ObjectVisitor(reading))
            }
        }

        impl $name {
            /// Reads the members of an object that has begun.
            pub(crate) fn members<'de, A: ::serde::de::MapAccess<'de>>(
                mut map: A,
                reading: &mut $crate::read::Reading,
            ) -> Result<Self, A::Error> {
                use ::aid_types::json::{Key, Keys, Walked};
                use $crate::{BodyProblem, Oddity, read::{Read, Seed}};

                $(let mut $field: Option<$crate::read::object!(@type $presence $type)> = None;)*
                let mut unlisted = Keys::default();
                let mut noted = false;
                let mut key = ::std::borrow::Cow::default();
                while map.next_key_seed(Key(&mut key, |_: &str| ()))?.is_some() {
                    match &*key {
                        $($key => {
                            reading.enter($key);
                            if $field.is_some() {
                                return Err(reading.refuse(BodyProblem::Duplicate));
                            }
                            $field = Some(map.next_value_seed(Seed::new(reading))?);
                            reading.leave();
                        })*
                        _ => {
                            if unlisted.stood_before(::std::mem::take(&mut key)) || map.next_value::<Walked>()?.duplicate {
                                return Err(reading.refuse(BodyProblem::Duplicate));
                            }
                            if !noted {
                                reading.note(Oddity::UnlistedMembers);
                            }
                            noted = true;
                        }
                    }
                }
                Ok(Self {
                    $($field: match $field.or_else(Read::absent) {
                        Some(value) => value,
                        None => return Err(reading.refuse_member($key, BodyProblem::Missing)),
                    },)*
                })
            }
        }
    };
    (@type required $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@setter required $field:ident $type:ty, $key:literal) => {};
    (@setter optional $field:ident $type:ty, $key:literal) => {
        #[doc = concat!("With `", $key, "`.")]
        #[must_use]
        pub fn $field(mut self, value: impl Into<$type>) -> Self {
            self.$field = Some(value.into());
            self
        }
    };
    (@write required $map:ident, $value:expr, $key:literal) => { $map.serialize_entry($key, &$value)? };
    (@write optional $map:ident, $value:expr, $key:literal) => {
        if let Some(value) = &$value {
            $map.serialize_entry($key, value)?;
        }
    };
}
pub(crate) use object;
