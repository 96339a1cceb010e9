//! From the project's lists of decisions and requirements to the files that cite them.
//!
//! Each list is a Markdown document with tables whose rows begin with an id, `A-12`, `R-220` or `SES-010`, and end with two cells:
//! the sources and the tests that cite the id. Those two are written here; everything else is written by people.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::Result;

/// Decisions, requirements of AiD, and those of the SES transfer.
const KINDS: [&str; 3] = ["A", "R", "SES"];
const LISTS: [&str; 2] = ["docs/ambiguities.md", "docs/requirements.md"];
/// What is searched. Documents cite, too, but do not meet anything.
const EXTENSIONS: [&str; 2] = ["rs", "json"];
const SKIPPED: [&str; 3] = ["target", "docs", "xtask"];
/// Stands where nothing cites an id, in both cells.
const NOT_YET: &str = "not yet";
/// No files. People write it into both cells where no code can cite the id.
const NONE: &str = "–";

/// The files that cite one id.
#[derive(Default)]
struct Cited {
    sources: BTreeSet<String>,
    tests: BTreeSet<String>,
}

type Citations = BTreeMap<String, Cited>;

/// Writes the two cells of every row.
pub(crate) fn write() -> Result<()> {
    let citations = citations()?;
    for list in LISTS {
        fs::write(
            root().join(list),
            traced(&fs::read_to_string(root().join(list))?, &citations),
        )?;
    }
    unknown(&citations)
}

/// Compares the two cells of every row with what would be written.
pub(crate) fn check() -> Result<()> {
    let citations = citations()?;
    for list in LISTS {
        let text = fs::read_to_string(root().join(list))?;
        if traced(&text, &citations) != text {
            return Err(format!("{list} is stale; run `cargo run -p xtask -- trace`").into());
        }
    }
    unknown(&citations)
}

/// Fails where a file cites an id that has no row.
fn unknown(citations: &Citations) -> Result<()> {
    let mut rows = BTreeSet::new();
    for list in LISTS {
        let text = fs::read_to_string(root().join(list))?;
        rows.extend(text.lines().filter_map(row_id).map(str::to_owned));
    }
    let unknown: Vec<String> = citations
        .iter()
        .filter(|(id, _)| !rows.contains(*id))
        .map(|(id, cited)| format!("{id} in {}", join(cited.sources.union(&cited.tests))))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(format!("cited, but not listed: {}", unknown.join("; ")).into())
    }
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn traced(text: &str, citations: &Citations) -> String {
    let mut traced = String::with_capacity(text.len());
    for line in text.lines() {
        match row_id(line) {
            Some(id) => traced.push_str(&row(line, citations.get(id))),
            None => traced.push_str(line),
        }
        traced.push('\n');
    }
    traced
}

fn row_id(line: &str) -> Option<&str> {
    let id = line.strip_prefix("| ")?.split(' ').next()?;
    parsed(id).map(|_| id)
}

/// The row with its last two cells replaced; two dashes stay where nothing cites the id.
fn row(line: &str, cited: Option<&Cited>) -> String {
    let mut cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let written = cells.split_off(cells.len().saturating_sub(2));
    let files = match cited {
        Some(cited) => [join(&cited.sources), join(&cited.tests)],
        None if written == [NONE; 2] => [NONE, NONE].map(str::to_owned),
        None => [NOT_YET, NOT_YET].map(str::to_owned),
    };
    format!("| {} | {} |", cells.join(" | "), files.join(" | "))
}

fn join<'a>(files: impl IntoIterator<Item = &'a String>) -> String {
    let files: Vec<String> = files.into_iter().map(|file| format!("`{file}`")).collect();
    if files.is_empty() {
        NONE.to_owned()
    } else {
        files.join(", ")
    }
}

fn citations() -> Result<Citations> {
    let mut citations = Citations::new();
    walk(&root(), &mut citations)?;
    Ok(citations)
}

fn walk(folder: &Path, citations: &mut Citations) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name) {
                walk(&path, citations)?;
            }
        } else if path
            .extension()
            .is_some_and(|extension| EXTENSIONS.iter().any(|ours| extension == *ours))
        {
            let file = path.strip_prefix(root())?.display().to_string();
            for id in ids(&fs::read_to_string(&path)?) {
                let cited = citations.entry(id).or_default();
                let files = if is_test(&file) {
                    &mut cited.tests
                } else {
                    &mut cited.sources
                };
                files.insert(file.clone());
            }
        }
    }
    Ok(())
}

fn is_test(file: &str) -> bool {
    file.split('/')
        .any(|folder| matches!(folder, "tests" | "test-vectors" | "fuzz" | "benches" | "fleet-sim"))
}

/// The ids that a text cites: `A-12`, `R-220`, `R-220 to R-222`, and `Ambiguity::new(12)`.
fn ids(text: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut before = ["", ""];
    for word in text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '-')) {
        if word.is_empty() {
            continue;
        }
        match (before, parsed(word)) {
            ([first, "to"], Some((kind, last))) => {
                let start = parsed(first).map_or(last, |(_, first)| first + 1);
                ids.extend((start..=last).map(|number| id(kind, number)));
            }
            (_, Some((kind, number))) => ids.push(id(kind, number)),
            (["Ambiguity", "new"], None) => ids.extend(word.parse().map(|number| id("A", number))),
            _ => {}
        }
        before = [before[1], word];
    }
    ids
}

/// The kind and the number of an id.
fn parsed(word: &str) -> Option<(&'static str, u16)> {
    let (kind, number) = word.split_once('-')?;
    let kind = KINDS.into_iter().find(|ours| *ours == kind)?;
    let digits = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| number.parse().ok().map(|number| (kind, number)))?
}

/// As the lists write it: at least two digits for a decision, three for a requirement.
fn id(kind: &str, number: u16) -> String {
    match kind {
        "A" => format!("A-{number:02}"),
        _ => format!("{kind}-{number:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_where_they_are_cited() {
        assert_eq!(
            ids("// R-220, A-5 to A-07 (A-148)"),
            ["R-220", "A-05", "A-06", "A-07", "A-148"]
        );
        assert_eq!(ids("const X: _ = Ambiguity::new(5);"), ["A-05"]);
        assert_eq!(ids("// SES-9 to SES-011"), ["SES-009", "SES-010", "SES-011"]);
        assert!(ids("25bca1e2-338f-A-12 SHA-256 A-1234 XA-1 AR-12 A- SES-1234 ses-001").is_empty());
    }

    /// Requirements of a state that lasts, which no crate here keeps: who does.
    const ELSEWHERE: [(&str, &str); 1] = [("R-168", "the user database of the CMP, which gives every user an id")];

    #[test]
    fn what_lasts_is_met_and_proven() {
        let list = fs::read_to_string(root().join("docs/requirements.md")).expect("the list is there");
        let citations = citations().expect("the files can be read");
        let open: Vec<&str> = list
            .lines()
            .filter(|line| line.split('|').nth(3).is_some_and(|kind| kind.trim() == "S"))
            .filter_map(row_id)
            .filter(|id| ELSEWHERE.iter().all(|(elsewhere, _)| elsewhere != id))
            .filter(|id| {
                let cited = citations.get(*id);
                cited.is_none_or(|cited| cited.sources.is_empty() || cited.tests.is_empty())
            })
            .collect();
        assert!(open.is_empty(), "without a source or a test that cites it: {open:?}");
        for (elsewhere, _) in ELSEWHERE {
            assert!(
                !citations.contains_key(elsewhere),
                "{elsewhere} is cited, so it is not elsewhere"
            );
        }
    }

    #[test]
    fn a_row_keeps_what_people_wrote() {
        let mut citations = Citations::new();
        citations
            .entry("A-05".to_owned())
            .or_default()
            .tests
            .insert("a/tests/b.rs".to_owned());
        let list = "# List\n\n| id | text | sources | tests |\n|---|---|---|---|\n| A-05 | x, A-06 | old | |\n| A-06 | y | – | – |\n| A-07 | z | – | |\n";
        let written = "# List\n\n| id | text | sources | tests |\n|---|---|---|---|\n\
            | A-05 | x, A-06 | – | `a/tests/b.rs` |\n| A-06 | y | – | – |\n| A-07 | z | not yet | not yet |\n";
        assert_eq!(traced(list, &citations), written);
        assert_eq!(traced(written, &citations), written);
    }
}
