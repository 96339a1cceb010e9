//! `aid account-id`: the account_id of a redirect.

use std::{
    io::{self, BufWriter, Write as _},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use account_id::{Claims, NewAccountId, Ver, Verifier, VerifyError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    args::{Args, Known, Usage},
    json::Object,
    lines, secret,
    secret::Secret,
};

pub(crate) const VERIFY: &str = "\
aid account-id verify [--secret S | --secret-base64 S | --secret-hex S | --secret-file FILE]
                      [--weak-secret] [--strict]

  in   {\"token\":\"eyJ…\",\"secret\":\"…\",\"ver\":null,\"now\":1700000000}
  out  {\"ok\":true,\"sid\":\"5f0c4a9e-…\",\"iat\":1700000000,\"exp\":1700003600,\"tolerated\":[]}
       {\"ok\":false,\"code\":\"11\",\"why\":\"expired\"}

  `secret` is the msp-specific-secret: the bytes of this text, at least 32. `secret_base64` and
  `secret_hex` decode it first. Lines without any take the secret of the options. `ver` is the
  agreed secret knowledge: null or absent where none is agreed. `now` is in whole seconds since
  1970; the token is good until 60 seconds after its `exp`. `code` is 11 (expired), 12 (signature)
  or 19 (anything else). Where a signature does not match, `why` says how the other side read the
  same secret, if that can be found. `tolerated` lists deviations that were accepted, by their
  number in docs/ambiguities.md; --strict refuses them.
";

pub(crate) const MINT: &str = "\
aid account-id mint (--secret S | --secret-base64 S | --secret-hex S | --secret-file FILE)
                    [--weak-secret] [--ver V] [--ttl SECONDS] [--count N]

  Prints N account_ids (1 unless told otherwise), one a line: with a random sid each, made now,
  valid for SECONDS (3600 unless told otherwise).

  --secret   the msp-specific-secret: the bytes of this text, at least 32. Other users of the machine
             can see it while the command runs
  --secret-base64, --secret-hex
             the same, written in Base64 (of either alphabet) or in hexadecimal digits
  --secret-file
             the same as the text in a file. A line end behind it is left out, and said so
  --weak-secret
             takes a secret of 16 bytes of text or more, for a peer that has no better one
  --ver      the agreed secret knowledge; without it the account_ids have none
";

/// Seconds since 1970-01-01 00:00:00 UTC.
#[expect(clippy::disallowed_methods, reason = "a program has to read the clock somewhere")]
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

pub(crate) fn verify(arguments: Vec<String>) -> Result<ExitCode, Usage> {
    let args = Args::parse(
        arguments,
        &Known {
            options: &secret::OPTIONS,
            switches: &["weak-secret", "strict"],
            ..Known::default()
        },
    )?;
    let (agreed, weak, strict) = (Secret::of_args(&args)?, args.has("weak-secret"), args.has("strict"));
    lines::answer_each(|line| answer(line, agreed.as_ref(), weak, strict), lines::refused)
}

fn answer(line: &Object, agreed: Option<&Secret>, weak: bool, strict: bool) -> Result<Value, String> {
    let token = line.text("token")?;
    let own = Secret::of_line(line, weak)?;
    let secret = own.as_ref().or(agreed).ok_or("secret: missing")?;
    let ver = Ver::from(line.optional_text("ver")?);
    let now = line.number("now")?.ok_or("now: missing")?;
    let verifier = Verifier::new(secret.key.clone());
    let verifier = if strict { verifier.strict() } else { verifier };
    let verified_token = verifier.verify_at(token, now);
    Ok(match verified_token.and_then(|token| token.check_ver(ver)) {
        Ok(claims) => verified(&claims),
        Err(refused) => {
            let hint = (refused == VerifyError::Signature)
                .then(|| secret.hint(token))
                .flatten();
            let why = hint.map_or_else(|| refused.to_string(), |hint| format!("{refused}: {hint}"));
            json!({"ok": false, "code": refused.code().to_string(), "why": why})
        }
    })
}

fn verified(claims: &Claims) -> Value {
    let tolerated: Vec<String> = claims.tolerated().map(|tolerated| tolerated.to_string()).collect();
    json!({"ok": true, "sid": claims.sid.to_string(), "iat": claims.iat, "exp": claims.exp, "tolerated": tolerated})
}

pub(crate) fn mint(arguments: Vec<String>) -> Result<ExitCode, Usage> {
    let args = Args::parse(
        arguments,
        &Known {
            options: &[
                "secret",
                "secret-base64",
                "secret-hex",
                "secret-file",
                "ver",
                "ttl",
                "count",
            ],
            switches: &["weak-secret"],
            ..Known::default()
        },
    )?;
    let secret = Secret::of_args(&args)?.ok_or_else(|| Usage::new("--secret is missing"))?;
    let ver = args.optional("ver");
    let ttl = args.number("ttl")?.unwrap_or(account_id::DEFAULT_LIFETIME);
    let count = args.number("count")?.unwrap_or(1);
    let mut output = BufWriter::new(io::stdout().lock());
    for _ in 0..count {
        let mut new = NewAccountId::new(Uuid::new_v4(), now()).lifetime(ttl);
        if let Some(ver) = ver {
            new = new.ver(ver);
        }
        let token = new
            .mint(&secret.key)
            .map_err(|error| Usage(format!("no account_id: {error}")))?;
        if let Err(error) = writeln!(output, "{}", token.as_str()) {
            return lines::output_failed(&error);
        }
    }
    output
        .flush()
        .map_or_else(|error| lines::output_failed(&error), |()| Ok(ExitCode::SUCCESS))
}
