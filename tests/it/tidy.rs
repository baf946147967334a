//! The directions between modules, and the shape of files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each module of `src/` may use of its siblings. `use` of another one is a change of design: see
/// `ARCHITECTURE.md`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("query", &[]),
    ("model", &["query"]),
    ("engine", &["model", "query"]),
    ("workload", &["model"]),
    ("aws", &["model", "query"]),
    ("strategy", &["model", "engine"]),
    ("scenario", &["model", "query", "aws", "strategy"]),
    ("simulation", &["model", "engine", "workload"]),
    ("experiment", &["model", "engine", "workload", "simulation"]),
    ("analysis", &["model", "query", "engine", "simulation"]),
    ("report", &["model", "query", "engine", "simulation", "analysis", "bench"]),
    ("bench", &["model", "query", "engine"]),
];

const LONGEST_FILE: usize = 600;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The modules that a file names as `crate::<module>`, its documentation left out.
fn used_modules(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut used = BTreeSet::new();
    for line in code {
        for (position, _) in line.match_indices("crate::") {
            let rest = &line[position + "crate::".len()..];
            let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            used.insert(name);
        }
    }
    used
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for (module, allowed) in MAY_USE {
        let folder = root().join("src").join(module);
        assert!(folder.is_dir(), "src/{module} is in the table and not in the tree");
        for file in rust_files(&folder) {
            for used in used_modules(&std::fs::read_to_string(&file).unwrap()) {
                if used != *module && !used.is_empty() && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{} uses {used}", file.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_module_has_its_directions() {
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "cli" {
            assert!(MAY_USE.iter().any(|(module, _)| *module == name), "src/{name} has no row in MAY_USE");
        }
    }
}

#[test]
fn files_say_their_job_and_stay_short() {
    for file in rust_files(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} does not say its job in its first line", file.display());
        assert!(text.lines().count() <= LONGEST_FILE, "{} is longer than {LONGEST_FILE} lines", file.display());
    }
}

#[test]
fn the_top_level_is_what_a_rust_project_keeps() {
    let known = [
        ".cargo",
        ".ci",
        ".git",
        ".gitignore",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "DESIGN.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "benches",
        "clippy.toml",
        "examples",
        "proptest-regressions",
        "results",
        "rustfmt.toml",
        "scenarios",
        "src",
        "target",
        "tests",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(known.contains(&name.as_str()), "`{name}` at the top level is not in the list of this test");
    }
}
