//! Processes that can be killed: this test binary again, playing another part.

use std::{
    future::Future,
    path::Path,
    process::{Child, Command, Stdio},
};

/// A part that this binary can play.
pub(crate) const PART: &str = "AID2_TEST_PART";

/// A process that does not outlive its owner.
pub(crate) struct Part(pub(crate) Child);

impl Drop for Part {
    fn drop(&mut self) {
        kill(&mut self.0);
    }
}

/// Starts this binary as `part`, with its values in the environment.
pub(crate) fn start(part: &str, values: &[(&str, &str)]) -> Part {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child::plays_its_part", "--nocapture"])
        .env(PART, part)
        .envs(values.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(if std::env::var_os("AID2_TRACE").is_some() {
            Stdio::inherit()
        } else {
            Stdio::null()
        })
        .spawn()
        .unwrap();
    Part(child)
}

/// Kills it as SIGKILL does: it runs no code any more.
pub(crate) fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

pub(crate) fn value(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}

/// What a process of [`start`] runs. Where nobody gave it a part it starts one that nobody knows, which has to fail: a
/// misspelt part must not look like one that ended.
#[test]
fn plays_its_part() {
    match std::env::var(PART).as_deref() {
        Ok("broker") => block_on(crate::broker::run_embedded(
            &value("PORT"),
            Path::new(&value("FOLDER")),
            &value("ACL"),
        )),
        Ok("instance") => block_on(crate::instances::run_instance()),
        Ok("full-store") => block_on(crate::store::full::fill_and_empty()),
        Ok("vehicle") => block_on(crate::car::run_vehicle()),
        Ok(other) => panic!("no such part: {other}"),
        Err(_) => assert!(!start("nobody", &[]).0.wait().unwrap().success()),
    }
}
