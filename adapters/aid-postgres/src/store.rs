//! The store.

use std::time::Duration;

use aid_backend::store::{Backlog, Claim, Claimed, Committed, Lease, Load, Snapshot, Store, StoreError, Unit};
use aid_tls::ClientTls;
use tokio_postgres::Config;

use crate::{Options, claim, commit, connection::Connections, load};

/// A [`Store`] on PostgreSQL. It connects when it needs to, and again after the database was away.
#[derive(Debug)]
pub struct PostgresStore {
    connections: Connections,
}

impl PostgresStore {
    /// Connects, and brings the tables to the newest migration or checks that they can be used ([`Options::migrate`]).
    ///
    /// With `tls` the database has to show a certificate that it trusts, and that has the name of the host in `config`; what
    /// `config` says of `sslmode` does not count. Without, nothing is encrypted: for a socket of this machine; a `config` that
    /// demands it (`sslmode=require`) is refused.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: [`Unavailable`](aid_backend::store::StoreErrorKind::Unavailable) if there is no connection,
    /// [`WrongFormat`](aid_backend::store::StoreErrorKind::WrongFormat) if the tables are missing or of a version that this
    /// one cannot use, the schema has a name that is none, or `config` demands TLS and there is no `tls`.
    pub async fn connect(config: Config, tls: Option<ClientTls>, options: Options) -> Result<Self, StoreError> {
        let connections = Connections::open(config, tls, &options).await?;
        Ok(Self { connections })
    }
}

impl Store for PostgresStore {
    async fn load(&self, load: Load) -> Result<Snapshot, StoreError> {
        let connection = self.connections.take().await?;
        let snapshot = connection.in_time(load::load(&connection, &load)).await?;
        connection.give_back();
        Ok(snapshot)
    }

    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        let connection = self.connections.take().await?;
        // On the heap: it waits for many things at once, and would be moved from future to future.
        let committed = Box::pin(commit::commit(&connection, &unit)).await?;
        connection.give_back();
        Ok(committed)
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        let connection = self.connections.take().await?;
        let claimed = connection.in_time(claim::claim(&connection, claim)).await?;
        connection.give_back();
        Ok(claimed)
    }

    async fn put_off(&self, lease: Lease, delay: Duration) -> Result<bool, StoreError> {
        let connection = self.connections.take().await?;
        let held = connection.in_time(claim::put_off(&connection, &lease, delay)).await?;
        connection.give_back();
        Ok(held)
    }

    async fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        let connection = self.connections.take().await?;
        let forgotten = connection.in_time(claim::forget_replies(&connection, limit)).await?;
        connection.give_back();
        Ok(forgotten)
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        let connection = self.connections.take().await?;
        let backlog = connection.in_time(load::backlog(&connection)).await?;
        connection.give_back();
        Ok(backlog)
    }
}
