//! A CMP, an MSP and three cars, to click through: `cargo run --release --example sandbox -- --open`.

use clap::Parser;

/// A CMP, an MSP and three cars in one process, with pages to click through.
#[derive(Parser)]
#[command(name = "sandbox")]
struct Program {
    #[command(flatten)]
    arguments: aid_sandbox::Arguments,
}

fn main() -> Result<(), aid_sandbox::Failed> {
    Program::parse().arguments.run()
}
