//! The declaration of a JSON object.

/// Declares a JSON object once: its members in the order in which they are written, and their keys.
///
/// Reading and writing both come from the declaration, and what people may see of it. Unknown members are ignored
/// unless one stands twice. A member is a `Field<Type>`, or the name of the objects in a list.
macro_rules! wire_object {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ident $(<$of:ty>)? = $key:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: $crate::operation::wire_object::wire_object!(@type $kind 'a),)*
            pub(crate) flaw: $crate::operation::wire::Flaw,
        }

        impl $name<'_> {
            /// What can be in it.
            pub(crate) const MEMBERS: &'static [$crate::Member] = &[$($crate::Member::new(
                $key,
                $crate::operation::wire_object::wire_object!(@holds $kind $(<$of>)?),
            )),*];
        }

        impl ::serde::Serialize for $name<'_> {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                use $crate::operation::wire::Member as _;
                let mut map = serializer.serialize_map(None)?;
                $(if !self.$field.is_absent() {
                    map.serialize_entry($key, &self.$field)?;
                })*
                map.end()
            }
        }

        impl<'de> $crate::operation::wire::Fill<'de> for $name<'de> {
            fn fill<D: ::serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                use $crate::{
                    json::{Key, Keys, Skipped},
                    operation::wire::{Filled, Flaw, Member as _},
                };

                #[expect(non_camel_case_types, reason = "the names of the members")]
                enum Known {
                    $($field,)*
                    Unlisted,
                }

                struct ObjectVisitor<'p, 'de>(&'p mut $name<'de>);

                impl ObjectVisitor<'_, '_> {
                    fn no_object<E>(self, name: &'static str) -> Result<(), E> {
                        self.0.flaw = Flaw::NotAnObject(name);
                        Ok(())
                    }
                }

                impl<'de> ::serde::de::Visitor<'de> for ObjectVisitor<'_, 'de> {
                    type Value = ();

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("a JSON object")
                    }
                    fn visit_map<A: ::serde::de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
                        let object = self.0;
                        let mut unlisted = Keys::default();
                        let mut key = ::std::borrow::Cow::default();
                        let known = |key: &str| match key {
                            $($key => Known::$field,)*
                            _ => Known::Unlisted,
                        };
                        while let Some(member) = map.next_key_seed(Key(&mut key, known))? {
                            match member {
                                $(Known::$field => {
                                    if !object.$field.is_absent() {
                                        object.flaw.note(Flaw::Duplicate($key));
                                    }
                                    map.next_value_seed(Filled(&mut object.$field))?;
                                    if object.$field.has_duplicate() {
                                        object.flaw.note(Flaw::DuplicateUnlisted);
                                    }
                                })*
                                Known::Unlisted => {
                                    if unlisted.seen_before(::std::mem::take(&mut key)) {
                                        object.flaw.note(Flaw::DuplicateUnlisted);
                                    }
                                    if map.next_value::<Skipped>()?.duplicate {
                                        object.flaw.note(Flaw::DuplicateUnlisted);
                                    }
                                }
                            }
                        }
                        Ok(())
                    }
                    fn visit_str<E>(self, _: &str) -> Result<(), E> {
                        self.no_object("string")
                    }
                    fn visit_unit<E>(self) -> Result<(), E> {
                        self.no_object("null")
                    }
                    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
                        self.no_object("number")
                    }
                    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
                        self.no_object("number")
                    }
                    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
                        self.no_object("number")
                    }
                    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
                        self.no_object("boolean")
                    }
                    fn visit_seq<A: ::serde::de::SeqAccess<'de>>(self, sequence: A) -> Result<(), A::Error> {
                        Skipped::of_array(sequence)?;
                        self.no_object("array")
                    }
                }
                deserializer.deserialize_any(ObjectVisitor(self))
            }
        }
    };
    (@holds Field<$of:ty>) => { $crate::Holds::Text($crate::TextType::of::<$of>()) };
    (@holds $item:ident) => { $crate::Holds::Objects($item::MEMBERS) };
    (@type Field $life:lifetime) => { $crate::operation::wire::Field<$life> };
    (@type $item:ident $life:lifetime) => { $crate::operation::wire::List<$item<$life>> };
}
pub(crate) use wire_object;
