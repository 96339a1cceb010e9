//! `aid redirect`: may a user be sent there?

use std::process::ExitCode;

use aid_types::redirect::{PolicyError, RedirectPolicy};
use serde_json::{Value, json};

use crate::{args::Usage, hint, json::Object, lines};

pub(crate) const CHECK: &str = "\
Lines:
  in   {\"allow\":{\"domains\":[\"*.cmp.de\"],\"schemes\":[\"mycmp\"]},\"redirect_uri\":\"https://www.cmp.de/back\"}
       {\"to\":\"cmp\",\"allow\":{\"domains\":[\"*.cmp.de\"]},\"redirect_uri\":\"https://www.cmp.de/back?id=7\"}
  out  {\"ok\":true}
       {\"ok\":false,\"why\":\"host_not_agreed\"}                          the redirect is denied
       {\"ok\":false,\"config\":\"wildcard_too_wide\",\"entry\":\"*.de\"}      nobody can agree on that

  Domains allow https on port 443: `www.cmp.de` this host, `*.cmp.de` every host below it but not
  itself. Schemes allow every URI of a custom scheme. What is not allowed is denied; so is what two
  parsers could read differently, and a URI that already has a parameter `id`, `code` or `error`.
  `to` says whom the user is sent to: `msp`, which is meant where it is absent, or `cmp`. To a CMP
  nothing is appended, so its URI may have these parameters; custom schemes are for an MSP alone.
  `domains` and `schemes` may be absent. `redirect_uri` is checked as it stands, after the
  percent-decoding of the query parameter that carried it. `config` comes before `why`. `hint` says
  what looks odd, such as an `&` that was escaped for HTML.";

pub(crate) fn check() -> Result<ExitCode, Usage> {
    lines::answer_each(answer, lines::refused)
}

fn answer(line: &Object) -> Result<Value, String> {
    let allow = line.object("allow")?.ok_or("allow: missing")?;
    let (domains, schemes) = (allow.texts("domains")?, allow.texts("schemes")?);
    let redirect_uri = line.text("redirect_uri")?;
    let empty = match line.optional_text("to")? {
        None | Some("msp") => RedirectPolicy::to_msp(),
        Some("cmp") => RedirectPolicy::to_cmp(),
        Some(_) => return Err("to: neither \"msp\" nor \"cmp\"".to_owned()),
    };
    let policy = match policy(empty, &domains, &schemes) {
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

/// What the two parties agreed on.
fn policy(empty: RedirectPolicy, domains: &[&str], schemes: &[&str]) -> Result<RedirectPolicy, PolicyError> {
    let policy = domains
        .iter()
        .try_fold(empty, |policy, domain| policy.allow_domain(domain))?;
    schemes
        .iter()
        .try_fold(policy, |policy, scheme| policy.allow_scheme(scheme))
}
