//! The command line.

use std::{fmt::Display, str::FromStr};

use fleet_sim::{Fault, Options, Selection};

pub(crate) const HELP: &str = "\
fleet [--seeds N] [--first-seed S] [--users U] [--vehicles V] [--msps M] [--instances I] [--steps T]
      [--fault NAME] [--untold] [--happenings LIST] [--troubles LIST]

  Lets N fleets live, each from a seed of its own, and tells the story of the first that goes wrong.

  --seeds       how many fleets; 200 unless told otherwise
  --first-seed  the seed of the first; 0 unless told otherwise
  --users, --vehicles, --msps
                how many there are of each in a fleet; 4, 6 and 3 unless told otherwise
  --instances   how many instances the CMP's backend has on MQTT; 2 unless told otherwise
  --steps       after how many steps nothing new happens to a fleet; 5000 unless told otherwise
  --fault       builds this fault into the parties, to see it caught; a wrong name lists them all
  --untold      ends with the first seed that goes wrong, and says no more than what of it does
  --happenings, --troubles
                what happens and what is troubled: numbers with commas between them, `-` for
                nothing. With one of them only the first seed lives, and is told in full: a story
                ends with the command line that tells it again

  Exit: 0 nothing went wrong; 1 something did; 2 the command line is wrong.
";

/// The most users, vehicles or MSPs: what names have room for, and memory.
const MOST: usize = 1_000_000;

/// What to let live.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) seeds: u64,
    pub(crate) first_seed: u64,
    pub(crate) options: Options,
    pub(crate) selection: Selection,
    pub(crate) untold: bool,
}

impl Args {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self {
            seeds: 200,
            first_seed: 0,
            options: Options::default(),
            selection: Selection::default(),
            untold: false,
        };
        let mut names = Vec::new();
        while let Some(name) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{name} lacks a value"));
            match name.as_str() {
                "--seeds" => parsed.seeds = from_one(&name, &value()?, u64::MAX)?,
                "--first-seed" => parsed.first_seed = number(&name, &value()?)?,
                "--users" => parsed.options.users = from_one(&name, &value()?, MOST)?,
                "--vehicles" => parsed.options.vehicles = from_one(&name, &value()?, MOST)?,
                "--msps" => parsed.options.msps = from_one(&name, &value()?, MOST)?,
                "--instances" => parsed.options.instances = from_one(&name, &value()?, MOST)?,
                "--steps" => parsed.options.steps = number(&name, &value()?)?,
                "--fault" => {
                    let value = value()?;
                    let fault = Fault::ALL.iter().find(|fault| format!("{fault:?}") == value);
                    parsed.options.fault =
                        Some(*fault.ok_or_else(|| format!("no fault {value}; there are {:?}", Fault::ALL))?);
                }
                "--untold" => parsed.untold = true,
                "--happenings" => parsed.selection.happenings = Some(list(&name, &value()?)?),
                "--troubles" => parsed.selection.troubles = Some(list(&name, &value()?)?),
                _ => return Err(format!("no option {name}")),
            }
            if names.contains(&name) {
                return Err(format!("{name} stands twice"));
            }
            names.push(name);
        }
        if parsed.first_seed.checked_add(parsed.seeds - 1).is_none() {
            return Err(format!("there are no seeds beyond {}", u64::MAX));
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

fn from_one<T: FromStr + PartialOrd + From<u8> + Display>(name: &str, value: &str, most: T) -> Result<T, String> {
    match number::<T>(name, value)? {
        number if number < T::from(1) => Err(format!("{name}: at least 1")),
        number if number > most => Err(format!("{name}: at most {most}")),
        number => Ok(number),
    }
}

fn list<T: FromStr>(name: &str, value: &str) -> Result<Vec<T>, String> {
    let numbers = value.split(',').filter(|number| *number != "-");
    numbers.map(|value| number(name, value)).collect()
}
