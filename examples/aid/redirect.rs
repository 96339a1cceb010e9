//! `aid redirect`: may a user be sent there?

use std::process::ExitCode;

use aid_types::redirect::{PolicyError, RedirectPolicy};
use serde_json::{Value, json};

use crate::{
    args::{Args, Known, Usage},
    hint,
    json::Object,
    lines,
};

pub(crate) const CHECK: &str = "\
aid redirect check

  in   {\"allow\":{\"domains\":[\"*.cmp.de\"],\"schemes\":[\"mycmp\"]},\"redirect_uri\":\"https://www.cmp.de/back\"}
  out  {\"ok\":true}
       {\"ok\":false,\"why\":\"host_not_agreed\"}                          the redirect is denied
       {\"ok\":false,\"config\":\"wildcard_too_wide\",\"entry\":\"*.de\"}      nobody can agree on that

  Domains allow https on port 443: `www.cmp.de` this host, `*.cmp.de` every host below it but not
  itself. Schemes allow every URI of a custom scheme. What is not allowed is denied; so is what two
  parsers could read differently, and a URI that already has a parameter `id`, `code` or `error`.
  `domains` and `schemes` may be absent. `redirect_uri` is checked as it stands, after the
  percent-decoding of the query parameter that carried it. `config` comes before `why`. `hint` says
  what looks odd, such as an `&` that was escaped for HTML.
";

pub(crate) fn check(arguments: Vec<String>) -> Result<ExitCode, Usage> {
    Args::parse(arguments, &Known::default())?;
    lines::answer_each(answer, lines::refused)
}

fn answer(line: &Object) -> Result<Value, String> {
    let allow = line.object("allow")?.ok_or("allow: missing")?;
    let (domains, schemes) = (allow.texts("domains")?, allow.texts("schemes")?);
    let redirect_uri = line.text("redirect_uri")?;
    let policy = match policy(&domains, &schemes) {
        Ok(policy) => policy,
        Err(error) => return Ok(json!({"ok": false, "config": error.fault.name(), "entry": error.entry})),
    };
    let hint = hint::redirect_uri(redirect_uri);
    Ok(match (policy.check(redirect_uri), hint) {
        (Ok(_), None) => json!({"ok": true}),
        (Ok(_), Some(hint)) => json!({"ok": true, "hint": hint}),
        (Err(denied), None) => json!({"ok": false, "why": denied.name()}),
        (Err(denied), Some(hint)) => json!({"ok": false, "why": denied.name(), "hint": hint}),
    })
}

/// The only policy with custom schemes is the one for redirects to an MSP.
fn policy(domains: &[&str], schemes: &[&str]) -> Result<RedirectPolicy, PolicyError> {
    let policy = domains
        .iter()
        .try_fold(RedirectPolicy::to_msp(), |policy, domain| policy.allow_domain(domain))?;
    schemes
        .iter()
        .try_fold(policy, |policy, scheme| policy.allow_scheme(scheme))
}
