//! Lines that go out without keeping anybody waiting: whether somebody reads standard output and standard error must not
//! decide whether a server answers, or ends when it is told to.

use std::{
    io::Write,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    time::Duration,
};

use tokio::sync::mpsc;

/// How many lines may wait to be written.
const WAITING: usize = 1024;

/// How long the end of a program waits for what is not written yet.
const FLUSH: Duration = Duration::from_millis(500);

/// The log on standard error. Lines that find no room are counted, and the count is written once there is room again.
pub(crate) static LOG: LazyLock<Writer> = LazyLock::new(|| Writer::start(std::io::stderr(), || None));

/// A thread that writes lines.
pub(crate) struct Writer {
    items: mpsc::Sender<Item>,
    lost: Arc<AtomicU64>,
}

enum Item {
    Line(String),
    /// Everything before this is written.
    End(SyncSender<()>),
}

impl Writer {
    /// `first` may block until there is something to be written before all else.
    pub(crate) fn start(
        mut output: impl Write + Send + 'static,
        first: impl FnOnce() -> Option<String> + Send + 'static,
    ) -> Self {
        let (items, mut waiting) = mpsc::channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        std::thread::spawn(move || {
            // Whether anybody reads it does not matter.
            let mut write = |line: String| drop(output.write_all(format!("{line}\n").as_bytes()));
            if let Some(line) = first() {
                write(line);
            }
            while let Some(item) = waiting.blocking_recv() {
                match item {
                    Item::Line(line) => write(line),
                    Item::End(written) => drop(written.send(())),
                }
                match counted.swap(0, Ordering::Relaxed) {
                    0 => {}
                    lost => write(format!(
                        "{lost} lines were not written, because nobody read those before them"
                    )),
                }
            }
        });
        Self { items, lost }
    }

    /// Writes a line soon; counts it where too many wait already.
    pub(crate) fn tell(&self, line: String) {
        if self.items.try_send(Item::Line(line)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes a line soon; waits for room.
    pub(crate) async fn write(&self, line: String) {
        // The thread ends with the program.
        let _ = self.items.send(Item::Line(line)).await;
    }

    /// Waits for what has not been written yet, for a moment.
    pub(crate) fn flush(&self) {
        let (end, written) = sync_channel(1);
        if self.items.try_send(Item::End(end)).is_ok() {
            let _ = written.recv_timeout(FLUSH);
        }
    }
}
