//! The directions between modules, and the shape of files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each module of `src/` may use of its siblings. `use` of another one is a change of design: see
/// `ARCHITECTURE.md`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("query", &[]),
    ("model", &["query"]),
    ("engine", &["model", "query"]),
    ("workload", &["model"]),
    ("forms", &[]),
    ("aws", &["model", "query", "forms"]),
    ("strategy", &["model", "engine"]),
    ("scenario", &["model", "query", "aws", "strategy", "sweep"]),
    ("simulation", &["model", "engine", "workload"]),
    ("laws", &["model", "query", "engine", "simulation"]),
    ("live", &["model", "engine", "simulation"]),
    ("experiment", &["model", "engine", "workload", "simulation"]),
    ("analysis", &["model", "query", "engine", "simulation"]),
    ("planning", &["model", "query", "engine", "workload", "simulation", "experiment", "analysis"]),
    ("report", &["model", "query", "engine", "simulation", "analysis", "planning", "bench", "sweep"]),
    ("bench", &["model", "query", "engine", "strategy"]),
    ("sweep", &[]),
];

/// The name of a wing, and the wings that it may use.
type Wing = (&'static str, &'static [&'static str]);

/// Files that may stand beside the wings of a module: they join them.
const BESIDE: &[&str] = &[
    "mod.rs",
    "checks.rs",
    "footprint.rs",
    "misfits.rs",
    "reference.rs",
    "settings.rs",
    "schema.json",
    "change.rs",
    "room.rs",
    "grow.rs",
    "batch.rs",
    "departures.rs",
    "scenario.rs",
    "error.rs",
    "warning.rs",
    "facts.rs",
];

/// The folder of a module.
fn folder_of(module: &str) -> PathBuf {
    root().join("src").join(module.replace("::", "/"))
}

/// What each wing inside a module may use of the others; the files beside the wings join them and may use all.
const WINGS: &[(&str, &[Wing])] = &[
    (
        "query",
        &[
            ("values", &["error"]),
            ("syntax", &["values", "error", "warning"]),
            ("meaning", &["values", "syntax", "facts", "tests"]),
            ("remedy", &["values", "syntax", "facts", "tests"]),
        ],
    ),
    (
        "model",
        &[
            ("units", &[]),
            ("resources", &["units"]),
            ("policy", &["units", "resources", "scenario"]),
            ("load", &["units", "resources", "policy"]),
            ("derived", &["units", "resources", "policy", "load", "scenario"]),
        ],
    ),
    (
        "scenario",
        &[
            ("reading", &[]),
            ("policies", &["reading"]),
            ("cluster", &["reading"]),
            ("load", &["reading", "policies", "cluster"]),
            ("services", &["reading", "policies", "cluster", "load"]),
            ("constraints", &["reading"]),
            ("import", &["cluster", "load"]),
            ("sweeps", &["reading"]),
        ],
    ),
    (
        "aws",
        &[
            ("reading", &[]),
            ("documents", &["reading"]),
            ("requests", &["reading", "documents"]),
            ("files", &["reading", "documents", "requests"]),
            ("snapshot", &["reading", "documents", "requests", "files"]),
            ("members", &[]),
            ("anonymise", &["reading", "files"]),
        ],
    ),
    (
        "engine::fast",
        &[
            ("state", &[]),
            ("plan", &["state"]),
            ("index", &["state", "plan"]),
            ("decision", &["state", "plan", "index"]),
        ],
    ),
];

const LONGEST_FILE: usize = 600;
/// Files beside one another.
const MOST_FILES: usize = 16;

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

/// The code of a text, its documentation left out.
fn code_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The names that follow a path in a text; empty where a group follows.
fn named_after(text: &str, path: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for line in code_of(text) {
        for (position, _) in line.match_indices(path) {
            let rest = &line[position + path.len()..];
            used.insert(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
        }
    }
    used
}

/// The modules that a file names as `crate::<module>`.
fn used_modules(text: &str) -> BTreeSet<String> {
    named_after(text, "crate::").into_iter().filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

/// Whether a line climbs out of its folder by `super`, where `crate::…` would tell the test what it uses.
fn climbs(line: &str, is_root_of_wing: bool) -> bool {
    line.contains("super::super") || (is_root_of_wing && line.contains("super::") && line.trim() != "use super::*;")
}

/// What a file of a wing uses and may not.
fn wrong_in_wing(module: &str, wing: &str, allowed: &[&str], file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let is_root = file.ends_with(folder_of(module).join(wing).join("mod.rs"));
    let mut wrong: Vec<String> = named_after(&text, &format!("crate::{module}::"))
        .into_iter()
        .filter(|used| used != wing && !allowed.contains(&used.as_str()))
        .map(|used| format!("{} uses {module}::{used}", file.display()))
        .collect();
    let climbing = code_of(&text).filter(|line| climbs(line, is_root));
    wrong.extend(climbing.map(|line| format!("{} climbs: {}", file.display(), line.trim())));
    wrong
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
fn wings_use_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for (module, wings) in WINGS {
        for (wing, allowed) in *wings {
            let folder = folder_of(module).join(wing);
            assert!(folder.is_dir(), "src/{module}/{wing} is in the table and not in the tree");
            for file in rust_files(&folder) {
                wrong.extend(wrong_in_wing(module, wing, allowed, &file));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_wing_has_its_directions_and_few_files_stand_beside_the_wings() {
    for (module, wings) in WINGS {
        for entry in std::fs::read_dir(folder_of(module)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_known = match path.is_dir() {
                true => name == "tests" || wings.iter().any(|(wing, _)| *wing == name),
                false => BESIDE.contains(&name.as_str()),
            };
            assert!(is_known, "src/{module}/{name} is no wing of WINGS: give it a wing, or a row there");
        }
    }
}

/// Where people write Rust.
const CODE: [&str; 4] = ["src", "tests/it", "benches", "examples"];

#[test]
fn files_say_their_job_and_stay_short() {
    for file in CODE.iter().flat_map(|folder| rust_files(&root().join(folder))) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} does not say its job in its first line", file.display());
        assert!(text.lines().count() <= LONGEST_FILE, "{} is longer than {LONGEST_FILE} lines", file.display());
    }
}

#[test]
fn no_folder_is_crowded() {
    let mut files_in = BTreeMap::new();
    for file in CODE.iter().flat_map(|folder| rust_files(&root().join(folder))) {
        *files_in.entry(file.parent().expect("a folder").to_owned()).or_insert(0) += 1;
    }
    let crowded = files_in.iter().filter(|(_, files)| **files > MOST_FILES);
    assert_eq!(crowded.collect::<Vec<_>>(), [], "a folder holds at most {MOST_FILES} files: cut a wing");
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
        "docs",
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
