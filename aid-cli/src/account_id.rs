//! `aid account-id`: the account_id of a redirect.

use std::{
    io::{self, BufWriter, Write as _},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use account_id::{Claims, NewAccountId, Ver, Verifier, VerifyError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{args::Usage, json::Object, lines, secret, secret::Secret};

/// `aid account-id verify`.
#[derive(clap::Args)]
#[command(after_help = VERIFY)]
pub(crate) struct Verify {
    #[command(flatten)]
    secret: secret::Agreed,
    /// Refuse what is usually accepted and told in `tolerated`
    #[arg(long)]
    strict: bool,
}

const VERIFY: &str = "\
Lines:
  in   {\"token\":\"eyJ…\",\"secret\":\"…\",\"ver\":null,\"now\":1700000000}
  out  {\"ok\":true,\"sid\":\"5f0c4a9e-…\",\"iat\":1700000000,\"exp\":1700003600,\"tolerated\":[]}
       {\"ok\":false,\"code\":\"11\",\"why\":\"expired\"}

  `secret` is the msp-specific-secret: the bytes of this text, at least 32. `secret_base64` and
  `secret_hex` decode it first. Lines without any take the secret of the options. `ver` is the
  agreed secret knowledge: null or absent where none is agreed. `now` is in whole seconds since
  1970; the token is good until 60 seconds after its `exp`. `code` is 11 (expired), 12 (signature)
  or 19 (anything else). Where a signature does not match, `why` says how the other side read the
  same secret, if that can be found. `tolerated` lists deviations that were accepted, by their
  number in docs/ambiguities.md; --strict refuses them.";

/// `aid account-id mint`.
#[derive(clap::Args)]
pub(crate) struct Mint {
    #[command(flatten)]
    secret: secret::Agreed,
    /// The agreed secret knowledge; without it the account_ids have none
    #[arg(long, value_name = "V")]
    ver: Option<String>,
    /// How long they are valid
    #[arg(long, value_name = "SECONDS", default_value_t = account_id::DEFAULT_LIFETIME)]
    ttl: u64,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: u64,
}

/// Seconds since 1970-01-01 00:00:00 UTC.
#[expect(clippy::disallowed_methods, reason = "a program has to read the clock somewhere")]
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

impl Verify {
    pub(crate) fn run(self) -> Result<ExitCode, Usage> {
        let (agreed, weak) = (self.secret.read()?, self.secret.weak_secret);
        lines::answer_each(|line| answer(line, agreed.as_ref(), weak, self.strict), lines::refused)
    }
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

impl Mint {
    pub(crate) fn run(self) -> Result<ExitCode, Usage> {
        let secret = self.secret.read()?;
        let secret = secret.ok_or_else(|| Usage::new("--secret is missing, or one of the other ways to say it"))?;
        let mut output = BufWriter::new(io::stdout().lock());
        for _ in 0..self.count {
            let mut new = NewAccountId::new(Uuid::new_v4(), now()).lifetime(self.ttl);
            if let Some(ver) = &self.ver {
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
}
