//! Connections: kept, lent, and given up where nobody knows what they are at.

use std::{fmt, time::Duration};

use aid_backend::store::{StoreError, StoreErrorKind};
use aid_tls::ClientTls;
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio_postgres::{Config, NoTls, Row, Statement, config::SslMode, types::ToSql};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    Options,
    error::{store_error, too_slow},
    migration,
    options::checked,
};

pub(crate) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Connections to one database.
pub(crate) struct Connections {
    pool: Pool,
    operation_timeout: Duration,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.pool.status();
        f.debug_struct("Connections")
            .field("open", &status.size)
            .field("free", &status.available)
            .finish_non_exhaustive()
    }
}

impl Connections {
    pub(crate) async fn open(
        mut config: Config,
        tls: Option<ClientTls>,
        options: &Options,
    ) -> Result<Self, StoreError> {
        if tls.is_none() && config.get_ssl_mode() == SslMode::Require {
            let why = "sslmode=require, and nobody is said whom to trust";
            return Err(StoreError::new(StoreErrorKind::WrongFormat, why));
        }
        if config.get_application_name().is_none() {
            config.application_name("aid");
        }
        config.connect_timeout(options.connect_timeout);
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = match tls {
            Some(tls) => {
                config.ssl_mode(SslMode::Require);
                let connect = MakeRustlsConnect::new(rustls_config(&tls));
                Manager::from_config(config, connect, recycling)
            }
            None => {
                config.ssl_mode(SslMode::Disable);
                Manager::from_config(config, NoTls, recycling)
            }
        };
        let settings = settings(options)?;
        let prepare = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let settings = settings.clone();
            Box::pin(async move { client.batch_execute(&settings).await.map_err(HookError::Backend) })
        });
        let pool = Pool::builder(manager)
            .max_size(options.connections.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(options.connect_timeout))
            .create_timeout(Some(options.connect_timeout))
            .recycle_timeout(Some(options.connect_timeout))
            .post_create(prepare)
            .build()
            .map_err(|error| StoreError::new(StoreErrorKind::Unavailable, error))?;
        let connections = Self {
            pool,
            operation_timeout: options.statement_timeout.saturating_mul(2),
        };
        let connection = connections.take().await?;
        migration::prepare(connection.client(), options).await?;
        connection.give_back();
        Ok(connections)
    }

    /// A connection, for one operation.
    pub(crate) async fn take(&self) -> Result<Connection, StoreError> {
        match self.pool.get().await {
            Ok(object) => Ok(Connection {
                object: Some(object),
                timeout: self.operation_timeout,
            }),
            Err(PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error))) => {
                Err(store_error(error))
            }
            Err(error) => Err(StoreError::new(StoreErrorKind::Unavailable, error)),
        }
    }
}

/// Roots and certificate of `tls`, in the way the driver wants them.
fn rustls_config(tls: &ClientTls) -> aid_tls::rustls::ClientConfig {
    aid_tls::rustls::ClientConfig::clone(tls.config())
}

/// What holds for every connection. All our statements find few rows by index: a plan that was made while a table was empty must
/// not read all of it when it is full, and no guess of many rows may start workers for one.
fn settings(options: &Options) -> Result<String, StoreError> {
    let schema = checked(&options.schema).map_err(|error| StoreError::new(StoreErrorKind::WrongFormat, error))?;
    let timeout = crate::time::millis(options.statement_timeout);
    Ok(format!(
        "SET search_path = {schema}, pg_catalog; SET statement_timeout = {timeout}; \
         SET idle_in_transaction_session_timeout = {timeout}; SET client_min_messages = warning; \
         SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off; \
         SET max_parallel_workers_per_gather = 0"
    ))
}

/// A connection on loan. It is closed when it is dropped before it is given back: then nobody knows what it is at, and the
/// database undoes it.
pub(crate) struct Connection {
    object: Option<Object>,
    timeout: Duration,
}

impl Connection {
    #[allow(
        clippy::expect_used,
        reason = "only giving back and dropping take it, and nothing comes after them"
    )]
    fn object(&self) -> &Object {
        self.object.as_ref().expect("a connection on loan")
    }

    /// What it comes to, or an error if that takes too long.
    pub(crate) async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        tokio::time::timeout(self.timeout, work)
            .await
            .unwrap_or_else(|_| Err(too_slow()))
    }

    /// Nothing is open on it.
    pub(crate) fn give_back(mut self) {
        drop(self.object.take());
    }

    pub(crate) fn client(&self) -> &tokio_postgres::Client {
        self.object()
    }

    /// The statement, prepared once a connection.
    pub(crate) async fn statement(&self, sql: &str) -> Result<Statement, StoreError> {
        self.object().prepare_cached(sql).await.map_err(store_error)
    }

    pub(crate) async fn statement_if(&self, needed: bool, sql: &str) -> Result<Option<Statement>, StoreError> {
        match needed {
            true => self.statement(sql).await.map(Some),
            false => Ok(None),
        }
    }

    pub(crate) async fn rows(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        let statement = self.statement(sql).await?;
        self.client().query(&statement, params).await.map_err(store_error)
    }

    pub(crate) async fn changed(&self, sql: &str, params: Params<'_>) -> Result<u64, StoreError> {
        let statement = self.statement(sql).await?;
        self.client().execute(&statement, params).await.map_err(store_error)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
    }
}
