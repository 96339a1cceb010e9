//! No test hangs: one whose peer or adapter is broken ends, and is named.

use std::{
    cell::RefCell,
    io::{Write as _, stderr},
    process,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

/// Generous: machines are slow, and some of the tests long.
const LIMIT: Duration = Duration::from_secs(300);

thread_local! {
    /// Gone with the thread of the test.
    static RUNNING: RefCell<Option<Sender<()>>> = const { RefCell::new(None) };
}

/// What every test with sockets needs calls this: from now on, the test of this thread has so long.
pub(crate) fn limit() {
    let (running, ended) = channel::<()>();
    let test = thread::current().name().unwrap_or("a test").to_owned();
    thread::spawn(move || {
        if ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            // Past the capture of the output, which nobody would show any more.
            let _ = writeln!(stderr(), "{test} has not ended after {} s", LIMIT.as_secs());
            process::abort();
        }
    });
    RUNNING.set(Some(running));
}
