//! The vehicle: one module a procedure, and a fleet's worth of chance.

mod car;
mod csim;
mod deletion;
mod lapse;
mod provisioning;
mod random;
mod restart;
mod usage;

use aid_procedures::vehicle::{ProfileState, ProfileStep};

#[test]
fn the_diagram_is_the_code() {
    crate::diagram::diagram_agrees!("vehicle/profile_state.rs", ProfileState, ProfileStep);
}
