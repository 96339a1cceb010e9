//! One line out for every line in, whatever comes in.

use std::{
    io::{BufRead, BufReader, Write},
    process::Stdio,
};

use serde_json::Value;

use crate::tool::{aid, answers};

const GOOD: &str = r#"{"message":"cmp_vehicle.RequestCSIMInfo.Response","hex":""}"#;

fn is_good(answer: &Value) -> bool {
    answer.get("fields").is_some()
}

#[test]
fn a_bad_line_is_answered_and_the_next_one_is_read() {
    let deep = "[".repeat(100_000);
    let bad: [&[u8]; 14] = [
        b"",
        b"   ",
        b"\0",
        b"\xff\xfe",
        b"{",
        b"}",
        b"null",
        b"[]",
        b"\"text\"",
        b"{\"message\":\"\xc3\"}",
        br#"{"message":"\ud800","hex":""}"#,
        br#"{"message":"cmp_vehicle.RequestCSIMInfo.Response","hex":"","hex":""}"#,
        br#"{"message":"cmp_vehicle.RequestCSIMInfo.Response","hex":""} {}"#,
        deep.as_bytes(),
    ];
    let mut input = Vec::new();
    for line in bad {
        input.extend_from_slice(line);
        input.push(b'\n');
        input.extend_from_slice(GOOD.as_bytes());
        input.extend_from_slice(b"\r\n");
    }
    let codec = answers("aid2 codec", &input);
    assert_eq!(codec.len(), 2 * bad.len());
    for (pair, line) in codec.chunks(2).zip(bad) {
        assert!(
            pair[0]["error"].is_string(),
            "{}: {}",
            String::from_utf8_lossy(line),
            pair[0]
        );
        assert!(is_good(&pair[1]));
    }
    for command in ["account-id verify", "redirect check"] {
        let answers = answers(command, &input);
        assert_eq!(answers.len(), 2 * bad.len());
        assert!(
            answers
                .iter()
                .all(|answer| answer["ok"] == false && answer["error"].is_string())
        );
    }
}

#[test]
fn the_last_line_needs_no_end_and_no_line_is_none() {
    assert_eq!(answers("aid2 codec", GOOD.as_bytes()).len(), 1);
    assert_eq!(answers("aid2 codec", b"").len(), 0);
    assert_eq!(answers("aid2 codec", b"\n").len(), 1);
}

#[test]
fn an_error_does_not_show_what_was_sent() {
    let input = br#"{"token":"hidden.hidden.hidden","token":"hidden"}
"hidden"
{"token":["hidden"],"secret":"hidden","now":"hidden"}
{"token":"hidden","secret":"hidden","now":1,"ver":{"hidden":1}}
"#;
    let answers = answers("account-id verify", input);
    assert_eq!(answers.len(), 4);
    for answer in answers {
        assert!(!answer.to_string().contains("hidden"), "{answer}");
    }
}

#[test]
fn a_long_line_is_refused_and_not_kept() {
    let mut child = aid()
        .args(["aid2", "codec"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..100 {
        stdin.write_all(&[b' '; 1_000_000]).unwrap();
    }
    stdin.write_all(b"\n").unwrap();
    let mut next = || {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()
    };
    assert_eq!(next()["error"], "longer than 1048576 bytes");
    // The answer comes although the input has not ended.
    writeln!(stdin, "{GOOD}").unwrap();
    assert!(is_good(&next()));
    if let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", child.id())) {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kilobytes < 32 * 1024, "{kilobytes} kB");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_line_of_the_longest_length_is_read() {
    let padding = " ".repeat(1024 * 1024 - GOOD.len());
    let input = format!("{GOOD}{padding}\n{GOOD}{padding} \n{GOOD}\n");
    let answers = answers("aid2 codec", input.as_bytes());
    assert_eq!(answers.iter().map(is_good).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn nobody_has_to_read_to_the_end() {
    let mut child = aid()
        .args([
            "account-id",
            "mint",
            "--secret",
            crate::tool::SECRET,
            "--count",
            "1000000",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
}
