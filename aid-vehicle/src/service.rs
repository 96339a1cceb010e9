//! The vehicle as the rest of its software sees it.

mod clock;
mod error;
mod jobs;
mod notice;
mod options;
mod runner;

use std::{fmt, sync::Arc};

use aid_procedures::vehicle::{Event, Profile, Vehicle};
use aid_types::{CmpUserId, Eid, Vin};
use aid2_mqtt::{Counts, NotStored, Store, VehicleLink};
use tokio::sync::{mpsc, oneshot, watch};

use self::runner::Request;
pub use self::{
    error::OpenError,
    notice::{Notice, Observer},
    options::Options,
    runner::VehicleRunner,
};
use crate::{Lpa, State};

/// Requests that may wait for the one before.
const WAITING: usize = 16;

/// A vehicle: what its user did, what was promised to the CMP backend, and what the eUICC holds, in one durable state.
///
/// Clones share the vehicle. Nothing moves unless the [`VehicleRunner`] that came with it [runs](VehicleRunner::run).
#[derive(Clone)]
pub struct VehicleService {
    requests: mpsc::Sender<Request>,
    view: watch::Receiver<Arc<Vehicle>>,
    link: VehicleLink,
}

impl fmt::Debug for VehicleService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VehicleService")
    }
}

impl VehicleService {
    /// Opens the vehicle `vin` with the eUICC `eid`, and what `store` holds of it from before.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or is another vehicle's (see [`moved_from`](aid2_mqtt::LinkOptions::moved_from)), or if
    /// `mqtts://` has no certificates.
    pub async fn open<L: Lpa>(
        options: Options,
        vin: Vin,
        eid: Eid,
        store: impl Store,
        lpa: L,
    ) -> Result<(Self, VehicleRunner<L>), OpenError> {
        let (link, driver) = VehicleLink::open(options.link.clone(), vin, store)
            .await
            .map_err(OpenError::Link)?;
        let mut damaged = None;
        let restored = State::in_store(driver.entries()).and_then(|bytes| match State::from_bytes(bytes) {
            Ok(state) => Some(state.with_options(options.procedures).with_imei(options.imei)),
            Err(error) => {
                options.observer.tell(&Notice::StateUnreadable {
                    error: error.to_string(),
                });
                damaged = Some(bytes.to_vec());
                None
            }
        });
        let state = restored.unwrap_or_else(|| {
            let vehicle = Vehicle::new(vin, eid, options.procedures);
            State::new(vehicle).with_imei(options.imei)
        });
        // Whoever was at the wheel of another vehicle is not at that of this one.
        let user_stayed = options.user_stayed && *state.vehicle().vin() == vin;
        let restarted = Event::Restarted { vin, eid, user_stayed };
        let (requests, waiting) = mpsc::channel(WAITING);
        let (show, view) = watch::channel(Arc::new(state.vehicle().clone()));
        let service = Self {
            requests,
            view,
            link: link.clone(),
        };
        let runner = VehicleRunner::new(
            state,
            restarted,
            damaged,
            (link, driver),
            (waiting, show),
            lpa,
            options.observer,
        );
        Ok((service, runner))
    }

    /// A user has logged in. Whoever was logged in before no longer is. When this returns, it is on disk, and so is the
    /// request for a profile if the user needs one.
    ///
    /// # Errors
    ///
    /// If the store fails, the outbox is full, or the runner has ended: then nobody is logged in by this.
    pub async fn login(&self, cmp_user_id: CmpUserId) -> Result<(), NotStored> {
        self.request(Event::Login { cmp_user_id }).await
    }

    /// The user has logged out, or parked the vehicle.
    ///
    /// # Errors
    ///
    /// As [`login`](Self::login).
    pub async fn logout(&self) -> Result<(), NotStored> {
        self.request(Event::Logout).await
    }

    /// The names of the networks have changed; empty if unknown. The next CSIM status tells them.
    ///
    /// # Errors
    ///
    /// As [`login`](Self::login).
    pub async fn networks(&self, csim_network: String, psim_network: String) -> Result<(), NotStored> {
        self.request(Event::NetworksChanged {
            csim_network,
            psim_network,
        })
        .await
    }

    /// There is a network again, after a tunnel: connects at once, instead of after the back-off.
    pub fn network_available(&self) {
        self.link.network_available();
    }

    /// Who is logged in.
    #[must_use]
    pub fn logged_in(&self) -> Option<CmpUserId> {
        self.view.borrow().logged_in().cloned()
    }

    /// The profiles of all users, those under way included.
    #[must_use]
    pub fn profiles(&self) -> Vec<Profile> {
        self.view.borrow().profiles().to_vec()
    }

    /// Waits until something of the vehicle is another than when this was last called; `false` when the runner has ended.
    pub async fn changed(&mut self) -> bool {
        self.view.changed().await.is_ok()
    }

    /// How many messages the broker does not have yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.link.waiting()
    }

    /// What the link to the CMP backend has counted since it was opened.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.link.counts()
    }

    /// Disconnects; the runner ends. Everything stays in the store.
    pub fn close(&self) {
        self.link.close();
    }

    async fn request(&self, event: Event) -> Result<(), NotStored> {
        let (answer, answered) = oneshot::channel();
        let request = Request { event, answer };
        self.requests.send(request).await.map_err(|_| NotStored::Closed)?;
        answered.await.map_err(|_| NotStored::Closed)?
    }
}
