//! What an operator, a workshop or a counter may want to know.

use aid_procedures::vehicle::Log;

/// Something happened. What the link has to tell goes to the observer of its own options.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The procedures have something to say.
    Log(Log),
    /// What was stored of the vehicle cannot be read: it begins anew, with what the eUICC holds. The bytes are kept
    /// in the store under the key `damaged`.
    StateUnreadable {
        /// What is wrong with them.
        error: String,
    },
    /// Something that happened could not be stored yet, because the store failed or the outbox is full. It is tried again.
    NotStored {
        /// What.
        error: String,
    },
    /// The LPA panicked. The command counts as failed.
    LpaPanicked {
        /// What it had to do.
        command: &'static str,
    },
    /// The procedures want something that this version cannot have done.
    UnknownCommand {
        /// What.
        command: &'static str,
    },
}

/// Is called with every [`Notice`]; must not block.
pub type Observer = aid2_mqtt::Observer<Notice>;
