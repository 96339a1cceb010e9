//! `aid store`: the file that a vehicle or a backend keeps its messages in.

use std::{path::PathBuf, process::ExitCode};

use aid2_mqtt::FileStore;
use serde_json::json;

use crate::{args::Usage, lines};

/// `aid store check`.
#[derive(clap::Args)]
#[command(after_help = CHECK)]
pub(crate) struct Check {
    /// The file of a vehicle's outbox or of a backend's orders, whether or not it is in use
    file: PathBuf,
}

const CHECK: &str = "\
Lines:
  out  {\"ok\":true,\"bytes\":4711,\"records\":12,\"entries\":5,\"torn\":0}
       {\"ok\":false,\"bytes\":4711,\"records\":11,\"entries\":5,\"torn\":0,
        \"damage\":{\"at\":812,\"bytes\":96,\"records_lost\":1}}

  `records` are groups of changes, `entries` what they left, `torn` the bytes of a
  last record that was not written to its end: nobody was told that it is stored.
  `damage` is what cannot be read: `bytes` from `at`, with `records_lost` groups of changes or more.
  The next opening takes over everything else, and keeps the damaged file beside the new one, under
  the name of the file and `.damaged-1`. Check that one to see again what was lost.

  Exit: 0 everything can be read; 1 something cannot; 2 the file is no store, or cannot be opened.";

impl Check {
    pub(crate) fn run(self) -> Result<ExitCode, Usage> {
        let file = self.file.display();
        let checked = FileStore::check(&self.file).map_err(|error| Usage(format!("{file}: {error}")))?;
        let mut line = json!({
            "ok": checked.loaded.damage.is_none(),
            "bytes": checked.size,
            "records": checked.records,
            "entries": checked.loaded.entries.len(),
            "torn": checked.torn,
        });
        let Some(damage) = checked.loaded.damage else {
            return Ok(lines::print(&format!("{line}\n")));
        };
        lines::complain(&format!("{file}: {damage}"));
        let damage = json!({"at": damage.at, "bytes": damage.bytes, "records_lost": damage.records_lost});
        if let Some(line) = line.as_object_mut() {
            line.insert("damage".to_owned(), damage);
        }
        lines::print(&format!("{line}\n"));
        Ok(ExitCode::from(1))
    }
}
