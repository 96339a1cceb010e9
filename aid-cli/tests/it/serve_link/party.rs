//! The two programs, run as somebody would who has no Rust.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::Value;

use super::VIN;
use crate::tool::aid;

/// A running `aid serve vehicle` or `aid serve backend`.
pub(super) struct Party {
    child: Child,
    pub(super) stdin: ChildStdin,
    pub(super) stdout: Receiver<String>,
    stderr: Receiver<String>,
}

fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Party {
    pub(super) fn start(role: &str, url: &str, more: &[&str]) -> Self {
        let mut child = aid()
            .args(["serve", role, "--broker", url])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take().unwrap(),
            stdout: lines(child.stdout.take().unwrap()),
            stderr: lines(child.stderr.take().unwrap()),
            child,
        }
    }

    pub(super) fn ready(role: &str, url: &str, more: &[&str]) -> Self {
        let party = Self::start(role, url, more);
        assert_eq!(party.text(), format!("READY {url}"));
        party
    }

    fn text(&self) -> String {
        self.stdout.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    pub(super) fn line(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    pub(super) fn say(&mut self, line: &Value) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    pub(super) fn ask(&mut self, line: &Value) -> Value {
        self.say(line);
        self.line()
    }

    /// Reads standard error up to a line that begins like this.
    pub(super) fn told(&self, begin: &str) -> String {
        loop {
            let line = self.stderr.recv_timeout(Duration::from_secs(20)).unwrap();
            if line.starts_with(begin) {
                return line;
            }
        }
    }

    pub(super) fn end(mut self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(super) fn pair(url: &str, tls: &[&str]) -> (Party, Party) {
    let backend = Party::ready("backend", url, tls);
    let vehicle = Party::ready("vehicle", url, &[&["--vin", VIN], tls].concat());
    (backend, vehicle)
}
