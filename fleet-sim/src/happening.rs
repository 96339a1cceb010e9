//! What people, workshops and accidents do to the fleet, from outside.

use std::fmt;

use crate::{
    names::{DAY, HOUR, MINUTE, SECOND},
    options::Options,
    party::Party,
    random::Random,
};

/// One thing that happens. Numbers that are too large are taken modulo what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    /// The user asks the CMP for an onboarding with this MSP, and the MSP sends its msp_token.
    Onboard {
        user: usize,
        msp: usize,
    },
    /// The user gives the onboarding up that is under way.
    Abort {
        user: usize,
    },
    Login {
        user: usize,
        car: usize,
    },
    Logout {
        car: usize,
    },
    /// The user withdraws at the CMP.
    Withdraw {
        user: usize,
    },
    /// The user leaves the MSP.
    EndService {
        user: usize,
    },
    /// The user has one of his profiles deleted.
    DeleteProfile {
        user: usize,
        nth: usize,
    },
    /// Somebody has everything in a car deleted.
    DeleteAll {
        user: usize,
        car: usize,
    },
    /// The MSP blocks a profile, unblocks it, or breaks it for good.
    Suspend {
        user: usize,
        nth: usize,
    },
    Restore {
        user: usize,
        nth: usize,
    },
    Invalidate {
        user: usize,
        nth: usize,
    },
    /// The customer gets another phone number.
    Change {
        user: usize,
    },
    /// Support compares notes with the MSP, or with a car.
    AskMsp {
        user: usize,
    },
    AskCar {
        user: usize,
        car: usize,
    },
    /// The car is out of reach for so long.
    Offline {
        car: usize,
        millis: u64,
    },
    /// A process dies, and comes back after so long with what it had saved.
    Crash {
        party: Party,
        millis: u64,
    },
    /// The car is set back: no profiles, no memory.
    Wipe {
        car: usize,
    },
    /// The car gets another telematics unit, with another eUICC.
    Exchange {
        car: usize,
    },
    /// A workshop puts the telematics unit of each of two cars into the other.
    SwapUnits {
        car: usize,
        other: usize,
    },
    /// The car's software loses its memory; what its eUICC holds is still there.
    LoseMemory {
        car: usize,
    },
    /// A party's clock is set: wrong by so much from then on.
    SetClock {
        party: Party,
        seconds: i64,
    },
    /// The broker is away for so long; with loss, it forgets what it had not written.
    BrokerRestarts {
        millis: u64,
        loses: bool,
    },
    /// For so long, the broker drops each connection seconds after it was made.
    BrokerUnsteady {
        millis: u64,
    },
    /// The car starts without a network, and so without the time, and once more before there is one.
    ColdStart {
        user: usize,
        car: usize,
        millis: u64,
    },
    /// An instance leaves for good, and a new one comes.
    Leave {
        instance: usize,
    },
    /// A copy is made of the store of the car's unit; the next time, the store is put back to it.
    PutBack {
        car: usize,
    },
    /// Nothing goes wrong for some days: everything must come right.
    Rest,
}

/// The happening with this number, and how many milliseconds after the one before.
pub(crate) fn happening(seed: u64, number: u32, options: &Options) -> (u64, Happening) {
    let random = &mut Random::new(seed, u64::from(number));
    let gap = match random.below(100) {
        0..45 => random.below(20 * SECOND),
        45..75 => random.below(20 * MINUTE),
        75..93 => random.below(8 * HOUR),
        93..99 => random.below(4 * DAY),
        _ => random.below(45 * DAY),
    };
    // In the beginning everybody is onboarded.
    if (number as usize) < options.users {
        return (
            gap % MINUTE,
            Happening::Onboard {
                user: number as usize,
                msp: random.index(options.msps),
            },
        );
    }
    if number % 120 == 119 {
        return (gap, Happening::Rest);
    }
    let (user, car, nth) = (
        random.index(options.users),
        random.index(options.vehicles),
        random.index(8),
    );
    let kind = random.below(234);
    let duration = match random.below(10) {
        0..6 => random.below(5 * MINUTE),
        6..9 => random.below(10 * HOUR),
        _ => random.below(40 * DAY),
    };
    let happening = match kind {
        0..80 => Happening::Login { user, car },
        80..110 => Happening::Logout { car },
        110..122 => Happening::Offline { car, millis: duration },
        122..132 => Happening::Crash {
            party: party(random, car, options),
            millis: (duration % (2 * HOUR)).max(SECOND),
        },
        132..138 => Happening::Wipe { car },
        138..143 => Happening::Exchange { car },
        143..155 => Happening::DeleteProfile { user, nth },
        155..158 => Happening::DeleteAll { user, car },
        158..163 => Happening::Invalidate { user, nth },
        163..167 => Happening::Suspend { user, nth },
        167..171 => Happening::Restore { user, nth },
        171..175 => Happening::AskMsp { user },
        175..179 => Happening::AskCar { user, car },
        179..183 => Happening::Withdraw { user },
        183..186 => Happening::EndService { user },
        186 => Happening::Abort { user },
        187..190 => Happening::Change { user },
        200..203 => Happening::LoseMemory { car },
        203..208 => Happening::SetClock {
            party: party(random, car, options),
            seconds: clock(random),
        },
        216..219 => Happening::BrokerUnsteady {
            millis: (duration % (2 * HOUR)).max(10 * MINUTE),
        },
        219..222 => Happening::Leave {
            instance: random.index(options.instances),
        },
        222..228 => Happening::PutBack { car },
        228..234 => Happening::ColdStart {
            user,
            car,
            millis: (duration % (2 * HOUR)).max(10 * MINUTE),
        },
        212..216 => Happening::SwapUnits {
            car,
            other: random.index(options.vehicles),
        },
        208..212 => Happening::BrokerRestarts {
            millis: (duration % (2 * HOUR)).max(SECOND),
            loses: random.below(2) == 0,
        },
        _ => Happening::Onboard {
            user,
            msp: random.index(options.msps),
        },
    };
    (gap, happening)
}

fn party(random: &mut Random, car: usize, options: &Options) -> Party {
    match random.below(5) {
        0 => Party::Cmp,
        1 => Party::Msp(random.index(options.msps)),
        2 => Party::Instance(random.index(options.instances)),
        _ => Party::Car(car),
    }
}

/// How wrong a clock is: not at all, by some minutes, by the hours of a time zone, by years, or as if it were 1970.
fn clock(random: &mut Random) -> i64 {
    let sign = if random.below(2) == 0 { 1 } else { -1 };
    sign * match random.below(8) {
        0..3 => 0,
        3..5 => random.below(10 * 60) as i64,
        5 => 3600 * random.below(13) as i64,
        6 => 86_400 * random.below(800) as i64,
        _ => return -(crate::names::START as i64),
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Onboard { user, msp } => write!(f, "user {user} onboards with MSP {msp}"),
            Self::Abort { user } => write!(f, "user {user} gives the onboarding up"),
            Self::Login { user, car } => write!(f, "user {user} logs in to car {car}"),
            Self::Logout { car } => write!(f, "the user of car {car} logs out"),
            Self::Withdraw { user } => write!(f, "user {user} withdraws at the CMP"),
            Self::EndService { user } => write!(f, "user {user} leaves the MSP"),
            Self::DeleteProfile { user, nth } => write!(f, "user {user} deletes profile no. {nth} of his"),
            Self::DeleteAll { user, car } => write!(f, "user {user} deletes everything in car {car}"),
            Self::Suspend { user, nth } => write!(f, "the MSP blocks profile no. {nth} of user {user}"),
            Self::Restore { user, nth } => write!(f, "the MSP unblocks profile no. {nth} of user {user}"),
            Self::Invalidate { user, nth } => write!(f, "the MSP invalidates profile no. {nth} of user {user}"),
            Self::Change { user } => write!(f, "user {user} gets another phone number"),
            Self::AskMsp { user } => write!(f, "support compares user {user} with the MSP"),
            Self::AskCar { user, car } => write!(f, "support compares user {user} with car {car}"),
            Self::Offline { car, millis } => write!(f, "car {car} is offline for {}", Duration(millis)),
            Self::Crash { party, millis } => write!(f, "{party} crashes, and is back in {}", Duration(millis)),
            Self::Wipe { car } => write!(f, "car {car} is wiped"),
            Self::Exchange { car } => write!(f, "car {car} gets another telematics unit"),
            Self::SwapUnits { car, other } => write!(f, "cars {car} and {other} get each other's telematics unit"),
            Self::LoseMemory { car } => write!(f, "car {car} loses its memory"),
            Self::SetClock { party, seconds } => write!(f, "the clock of {party} is set: {seconds:+} s"),
            Self::BrokerRestarts { millis, loses } => {
                let how = if loses { " with loss" } else { "" };
                write!(f, "the broker restarts{how}, and is back in {}", Duration(millis))
            }
            Self::BrokerUnsteady { millis } => write!(f, "the broker drops each connection for {}", Duration(millis)),
            Self::ColdStart { user, car, millis } => {
                let until = Duration(millis);
                write!(
                    f,
                    "car {car} starts with user {user}, and has no network and no time for {until}"
                )
            }
            Self::Leave { instance } => write!(f, "instance {instance} leaves"),
            Self::PutBack { car } => write!(f, "the store of car {car} is copied, or put back to its copy"),
            Self::Rest => write!(f, "a rest"),
        }
    }
}

/// Milliseconds, for people.
pub(crate) struct Duration(pub(crate) u64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            millis @ 0..SECOND => write!(f, "{millis} ms"),
            millis @ SECOND..MINUTE => write!(f, "{} s", millis / SECOND),
            millis @ MINUTE..HOUR => write!(f, "{} min", millis / MINUTE),
            millis @ HOUR..DAY => write!(f, "{} h", millis / HOUR),
            millis => write!(f, "{} days", millis / DAY),
        }
    }
}
