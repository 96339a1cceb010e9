//! The report for people.

use std::fmt::Write as _;

use super::{Report, escaped, junit::line};
use crate::finding::Outcome;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
    summary{padding:.2rem 0}pre{white-space:pre-wrap;background:#f2f2f2;color:#111;padding:.5rem}\
    .v{display:inline-block;width:5rem;font-weight:600}.fail,.error{color:#a30000}.warning{color:#7a4b00}\
    .pass{color:#006100}.skipped{color:#555}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}\
    .fail,.error{color:#ff8a8a}.warning{color:#ffc46b}.pass{color:#7fdc7f}.skipped{color:#bbb}}";

pub(super) fn write(report: &Report) -> String {
    let title = format!("AiD1 conformance: {}", report.role.to_uppercase());
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><h1>{title}</h1><p>{}</p><p>Suite {}, seed {}, profile {}{}</p>\n",
        report.counts(),
        escaped(&report.suite),
        report.seed,
        escaped(&report.profile),
        if report.strict { ", strict" } else { "" },
    );
    report.outcomes.iter().for_each(|outcome| test(&mut html, outcome));
    html.push_str("</body></html>\n");
    html
}

fn test(html: &mut String, outcome: &Outcome) {
    let verdict = outcome.verdict.as_str();
    let _ = write!(
        html,
        "<details><summary><span class=\"v {verdict}\">{verdict}</span> <b>{}</b> {}</summary>",
        escaped(&outcome.id),
        escaped(&outcome.title),
    );
    if !outcome.items.is_empty() {
        let _ = write!(html, "<p>{}</p>", escaped(&outcome.items.join(", ")));
    }
    if !outcome.findings.is_empty() {
        html.push_str("<ul>");
        for finding in &outcome.findings {
            let _ = write!(html, "<li>{}</li>", escaped(&line(finding)));
        }
        html.push_str("</ul>");
    }
    for exchange in &outcome.exchanges {
        let _ = write!(
            html,
            "<pre>→ {}\n\n← {}</pre>",
            escaped(&exchange.request),
            escaped(&exchange.reply)
        );
    }
    html.push_str("</details>\n");
}
