//! What a CMP brings.

use aid_procedures::{
    Timestamp,
    cmp::{Alarm, Log},
};
use aid_types::{ClientId, Vin};
use aid2_proto::{
    RequestActivationCode, RequestActivationCodeResult,
    session::{NewOrder, OrderKey},
};
use uuid::Uuid;

use super::{FederationView, MspPartner};

/// The seams to everything around a [`CmpBackend`](super::CmpBackend).
pub trait CmpPorts: Send + Sync + 'static {
    /// The way to the vehicles.
    type Vehicles: VehiclePort;

    /// The present time. All processes of a party have the same, to the minute: what one writes, another compares.
    fn now(&self) -> Timestamp;

    /// A new random UUID each time: for onboarding sessions and for requests to MSPs.
    fn fresh_id(&self) -> Uuid;

    /// The MSP that has this client-id at our server.
    fn msp(&self, msp: &ClientId) -> Option<&MspPartner>;

    /// The way to the vehicles.
    fn vehicles(&self) -> &Self::Vehicles;

    /// Whether the vehicle, its eUICC and the user of a request are known here; else the vehicle is answered with what this
    /// returns: [`UNKNOWN_VIN`](RequestActivationCodeResult::UNKNOWN_VIN),
    /// [`UNKNOWN_EID`](RequestActivationCodeResult::UNKNOWN_EID) or
    /// [`UNKNOWN_USER`](RequestActivationCodeResult::UNKNOWN_USER).
    ///
    /// A database that does not answer is an `Err`: the request comes again.
    fn admit(
        &self,
        request: &RequestActivationCode,
    ) -> impl Future<Output = Result<Option<RequestActivationCodeResult>, &'static str>> + Send;

    /// Somebody should look into this. What the federation holds is not for logs.
    fn alarm(&self, federation: &FederationView, alarm: &Alarm);

    /// Customer care may have to explain this. What the federation holds is not for logs.
    fn log(&self, federation: &FederationView, log: &Log) {
        let _ = (federation, log);
    }
}

/// Takes orders for vehicles: `BackendLink` of `aid2-mqtt` is one.
///
/// What it is asked to do, it may be asked to do again: an order that is open already is left as it is.
pub trait VehiclePort: Send + Sync + 'static {
    /// Takes an order: it is stored, and published until it has ended, wherever the vehicle is. An error: try again later.
    fn send(&self, order: NewOrder) -> impl Future<Output = Result<(), &'static str>> + Send;

    /// Takes an order back that nobody waits for any more. An error: try again later.
    fn cancel(&self, order: OrderKey) -> impl Future<Output = Result<(), &'static str>> + Send;

    /// Something has become due in the record of a vehicle: have the session look at it.
    fn due(&self, vin: Vin) {
        let _ = vin;
    }
}
