//! What a reply is measured by.

use aid_http::{
    bytes::Bytes,
    http::{HeaderMap, Response, header::CONTENT_TYPE},
};
use aid_types::{
    Condition, Declaration, ErrorBody, Leniency, NotifyMspTokenInvalid, Operation, OperationId as Op,
    RequestActivationCode, RequestInvalidateMspToken, RequestProfileStatus, SendActivationCode, SendCsimStatus,
    SendMspToken, SendProfileInformation, Tolerated, UpdateSubscriptionInfo,
    http::{ReplyError, is_json, read_reply},
};
use serde_json::Value;

use crate::{
    case::Expect,
    finding::{Finding, Verdict},
    request::ECHOED,
    values::{NotDeclared, Values},
};

/// A reply, and what it was found to be.
pub(crate) struct Checked {
    pub(crate) findings: Vec<Finding>,
    /// Without anything secret.
    pub(crate) shown: String,
    /// The body of a success.
    pub(crate) body: Value,
}

/// Measures a reply by what any reply owes, and by what the step expects.
pub(crate) fn check(
    operation: Op,
    sent: &HeaderMap,
    reply: &Response<Bytes>,
    expect: &Expect,
    values: &mut Values<'_>,
) -> Result<Checked, NotDeclared> {
    let (declaration, status) = (operation.declaration(), reply.status().as_u16());
    let mut findings = Vec::new();
    let mut found = |verdict, item: &str, what: String| findings.push(Finding::new(verdict, item, what));
    if !documented(declaration, status) {
        found(
            Verdict::Fail,
            "A-43",
            format!("the document has no status {status} for this operation"),
        );
    }
    for name in ECHOED {
        if let Some(problem) = not_echoed(name, sent, reply.headers()) {
            found(Verdict::Warning, "A-59", problem);
        }
    }
    let mut body = Value::Null;
    let shown = if reply.status().is_success() {
        body = serde_json::from_slice(reply.body()).unwrap_or_default();
        let (shown, tolerated) = understood(operation, reply);
        match tolerated {
            Ok(tolerated) => {
                for tolerated in tolerated {
                    let item = tolerated.item.to_string();
                    found(Verdict::Warning, &item, format!("tolerated: {tolerated}"));
                }
            }
            Err(error) => found(Verdict::Fail, "A-50", format!("the success cannot be used: {error}")),
        }
        format!("{status} {shown}")
    } else {
        let error = ErrorBody::read(reply.body());
        for (name, missing) in [("code", error.code.is_none()), ("error", error.error.is_none())] {
            if missing {
                found(Verdict::Fail, "R-161", format!("the refusal has no {name}"));
            }
        }
        for tolerated in &error.tolerated {
            found(
                Verdict::Warning,
                &tolerated.item.to_string(),
                format!("tolerated: {tolerated}"),
            );
        }
        let json = reply
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|value| is_json(value.as_bytes()));
        if !json {
            found(
                Verdict::Fail,
                "R-181",
                "the refusal is not said to be application/json".to_owned(),
            );
        }
        let code = error.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        format!("{status}, code {code}")
    };
    findings.extend(expected(operation, reply, &body, expect, values)?);
    Ok(Checked { findings, shown, body })
}

/// Whether the document, or a decision, has the status for the operation.
fn documented(declaration: &Declaration, status: u16) -> bool {
    let conditions = Condition::all().filter(|condition| declaration.may_meet(*condition));
    let mut refusals = conditions.map(|condition| condition.reply(Some(declaration.id)).0);
    declaration.success.contains(&status)
        || declaration.errors.contains(&status)
        || refusals.any(|known| known == status)
}

/// An id that was sent once has to come back.
fn not_echoed(name: &str, sent: &HeaderMap, received: &HeaderMap) -> Option<String> {
    let mut sent = sent.get_all(name).iter();
    let (Some(once), None) = (sent.next(), sent.next()) else {
        return None;
    };
    match received.get(name) {
        Some(echoed) if echoed.as_bytes().eq_ignore_ascii_case(once.as_bytes()) => None,
        Some(_) => Some(format!("another {name} came back")),
        None => Some(format!("{name} did not come back")),
    }
}

/// What the step expects.
fn expected(
    operation: Op,
    reply: &Response<Bytes>,
    body: &Value,
    expect: &Expect,
    values: &mut Values<'_>,
) -> Result<Vec<Finding>, NotDeclared> {
    let status = reply.status().as_u16();
    let code = ErrorBody::read(reply.body()).code;
    let fail = |what: String| Finding::new(Verdict::Fail, "", what);
    let mut findings = Vec::new();
    if let Some(condition) = expect.refused {
        let (right, right_code) = condition.reply(Some(operation));
        if reply.status().is_success() {
            findings.push(fail(format!(
                "expected {right} with code {right_code}, and it was a success"
            )));
        } else if (status, code) != (right, Some(right_code)) {
            let means_it = Condition::of(operation, status, code) == Some(condition);
            let client_error = (400..500).contains(&status);
            let verdict = match expect.exactly || !client_error {
                true if !means_it => Verdict::Fail,
                _ => Verdict::Warning,
            };
            findings.push(Finding::new(
                verdict,
                "A-43",
                format!("expected {right} with code {right_code}"),
            ));
        }
        return Ok(findings);
    }
    if !reply.status().is_success() {
        let done = Condition::of(operation, status, code).is_some_and(|condition| expect.done.contains(&condition));
        if !done {
            findings.push(fail("expected a success".to_owned()));
        }
        return Ok(findings);
    }
    if let Some(right) = expect.status.filter(|right| *right != status) {
        findings.push(fail(format!("expected {right}")));
    }
    if expect.no_body && !reply.body().trim_ascii().is_empty() {
        findings.push(fail("expected no body".to_owned()));
    }
    for (name, right) in &expect.body {
        let right = values.json(right)?;
        let is = body.get(name).unwrap_or(&Value::Null);
        let fits = if right == "?" { is.is_string() } else { same(is, &right) };
        if !fits {
            findings.push(fail(format!("{name} is not what was expected")));
        }
    }
    for (name, wrong) in &expect.other {
        if body
            .get(name)
            .is_some_and(|is| values.json(wrong).is_ok_and(|wrong| same(is, &wrong)))
        {
            findings.push(fail(format!("{name} is the same as before")));
        }
    }
    if let Some(text) = &expect.contains {
        let text = values.text(text)?;
        if !contains(body, &text) {
            findings.push(fail("the reply does not name it".to_owned()));
        }
    }
    Ok(findings)
}

/// ICCIDs may come with or without their filler.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one.trim_end_matches(['F', 'f']) == other.trim_end_matches(['F', 'f']),
        _ => one == other,
    }
}

fn contains(value: &Value, text: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| contains(item, text)),
        Value::Object(members) => members.values().any(|item| contains(item, text)),
        other => same(other, &Value::from(text)),
    }
}

/// A success as it is understood: secrets are hidden by their types.
fn understood(operation: Op, reply: &Response<Bytes>) -> (String, Result<Vec<Tolerated>, String>) {
    match operation {
        Op::SendMspToken => read::<SendMspToken>(reply),
        Op::NotifyMspTokenInvalid => read::<NotifyMspTokenInvalid>(reply),
        Op::SendProfileInformation => read::<SendProfileInformation>(reply),
        Op::UpdateSubscriptionInfo => read::<UpdateSubscriptionInfo>(reply),
        Op::SendActivationCode => read::<SendActivationCode>(reply),
        Op::RequestActivationCode => read::<RequestActivationCode>(reply),
        Op::SendCsimStatus => read::<SendCsimStatus>(reply),
        Op::RequestInvalidateMspToken => read::<RequestInvalidateMspToken>(reply),
        Op::RequestProfileStatus => read::<RequestProfileStatus>(reply),
        _ => (
            String::new(),
            Err("an operation that this version does not know".to_owned()),
        ),
    }
}

fn read<O: Operation<Reply: std::fmt::Debug>>(reply: &Response<Bytes>) -> (String, Result<Vec<Tolerated>, String>) {
    match read_reply::<O>(reply, Leniency::Field) {
        Ok(received) => (format!("{:?}", received.value), Ok(received.tolerated)),
        Err(ReplyError::Unreadable { error, body, .. }) => (format!("({} bytes)", body.len()), Err(error.to_string())),
        Err(ReplyError::Api(_)) => (String::new(), Err("it is none".to_owned())),
    }
}
