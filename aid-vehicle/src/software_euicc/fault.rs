//! What an eUICC in software does wrong when it is told to.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::LpaCommand;

/// What goes wrong with one command of an LPA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EuiccFault {
    /// Nothing is done, and the LPA says that it failed.
    Fails,
    /// Nothing is done, and the LPA never says anything.
    Hangs,
    /// It is done, and the LPA says that it failed: a profile that was installed is told to be not, for example.
    DoneButFails,
    /// It is done, and the LPA never says so.
    DoneButHangs,
    /// It is done after this time, and then the LPA says so; it is done as well where the command was given up meanwhile.
    Late(Duration),
}

type Choose = dyn FnMut(&LpaCommand) -> Option<EuiccFault> + Send;

/// Says of each command what goes wrong with it. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Faults(Arc<Mutex<Option<Box<Choose>>>>);

impl Faults {
    pub(super) fn set(&self, choose: impl FnMut(&LpaCommand) -> Option<EuiccFault> + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(choose));
    }

    fn of(&self, command: &LpaCommand) -> Option<EuiccFault> {
        let mut choose = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        choose.as_mut().and_then(|choose| choose(command))
    }

    /// Does the work of a command, or what a fault makes of it.
    pub(super) async fn meet<T, E>(
        &self,
        command: &LpaCommand,
        failure: E,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        match self.of(command) {
            None => work.await,
            Some(EuiccFault::Fails) => Err(failure),
            Some(EuiccFault::Hangs) => std::future::pending().await,
            Some(EuiccFault::DoneButFails) => work.await.and(Err(failure)),
            Some(EuiccFault::DoneButHangs) => {
                let _ = work.await;
                std::future::pending().await
            }
            Some(EuiccFault::Late(time)) => {
                // On its own: whoever waits may give up.
                let work = tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    work.await
                });
                work.await.unwrap_or(Err(failure))
            }
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}
