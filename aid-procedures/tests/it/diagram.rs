//! Reads the Mermaid diagram in the documentation of a life cycle, to compare it with the code.

/// The transitions `A --> B : Step` of the one diagram in a source file, sorted.
pub(crate) fn transitions(source: &str) -> Vec<(String, String, String)> {
    let mut found: Vec<_> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("///"))
        .filter_map(|line| {
            let (from, rest) = line.trim().split_once(" --> ")?;
            let (to, step) = rest.split_once(" : ")?;
            Some((from.to_owned(), step.to_owned(), to.to_owned()))
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no diagram");
    found
}

/// Asserts that the diagram in `$source` says what `<$state>::on(<$step>)` does.
macro_rules! diagram_agrees {
    ($source:literal, $state:ty, $step:ty) => {{
        let mut code: Vec<_> = <$state>::ALL
            .iter()
            .flat_map(|state| <$step>::ALL.iter().map(move |step| (*state, *step)))
            .filter_map(|(state, step)| {
                Some((
                    format!("{state:?}"),
                    format!("{step:?}"),
                    format!("{:?}", state.on(step)?),
                ))
            })
            .collect();
        code.sort();
        let source = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/", $source));
        assert_eq!($crate::diagram::transitions(source), code, "{}", $source);
    }};
}
pub(crate) use diagram_agrees;
