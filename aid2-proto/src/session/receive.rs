//! What both sides do with a PUBLISH before anything else.

use super::{Publication, connection::Connection};
use crate::binding::{Binding, Received, Refused, Side};

/// A PUBLISH is acknowledged on the connection that it came on and no other: there its packet identifier would belong to
/// another message, which would be lost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receipt {
    packet_id: Option<u16>,
    generation: u64,
}

impl Receipt {
    pub(super) const fn new(publication: &Publication<'_>, connection: &Connection) -> Self {
        Self {
            packet_id: publication.packet_id,
            generation: connection.generation,
        }
    }

    /// What to acknowledge, if it can be still.
    pub(super) fn on(self, connection: &Connection) -> Option<u16> {
        let same = self.generation == connection.generation && connection.can_acknowledge();
        self.packet_id.filter(|_| same)
    }
}

/// Checks it against the binding.
pub(super) fn check(binding: &Binding, side: Side, publication: &Publication<'_>) -> Result<Received, Refused> {
    if publication.retain {
        return Err(Refused::Retained);
    }
    binding.receive(side, &publication.incoming)
}

/// The beginning of a topic, for the log.
pub(super) fn shortened(topic: &str) -> String {
    topic.chars().take(256).collect()
}
