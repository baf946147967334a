//! The scenarios of the repository.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::path::Path;

use crate::scenario::{load, tests::rendered};

/// Every file in `scenarios/` is valid and warns of nothing but the task without memory in a real trace (S026); those
/// whose traces are absent are skipped.
#[test]
fn the_scenarios_of_the_repository_have_no_problems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        match load(&file, &[]) {
            Ok(loaded) => {
                let warnings: Vec<_> = loaded.warnings.into_iter().filter(|warning| warning.code() != "S026").collect();
                assert_eq!(rendered(&warnings), "");
            }
            Err(error) if error.problems.iter().all(|problem| problem.code() == "S001") => {
                println!("skipped: the files that {} names are absent", file.display());
            }
            Err(error) => panic!("{}", rendered(&error.problems)),
        }
    }
}
