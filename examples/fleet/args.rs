//! The command line.

use std::str::FromStr;

use fleet_sim::{Fault, Options, Selection};

pub(crate) const USAGE: &str = "usage: fleet [--seeds N] [--first-seed S] [--users U] [--vehicles V] [--msps M] \
[--steps T] [--fault NAME] [--happenings LIST] [--troubles LIST]";

/// What to let live.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) seeds: u64,
    pub(crate) first_seed: u64,
    pub(crate) options: Options,
    pub(crate) selection: Selection,
}

impl Args {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self {
            seeds: 200,
            first_seed: 0,
            options: Options::default(),
            selection: Selection::default(),
        };
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| format!("{name} lacks a value"))?;
            match name.as_str() {
                "--seeds" => parsed.seeds = number(&name, &value)?,
                "--first-seed" => parsed.first_seed = number(&name, &value)?,
                "--users" => parsed.options.users = at_least_one(&name, &value)?,
                "--vehicles" => parsed.options.vehicles = at_least_one(&name, &value)?,
                "--msps" => parsed.options.msps = at_least_one(&name, &value)?,
                "--steps" => parsed.options.steps = number(&name, &value)?,
                "--fault" => {
                    let fault = Fault::ALL.iter().find(|fault| format!("{fault:?}") == value);
                    parsed.options.fault =
                        Some(*fault.ok_or_else(|| format!("no fault {value}; there are {:?}", Fault::ALL))?);
                }
                "--happenings" => parsed.selection.happenings = Some(list(&name, &value)?),
                "--troubles" => parsed.selection.troubles = Some(list(&name, &value)?),
                _ => return Err(format!("no option {name}")),
            }
        }
        Ok(parsed)
    }

    /// Whether one world is to be told, out of the parts that are named.
    pub(crate) const fn is_replay(&self) -> bool {
        self.selection.happenings.is_some() || self.selection.troubles.is_some()
    }
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name}: {value} is no number"))
}

fn at_least_one(name: &str, value: &str) -> Result<usize, String> {
    number(name, value).and_then(|number| match number {
        0 => Err(format!("{name}: at least 1")),
        number => Ok(number),
    })
}

fn list<T: FromStr>(name: &str, value: &str) -> Result<Vec<T>, String> {
    let numbers = value.split(',').filter(|number| *number != "-");
    numbers.map(|value| number(name, value)).collect()
}
