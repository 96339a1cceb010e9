use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aid_types::Vin;
use aid2_proto::{
    RequestId, Timestamp,
    binding::{OrderBook, OrderKey},
};
use tokio::sync::Notify;

use super::OrderError;
use crate::{
    store::{Change, Damage, Store},
    vehicle::OpenError,
};

/// First byte of the keys in the store.
const ORDER: u8 = b'q';

/// The order book with its store.
pub(super) struct Book {
    book: Mutex<OrderBook>,
    store: Arc<dyn Store>,
    /// What was lost of the store, until it is told.
    pub(super) damage: Mutex<Option<Damage>>,
    /// Told when something may have become due.
    pub(super) changed: Notify,
}

impl Book {
    pub(super) async fn open(store: Arc<dyn Store>) -> Result<Self, OpenError> {
        let mut book = OrderBook::default();
        let loaded = store.load().await.map_err(OpenError::Store)?;
        for (key, payload) in loaded.entries {
            let key = from_stored(&key).ok_or(OpenError::Corrupt)?;
            book.add(key, payload).map_err(|_| OpenError::Corrupt)?;
        }
        Ok(Self {
            book: Mutex::new(book),
            store,
            damage: Mutex::new(loaded.damage),
            changed: Notify::new(),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, OrderBook> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn add(&self, key: OrderKey, payload: Vec<u8>) -> Result<(), OrderError> {
        {
            let book = self.lock();
            if book.contains(&key) {
                return Ok(());
            }
            if book.len() >= book.max_orders {
                return Err(OrderError::Full);
            }
        }
        let put = Change::Put(to_stored(&key), payload.clone());
        self.store.apply(vec![put], true).await.map_err(OrderError::Store)?;
        self.lock().add(key, payload).map_err(|_| OrderError::Full)?;
        self.changed.notify_waiters();
        Ok(())
    }

    pub(super) async fn ended(&self, key: &OrderKey) -> std::io::Result<()> {
        let was_open = self.lock().ended(key);
        if was_open {
            // Forgotten, it would be published once more, and the vehicle would know the copy.
            self.store.apply(vec![Change::Remove(to_stored(key))], false).await?;
        }
        Ok(())
    }

    /// The broker does not have the last copy: the order is due again at `at`.
    pub(super) fn again(&self, key: &OrderKey, at: u64) {
        self.lock().again(key, at);
        self.changed.notify_waiters();
    }

    pub(super) fn sign_of_life(&self, vin: Vin, now: u64) {
        let mut book = self.lock();
        book.sign_of_life(vin, now);
        let due = book.next_at().is_some_and(|at| at <= now);
        drop(book);
        if due {
            self.changed.notify_waiters();
        }
    }
}

/// `q`, timestamp with 8 bytes, VIN with 17, name.
fn to_stored(key: &OrderKey) -> Vec<u8> {
    let timestamp = key.timestamp.number().to_be_bytes();
    [
        &[ORDER][..],
        &timestamp,
        key.vin.as_str().as_bytes(),
        key.name.as_bytes(),
    ]
    .concat()
}

fn from_stored(bytes: &[u8]) -> Option<OrderKey> {
    let (_, rest) = bytes.split_first().filter(|(table, _)| **table == ORDER)?;
    let (timestamp, rest) = rest.split_first_chunk()?;
    let (vin, name) = rest.split_at_checked(17)?;
    let vin: Vin = std::str::from_utf8(vin).ok()?.parse().ok()?;
    let timestamp = Timestamp::from_number(u64::from_be_bytes(*timestamp));
    OrderKey::new(std::str::from_utf8(name).ok()?, RequestId::new(vin, timestamp))
}
