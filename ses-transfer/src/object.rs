//! The one declaration of a JSON object, from which reading, writing and setters come.

/// Declares a JSON object once: its members in the order in which they are written, and their keys.
///
/// Unknown members are dropped and noted; a member that stands
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
                pub $field: $crate::object::object!(@type $presence $type),
            )*
        }

        impl $name {
            $($crate::object::object!(@setter $presence $field $type, $key);)*
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $($crate::object::object!(@write $presence map, self.$field, $key);)*
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
                use ::aid_types::json::{Key, Keys, Skipped};
                use $crate::{BodyProblem, Oddity, read::{Read, Seed}};

                $(let mut $field: Option<$crate::object::object!(@type $presence $type)> = None;)*
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
                            if unlisted.seen_before(::std::mem::take(&mut key)) || map.next_value::<Skipped>()?.duplicate {
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
