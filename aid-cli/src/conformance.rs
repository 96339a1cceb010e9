//! `aid conformance`: puts a party to the tests of the suite.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use aid_conformance::{Options, Outcome, Profile, Report, Selection, Verdict, replay, run, suite};
use aid_types::{Role, http::BaseUrl};
use aid1_reqwest::TransportOptions;

use crate::{
    args::{Certificates, Usage, file, parsed},
    lines,
    transport::transport,
};

/// `aid conformance`.
#[derive(clap::Subcommand)]
pub(crate) enum Conformance {
    /// Put a CMP to the tests: be its MSP
    #[command(after_help = TEST)]
    Cmp(Box<Test>),
    /// Put an MSP to the tests: be its CMP
    #[command(after_help = TEST)]
    Msp(Box<Test>),
    /// Tell what is different between two results
    Diff {
        /// `result.json` of the older run
        old: PathBuf,
        /// `result.json` of the newer run
        new: PathBuf,
    },
}

#[derive(clap::Args)]
pub(crate) struct Test {
    /// Where the party offers its operations; a path in it is kept. http for this machine only
    #[arg(long, value_name = "URL", required_unless_present = "list")]
    target: Option<String>,
    /// What the party declares of itself
    #[arg(long, value_name = "TOML", required_unless_present = "list")]
    profile: Option<PathBuf>,
    /// Take warnings for failures
    #[arg(long)]
    strict: bool,
    /// These tests only: R-140, R-140/2, A-45
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// Print the tests instead
    #[arg(long)]
    list: bool,
    /// Print the calls of the tests for curl instead
    #[arg(long, conflicts_with = "list")]
    curl: bool,
    /// What random ids are made from. Whom a run changed needs another one for the next
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Write result.json, junit.xml and report.html there
    #[arg(long, value_name = "FOLDER")]
    report: Option<PathBuf>,
    /// Whom to trust, which https needs, and as whom to appear
    #[command(flatten)]
    certificates: Certificates,
}

const TEST: &str = "\
Prints a line for each test that is no pass, and the counts. A test is named by what it proves: a
requirement (docs/requirements.md) or a decision (docs/ambiguities.md), and a number.

  The profile is a TOML file: who calls whom, what the party offers, and what exists there. What is
  skipped follows from it. What a run uses up, such as an account_id, is needed anew for the next:
  client_id, target_id        as agreed
  api_key, or basic           \"…\", or [\"user\", \"password\"]
  modes                       MSP: [\"synchronous\", \"asynchronous\"], either or both
  eid                         MSP: the eUICC that activation codes are requested for
  msp_tokens                  active; the first is used all the time, the others are ended
  full                        MSP: { msp_token = \"…\", iccid = \"…\" }, all profiles in use
  iccids                      profiles of the first msp_token
  account_ids                 CMP: of open onboarding sessions
  activation_code_request_ids CMP: of the first msp_token, waiting for a code
  phone_number                CMP: { phone_number = \"…\", iv = \"…\" }, encrypted

  In what is printed and reported, names in braces stand for values of the profile and of earlier
  replies. Exit: 0 nothing failed; 1 something did; 2 the runner could not tell, or the command line
  is wrong.";

impl Conformance {
    pub(crate) fn run(self) -> Result<ExitCode, Usage> {
        match self {
            Self::Cmp(test) => test.run(Role::Cmp),
            Self::Msp(test) => test.run(Role::Msp),
            Self::Diff { old, new } => diff(&old, &new),
        }
    }
}

impl Test {
    fn run(self, role: Role) -> Result<ExitCode, Usage> {
        let mut options = Options::default();
        options.selection = Selection::only(self.only.iter().cloned());
        options.strict = self.strict;
        options.seed = self.seed;
        let failed = |error: &dyn std::error::Error| Usage(format!("conformance: {error}"));
        if self.list {
            let cases = suite(role).map_err(|error| failed(&error))?;
            let cases = cases.iter().filter(|case| options.selection.takes(case));
            let list: String = cases.map(|case| format!("{}\t{}\n", case.id, case.title)).collect();
            return Ok(lines::print(&list));
        }
        let (Some(target), Some(profile)) = (&self.target, &self.profile) else {
            return Err(Usage::new("--target and --profile are needed"));
        };
        let base_url: BaseUrl = parsed("--target", target)?;
        let text = String::from_utf8(file("--profile", profile)?);
        let text = text.map_err(|_| Usage::new("--profile: expected UTF-8"))?;
        let profile = Profile::parse(&text).map_err(|error| Usage(error.to_string()))?;
        if self.curl {
            let calls = replay(role, &base_url, &profile, &options).map_err(|error| failed(&error))?;
            let calls: String = calls.iter().map(|call| format!("{call}\n")).collect();
            return Ok(lines::print(&calls));
        }
        let transport = transport(&base_url, &self.certificates, "", &TransportOptions::default())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(&error))?;
        let report = runtime.block_on(run(
            role,
            &transport,
            &tokio::time::sleep,
            &base_url,
            &profile,
            &options,
            tell,
        ));
        let report = report.map_err(|error| failed(&error))?;
        lines::print(&format!("{}\n", report.counts()));
        if let Some(folder) = &self.report {
            write(folder, &report).map_err(|error| failed(&*error))?;
        }
        Ok(match report.counts() {
            counts if counts.of(Verdict::Error) > 0 => ExitCode::from(2),
            _ if report.conforms() => ExitCode::SUCCESS,
            _ => ExitCode::from(1),
        })
    }
}

/// One line for each thing that was found.
fn tell(outcome: &Outcome) {
    if outcome.verdict == Verdict::Pass {
        return;
    }
    for finding in &outcome.findings {
        let (verdict, id) = (finding.verdict.as_str(), &outcome.id);
        lines::print(&format!("{verdict}\t{id}\t{}\t{}\n", finding.item, finding.what));
    }
}

fn write(folder: &Path, report: &Report) -> Result<(), Box<dyn std::error::Error>> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("result.json"), report.to_json()?)?;
    fs::write(folder.join("junit.xml"), report.to_junit())?;
    fs::write(folder.join("report.html"), report.to_html())?;
    Ok(())
}

/// Exit: 0 where nothing is different.
fn diff(old: &Path, new: &Path) -> Result<ExitCode, Usage> {
    let read = |path: &Path| -> Result<Report, Usage> {
        let failed = |error: &dyn std::fmt::Display| Usage(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
        let (report, hash) = Report::from_json(&text).map_err(|error| failed(&error))?;
        if hash.is_none() {
            lines::complain(&format!("{}: changed since it was written", path.display()));
        }
        Ok(report)
    };
    let (old, new) = (read(old)?, read(new)?);
    if (&old.role, &old.profile) != (&new.role, &new.profile) {
        lines::complain("not the same role and profile");
    }
    let changes = new.since(&old);
    let shown = |verdict: Option<Verdict>| verdict.map_or("-", Verdict::as_str);
    for change in &changes {
        lines::print(&format!(
            "{}\t{}\t{}\n",
            change.id,
            shown(change.before),
            shown(change.now)
        ));
    }
    Ok(ExitCode::from(u8::from(!changes.is_empty())))
}
