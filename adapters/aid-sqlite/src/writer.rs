//! The thread that has the connection.

use std::{fmt, io, thread};

use aid_backend::store::{StoreError, StoreErrorKind};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Options,
    clock::{Clock, millis},
    error::{concerns_all, store_error},
    tables::Tables,
};

/// Gives work to the thread. Dropping it waits until the thread has done what it has, and has closed the file.
pub(crate) struct Writer {
    /// Taken only when it is dropped.
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // If it panicked, that was said where it happened.
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

/// Something to be done in a transaction. It may be done again, if the transaction came to nothing.
trait Job: Send {
    /// Does it, and keeps the outcome.
    fn run(&mut self, tables: &Tables<'_>) -> Result<(), StoreError>;

    /// The transaction is committed: tells the outcome.
    fn told(self: Box<Self>);

    /// Nothing was done.
    fn failed(self: Box<Self>, error: StoreError);
}

struct Work<W, T> {
    work: W,
    outcome: Option<T>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Job for Work<W, T>
where
    W: Fn(&Tables<'_>) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, tables: &Tables<'_>) -> Result<(), StoreError> {
        self.outcome = Some((self.work)(tables)?);
        Ok(())
    }

    fn told(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            // Who went away finds it in the file.
            let _ = self.answer.send(Ok(outcome));
        }
    }

    fn failed(self: Box<Self>, error: StoreError) {
        let _ = self.answer.send(Err(error));
    }
}

impl Writer {
    pub(crate) fn start(connection: Connection, options: Options) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel(options.queue.max(1));
        let name = "aid-sqlite".to_owned();
        let thread = thread::Builder::new()
            .name(name)
            .spawn(move || write(connection, queue, options.group.max(1), &options.clock))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let outcome = None;
        let job = Box::new(Work { work, outcome, answer });
        let ended = "the thread of the store has ended";
        let unavailable = || StoreError::new(StoreErrorKind::Unavailable, ended);
        let jobs = self.jobs.as_ref().ok_or_else(unavailable)?;
        jobs.send(job).await.map_err(|_| unavailable())?;
        answered.await.map_err(|_| StoreError::outcome_unknown(ended))?
    }
}

/// Does what comes, as much of it in one transaction as waits.
fn write(mut connection: Connection, mut queue: mpsc::Receiver<Box<dyn Job>>, group: usize, clock: &Clock) {
    let mut jobs = Vec::with_capacity(group);
    let mut left_in_log = false;
    while queue.blocking_recv_many(&mut jobs, group) > 0 {
        together(&mut connection, &mut jobs, clock, &mut left_in_log);
    }
}

/// All in one transaction; if that comes to nothing, each in one of its own.
fn together(connection: &mut Connection, jobs: &mut Vec<Box<dyn Job>>, clock: &Clock, left_in_log: &mut bool) {
    let outcome = transact(connection, clock, |tables| {
        jobs.iter_mut().try_for_each(|job| job.run(tables))
    });
    match outcome {
        Ok(erased) => {
            *left_in_log |= erased;
            if *left_in_log {
                *left_in_log = !empty_log(connection);
            }
            jobs.drain(..).for_each(Job::told);
        }
        Err(error) if jobs.len() == 1 => jobs.drain(..).for_each(|job| job.failed(error_again(&error))),
        // One that cannot be done must not cost the others; where none can be done, it is not tried once for each.
        Err(error) if concerns_all(&error) && !probe(connection, clock) => {
            jobs.drain(..).for_each(|job| job.failed(error_again(&error)));
        }
        Err(_) => {
            for job in jobs.drain(..) {
                together(connection, &mut vec![job], clock, left_in_log);
            }
        }
    }
}

/// Whether the file can be written at all.
fn probe(connection: &mut Connection, clock: &Clock) -> bool {
    transact(connection, clock, |tables| tables.next().map(drop)).is_ok()
}

fn transact(
    connection: &mut Connection,
    clock: &Clock,
    work: impl FnOnce(&Tables<'_>) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    let transaction = begin(connection)?;
    let tables = Tables::new(&transaction, millis(clock()));
    work(&tables)?;
    let erased = tables.has_erased();
    transaction.commit().map_err(store_error)?;
    Ok(erased)
}

/// What was erased still stands in the log, until that is empty. Whether it is: another program that reads the file can keep
/// it, and then it is tried again after the next transaction.
fn empty_log(connection: &Connection) -> bool {
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    busy.is_ok_and(|busy| busy == 0)
}

fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(store_error)
}

/// The same error for one more who has to hear it.
fn error_again(error: &StoreError) -> StoreError {
    let source = std::error::Error::source(error).map(ToString::to_string);
    StoreError::new(error.kind(), source.unwrap_or_default())
}
