//! What an observer is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use aid2_mqtt::{LinkOptions, MemoryStore, Observer, StoredRecords};
use aid2_proto::session::Notice;
use mqtt5::broker::auth::{AuthProvider, AuthResult};
use tokio::sync::Semaphore;

use crate::{
    broker::{Answer, Broker, Kind, in_process_with, kinds},
    fleet::{Cmp, Idle, Obedient, vehicle_with},
    sample::{NOW, delete, hurried, id, status, until, vin},
};

/// The events of a link as words, with what names a message.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub(crate) fn listen(&self, options: &mut LinkOptions) {
        let all = Arc::clone(&self.0);
        options.observer = Observer::new(move |notice| {
            let words = match notice {
                Notice::Connected { .. } => "connected".to_owned(),
                Notice::Disconnected { .. } => "disconnected".to_owned(),
                Notice::SubscriptionRefused { .. } => "subscription refused".to_owned(),
                Notice::Resent { name, request_id } => format!("resent {name} {}", number(*request_id)),
                Notice::Refused { topic, reason } => format!("refused {topic} {}", reason.reason()),
                Notice::Duplicate { name, request_id } => format!("duplicate {name} {}", number(*request_id)),
                Notice::NotTaken { name, request_id, .. } => format!("not taken {name} {}", number(*request_id)),
                Notice::NotHandled { name, request_id } => format!("not handled {name} {}", number(*request_id)),
                Notice::Panicked { name, request_id } => format!("panicked {name} {}", number(*request_id)),
                // As it should be.
                Notice::Sent { .. } | Notice::Handled { .. } | Notice::Ended { .. } | Notice::SessionExpiry { .. } => {
                    return;
                }
                other => format!("{other:?}"),
            };
            all.lock().unwrap().push(words);
        });
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn has(&self, words: &str) -> bool {
        self.all().iter().any(|heard| heard == words)
    }
}

/// The request id as `sample::id` was given it.
fn number(id: aid2_proto::RequestId) -> u64 {
    id.timestamp.number() - NOW
}

/// Lets the backend and the vehicles subscribe, each when it has been told to; and notes who publishes.
struct Gate {
    backend: Semaphore,
    vehicles: Semaphore,
    published: Mutex<Vec<String>>,
}

impl AuthProvider for Gate {
    fn authenticate<'a>(
        &'a self,
        _: &'a mqtt5::packet::connect::ConnectPacket,
        _: SocketAddr,
    ) -> Answer<'a, mqtt5::Result<AuthResult>> {
        Box::pin(std::future::ready(Ok(AuthResult::success())))
    }

    fn authorize_publish<'a>(&'a self, _: &str, _: Option<&'a str>, topic: &'a str) -> Answer<'a, bool> {
        self.published.lock().unwrap().push(topic.to_owned());
        Box::pin(std::future::ready(true))
    }

    /// Of the others, those of vehicle 9 are refused.
    fn authorize_subscribe<'a>(&'a self, client: &str, _: Option<&'a str>, _: &'a str) -> Answer<'a, bool> {
        let allowed = client != vin(9).as_str();
        let gate = if client == "backend-1" {
            &self.backend
        } else {
            &self.vehicles
        };
        Box::pin(async move {
            if allowed {
                drop(gate.acquire().await.unwrap());
            }
            allowed
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connected_is_told_when_the_broker_has_acknowledged_the_subscription() {
    let gate = Arc::new(Gate {
        backend: Semaphore::new(0),
        vehicles: Semaphore::new(0),
        published: Mutex::default(),
    });
    let url = in_process_with(Some(Arc::clone(&gate) as Arc<dyn AuthProvider>)).await;
    let heard: [Heard; 3] = Default::default();
    let book = Arc::new(StoredRecords::new(MemoryStore::new()));
    let mut options = hurried(LinkOptions::backend(url.clone(), None));
    heard[0].listen(&mut options);
    let cmp = Cmp::default();
    let (backend, _running) = cmp.serve(&options, &book);
    backend.order(&delete(id(vin(1), 5), 1)).await.unwrap();
    let mut links = Vec::new();
    for (n, heard) in [(1, &heard[1]), (9, &heard[2])] {
        let mut options = hurried(LinkOptions::vehicle(url.clone(), None));
        heard.listen(&mut options);
        let link = vehicle_with(options, n, Idle).await;
        link.send(&status(id(vin(n), 0), vec![])).await.unwrap();
        links.push(link);
    }
    // The one that is refused is through, the other two wait: neither tells anything, nor publishes.
    until("refused", || heard[2].has("subscription refused")).await;
    assert_eq!((heard[0].all(), heard[1].all()), (vec![], vec![]));
    assert_eq!((backend.counts().connected, links[0].counts().connected), (0, 0));
    // First the backend: this broker says 0x00 where nobody would receive a message (binding, section 4).
    gate.backend.add_permits(1);
    until("connected", || heard[0].has("connected")).await;
    assert_eq!((heard[1].all(), links[0].counts().connected), (vec![], 0));
    gate.vehicles.add_permits(1);
    until("connected", || heard[1].has("connected")).await;
    until("told", || cmp.knows().statuses.len() == 1).await;
    assert_eq!(links[1].waiting(), 1);
    assert!(!heard[2].has("connected"));
    let published = gate.published.lock().unwrap().join(" ");
    assert!(!published.contains(vin(9).as_str()), "{published}");
    // What was taken before goes out now, for the first time.
    assert_eq!(heard[1].all(), ["connected"]);
    until("ordered", || heard[0].has("resent RequestDeleteProfile 5")).await;
}

// [test->R-346~1]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_for_a_connection_is_told_when_it_goes_out() {
    for kind in kinds() {
        let mut broker = Broker::open(kind);
        let (vehicle, backend) = (Heard::default(), Heard::default());
        let book = Arc::new(StoredRecords::new(MemoryStore::new()));
        let mut options = hurried(LinkOptions::backend(broker.url(), None));
        backend.listen(&mut options);
        let cmp = Cmp::default();
        let (cmp_link, _running) = cmp.serve(&options, &book);
        until("connected", || backend.has("connected")).await;
        let mut options = hurried(LinkOptions::vehicle(broker.url(), None));
        vehicle.listen(&mut options);
        let link = vehicle_with(options, 0, Obedient).await;
        until("connected", || vehicle.has("connected")).await;
        link.send(&status(id(vin(0), 0), vec![])).await.unwrap();
        until("told", || cmp.knows().statuses.len() == 1).await;
        link.flushed().await;
        assert_eq!(
            (vehicle.all(), backend.all()),
            (vec!["connected".to_owned()], vec!["connected".to_owned()])
        );

        broker.kill();
        until("lost", || vehicle.has("disconnected") && backend.has("disconnected")).await;
        link.send(&status(id(vin(0), 1), vec![])).await.unwrap();
        let order = delete(id(vin(0), 2), 1);
        cmp_link.order(&order).await.unwrap();
        broker.restart();
        until("answered", || cmp.knows().deleted.contains_key(&order.request_id)).await;
        until("told", || cmp.knows().statuses.len() == 2).await;
        let after = |heard: &Heard, words: &str| {
            let all = heard.all();
            let lost = all.iter().position(|heard| heard == "disconnected").unwrap();
            let place = |words: &str| all.iter().skip(lost).position(|heard| heard == words).unwrap();
            assert!(place("connected") < place(words), "{words}: {all:?}");
        };
        // It is the first time, unless the broker did not take it: the backend may not be back yet.
        let all = vehicle.all();
        let refused = vehicle.has("not taken SendCSIMStatus 1");
        assert!(refused || !vehicle.has("resent SendCSIMStatus 1"), "{all:?}");
        after(&backend, "resent RequestDeleteProfile 2");
    }
}

// [test->R-341~1]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_the_broker_threw_away_comes_to_a_vehicle_that_says_nothing() {
    // The embedded broker says 0x00 where nobody would receive a message (binding, section 4).
    for kind in kinds().into_iter().filter(|kind| *kind == Kind::Mosquitto) {
        let broker = Broker::open(kind);
        let heard = Heard::default();
        let book = Arc::new(StoredRecords::new(MemoryStore::new()));
        let mut options = hurried(LinkOptions::backend(broker.url(), None));
        heard.listen(&mut options);
        let cmp = Cmp::default();
        let (backend, _running) = cmp.serve(&options, &book);
        until("connected", || heard.has("connected")).await;
        let order = delete(id(vin(3), 1), 1);
        backend.order(&order).await.unwrap();
        until("thrown away", || heard.has("not taken RequestDeleteProfile 1")).await;
        let options = hurried(LinkOptions::vehicle(broker.url(), None));
        let _link = vehicle_with(options, 3, Obedient).await;
        until("answered", || cmp.knows().deleted.contains_key(&order.request_id)).await;
    }
}
