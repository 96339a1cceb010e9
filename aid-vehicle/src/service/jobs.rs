//! The commands that the LPA has to do.

use std::{collections::HashMap, sync::Arc};

use aid_procedures::vehicle::{CommandId, DownloadFailure, Event, LpaCommand};
use aid2_proto::{CsimErrorCode, DownloadInstallResult};
use tokio::task::{AbortHandle, Id, JoinSet};

use super::Notice;
use crate::Lpa;

/// What is out.
pub(super) struct Jobs<L> {
    lpa: Arc<L>,
    tasks: JoinSet<Option<Event>>,
    out: HashMap<Id, (CommandId, LpaCommand, AbortHandle)>,
}

impl<L: Lpa> Jobs<L> {
    pub(super) fn new(lpa: L) -> Self {
        Self {
            lpa: Arc::new(lpa),
            tasks: JoinSet::new(),
            out: HashMap::new(),
        }
    }

    /// Begins a command, unless it is out.
    pub(super) fn begin(&mut self, id: CommandId, command: LpaCommand) {
        if self.out.values().any(|(out, ..)| *out == id) {
            return;
        }
        let (lpa, of_task) = (Arc::clone(&self.lpa), command.clone());
        let task = self.tasks.spawn(async move { execute(&*lpa, id, of_task).await });
        self.out.insert(task.id(), (id, command, task));
    }

    /// Drops the commands that nobody waits for any more.
    pub(super) fn keep(&mut self, wanted: impl Fn(CommandId) -> bool) {
        for (id, _, task) in self.out.values() {
            if !wanted(*id) {
                task.abort();
            }
        }
    }

    /// Waits for the next outcome. A command that panicked has failed; one that was dropped has none.
    pub(super) async fn next(&mut self, tell: impl Fn(&Notice)) -> Event {
        loop {
            let Some(ended) = self.tasks.join_next_with_id().await else {
                return std::future::pending().await;
            };
            let task = match &ended {
                Ok((task, _)) => *task,
                Err(error) => error.id(),
            };
            let Some((id, command, _)) = self.out.remove(&task) else {
                continue;
            };
            match ended {
                Ok((_, Some(event))) => return event,
                Ok((_, None)) => tell(&Notice::UnknownCommand {
                    command: command.name(),
                }),
                Err(error) if error.is_panic() => {
                    tell(&Notice::LpaPanicked {
                        command: command.name(),
                    });
                    return failed(id, &command);
                }
                Err(_) => {}
            }
        }
    }
}

fn failed(command: CommandId, what: &LpaCommand) -> Event {
    match what {
        LpaCommand::Download { .. } => Event::Downloaded {
            command,
            result: Err(DownloadFailure::new(
                DownloadInstallResult::PROFILE_INSTALLATION_UNKNOWN_ERROR,
            )),
        },
        LpaCommand::List => Event::Listed {
            command,
            result: Err(CsimErrorCode::NONE),
        },
        _ => Event::Completed {
            command,
            result: Err(CsimErrorCode::NONE),
        },
    }
}

/// Has a command done, and makes an event of its outcome.
async fn execute(lpa: &impl Lpa, id: CommandId, command: LpaCommand) -> Option<Event> {
    let completed = |result| Event::Completed { command: id, result };
    Some(match command {
        LpaCommand::Download {
            activation_code,
            before,
        } => Event::Downloaded {
            command: id,
            result: lpa.download(activation_code, before).await,
        },
        LpaCommand::Enable { iccid } => completed(lpa.enable(iccid).await),
        LpaCommand::Disable { iccid } => completed(lpa.disable(iccid).await),
        LpaCommand::Delete { iccid } => completed(lpa.delete(iccid).await),
        LpaCommand::List => Event::Listed {
            command: id,
            result: lpa.list().await,
        },
        _ => return None,
    })
}
