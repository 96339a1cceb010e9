//! Chores of this workspace, run as `cargo run -p xtask -- <chore>`.
//!
//! - `codegen` writes the generated code of `aid2-proto` from its proto files.
//! - `codegen --check` fails when the checked-in code differs from what `codegen` would write.
//! - `trace` writes into `docs/ambiguities.md` and `docs/requirements.md` which files cite each entry.
//! - `trace --check` fails when the two differ from that, or when a file cites an entry that does not exist.
//! - `features` checks each published crate alone: without features, with each single one, with all.
//! - `mutants LIST PACKAGE [NAME]` breaks the rules of a list one at a time, or those whose names contain `NAME`, sees whether
//!   the tests of a package notice, and writes that into the list.
//! - `dependencies` checks how much the published crates depend on, on what not, and since which Rust.

mod codegen;
mod dependencies;
mod features;
mod metadata;
mod mutants;
mod trace;

use std::{env, error::Error, process::ExitCode};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["codegen"] => codegen::write(),
        ["codegen", "--check"] => codegen::check(),
        ["trace"] => trace::write(),
        ["trace", "--check"] => trace::check(),
        ["features"] => features::check(),
        ["dependencies"] => dependencies::check(),
        ["mutants", list, package] => mutants::run(list, package, ""),
        ["mutants", list, package, name] => mutants::run(list, package, name),
        _ => Err(
            "usage: cargo run -p xtask -- (codegen | trace) [--check] | features | dependencies | mutants LIST PACKAGE [NAME]"
                .into(),
        ),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
