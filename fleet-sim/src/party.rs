//! Who takes part.

use std::fmt;

/// A process that can crash by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    Cmp,
    Msp(usize),
    Car(usize),
    /// An instance of the CMP's backend on MQTT.
    Instance(usize),
}

impl Party {
    /// Where its troubles happen.
    pub(crate) const fn place(self) -> usize {
        match self {
            Self::Cmp => 0,
            Self::Msp(msp) => 1 + msp,
            Self::Car(car) => 10 + car,
            Self::Instance(instance) => 2900 + instance,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cmp => write!(f, "CMP"),
            Self::Msp(msp) => write!(f, "MSP {msp}"),
            Self::Car(car) => write!(f, "car {car}"),
            Self::Instance(instance) => write!(f, "instance {instance}"),
        }
    }
}

/// The process itself: whether it runs, and which life it is in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Process {
    /// When it is back, if it is down.
    pub(crate) up_at: u64,
    /// What an earlier life was waiting for does not concern this one.
    pub(crate) life: u32,
    /// By how many seconds its wall clock is wrong.
    pub(crate) clock: i64,
}
