//! Who watches what the parties do.

use std::fmt::Display;

use aid_types::Vin;
use aid2_proto::session::Notice;

/// Hears of everything that happens: to print it, to draw it, or to know when nothing goes on any more. Must not block.
///
/// Nothing that it is told holds a token, an activation code or a phone number.
pub trait Audience: Send + Sync + 'static {
    /// A message crosses from one party to another.
    fn message(&self, from: &str, to: &str, message: &dyn Display) {
        let _ = (from, to, message);
    }

    /// A party does something on its own.
    fn act(&self, who: &str, act: &dyn Display) {
        let _ = (who, act);
    }

    /// Something goes on in a vehicle, or in a backend.
    fn stir(&self) {}

    /// A vehicle has come into the reach of the CMP's broker, or has left it.
    fn in_reach(&self, vin: Vin, reached: bool) {
        let _ = (vin, reached);
    }

    /// The link of a vehicle tells something.
    fn told_by_vehicle(&self, notice: &Notice) {
        let _ = notice;
    }

    /// The link of the CMP tells something.
    fn told_by_cmp(&self, notice: &Notice) {
        let _ = notice;
    }
}

/// Nobody watches.
impl Audience for () {}
