//! Lets many fleets live, each from a seed of its own, and tells the story of the first that goes wrong.
//!
//! ```text
//! cargo run --release --example fleet -- --seeds 1000
//! cargo run --release --example fleet -- --seeds 10 --first-seed 77 --vehicles 20 --users 8 --msps 3 --steps 20000
//! cargo run --release --example fleet -- --fault DisablePretended
//! ```
//!
//! The exit code is 1 if one went wrong.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program: it prints, and reads the clock"
)]

mod args;

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use args::Args;
use fleet_sim::{Outcome, run, shrink};

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--help" || argument == "-h") {
        print!("{}", args::HELP);
        return ExitCode::SUCCESS;
    }
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("fleet: {error}\nTry `fleet --help`.");
            return ExitCode::from(2);
        }
    };
    if args.is_replay() {
        return replay(&args);
    }
    let started = Instant::now();
    let summary = live(&args);
    if args.untold {
        return match summary.wrong.first() {
            Some((seed, violation)) => {
                println!("seed {seed}: {violation}");
                ExitCode::FAILURE
            }
            None => ExitCode::SUCCESS,
        };
    }
    println!(
        "seeds {} to {}: {} users, {} vehicles, {} MSPs",
        args.first_seed,
        args.first_seed.saturating_add(args.seeds - 1),
        args.options.users,
        args.options.vehicles,
        args.options.msps
    );
    println!(
        "{} steps, {} things that happened, {} troubles, in {:.1} s",
        summary.steps,
        summary.happenings,
        summary.troubles,
        started.elapsed().as_secs_f64()
    );
    println!("{} seeds went wrong", summary.wrong.len());
    let Some(&(seed, _)) = summary.wrong.first() else {
        return ExitCode::SUCCESS;
    };
    for (seed, violation) in summary.wrong.iter().take(20) {
        println!("  seed {seed}: {violation}");
    }
    println!("the story of seed {seed}, as short as it gets:");
    match shrink(seed, args.options) {
        Some(failure) => println!("{failure}"),
        None => println!("it does not go wrong twice"),
    }
    ExitCode::FAILURE
}

/// What all worlds together came to.
#[derive(Debug, Default)]
struct Summary {
    steps: u64,
    happenings: usize,
    troubles: usize,
    wrong: Vec<(u64, String)>,
}

impl Summary {
    fn add(&mut self, seed: u64, outcome: Outcome) {
        self.steps += outcome.steps;
        self.happenings += outcome.happenings.len();
        self.troubles += outcome.troubles.len();
        self.wrong.extend(outcome.violation.map(|violation| (seed, violation)));
    }
}

/// Lets every seed live, on all cores.
fn live(args: &Args) -> Summary {
    let (next, summary) = (AtomicU64::new(0), Mutex::new(Summary::default()));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let summary = || summary.lock().unwrap_or_else(PoisonError::into_inner);
                    let enough = args.untold && !summary().wrong.is_empty();
                    if number >= args.seeds || enough {
                        return;
                    }
                    let seed = args.first_seed.saturating_add(number);
                    let outcome = run(seed, args.options, &args.selection, false);
                    summary().add(seed, outcome);
                }
            });
        }
        scope.spawn(|| progress(&next, args.seeds));
    });
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.wrong.sort_unstable();
    summary
}

/// A bar, where somebody can see it.
fn progress(next: &AtomicU64, seeds: u64) {
    const WIDTH: u64 = 40;
    while stderr().is_terminal() {
        let begun = next.load(Ordering::Relaxed).min(seeds);
        let full = begun * WIDTH / seeds.max(1);
        let bar: String = (0..WIDTH).map(|at| if at < full { '#' } else { '.' }).collect();
        eprint!("\r[{bar}] {begun}/{seeds} ");
        let _ = stderr().flush();
        if begun == seeds {
            return eprintln!();
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// One world again, told in full.
fn replay(args: &Args) -> ExitCode {
    let outcome = run(args.first_seed, args.options, &args.selection, true);
    for line in &outcome.trace {
        println!("{line}");
    }
    match outcome.violation {
        Some(violation) => {
            println!("seed {}: {violation}", args.first_seed);
            ExitCode::FAILURE
        }
        None => {
            println!("seed {}: nothing went wrong", args.first_seed);
            ExitCode::SUCCESS
        }
    }
}
