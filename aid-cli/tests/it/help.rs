//! A new user has nothing but `--help`.

use aid_types::OperationId;

use crate::tool::{SECRET, Server, run};

fn text(args: &[&str]) -> String {
    let output = run(args.iter().copied());
    assert!(output.status.success(), "{args:?}");
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

const COMMANDS: &[&str] = &[
    "account-id verify",
    "account-id mint",
    "redirect check",
    "aid2 codec",
    "call",
    "serve cmp",
    "serve msp",
    "serve vehicle",
    "serve backend",
    #[cfg(feature = "sandbox")]
    "sandbox",
    "conformance cmp",
    "conformance msp",
    "conformance diff",
    "store check",
    "completions",
];

#[test]
fn help_leads_to_everything() {
    let all = text(&["--help"]);
    assert_eq!(all, text(&["-h"]));
    assert_eq!(all, text(&["help"]));
    for command in COMMANDS {
        let (mut path, mut help) = (Vec::new(), all.clone());
        for word in command.split(' ') {
            assert!(help.contains(&format!("\n  {word} ")), "{command}: {help}");
            path.push(word);
            help = text(&[path.as_slice(), &["--help"]].concat());
        }
        assert!(help.contains(&format!("Usage: aid {command}")), "{command}");
        let lines = help.lines().filter(|line| !line.starts_with("Usage: "));
        assert!(lines.into_iter().all(|line| line.chars().count() <= 120), "{command}");
    }
}

#[test]
fn every_command_says_what_it_takes() {
    let call = text(&["call", "--help"]);
    for operation in OperationId::ALL {
        assert!(call.contains(operation.declaration().operation_id), "{operation}");
    }
    for (command, words) in [
        (
            "account-id verify",
            &["\"token\"", "60 seconds", "--strict", "--secret-hex"][..],
        ),
        ("account-id mint", &["at least 32", "--ver", "--ttl", "--count"]),
        ("redirect check", &["\"redirect_uri\"", "\"allow\""]),
        ("aid2 codec", &["\"hex\"", "\"fields\""]),
        ("serve cmp", &["READY", "account_id_secret", "activation_request_ids"]),
        #[cfg(feature = "sandbox")]
        ("sandbox", &["READY", "--folder", "--open", "SIGTERM"]),
        ("serve vehicle", &["READY", "--service", "\"do\"", "\"event\""]),
    ] {
        let help = text(&command.split(' ').chain(["--help"]).collect::<Vec<_>>());
        for word in words {
            assert!(help.contains(word), "{command}: {word}");
        }
    }
}

#[test]
fn it_tells_its_version_and_completes() {
    assert_eq!(text(&["--version"]), format!("aid {}\n", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(text(&["completions", shell]).contains("account-id"), "{shell}");
    }
}

#[test]
fn a_wrong_command_line_says_why_and_exits_with_2() {
    for (args, why) in [
        (&[][..], "Usage: aid"),
        (&["nonsense"], "unrecognized subcommand 'nonsense'"),
        (&["account-id"], "Usage: aid account-id"),
        (&["aid2", "code"], "similar subcommand"),
        (
            &["account-id", "mint", "--secret", SECRET, "--ttl", "1h"],
            "invalid value '1h' for '--ttl",
        ),
        (&["account-id", "mint", "--secret", SECRET, "--count", "-1"], "'-1'"),
        (
            &[
                "serve",
                "vehicle",
                "--vin",
                "WBAUX11030A334483",
                "--broker",
                "mqtt://localhost",
                "--timeout",
                "soon",
            ],
            "expected seconds, more than 0",
        ),
        (&["account-id", "verify", "--fast"], "unexpected argument '--fast'"),
        (&["account-id", "verify", "token"], "unexpected argument 'token'"),
        (&["account-id", "mint"], "--secret is missing"),
        (&["account-id", "mint", "--secret"], "a value is required for '--secret"),
        (
            &["serve", "both", "--listen", "127.0.0.1:0"],
            "unrecognized subcommand 'both'",
        ),
        (&["serve", "cmp", "--seed", "x"], "--listen <ADDRESS:PORT>"),
        (&["serve", "cmp", "--strict=1"], "unexpected value '1' for '--strict'"),
        (
            &["serve", "cmp", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
            "cannot be used multiple times",
        ),
    ] {
        let output = run(args.iter().copied());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(why), "{args:?}: {stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_seed_in_the_help_is_one() {
    let help = text(&["serve", "msp", "--help"]);
    let seed: String = help
        .lines()
        .skip_while(|line| !line.starts_with("  {\"auth\""))
        .take(2)
        .collect();
    let server = Server::start("msp", &serde_json::from_str(&seed).unwrap(), &[]);
    let (exit, line) = server.call("requestProfileStatus", &[]);
    assert_eq!(
        (exit, line["body"]["profiles"].as_array().unwrap().len()),
        (0, 1),
        "{line}"
    );
}
