//! `aid`: the crates of the SDK as a command line tool. `aid --help` says what it can do.

mod account_id;
mod aid2;
mod args;
mod call;
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

use std::{ffi::OsString, process::ExitCode};

use args::Usage;

/// What every sub-command is: its name, its help, and what it does with the arguments behind its name.
struct Command {
    name: &'static str,
    help: &'static str,
    run: fn(Vec<String>) -> Result<ExitCode, Usage>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "account-id verify",
        help: account_id::VERIFY,
        run: account_id::verify,
    },
    Command {
        name: "account-id mint",
        help: account_id::MINT,
        run: account_id::mint,
    },
    Command {
        name: "redirect check",
        help: redirect::CHECK,
        run: redirect::check,
    },
    Command {
        name: "aid2 codec",
        help: aid2::CODEC,
        run: aid2::codec,
    },
    Command {
        name: "call",
        help: call::CALL,
        run: call::call,
    },
    // Before `serve`, which is what both begin with.
    Command {
        name: "serve vehicle",
        help: serve_vehicle::SERVE_VEHICLE,
        run: serve_vehicle::serve,
    },
    Command {
        name: "serve backend",
        help: serve_backend::SERVE_BACKEND,
        run: serve_backend::serve,
    },
    Command {
        name: "serve",
        help: serve::SERVE,
        run: serve::serve,
    },
    Command {
        name: "store check",
        help: store::CHECK,
        run: store::check,
    },
];

const HELP: &str = "\
aid: verify, mint, check, encode, call and serve what automotive identity (AiD) defines

  aid account-id verify     verify account_ids: JSON lines in, JSON lines out
  aid account-id mint       make account_ids
  aid redirect check        check redirect URIs against agreements: JSON lines in, JSON lines out
  aid aid2 codec            AiD2 messages to and from fields: JSON lines in, JSON lines out
  aid call <operation>      call one of the nine AiD1 operations
  aid serve cmp|msp         answer one side of AiD1 from memory
  aid serve vehicle         be a vehicle on an MQTT broker: JSON lines in, JSON lines out
  aid serve backend         be a CMP backend on an MQTT broker: JSON lines in, JSON lines out
  aid store check           what is in a store of AiD2 messages, and what was lost of it
  aid <command> --help      the help of one command

Where JSON lines come in, each line of standard input is one JSON object, and one line of JSON
answers it at once, in order. A line that cannot be used (blank, no JSON object, a member missing,
of another type or twice, longer than 1 MiB) is answered with {\"ok\":false,\"error\":…}, and the next
one is read. The end of standard input ends the command. Members that are not listed here are
ignored. What comes out are the listed members; there may be more in future.

Exit: 0 success; 2 the command line is wrong, or input or output failed. `aid call` and
`aid store` have their own (see there).
";

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1)) {
        Ok(code) => code,
        Err(Usage(problem)) => {
            lines::complain(&format!("{problem}\nTry `aid --help`."));
            ExitCode::from(2)
        }
    }
}

fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Usage> {
    let arguments: Vec<String> = arguments
        .map(|argument| {
            argument
                .into_string()
                .map_err(|_| Usage::new("an argument is not UTF-8"))
        })
        .collect::<Result<_, _>>()?;
    if let Some(first) = arguments.first()
        && args::is_help(first)
    {
        return Ok(help(HELP, COMMANDS.iter()));
    }
    for command in COMMANDS {
        let words = command.name.split(' ').count();
        if command
            .name
            .split(' ')
            .eq(arguments.iter().take(words).map(String::as_str))
        {
            let rest: Vec<String> = arguments.into_iter().skip(words).collect();
            // Elsewhere it may be the value of an option.
            if rest.first().is_some_and(|first| args::is_help(first))
                || rest.last().is_some_and(|last| last == "--help")
            {
                return Ok(help("", std::iter::once(command)));
            }
            return (command.run)(rest);
        }
    }
    // `aid account-id --help`
    let group = |command: &&Command| {
        arguments
            .first()
            .is_some_and(|word| command.name.split(' ').next() == Some(word))
    };
    if arguments.get(1).is_some_and(|second| args::is_help(second)) && COMMANDS.iter().any(|command| group(&command)) {
        return Ok(help("", COMMANDS.iter().filter(group)));
    }
    let others: Vec<&str> = COMMANDS.iter().filter(group).map(|command| command.name).collect();
    Err(match arguments.as_slice() {
        [] => Usage::new("a command is needed"),
        [first, ..] if others.is_empty() => Usage(format!("no such command: {}", first.escape_debug())),
        [..] => Usage(format!("no such command; there is: aid {}", others.join(", aid "))),
    })
}

fn help(overview: &str, commands: impl Iterator<Item = &'static Command>) -> ExitCode {
    let sections: Vec<&str> = Some(overview)
        .into_iter()
        .filter(|text| !text.is_empty())
        .chain(commands.map(|command| command.help))
        .collect();
    lines::print(&sections.join("\n"))
}
