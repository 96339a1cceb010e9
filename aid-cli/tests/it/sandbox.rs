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
    /// Host and port of the first page, of the CMP and of the MSP.
    hosts: [String; 3],
}

impl Sandbox {
    fn start(folder: &Path) -> Self {
        Self::over(&["--folder", folder.to_str().unwrap()])
    }

    fn over(args: &[&str]) -> Self {
        let mut child = aid()
            .args(["sandbox", "--port", "0", "--cmp-port", "0", "--msp-port", "0"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut host = |name: &str| {
            let line = lines.next().unwrap().unwrap();
            let url = line.strip_prefix(name).expect(name).trim();
            let url = url.strip_prefix("http://").unwrap();
            url.split('/').next().unwrap().to_owned()
        };
        let (index, cars, cmp, msp) = (host("READY"), host("CARS"), host("CMP"), host("MSP"));
        assert_eq!(index, cars);
        let hosts = [index, cmp, msp];
        Self { child, hosts }
    }

    /// Whatever its names resolve to.
    fn ask(host: &str, method: &str, path: &str, more: &str) -> String {
        let address = format!("http://127.0.0.1:{}", host.rsplit(':').next().unwrap());
        let request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{more}");
        raw(&address, &request)
    }

    fn get(&self, path: &str) -> String {
        Self::ask(&self.hosts[0], "GET", path, "\r\n")
    }

    fn click(&self, path: &str) {
        let reply = Self::ask(&self.hosts[0], "POST", path, "content-length: 0\r\n\r\n");
        assert!(reply.starts_with("HTTP/1.1 303"), "{reply}");
    }

    /// What a browser does that knows its user at both touchpoints: from the CMP to the MSP, and back.
    fn onboard(&self, user: &str, ver: &str) {
        let [_, cmp, msp] = &self.hosts;
        let form = format!(
            "cookie: user={user}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 8\r\n\r\nver={ver}"
        );
        let sent = Self::ask(cmp, "POST", "/onboarding", &form);
        let login = format!("http://{msp}/portal/login?");
        let query = sent.split(&login).nth(1).expect("a redirect to the MSP");
        let query = query.split("\r\n").next().unwrap();
        let cookie = format!("cookie: user={user}\r\ncontent-length: 0\r\n\r\n");
        let back = Self::ask(msp, "POST", &format!("/portal/agree?{query}"), &cookie);
        assert!(
            back.contains(&format!("location: http://{cmp}/onboarding/done\r\n")),
            "{back}"
        );
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
        while !self.get(path).contains(what) {
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
    sandbox.onboard("alice", "5678");
    sandbox.shows("/", "<td>onboarded</td>");
    sandbox.click(&format!("/cars/{VIN}/login/alice"));
    sandbox.shows("/cars", "<td>enabled</td>");
    // What waits when it is killed.
    sandbox.click("/away/cmp");
    sandbox.onboard("bob", "4321");
    sandbox.shows("/", "<td>MSP</td><td>the CMP</td>");
    drop(sandbox);

    let sandbox = Sandbox::start(folder.path());
    let bob = |row: &str| row.contains(">bob<") && row.contains("<td>onboarded</td>");
    while !sandbox.get("/").split("<tr>").any(bob) {
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
    let output = run(["sandbox", "--folder", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(why.contains("another process has it open"), "{why}");
    assert!(output.stdout.is_empty());
}
