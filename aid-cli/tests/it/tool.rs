//! Runs the built `aid`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, ChildStderr, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use serde_json::{Value, json};

pub(crate) const SECRET: &str = "the msp-specific-secret of a test";
pub(crate) const SID: &str = "5f0c4a9e-3a51-4d0e-9c1b-2b6f8f1d7a10";
pub(crate) const TOKEN: &str = "25bca1e2-338f-11d6-ac61-9e71138fd521";
pub(crate) const ICCID: &str = "8944500805172032953";
pub(crate) const EID: &str = "89049032000001000000000831934057";
pub(crate) const REQUEST: &str = "3a3f2f7e-5b1e-4a50-8f0a-0d9a4f3f6c11";

pub(crate) fn aid() -> Command {
    crate::limit::limit();
    Command::new(env!("CARGO_BIN_EXE_aid"))
}

pub(crate) fn run<'a>(args: impl IntoIterator<Item = &'a str>) -> Output {
    aid().args(args).stdin(Stdio::null()).output().unwrap()
}

/// Feeds `input` to a command, and reads what comes out as one JSON value a line.
pub(crate) fn answers(command: &str, input: &[u8]) -> Vec<Value> {
    let mut child = aid()
        .args(command.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

/// The answer to one line.
pub(crate) fn answer(command: &str, line: &Value) -> Value {
    let mut answers = answers(command, format!("{line}\n").as_bytes());
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// What the caller and the called have agreed on, for `aid call`.
pub(crate) const PARTIES: &[&str] = &["--client-id", "caller", "--target-id", "called"];

/// The exit code and the line of a call about the msp_token, with the API key.
pub(crate) fn call(url: &str, operation: &str, more: &[&str]) -> (i32, Value) {
    let mut args = vec!["call", operation, "--base-url", url, "--api-key", "key1"];
    args.extend(PARTIES);
    if !more.contains(&"--id") {
        args.extend(["--id", TOKEN]);
    }
    args.extend(more);
    line(&run(args))
}

/// The exit code and the only line.
pub(crate) fn line(output: &Output) -> (i32, Value) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{output:?}");
    (output.status.code().unwrap(), serde_json::from_str(&text).unwrap())
}

pub(crate) fn seed() -> Value {
    json!({
        "auth": {"api_key": "key1", "basic": ["user", "pass:word"]},
        "client_id": "caller",
        "target_id": "called",
        "account_id_secret": SECRET,
        "sids": [SID],
        "msp_tokens": [TOKEN],
        "activation_request_ids": [REQUEST],
        "iccids": [ICCID],
        "eid": EID,
        "phone": "4989",
    })
}

/// A file that is gone when the test is.
pub(crate) struct File(pub(crate) PathBuf);

impl File {
    pub(crate) fn new(content: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "aid-test-{}-{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, content).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    pub(crate) fn content(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }

    /// In one step, as whoever renews a certificate does.
    pub(crate) fn replace(&self, content: &str) {
        let new = self.0.with_extension("new");
        std::fs::write(&new, content).unwrap();
        std::fs::rename(&new, &self.0).unwrap();
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// The reply to a request that is written by hand, and ends the connection.
pub(crate) fn raw(url: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply
}

/// The reply of an admin address.
pub(crate) fn get(url: &str, path: &str) -> String {
    raw(
        url,
        &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
    )
}

/// A running `aid serve`.
pub(crate) struct Server {
    child: Child,
    /// What it prints after READY.
    pub(crate) output: Box<dyn Iterator<Item = String>>,
    log: BufReader<ChildStderr>,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(role: &str, seed: &Value, more: &[&str]) -> Self {
        Self::start_with(role, &seed.to_string(), more)
    }

    /// With a seed as it stands in its file.
    pub(crate) fn start_with(role: &str, seed: &str, more: &[&str]) -> Self {
        Self::over(role, &File::new(seed), more)
    }

    /// With a seed whose file stays.
    pub(crate) fn over(role: &str, seed: &File, more: &[&str]) -> Self {
        let args = ["--listen", "127.0.0.1:0", "--seed", seed.path()];
        Self::with(role, &[&args, more].concat())
    }

    /// With these arguments, and no others.
    pub(crate) fn with(role: &str, args: &[&str]) -> Self {
        let mut child = aid()
            .args(["serve", role])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let ready = output.next().unwrap();
        let url = ready.strip_prefix("READY ").expect("READY <url>").to_owned();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            output: Box::new(output),
            log,
            url,
        }
    }

    pub(crate) fn call(&self, operation: &str, more: &[&str]) -> (i32, Value) {
        call(&self.url, operation, more)
    }

    /// The head of the reply to a request that is written by hand.
    pub(crate) fn raw(&self, request: &str) -> String {
        raw(&self.url, request)
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// The next line of the log with this: waits for it.
    pub(crate) fn told(&mut self, what: &str) -> String {
        let mut lines = self.log.by_ref().lines().map(Result::unwrap);
        lines.find(|line| line.contains(what)).expect("a line")
    }

    /// Sends a signal and waits: the exit code and the log.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        // Ends, or fails: not hangs.
        let ended = (0..1000).find_map(|_| {
            std::thread::sleep(Duration::from_millis(10));
            self.child.try_wait().unwrap()
        });
        let status = ended.expect("it ends within 10 s");
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        (status.code(), log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
