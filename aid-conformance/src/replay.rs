//! The calls of a test, to be made by hand.

use aid_http::{bytes::Bytes, http::Request};
use aid_types::{Role, http::BaseUrl};

use crate::{
    case::SuiteError,
    profile::Profile,
    request::prepare,
    run::Options,
    suite::{suite, usual_requests},
    values::{Stock, Values},
};

/// Every call of the tests that are selected, as a command for curl, each test's behind a line with its id. The
/// credentials are not shown: `$AID_CREDENTIALS` stands for the value of the header. What comes from an earlier reply is
/// an example.
///
/// # Errors
///
/// [`SuiteError`], which never comes.
pub fn replay(role: Role, base_url: &BaseUrl, profile: &Profile, options: &Options) -> Result<Vec<String>, SuiteError> {
    let (cases, usual) = (suite(role)?, usual_requests()?);
    let mut stock = Stock::new(profile);
    let mut lines = Vec::new();
    for case in cases.iter().filter(|case| options.selection.takes(case)) {
        lines.push(format!("# {}: {}", case.id, case.title));
        let mut values = Values::new(&mut stock, options.seed, case);
        for (number, step) in case.steps.iter().enumerate() {
            let Some(usual) = usual.get(step.call.declaration().operation_id) else {
                continue;
            };
            match prepare((number, step), usual, base_url, profile, &mut values) {
                Ok(prepared) => lines.push(curl(&prepared.request)),
                Err(missing) => {
                    lines.push(format!("# the profile does not declare {}", missing.0));
                    break;
                }
            }
            for name in step.save.keys() {
                values.save(name, format!("({name})"));
            }
        }
    }
    Ok(lines)
}

fn curl(request: &Request<Bytes>) -> String {
    let mut line = format!("curl -i -X {} {}", request.method(), quoted(&request.uri().to_string()));
    for (name, value) in request.headers() {
        line.push_str(" -H ");
        line.push_str(&match value.is_sensitive() {
            true => format!("\"{name}: $AID_CREDENTIALS\""),
            false => quoted(&format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))),
        });
    }
    match request.body() {
        body if body.is_empty() => {}
        blanks if blanks.len() > 1 && blanks.iter().all(|byte| *byte == b' ') => {
            line.push_str(&format!(" --data-binary \"$(printf '%{}s' '')\"", blanks.len()));
        }
        body => {
            line.push_str(" --data-binary ");
            line.push_str(&quoted(&String::from_utf8_lossy(body)));
        }
    }
    line
}

/// For a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
