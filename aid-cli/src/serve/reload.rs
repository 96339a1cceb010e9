//! What an operator exchanges while the server runs: who may call, as whom the peer is called, and the certificates.

use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aid1_axum::ServerTls;
use aid1_server_traits::Partners;
use tokio::{
    signal::unix::Signal,
    time::{MissedTickBehavior, interval},
};

use super::{partner, peer::Peer, read_seed, settings::Settings};
use crate::{args::Usage, writer::LOG};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// By which of its marks a file is seen to be another: inode, length, and the second and nanosecond of its last change.
type Marks = (u64, u64, i64, i64);

/// Files, and how each was when it was last looked at.
pub(crate) struct Files(Vec<(PathBuf, Option<Marks>)>);

impl Files {
    /// To be made before the files are read: what changes in between is read once more.
    pub(crate) fn new<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        Self(paths.into_iter().map(|path| (path.to_owned(), marks(path))).collect())
    }

    /// Whether one is another than before. One that is not there is about to be exchanged.
    fn changed(&mut self) -> bool {
        let mut changed = false;
        for (path, seen) in &mut self.0 {
            let now = marks(path);
            if now.is_some() && now != *seen {
                (*seen, changed) = (now, true);
            }
        }
        changed
    }
}

fn marks(path: &Path) -> Option<Marks> {
    let data = std::fs::metadata(path).ok()?;
    Some((data.ino(), data.len(), data.mtime(), data.mtime_nsec()))
}

/// What is read again, and where it goes.
pub(crate) struct Reload {
    pub(crate) files: Files,
    pub(crate) settings: Settings,
    pub(crate) partners: Arc<Partners>,
    pub(crate) tls: Option<ServerTls>,
    pub(crate) peer: Option<Peer>,
}

impl Reload {
    /// Reads again on each SIGHUP, and whenever a file has changed. Connections stay open.
    pub(crate) async fn run(mut self, mut hangup: Signal) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let asked = tokio::select! {
                Some(()) = hangup.recv() => true,
                _ = look.tick() => false,
            };
            // Files can be slow; calls do not wait for them.
            tokio::task::block_in_place(|| {
                if self.files.changed() || asked {
                    LOG.tell(match self.again() {
                        Ok(()) => "read again: who may call, and the certificates".to_owned(),
                        Err(Usage(error)) => format!("not read again, everything stays as it was: {error}"),
                    });
                }
            });
        }
    }

    /// All of it or nothing.
    fn again(&self) -> Result<(), Usage> {
        let seed = read_seed(&self.settings)?;
        let (partner, tls) = (partner(&seed)?, self.settings.tls()?);
        if let Some(peer) = &self.peer {
            peer.again(&self.settings, &seed)?;
        }
        if let (Some(serving), Some(new)) = (&self.tls, tls) {
            serving.replace(&new);
        }
        self.partners.replace([partner]);
        Ok(())
    }
}
