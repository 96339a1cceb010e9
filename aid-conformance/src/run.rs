//! Putting a party to the tests.

use std::time::Duration;

use aid_http::{HttpClient, Timer, timeout};
use aid_types::{Role, http::BaseUrl};

use crate::{
    case::{Case, SuiteError},
    check::{self, Checked},
    finding::{Exchange, Finding, Outcome, Verdict},
    profile::Profile,
    report::Report,
    request::prepare,
    suite::{Selection, suite, usual_requests},
    values::{NotDeclared, Stock, Values},
};

/// How a party is put to the tests.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Which tests.
    pub selection: Selection,
    /// Whether a warning is a failure. Default: no.
    pub strict: bool,
    /// What random ids are made from: the same seed sends the same. A party that remembers a run needs another one.
    /// Default: 0.
    pub seed: u64,
    /// How long a reply may take. Default: 10 s.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            strict: false,
            seed: 0,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Puts the party at `base_url` to every test that is selected, one after the other, and tells of each when it is over.
///
/// # Errors
///
/// [`SuiteError`], which never comes: what the party does wrong stands in the report.
pub async fn run(
    role: Role,
    http: &impl HttpClient,
    timer: &impl Timer,
    base_url: &BaseUrl,
    profile: &Profile,
    options: &Options,
    mut done: impl FnMut(&Outcome),
) -> Result<Report, SuiteError> {
    let (cases, usual) = (suite(role)?, usual_requests()?);
    let mut stock = Stock::new(profile);
    let mut report = Report::new(role, profile, options);
    for case in cases.iter().filter(|case| options.selection.takes(case)) {
        let mut values = Values::new(&mut stock, options.seed, case);
        let mut outcome = Outcome {
            id: case.id.clone(),
            title: case.title.clone(),
            items: case.items.clone(),
            verdict: Verdict::Pass,
            findings: Vec::new(),
            exchanges: Vec::new(),
        };
        if let Some(missing) = case.when.iter().find(|what| !profile.declares(what)) {
            outcome.skip(missing);
        } else if let Err(NotDeclared(name)) = steps(
            case,
            &usual,
            (http, timer),
            base_url,
            profile,
            options,
            &mut values,
            &mut outcome,
        )
        .await
        {
            outcome.skip(&name);
        }
        outcome.conclude(options.strict);
        done(&outcome);
        report.outcomes.push(outcome);
    }
    Ok(report)
}

/// One call after the other, until one fails.
#[allow(clippy::too_many_arguments, reason = "everything that a run has")]
async fn steps(
    case: &Case,
    usual: &std::collections::BTreeMap<String, crate::suite::Usual>,
    (http, timer): (&impl HttpClient, &impl Timer),
    base_url: &BaseUrl,
    profile: &Profile,
    options: &Options,
    values: &mut Values<'_>,
    outcome: &mut Outcome,
) -> Result<(), NotDeclared> {
    for (number, step) in case.steps.iter().enumerate() {
        let Some(usual) = usual.get(step.call.declaration().operation_id) else {
            continue;
        };
        let prepared = prepare((number, step), usual, base_url, profile, values)?;
        let sent = prepared.request.headers().clone();
        let (reply, checked) = match timeout(timer.sleep(options.timeout), http.send(prepared.request)).await {
            None => {
                outcome.found(Verdict::Fail, &format!("no reply within {:?}", options.timeout));
                ("(none)".to_owned(), None)
            }
            Some(Err(error)) => {
                let error: aid_http::BoxError = error.into();
                outcome.found(Verdict::Error, &format!("no reply: {error}"));
                ("(none)".to_owned(), None)
            }
            Some(Ok(reply)) => {
                let Checked { findings, shown, body } = check::check(step.call, &sent, &reply, &step.expect, values)?;
                (shown, Some((findings, body)))
            }
        };
        outcome.exchanges.push(Exchange {
            request: prepared.shown,
            reply,
        });
        let Some((findings, body)) = checked else { return Ok(()) };
        outcome
            .findings
            .extend(findings.into_iter().map(|finding| finding.or_item(&case.id)));
        if outcome.findings.iter().any(|finding| finding.verdict == Verdict::Fail) {
            return Ok(());
        }
        for (name, member) in &step.save {
            if let Some(value) = body.get(member).and_then(|value| value.as_str()) {
                values.save(name, value.to_owned());
            }
        }
    }
    Ok(())
}

impl Outcome {
    fn found(&mut self, verdict: Verdict, what: &str) {
        self.findings.push(Finding::new(verdict, &self.id, what));
    }

    fn skip(&mut self, missing: &str) {
        self.found(Verdict::Skipped, &format!("the profile does not declare {missing}"));
    }

    /// The worst that was found.
    fn conclude(&mut self, strict: bool) {
        if strict {
            let warnings = self
                .findings
                .iter_mut()
                .filter(|finding| finding.verdict == Verdict::Warning);
            warnings.for_each(|finding| finding.verdict = Verdict::Fail);
        }
        let worst = self.findings.iter().map(|finding| finding.verdict).max();
        self.verdict = worst.unwrap_or(Verdict::Pass);
    }
}

impl Finding {
    /// Where a finding is about what the test itself is about.
    fn or_item(mut self, id: &str) -> Self {
        if self.item.is_empty() {
            id.split(['/', ' '])
                .next()
                .unwrap_or_default()
                .clone_into(&mut self.item);
        }
        self
    }
}
