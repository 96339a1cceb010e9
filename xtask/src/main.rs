//! Chores of this workspace, run as `cargo run -p xtask -- <chore>`.
//!
//! - `codegen` writes the generated code of `aid2-proto` from its proto files.
//! - `codegen --check` fails when the checked-in code differs from what `codegen` would write.

mod codegen;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["codegen"] => codegen::write(),
        ["codegen", "--check"] => codegen::check(),
        _ => Err("usage: cargo run -p xtask -- codegen [--check]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
