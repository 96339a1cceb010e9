//! What the enums of the life cycles have in common.

/// Declares a fieldless enum with the list of its values.
macro_rules! values {
    ($(#[$doc:meta])* $Name:ident { $($(#[$value_doc:meta])* $Value:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub enum $Name { $($(#[$value_doc])* $Value,)+ }

        impl $Name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$Value),+];
        }
    };
}
pub(crate) use values;
