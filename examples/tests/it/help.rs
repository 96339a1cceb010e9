//! A new user has nothing but `--help`.

use aid_types::OperationId;

use crate::tool::{SECRET, Server, run};

fn text(args: &[&str]) -> String {
    let output = run(args.iter().copied());
    assert!(output.status.success(), "{args:?}");
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_names_everything() {
    let all = text(&["--help"]);
    for word in [
        "account-id verify",
        "account-id mint",
        "redirect check",
        "aid2 codec",
        "aid call",
        "aid serve",
        "aid serve vehicle",
        "aid serve backend",
        "aid store check",
        "READY",
        "--secret",
        "--ver",
        "--ttl",
        "--count",
        "\"redirect_uri\"",
        "\"allow\"",
        "\"hex\"",
        "\"fields\"",
        "60 seconds",
        "--strict",
        "account_id_secret",
        "activation_request_ids",
    ] {
        assert!(all.contains(word), "{word}");
    }
    for operation in OperationId::ALL {
        assert!(all.contains(operation.declaration().operation_id), "{operation}");
    }
    assert_eq!(all, text(&["-h"]));
    assert_eq!(all, text(&["help"]));
}

#[test]
fn every_command_has_its_own() {
    for command in [
        "account-id verify",
        "account-id mint",
        "redirect check",
        "aid2 codec",
        "call",
        "serve",
        "serve vehicle",
        "serve backend",
        "store check",
    ] {
        let args: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = text(&args);
        assert!(help.starts_with(&format!("aid {command}")), "{command}");
        assert!(help.lines().all(|line| line.chars().count() <= 110), "{command}");
    }
    assert!(text(&["account-id", "--help"]).contains("aid account-id mint"));
    // What a command has of its own is not said elsewhere.
    let mint = text(&["account-id", "mint", "--help"]);
    assert!(mint.contains("at least 32") && !mint.contains("above"), "{mint}");
    assert!(text(&["serve", "cmp", "--help"]).starts_with("aid serve"));
}

#[test]
fn a_wrong_command_line_says_why_and_exits_with_2() {
    for (args, why) in [
        (&[][..], "a command is needed"),
        (&["nonsense"], "no such command: nonsense"),
        (&["account-id"], "aid account-id verify, aid account-id mint"),
        (&["aid2", "code"], "there is: aid aid2 codec"),
        (
            &["account-id", "mint", "--secret", SECRET, "--ttl", "1h"],
            "--ttl: expected a whole number",
        ),
        (
            &["account-id", "mint", "--secret", SECRET, "--count", "-1"],
            "--count: expected a whole number",
        ),
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
            "--timeout: expected seconds",
        ),
        (&["account-id", "verify", "--fast"], "no such option: --fast"),
        (&["account-id", "verify", "token"], "one word too many"),
        (&["account-id", "mint"], "--secret is missing"),
        (&["account-id", "mint", "--secret"], "--secret needs a value"),
        (&["serve", "both", "--listen", "127.0.0.1:0"], "cmp or msp"),
        (&["serve", "cmp", "--seed", "x"], "--listen is missing"),
        (&["serve", "cmp", "--strict=1"], "no such option"),
        (
            &["serve", "cmp", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
            "--listen stands twice",
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
    let help = text(&["serve", "--help"]);
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
