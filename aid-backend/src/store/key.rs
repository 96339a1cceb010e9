//! What things are called in a store.

use std::{fmt, sync::Arc};

/// The longest name of anything, in bytes: any database indexes that much, and a user id of 256 bytes fits.
const MAX: usize = 512;

/// Why a text is no name of something in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// It is empty.
    Empty,
    /// It has more than 512 bytes.
    TooLong,
    /// It has a character that cannot stand there.
    Character,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::TooLong => "more than 512 bytes",
            Self::Character => "a character that cannot stand there",
        })
    }
}

impl std::error::Error for KeyError {}

fn checked(text: &str) -> Result<Arc<str>, KeyError> {
    if text.is_empty() {
        return Err(KeyError::Empty);
    }
    if text.len() > MAX {
        return Err(KeyError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(KeyError::Character);
    }
    Ok(Arc::from(text))
}

/// They are texts: 1 to 512 bytes of UTF-8 without control characters, compared byte by byte.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 512 bytes of UTF-8 without control characters. What it holds can be personal data: `Debug` shows only the
        /// part before the first slash.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What it is of: the part before the first slash.
            #[must_use]
            pub fn kind(&self) -> &str {
                self.0.split_once('/').map_or(&*self.0, |(kind, _)| kind)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = KeyError;

            fn try_from(text: &str) -> Result<Self, KeyError> {
                checked(text).map(Self)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({}/…)", stringify!($name), self.kind())
            }
        }
    };
}

text! {
    /// Which aggregate: what it is, a slash, and which one, as in `subscription/25bca1e2-338f-11d6-ac61-9e71138fd521`.
    Key
}
text! {
    /// A name under which aggregates are found besides their key, as in `iccid/8944500805172032953`. Several can share one.
    Name
}
text! {
    /// Which call: who calls, a slash, and the CMP-request-id (A-58).
    CallKey
}

/// A sequence of effects that are executed one after the other: of one aggregate, to one destination.
///
/// ```
/// use aid_backend::store::{Key, Lane};
///
/// let lane = Lane::new("cmp", &Key::try_from("subscription/1")?)?;
/// assert_eq!((lane.to(), lane.as_str()), ("cmp", "cmp/subscription/1"));
/// # Ok::<(), aid_backend::store::KeyError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    text: Arc<str>,
    to: usize,
}

impl Lane {
    /// From an aggregate to a destination, as `cmp`, `sm-dp+` or `vehicle:WBAUX11030A334483`: 1 to 32 visible ASCII
    /// characters without slash. What is behind a colon tells destinations of one kind apart, and is not for logs.
    ///
    /// # Errors
    ///
    /// [`KeyError`] of the destination.
    pub fn new(to: &str, owner: &Key) -> Result<Self, KeyError> {
        match to.len() {
            0 => Err(KeyError::Empty),
            33.. => Err(KeyError::TooLong),
            _ if to.bytes().any(|byte| byte == b'/' || !byte.is_ascii_graphic()) => Err(KeyError::Character),
            len => Ok(Self {
                text: format!("{to}/{}", owner.as_str()).into(),
                to: len,
            }),
        }
    }

    /// The lane with this text, as a store kept it.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if it is none.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let (to, owner) = text.split_once('/').ok_or(KeyError::Empty)?;
        Self::new(to, &Key::try_from(owner)?)
    }

    /// The text: destination, slash, key of the aggregate.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What kind of destination: `vehicle`, where that is `vehicle:WBAUX11030A334483`. Also for logs and counters.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.to().split(':').next().unwrap_or_default()
    }

    /// The destination.
    #[must_use]
    pub fn to(&self) -> &str {
        self.text.get(..self.to).unwrap_or_default()
    }

    /// The key of the aggregate, as text.
    #[must_use]
    pub fn owner(&self) -> &str {
        self.text.get(self.to.saturating_add(1)..).unwrap_or_default()
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.owner().split('/').next().unwrap_or_default();
        write!(f, "Lane({}/{kind}/…)", self.kind())
    }
}
