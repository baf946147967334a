//! Tests of the whole reader: valid files, bad input, files that a scenario names, the schema, random input.

mod bad_input;
mod bundled;
mod copies;
mod files;
mod imported;
mod loads;
mod proptests;
mod schema;
mod sweeps;
mod traces;
mod valid;

use std::path::Path;

use super::{LoadError, Loaded, parse};

/// A scenario that is valid and as small as can be.
const MINIMAL: &str = r#"
name = "minimal"

[cluster]
zones = ["a", "b"]

[[cluster.instances]]
type = "m5.large"
"#;

fn read(text: &str) -> Result<Loaded, LoadError> {
    parse(text, Path::new("test.toml"), &["tasks_placed", "instances_in_use"])
}

/// The scenario of a text that must be valid.
fn valid(text: &str) -> Loaded {
    match read(text) {
        Ok(loaded) => loaded,
        Err(error) => panic!("{}", rendered(&error.problems)),
    }
}

fn rendered(problems: &[super::Diagnostic]) -> String {
    problems.iter().map(|problem| problem.render(super::Style::Plain) + "\n").collect()
}

/// The one-line forms of all problems of a text, warnings of a valid one included.
fn problems(text: &str) -> Vec<String> {
    let found = match read(text) {
        Ok(loaded) => loaded.warnings,
        Err(error) => error.problems,
    };
    found.iter().map(|problem| problem.to_string().replacen("test.toml:", "", 1)).collect()
}
