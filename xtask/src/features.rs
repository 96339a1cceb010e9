//! Each published crate alone: without features, with each single one, with all.

use crate::{Result, metadata};

/// Fails at the first combination that does not compile.
pub(crate) fn check() -> Result<()> {
    for member in metadata::published(&metadata::read()?) {
        let features = member.features.iter().filter(|feature| *feature != "default");
        let combinations = std::iter::once(vec!["--no-default-features"])
            .chain(features.map(|feature| vec!["--no-default-features", "--features", feature]))
            .chain([vec!["--all-features"]]);
        for combination in combinations {
            println!("{} {}", member.name, combination.join(" "));
            let check = ["check", "--quiet", "--locked", "--package", &member.name];
            metadata::cargo(&[&check, combination.as_slice()].concat())?;
        }
    }
    Ok(())
}
