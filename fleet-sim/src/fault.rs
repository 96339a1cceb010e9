//! What a party can do wrong on purpose, so that the watch can be watched.

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        /// What one party does wrong: each must be noticed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

faults! {
    /// The MSP issues more profiles than the contract allows, and swaps none.
    SwapIgnoresPoolSize,
    /// The CMP forgets the msp_token of a withdrawn federation while vehicles still hold its profiles.
    TokenRemovedEarly,
    /// The CMP offers the most recently used profile for replacement.
    CandidateIsNewest,
    /// The vehicle downloads an activation code again that is delivered twice.
    DuplicateCodeAccepted,
    /// The CMP loses its orders to delete when it crashes.
    DeleteOrderLostOnCrash,
    /// The CMP does not send its orders to delete again when a vehicle connects.
    DeleteOrderNotResent,
    /// The MSP issues activation codes for an invalidated msp_token.
    CodeForInvalidatedToken,
    /// The CMP requests activation codes with an invalidated msp_token.
    RequestWithInvalidatedToken,
    /// The CMP sends an activation code to another vehicle than the one that asked.
    CodeToOtherVehicle,
    /// The vehicle does not notice that its user logs out.
    LogoutIgnored,
    /// The LPA says that it disabled a profile, and did not.
    DisablePretended,
    /// The LPA says that it deleted a profile, and did not.
    DeletePretended,
    /// The CMP overlooks that the MSP swapped a profile.
    SwappedProfileKept,
    /// The CMP acknowledges that a profile is invalid, and does nothing.
    InvalidProfileKept,
    /// The CMP does not repeat a status that the MSP did not answer.
    StatusNotRepeated,
    /// The CMP acknowledges that the subscription changed, and does nothing.
    SubscriptionInfoIgnored,
    /// The CMP does not see to it that the federations of a vehicle use request ids of their own.
    SequencesShared,
    /// The MSP forgets its open calls when it crashes: they are not saved with what they follow from.
    OutboxLostOnCrash,
}
