//! What a server measures, and what the guide says of it.

use std::{collections::BTreeSet, fs, path::Path};

use aid_backend::engine::EngineMetrics;
use aid1_server_traits::ServerMetrics;

#[test]
fn the_guide_has_each_metric_as_it_is_declared_and_no_other() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/monitor.md");
    let guide = fs::read_to_string(guide).unwrap();
    let mut rows: BTreeSet<&str> = guide.lines().filter(|line| line.starts_with("| `")).collect();
    let declared = ServerMetrics::ALL.iter().chain(&EngineMetrics::ALL);
    for metric in declared.chain([&aid1_client::ATTEMPTS, &aid2_mqtt::EVENTS]) {
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let kind = format!("{:?}", metric.kind).to_lowercase();
        let begins = format!(
            "| `{}` | {kind} | {} | {} | ",
            metric.name,
            labels.join(", "),
            metric.description
        );
        let row = rows.iter().find(|row| row.starts_with(&begins)).copied();
        let row = row.unwrap_or_else(|| panic!("no row begins with\n{begins}"));
        // And when somebody has to look.
        assert!(row.len() > begins.len() + 10, "{row}");
        rows.remove(row);
    }
    assert!(rows.is_empty(), "declared nowhere: {rows:?}");
}
