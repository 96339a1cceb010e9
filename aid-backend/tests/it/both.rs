//! A CMP and an MSP on the engine, which call each other over HTTP in memory, and a car.

mod crashes;
mod euicc;
mod flows;
mod latest;
mod releases;
mod several;
mod traces;
pub(crate) mod world;
