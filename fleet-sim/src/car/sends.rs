//! What a vehicle publishes.

use aid2_proto::{
    Payload as _, SendCsimStatus,
    binding::{Exchange, Outgoing},
};

use crate::{
    names::{DAY, SECOND},
    trouble::Trouble,
    world::World,
};

/// Clocks that are further apart tell nothing of an age.
const FAR_APART: u64 = 366 * DAY / SECOND;

/// An element of a status that has no ICCID.
const NAMELESS: &[u8] = &[6 << 3 | 2, 2, 3 << 3, 1];

impl World {
    /// A status may name a profile in a way that nobody can read: each copy of it then.
    pub(super) fn spoil(&mut self, car: usize, outgoing: &mut Outgoing) {
        let Some(sequence) = outgoing.sequence.map(|sequence| sequence.to_string()) else {
            return;
        };
        if !outgoing.topic.ends_with(SendCsimStatus::NAME) {
            return;
        }
        let drawn = self.troubles.draw(Trouble::Unreadable, 10 + car).is_some();
        let spoilt = *self.cars[car].unreadable.entry(sequence).or_insert(drawn);
        if spoilt {
            self.note(|| format!("    (it names a profile of car {car} that nobody can read)"));
            outgoing.payload.extend_from_slice(NAMELESS);
        }
    }

    /// A message goes out with the time to live that it has left: not with none because a clock was wrong.
    //
    pub(super) fn watch_expiry(&mut self, car: usize, outgoing: &Outgoing) {
        let (Some(left), Some(sequence)) = (outgoing.expiry, outgoing.sequence) else {
            return;
        };
        let name = outgoing.topic.rsplit('/').next().unwrap_or_default();
        let exchange = Exchange::of(name).or_else(|| Exchange::answered_by(name));
        let Some(whole) = exchange.and_then(|exchange| exchange.expiry) else {
            return;
        };
        let key = [&b"o"[..], &sequence.number.to_be_bytes()].concat();
        let this = &self.cars[car];
        let Some(&(at, clock)) = this.taken.get(&key) else {
            return;
        };
        let age = (self.now - at) / SECOND + 2;
        let known = clock.abs_diff(this.process.clock) <= FAR_APART;
        self.must(known || u64::from(left) + age >= u64::from(whole), || {
            format!("car {car} lets its {name} live for {left} s more, {age} s after it was taken")
        });
    }

    /// Nobody takes a message for an order that somebody had kept at the broker.
    pub(super) fn watch_retained(&mut self, car: usize) {
        let retained = self.cars[car].hears_retained;
        self.must(!retained, || format!("car {car} takes a retained message"));
    }
}
