//! The report for build servers.

use std::fmt::Write as _;

use super::{Report, escaped};
use crate::finding::{Finding, Verdict};

pub(super) fn write(report: &Report) -> String {
    let counts = report.counts();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuite name=\"aid-conformance {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        report.role,
        report.outcomes.len(),
        counts.of(Verdict::Fail),
        counts.of(Verdict::Error),
        counts.of(Verdict::Skipped),
    );
    for outcome in &report.outcomes {
        let (name, class) = (escaped(&outcome.id), escaped(&outcome.title));
        let _ = write!(xml, "  <testcase name=\"{name}\" classname=\"{class}\">");
        let tag = match outcome.verdict {
            Verdict::Pass => None,
            Verdict::Warning => Some("system-out"),
            Verdict::Fail => Some("failure"),
            Verdict::Skipped => Some("skipped"),
            Verdict::Error => Some("error"),
        };
        if let Some(tag) = tag {
            let lines: Vec<String> = outcome.findings.iter().map(line).collect();
            let _ = write!(xml, "<{tag}>{}</{tag}>", escaped(&lines.join("\n")));
        }
        xml.push_str("</testcase>\n");
    }
    xml.push_str("</testsuite>\n");
    xml
}

pub(super) fn line(finding: &Finding) -> String {
    format!("{}: {}: {}", finding.verdict.as_str(), finding.item, finding.what)
}
