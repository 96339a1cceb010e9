//! `aid sandbox` as a process: it is killed, goes on, and ends.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::tool::{aid, raw, run};

const VIN: &str = "WBAUX11030A334483";

/// Killed when it is dropped.
struct Sandbox {
    child: Child,
    /// Without the path.
    origin: String,
}

impl Sandbox {
    fn start(folder: &Path) -> Self {
        Self::over(&["--folder", folder.to_str().unwrap()])
    }

    fn over(args: &[&str]) -> Self {
        let mut child = aid()
            .args(["sandbox", "--port", "0"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.next().unwrap().unwrap();
        let index = ready.strip_prefix("READY ").expect("READY <url>");
        let cars = lines.next().unwrap().unwrap();
        assert_eq!(cars, format!("CARS {index}cars"));
        let origin = index.trim_end_matches('/').to_owned();
        Self { child, origin }
    }

    fn ask(&self, method: &str, path: &str) -> String {
        let host = self.origin.strip_prefix("http://").unwrap();
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        raw(&self.origin, &request)
    }

    fn click(&self, path: &str) {
        let reply = self.ask("POST", path);
        assert!(reply.starts_with("HTTP/1.1 303"), "{reply}");
    }

    fn ends(mut self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        // Ends, or fails: not hangs.
        let ended = (0..1000).find_map(|_| {
            std::thread::sleep(Duration::from_millis(10));
            self.child.try_wait().unwrap()
        });
        assert_eq!(ended.expect("it ends within 10 s").code(), Some(0), "{signal}");
    }

    /// The test has a limit.
    fn shows(&self, path: &str, what: &str) {
        while !self.ask("GET", path).contains(what) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_goes_on_where_it_was_killed_and_ends_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path());
    sandbox.click("/onboard/alice");
    sandbox.shows("/", "<td>onboarded</td>");
    sandbox.click(&format!("/cars/{VIN}/login/alice"));
    sandbox.shows("/cars", "<td>enabled</td>");
    // What waits when it is killed.
    sandbox.click("/away/cmp");
    sandbox.click("/onboard/bob");
    sandbox.shows("/", "<td>MSP</td><td>the CMP</td>");
    drop(sandbox);

    let sandbox = Sandbox::start(folder.path());
    let bob = |row: &str| row.contains(">bob<") && row.contains("<td>onboarded</td>");
    while !sandbox.ask("GET", "/").split("<tr>").any(bob) {
        std::thread::sleep(Duration::from_millis(20));
    }
    sandbox.shows("/cars", "<td>alice</td>");
    sandbox.click(&format!("/cars/{VIN}/login/alice"));
    sandbox.shows("/cars", "<td>alice</td><td>enabled</td>");

    sandbox.ends("-TERM");
    Sandbox::over(&[]).ends("-INT");
}

#[test]
fn what_does_not_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let _sandbox = Sandbox::start(folder.path());
    let output = run(["sandbox", "--port", "0", "--folder", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(why.contains("another process has it open"), "{why}");
    assert!(output.stdout.is_empty());
}
