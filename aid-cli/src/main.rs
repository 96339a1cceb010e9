//! `aid`: the crates of the SDK as a command line tool. `aid --help` says what it can do.

mod account_id;
mod aid2;
mod args;
mod call;
mod conformance;
mod desk;
mod hint;
mod json;
mod lines;
mod outgoing;
mod redirect;
mod secret;
mod serve;
mod serve_backend;
mod serve_link;
mod serve_vehicle;
mod store;
mod transport;
mod writer;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use args::Usage;

/// Verify, mint, check, encode, call and serve what automotive identity (AiD) defines.
#[derive(Parser)]
#[command(name = "aid", version, after_help = LINES, subcommand_required = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const LINES: &str = "\
Where JSON lines come in, each line of standard input is one JSON object, and one line of JSON
answers it at once, in order. A line that cannot be used (blank, no JSON object, a member missing,
of another type or twice, longer than 1 MiB) is answered with {\"ok\":false,\"error\":…}, and the next
one is read. The end of standard input ends the command. Members that are not listed in the help of a
command are ignored. What comes out are the listed members; there may be more in future.

Exit: 0 success; 2 the command line is wrong, or input or output failed. `aid call`, `aid conformance`
and `aid store` have their own (see there).";

#[derive(Subcommand)]
enum Command {
    /// The account_id of a redirect
    #[command(subcommand)]
    AccountId(AccountId),
    /// Redirect URIs
    #[command(subcommand)]
    Redirect(Redirect),
    /// AiD2 messages
    #[command(subcommand)]
    Aid2(Aid2),
    /// Call one of the nine AiD1 operations, once, and print one line about it
    Call(Box<call::Call>),
    /// Be one party, to try another one against
    #[command(subcommand)]
    Serve(Serve),
    /// A CMP, an MSP and three cars in one process, with pages to click through
    #[cfg(feature = "sandbox")]
    Sandbox(aid_sandbox::Arguments),
    /// Who is right, by requirement number
    #[command(subcommand)]
    Conformance(conformance::Conformance),
    /// The file that a vehicle or a backend keeps its messages in
    #[command(subcommand)]
    Store(Store),
    /// Print the completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Subcommand)]
enum AccountId {
    /// Verify account_ids: JSON lines in, JSON lines out
    Verify(account_id::Verify),
    /// Make account_ids, one a line: with a random sid each, made now
    Mint(account_id::Mint),
}

#[derive(Subcommand)]
enum Redirect {
    /// Check redirect URIs against agreements: JSON lines in, JSON lines out
    #[command(after_help = redirect::CHECK)]
    Check,
}

#[derive(Subcommand)]
enum Aid2 {
    /// Messages to and from fields: JSON lines in, JSON lines out
    #[command(after_help = aid2::CODEC)]
    Codec,
}

#[derive(Subcommand)]
enum Serve {
    /// Answer what a CMP offers to MSPs, from memory
    Cmp(Box<serve::Server>),
    /// Answer what an MSP offers to CMPs, from memory
    Msp(Box<serve::Server>),
    /// Be a vehicle on an MQTT 5 broker: JSON lines in, JSON lines out
    Vehicle(serve_vehicle::ServeVehicle),
    /// Be one instance of a CMP backend on an MQTT 5 broker: JSON lines in, JSON lines out
    Backend(serve_backend::ServeBackend),
}

#[derive(Subcommand)]
enum Store {
    /// Tell what is in a store, and what was lost of it. Changes nothing
    Check(store::Check),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return unusable(&error),
    };
    run(cli.command).unwrap_or_else(|Usage(problem)| {
        lines::complain(&format!("{problem}\nTry `aid --help`."));
        ExitCode::from(2)
    })
}

fn run(command: Command) -> Result<ExitCode, Usage> {
    match command {
        Command::AccountId(AccountId::Verify(verify)) => verify.run(),
        Command::AccountId(AccountId::Mint(mint)) => mint.run(),
        Command::Redirect(Redirect::Check) => redirect::check(),
        Command::Aid2(Aid2::Codec) => aid2::codec(),
        Command::Call(call) => Ok(call.run()),
        Command::Serve(Serve::Cmp(server)) => server.run(aid_types::Role::Cmp),
        Command::Serve(Serve::Msp(server)) => server.run(aid_types::Role::Msp),
        Command::Serve(Serve::Vehicle(vehicle)) => vehicle.run(),
        Command::Serve(Serve::Backend(backend)) => backend.run(),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => match arguments.run() {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(problem) => Err(Usage(format!("sandbox: {problem}"))),
        },
        Command::Conformance(conformance) => conformance.run(),
        Command::Store(Store::Check(check)) => check.run(),
        Command::Completions { shell } => {
            let mut completions = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "aid", &mut completions);
            Ok(lines::print(&String::from_utf8_lossy(&completions)))
        }
    }
}

/// A command line that says nothing, or asks for help. Whoever reads the line of `aid call` reads it here too.
fn unusable(error: &clap::Error) -> ExitCode {
    let is_call = std::env::args_os().nth(1).is_some_and(|command| command == "call");
    if error.use_stderr() && is_call {
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or(&text);
        let first = first.strip_prefix("error: ").unwrap_or(first);
        return call::unusable(&first.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    // Whether anybody reads it does not matter.
    drop(error.print());
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_sound() {
        super::Cli::command().debug_assert();
    }
}
