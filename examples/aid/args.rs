//! The arguments of a command: `--name VALUE` or `--name=VALUE`, `--switch`, and words in order.

use std::{collections::BTreeMap, fmt::Display, str::FromStr, time::Duration};

/// What is wrong with the command line.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl Usage {
    pub(crate) fn new(problem: &str) -> Self {
        Self(problem.to_owned())
    }
}

/// Arguments by name; every name at most once.
#[derive(Debug)]
pub(crate) struct Args {
    values: BTreeMap<&'static str, String>,
}

/// What a command knows. Names are without dashes; words stand without a name.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) words: &'static [&'static str],
    pub(crate) options: &'static [&'static str],
    pub(crate) switches: &'static [&'static str],
}

pub(crate) fn is_help(argument: &str) -> bool {
    matches!(argument, "--help" | "-h" | "help")
}

impl Args {
    pub(crate) fn parse(arguments: Vec<String>, known: &Known) -> Result<Self, Usage> {
        let mut values = BTreeMap::new();
        let mut words = known.words.iter();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let find = |names: &'static [&'static str], name: &str| names.iter().copied().find(|known| *known == name);
            let (name, value) = match argument.strip_prefix("--") {
                None => {
                    let word = words
                        .next()
                        .ok_or_else(|| Usage(format!("one word too many: {}", argument.escape_debug())))?;
                    (*word, argument)
                }
                Some(flag) => {
                    let (name, inline) = flag
                        .split_once('=')
                        .map_or((flag, None), |(name, value)| (name, Some(value)));
                    if let Some(name) = find(known.options, name) {
                        let value = inline.map(str::to_owned).or_else(|| arguments.next());
                        (name, value.ok_or_else(|| Usage(format!("--{name} needs a value")))?)
                    } else if let (Some(name), None) = (find(known.switches, name), inline) {
                        (name, String::new())
                    } else {
                        return Err(Usage(format!("no such option: --{}", name.escape_debug())));
                    }
                }
            };
            if values.insert(name, value).is_some() {
                return Err(Usage(format!("--{name} stands twice")));
            }
        }
        Ok(Self { values })
    }

    pub(crate) fn has(&self, switch: &str) -> bool {
        self.values.contains_key(switch)
    }

    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Usage> {
        self.optional(name).ok_or_else(|| Usage(format!("--{name} is missing")))
    }

    /// The value, read as a `T`.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Usage> {
        self.optional(name)
            .map(|text| text.parse().map_err(|error| Usage(format!("--{name}: {error}"))))
            .transpose()
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Usage> {
        let expected = |_| Usage(format!("--{name}: expected a whole number from 0 up"));
        self.optional(name)
            .map(|text| text.parse().map_err(expected))
            .transpose()
    }

    /// A time that is longer than none.
    pub(crate) fn seconds(&self, name: &str) -> Result<Option<Duration>, Usage> {
        let read = |text: &str| {
            let seconds = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
            Some(seconds).filter(|seconds| !seconds.is_zero())
        };
        let expected = || Usage(format!("--{name}: expected seconds, more than 0"));
        self.optional(name)
            .map(|text| read(text).ok_or_else(expected))
            .transpose()
    }

    pub(crate) fn required_parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Usage> {
        self.required(name)?;
        self.parsed(name)?.ok_or_else(|| Usage(format!("--{name} is missing")))
    }

    /// The content of the file that the option names.
    pub(crate) fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Usage> {
        self.optional(name)
            .map(|path| std::fs::read(path).map_err(|error| Usage(format!("--{name}: {error}"))))
            .transpose()
    }
}
