use std::{future::Future, pin::Pin};

use rumqttc::{PersistedAckMode, PersistedSession, SessionStore, SessionStoreError, SessionStoreKey};

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionStoreError>> + Send + 'a>>;

/// Tells the client library, when a process connects for the first time, that the session holds nothing of ours.
///
/// The library resumes a session of the broker only with the matching state of the client. Ours is the outbox: what was
/// not acknowledged is published again as new, and the broker delivers again what we did not acknowledge. So the state
/// of the protocol is empty, whatever the process before us did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoMemory {
    /// Has to be that of the options.
    pub(crate) in_flight: u16,
}

impl SessionStore for NoMemory {
    fn load<'a>(&'a self, key: &'a SessionStoreKey) -> Answer<'a, Option<PersistedSession>> {
        let session = PersistedSession {
            format_version: 1,
            client_id: key.client_id().to_owned(),
            clean_start: false,
            session_expiry_interval: None,
            outgoing_inflight_upper_limit: Some(self.in_flight),
            ack_mode: PersistedAckMode::Manual,
            last_pkid: 0,
            last_puback: 0,
            replay: Vec::new(),
            incoming_qos2: Vec::new(),
        };
        Box::pin(std::future::ready(Ok(Some(session))))
    }

    fn save<'a>(&'a self, _key: &'a SessionStoreKey, _session: &'a PersistedSession) -> Answer<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn clear<'a>(&'a self, _key: &'a SessionStoreKey) -> Answer<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}
