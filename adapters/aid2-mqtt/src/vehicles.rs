//! The vehicles of a [`CmpBackend`]: their records are aggregates of its store.

use std::{
    fmt,
    future::Future,
    io,
    sync::{Arc, OnceLock},
};

use aid_backend::{
    cmp::{Changes, CmpBackend, CmpPorts, VehiclePort},
    store::Store,
};
use aid_types::Vin;
use aid2_proto::session::{Cancel, CommitError, NewOrder, OrderKey};

use crate::{BackendDeliveries, BackendLink, Commit, LinkOptions, NotStored, OpenError, Records, span};

/// The way of a [`CmpBackend`] to its vehicles: what its [`CmpPorts::vehicles`] give. Clones share the link.
///
/// Make it, give a clone to the ports, make the backend, and then [open](Self::open) the link. Orders wait until then.
#[derive(Debug, Clone, Default)]
pub struct Vehicles(Arc<OnceLock<BackendLink>>);

impl Vehicles {
    /// Opens the link of the instance `name` in the group of instances `group`: see [`BackendLink::open`]. The future moves
    /// everything, and has `cmp` deal with what vehicles send, until the link is [closed](BackendLink::close).
    ///
    /// # Errors
    ///
    /// As [`BackendLink::open`].
    pub fn open<S: Store, P: CmpPorts>(
        &self,
        cmp: &CmpBackend<S, P>,
        options: &LinkOptions,
        name: &str,
        group: &str,
    ) -> Result<impl Future<Output = ()> + Send + use<S, P>, OpenError> {
        let records = Arc::new(CmpRecords(cmp.clone()));
        let (link, driver) = BackendLink::open(options, name, group, records)?;
        let (deliveries, driving) = driver.into_deliveries();
        // A second one would share the records with the first, as another instance does.
        let _ = self.0.set(link);
        let cmp = cmp.clone();
        Ok(async move {
            tokio::select! {
                () = driving => {}
                () = serve(deliveries, cmp) => {}
            }
        })
    }

    /// The link, once it is open.
    #[must_use]
    pub fn link(&self) -> Option<&BackendLink> {
        self.0.get()
    }
}

async fn serve<S: Store, P: CmpPorts>(mut deliveries: BackendDeliveries<Changes>, cmp: CmpBackend<S, P>) {
    while let Some(delivery) = deliveries.recv().await {
        let cmp = cmp.clone();
        let (name, trace) = (delivery.name(), delivery.trace_parent);
        tokio::spawn(span::handling(name, trace, async move {
            // Dropped, it comes again; the session tells.
            if let Ok(delivered) = cmp.deliver(delivery.cause.clone(), delivery.trace_parent).await {
                let _ = delivery.complete(delivered.completion, delivered.changes).await;
            }
        }));
    }
}

fn why(error: NotStored) -> &'static str {
    match error {
        NotStored::NotAnOrder(_) => "no message to a vehicle",
        NotStored::Conflict => "another instance changed the vehicle's record meanwhile",
        NotStored::Closed => "the link to the vehicles is closed",
        _ => "the vehicle's record could not be stored",
    }
}

impl VehiclePort for Vehicles {
    async fn send(&self, order: NewOrder) -> Result<(), &'static str> {
        let link = self.link().ok_or("the link to the vehicles is not open yet")?;
        link.take(order).await.map_err(why)
    }

    async fn cancel(&self, order: OrderKey) -> Result<(), &'static str> {
        let link = self.link().ok_or("the link to the vehicles is not open yet")?;
        link.cancel(order.vin, Cancel::Order(order)).await.map_err(why)
    }

    fn due(&self, vin: Vin) {
        if let Some(link) = self.link() {
            link.look(vin);
        }
    }
}

/// The records in the store of a CMP, each committed with what its messages change in federations.
struct CmpRecords<S, P>(CmpBackend<S, P>);

impl<S, P> fmt::Debug for CmpRecords<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CmpRecords")
    }
}

impl<S: Store, P: CmpPorts> Records for CmpRecords<S, P> {
    type Changes = Changes;

    async fn load(&self, vin: Vin) -> io::Result<Option<(u64, Vec<u8>)>> {
        self.0.record(vin).await.map_err(io::Error::other)
    }

    async fn commit(&self, commit: Commit, changes: Changes) -> Result<u64, CommitError> {
        let Commit {
            vin,
            expected,
            record,
            due,
            ..
        } = commit;
        self.0.commit(vin, expected, &record, due, changes).await
    }

    /// The engine's timers find them, and say so by [`VehiclePort::due`].
    async fn due(&self, _: u64, _: u64, _: usize) -> io::Result<Vec<Vin>> {
        Ok(Vec::new())
    }
}
