//! Compares the speed of two ways to do the same, and prints the ratios as a table.
//!
//! Times of different runs say little: machines differ, and what else runs on them. So both sides of a row take turns
//! in short rounds, and what counts is the median of the ratios of neighbouring rounds, which meet the same noise.
//!
//! ```
//! use bench_table::{Goal, Table, side};
//!
//! let mut table = Table::named("text");
//! table.row(
//!     "parse",
//!     Goal::TimesAsFast(2.0),
//!     side("u8", || "42".parse::<u8>()),
//!     side("f64", || "42".parse::<f64>()),
//!     "two digits",
//! );
//! ```
//!
//! `cargo bench` gives every bench the arguments after `--`: words select the rows that contain one of them, and
//! `--test` runs each side once, without measuring.

mod round;
mod side;

pub use side::{Side, side, side_with};

/// What a row is to reach against its partner.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::exhaustive_enums, reason = "used by the benches of this workspace alone")]
pub enum Goal {
    /// Our time goes into the partner's at least so often.
    TimesAsFast(f64),
    /// We take at most so many times as long as the partner.
    TimesTheTime(f64),
    /// None is set; how much of the partner's time we take is told all the same.
    Open,
}

/// The rows of one bench, printed as they are measured.
#[derive(Debug)]
pub struct Table {
    words: Vec<String>,
    measuring: bool,
}

impl Table {
    /// Prints the head, and takes the arguments of the process.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let measuring = arguments.iter().any(|argument| argument == "--bench")
            && arguments.iter().all(|argument| argument != "--test");
        let words = arguments
            .into_iter()
            .filter(|argument| !argument.starts_with('-'))
            .collect();
        if measuring {
            println!(
                "\n{name:WHAT$} {:>10} {:>10}  {:PARTNER$} {:>17} {:>11}      limited by",
                "ours", "partner", "partner", "ratio", "goal"
            );
        }
        Self { words, measuring }
    }

    /// Compares two sides; `limited_by` says in a few words what the time is spent on.
    pub fn row(&mut self, what: &str, goal: Goal, mut ours: Side<'_>, mut partner: Side<'_>, limited_by: &str) {
        if !self.words.is_empty() && self.words.iter().all(|word| !what.contains(word)) {
            return;
        }
        if !self.measuring {
            ours.run(1);
            partner.run(1);
            return;
        }
        let measured = round::compare(&mut ours, &mut partner);
        let (of_the_time, as_fast) = (measured.ratio, 1.0 / measured.ratio);
        let times_as_fast = format!("{as_fast:.2} times as fast");
        let of_the_time_of = format!("{of_the_time:.2} of the time");
        let met = |met| if met { "met" } else { "---" };
        let (ratio, goal, met) = match goal {
            Goal::TimesAsFast(goal) => (times_as_fast, format!(">= {goal:.2}"), met(as_fast >= goal)),
            Goal::TimesTheTime(goal) => (of_the_time_of, format!("<= {goal:.2}"), met(of_the_time <= goal)),
            Goal::Open => (of_the_time_of, String::new(), "   "),
        };
        println!(
            "{what:WHAT$} {:>10} {:>10}  {:PARTNER$} {ratio:>17} {goal:>11} {met}  {limited_by}",
            time(measured.ours),
            time(measured.partner),
            partner.name,
        );
    }
}

/// Widths of columns.
const WHAT: usize = 36;
const PARTNER: usize = 26;

/// Nanoseconds, or microseconds where there are many.
fn time(nanoseconds: f64) -> String {
    if nanoseconds < 10_000.0 {
        format!("{nanoseconds:.0} ns")
    } else {
        format!("{:.1} us", nanoseconds / 1000.0)
    }
}
