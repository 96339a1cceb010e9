//! What drives either end: connects, carries what the session says to the broker and back, and waits.

use std::{future::Future, time::Duration};

use aid2_proto::session::{FromBroker, Lost, Notice, Now, ToBroker};
use rumqttc::MqttOptions;
use tokio::sync::Notify;

use crate::{
    client::{self, Client},
    clock,
    tap::Tap,
};

/// What a session wants done next.
pub(crate) enum Step {
    /// By this driver.
    ToBroker(ToBroker),
    /// By this driver.
    Tell(Notice),
    /// Something else, which is done, or begun.
    Begun,
    /// The same, and whoever waited for it can go on.
    Woken,
}

/// A session, with what it stores its things in.
pub(crate) trait Driven: Send {
    /// How to connect.
    fn mqtt(&self) -> &MqttOptions;

    /// Asks the session what to do, and does what is no driver's, as far as that can be done without waiting.
    fn step(&mut self, now: Now) -> Option<Step>;

    /// Tells the session what the client library said.
    fn told(&mut self, told: FromBroker<'_>, now: Now);

    /// Counts it, and tells the observer. Without a lock: an observer may ask the link something.
    fn tell(&self, notice: &Notice);

    /// Sees the messages.
    fn tap(&self) -> Option<&dyn Tap>;

    /// When to ask the session again though nothing happened; `None` if it has ended and all is stored.
    fn wake_at(&self) -> Option<Duration>;

    /// Waits until the session was told that something is stored, or was loaded. May be dropped and called again.
    fn stored(&mut self) -> impl Future<Output = ()> + Send;
}

/// A session that waits for nothing is asked once a day.
pub(crate) const IDLE: Duration = Duration::from_secs(86_400);

/// Drives it until it has ended. `touched` says that the session has something to do.
pub(crate) async fn drive<D: Driven>(mut driven: D, touched: &Notify) {
    let mut client = None;
    let mut polling = Box::pin(client::poll(None));
    let mut sleep = Box::pin(tokio::time::sleep(Duration::MAX));
    let mut gave_way = false;
    loop {
        // One time for all that is done at once.
        let now = clock::now();
        let (mut wrote, mut woke) = (false, false);
        while let Some(step) = driven.step(now) {
            match step {
                Step::Tell(notice) => driven.tell(&notice),
                Step::ToBroker(ToBroker::Connect) => {
                    let (connecting, events) = Client::connect(driven.mqtt().clone());
                    client = Some(connecting);
                    polling.set(client::poll(Some(events)));
                }
                Step::ToBroker(what) => {
                    if let (Some(tap), ToBroker::Publish { outgoing, .. }) = (driven.tap(), &what) {
                        tap.sent(outgoing);
                    }
                    wrote = client.as_mut().is_some_and(|client: &mut Client| client.execute(what));
                    if !wrote {
                        client = None;
                        polling.set(client::poll(None));
                        let lost = Lost::new("disconnected before it was connected");
                        driven.told(FromBroker::Lost(lost), now);
                    }
                }
                Step::Begun => {}
                Step::Woken => woke = true,
            }
        }
        // Who was woken goes first, once: what follows is then written together with this, in one packet.
        if wrote && woke && !std::mem::replace(&mut gave_way, true) {
            tokio::task::yield_now().await;
            continue;
        }
        gave_way = false;
        let Some(at) = driven.wake_at() else { break };
        let deadline = clock::instant(at);
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        tokio::select! {
            biased;
            () = driven.stored() => {}
            (mut events, event) = &mut polling => {
                if let Some(client) = &mut client
                    && let Some(told) = client.translate(&mut events, &event)
                {
                    if let (Some(tap), FromBroker::Published(publication)) = (driven.tap(), &told) {
                        tap.received(&publication.incoming);
                    }
                    driven.told(told, clock::now());
                }
                if event.is_err() {
                    client = None;
                    polling.set(client::poll(None));
                } else {
                    polling.set(client::poll(Some(events)));
                }
            }
            () = touched.notified() => {}
            () = &mut sleep => {}
        }
    }
}
