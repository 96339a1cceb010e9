use std::fmt;

/// A reason code of MQTT 5 ("2.4 Reason Code"), as it stands in PUBACK, SUBACK, CONNACK and DISCONNECT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "a byte")]
pub struct ReasonCode(pub u8);

impl ReasonCode {
    /// It was taken; or the connection ends normally.
    pub const SUCCESS: Self = Self(0x00);
    /// The broker threw the message away, because nobody has subscribed to it.
    pub const NO_MATCHING_SUBSCRIBERS: Self = Self(0x10);
    /// Access control says no.
    pub const NOT_AUTHORIZED: Self = Self(0x87);
    /// Another client has connected with the same client id.
    pub const SESSION_TAKEN_OVER: Self = Self(0x8E);
    /// More messages came than may wait for their acknowledgement.
    pub const RECEIVE_MAXIMUM_EXCEEDED: Self = Self(0x93);
    /// A quota of the broker is used up.
    pub const QUOTA_EXCEEDED: Self = Self(0x97);

    /// Whether it says that nothing went wrong.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 == 0
    }

    /// Whether it speaks of the state of the broker, and not of the one message that it answers.
    pub(super) fn is_of_the_broker(self) -> bool {
        [Self::NO_MATCHING_SUBSCRIBERS, Self::QUOTA_EXCEEDED].contains(&self)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.0 {
            0x00 => "success",
            0x10 => "no matching subscribers",
            0x80 => "unspecified error",
            0x83 => "implementation specific error",
            0x87 => "not authorized",
            0x8E => "session taken over",
            0x8F => "topic filter invalid",
            0x90 => "topic name invalid",
            0x93 => "receive maximum exceeded",
            0x95 => "packet too large",
            0x97 => "quota exceeded",
            0x99 => "payload format invalid",
            0x9E => "shared subscriptions not supported",
            0xA2 => "wildcard subscriptions not supported",
            _ => return write!(f, "0x{:02x}", self.0),
        };
        write!(f, "0x{:02x} ({words})", self.0)
    }
}
