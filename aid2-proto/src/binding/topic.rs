use std::{error::Error, fmt};

use aid_types::{IdError, Vin};

use super::Side;

/// Longest topic that is read, in bytes. Those of the binding are far shorter.
const MAX_TOPIC: usize = 256;

/// Builds and reads topics: `{root}/{vin}/{cmp or vehicle}/{name}`.
///
/// The root is `aid2/v1` by default: its last level is the version of the binding. A deployment may put its own levels
/// before it, on both sides alike.
///
/// ```
/// use aid2_proto::binding::{Side, Topics};
///
/// let topics = Topics::new("fleet/aid2/v1")?;
/// let topic = topics.build("WBAUX11030A334483".parse()?, Side::Cmp, "SendCSIMStatus");
/// assert_eq!(topic, "fleet/aid2/v1/WBAUX11030A334483/cmp/SendCSIMStatus");
/// assert_eq!(topics.parse(&topic)?.name, "SendCSIMStatus");
/// assert!(topics.parse("fleet/aid2/v1/+/cmp/SendCSIMStatus").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    root: String,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            root: String::from("aid2/v1"),
        }
    }
}

/// A topic taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Topic<'a> {
    /// The vehicle.
    pub vin: Vin,
    /// Who the message is for.
    pub to: Side,
    /// The last level: the name of a message or of a nested response, known or not.
    pub name: &'a str,
}

/// Why a text is no topic of this binding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopicError {
    /// Longer than any topic of the binding, or a name that is no single level.
    Level,
    /// Begins with another root: another application, or another version.
    Root,
    /// Not the three levels after the root.
    Depth,
    /// The level of the vehicle is no VIN.
    Vin(IdError),
    /// The level of the side is neither `cmp` nor `vehicle`.
    Side,
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level => {
                f.write_str("topic too long, or a level that is empty or holds '+', '#' or a control character")
            }
            Self::Root => f.write_str("topic of another root or version"),
            Self::Depth => f.write_str("topic without the levels vehicle, side and name"),
            Self::Vin(error) => write!(f, "topic: {error}"),
            Self::Side => f.write_str("topic for neither 'cmp' nor 'vehicle'"),
        }
    }
}

impl Error for TopicError {}

impl Topics {
    /// Topics below `root`: one or more levels, without a slash at either end.
    ///
    /// # Errors
    ///
    /// [`TopicError::Level`] if a level is empty, holds a wildcard or a control character, or begins the topic with `$`.
    pub fn new(root: impl Into<String>) -> Result<Self, TopicError> {
        let root = root.into();
        if root.len() > MAX_TOPIC / 2 || root.starts_with('$') || !root.split('/').all(is_level) {
            return Err(TopicError::Level);
        }
        Ok(Self { root })
    }

    /// What every topic begins with.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// The topic of the message or response `name`, which is a [`Payload::NAME`](crate::Payload::NAME).
    #[must_use]
    pub fn build(&self, vin: Vin, to: Side, name: &str) -> String {
        let (root, vin, to) = (self.root.as_str(), vin.as_str(), to.as_str());
        let mut topic = String::with_capacity(root.len() + vin.len() + to.len() + name.len() + 3);
        for level in [root, "/", vin, "/", to, "/", name] {
            topic.push_str(level);
        }
        topic
    }

    /// Whether `topic` is what [`build`](Self::build) gives, without building it.
    #[must_use]
    pub fn is(&self, topic: &str, vin: Vin, to: Side, name: &str) -> bool {
        [self.root.as_str(), "/", vin.as_str(), "/", to.as_str(), "/", name]
            .iter()
            .try_fold(topic, |rest, part| rest.strip_prefix(part))
            == Some("")
    }

    /// What the vehicle subscribes to: all that is for it.
    #[must_use]
    pub fn vehicle_filter(&self, vin: Vin) -> String {
        self.build(vin, Side::Vehicle, "+")
    }

    /// What a backend instance subscribes to: all that is for the CMP, shared with the instances of the same `group`.
    ///
    /// # Errors
    ///
    /// [`TopicError::Level`] if the group is no single level without wildcards.
    pub fn backend_filter(&self, group: &str) -> Result<String, TopicError> {
        if !is_level(group) {
            return Err(TopicError::Level);
        }
        Ok(format!("$share/{group}/{}/+/{}/+", self.root, Side::Cmp.as_str()))
    }

    /// Takes a topic apart.
    ///
    /// # Errors
    ///
    /// If it is no topic below this root, names no VIN or no side, or holds what only a filter may.
    pub fn parse<'a>(&self, topic: &'a str) -> Result<Topic<'a>, TopicError> {
        if topic.len() > MAX_TOPIC {
            return Err(TopicError::Level);
        }
        let rest = topic
            .strip_prefix(self.root.as_str())
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or(TopicError::Root)?;
        let mut levels = rest.split('/');
        let (Some(vin), Some(to), Some(name), None) = (levels.next(), levels.next(), levels.next(), levels.next())
        else {
            return Err(TopicError::Depth);
        };
        if !is_level(name) {
            return Err(TopicError::Level);
        }
        Ok(Topic {
            vin: vin.parse().map_err(TopicError::Vin)?,
            to: match to {
                "cmp" => Side::Cmp,
                "vehicle" => Side::Vehicle,
                _ => return Err(TopicError::Side),
            },
            name,
        })
    }
}

/// Whether a text can stand between two slashes of a topic.
fn is_level(level: &str) -> bool {
    !level.is_empty() && !level.contains(|c: char| matches!(c, '+' | '#' | '/') || c.is_control())
}
