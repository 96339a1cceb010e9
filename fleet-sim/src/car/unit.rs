//! Telematics units: they forget, are wiped, exchanged, and moved to other cars.

use aid_procedures::vehicle::{Options, Vehicle};
use aid_types::{Eid, Vin};
use aid_vehicle::State;
use aid2_proto::session::VehicleSession;

use super::Car;
use crate::{
    euicc::Euicc,
    names::{self, MINUTE},
    party::Party,
    world::World,
};

/// Of a unit that knows nothing.
pub(super) fn factory_state(vin: Vin, eid: Eid) -> State {
    State::new(Vehicle::new(vin, eid, Options::default()))
}

impl Car {
    /// The state that the store holds.
    pub(super) fn stored_state(&self) -> State {
        let entries = self.entries();
        let stored = State::in_store(&entries).map(|bytes| State::from_bytes(bytes).unwrap());
        stored.unwrap_or_else(|| factory_state(self.vin, self.eid()))
    }

    pub(super) fn entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let entries = self.store.iter();
        entries.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// A unit that comes from another vehicle: its messages were that one's.
    pub(super) fn take_over(&mut self) {
        let Some(former) = self.moved_from.take() else { return };
        if let Some(moved) = VehicleSession::moved(former, &self.entries()) {
            self.store.retain(|key, _| !moved.remove.contains(key));
        }
    }
}

impl World {
    /// The vehicle forgets everything, its eUICC included; with another unit, it has another eUICC.
    pub(crate) fn reset_car(&mut self, car: usize, other_unit: bool) {
        self.lose_memory(car);
        let this = &mut self.cars[car];
        if other_unit {
            this.new_units += 1;
            this.eids.push(names::eid(car, this.new_units));
        }
        this.euicc = Euicc::default();
        this.state = this.stored_state();
    }

    /// The vehicle forgets everything but what its eUICC holds.
    pub(crate) fn lose_memory(&mut self, car: usize) {
        // Long enough for the clock to be past every request id that was given out.
        self.crash(Party::Car(car), 5 * MINUTE);
        let this = &mut self.cars[car];
        this.store.clear();
        this.backup = None;
        this.moved_from = None;
        this.user = None;
        this.state = this.stored_state();
    }

    /// The vehicle's store is put back to an older copy; the eUICC has gone on.
    pub(crate) fn put_back(&mut self, car: usize) {
        let this = &mut self.cars[car];
        // Until its software has started here, the store is the other vehicle's.
        if this.moved_from.is_some() || this.store.is_empty() {
            return;
        }
        let Some(backup) = this.backup.take() else {
            this.backup = Some(this.store.clone());
            return;
        };
        // Long enough for the clock to be past every request id that was given out.
        self.crash(Party::Car(car), 5 * MINUTE);
        let this = &mut self.cars[car];
        this.store = backup;
        this.put_back = true;
        this.state = this.stored_state();
        this.user = None;
    }

    /// A workshop puts the unit of each of two vehicles into the other, with its eUICC and its store.
    pub(crate) fn swap_units(&mut self, one: usize, other: usize) {
        if one == other {
            return;
        }
        for car in [one, other] {
            self.crash(Party::Car(car), 5 * MINUTE);
            self.cars[car].user = None;
        }
        let [one, other] = self.cars.get_disjoint_mut([one, other]).unwrap();
        let of_one = (one.eid(), one.moved_from.unwrap_or(one.vin));
        let of_other = (other.eid(), other.moved_from.unwrap_or(other.vin));
        std::mem::swap(&mut one.euicc, &mut other.euicc);
        std::mem::swap(&mut one.store, &mut other.store);
        (one.backup, other.backup) = (None, None);
        for (car, (eid, former)) in [(one, of_other), (other, of_one)] {
            car.eids.push(eid);
            car.moved_from = (former != car.vin).then_some(former);
            car.state = car.stored_state();
        }
    }
}
