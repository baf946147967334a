//! `results/README.md` names every file of a results folder and every column, and none that is not there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use assert_cmd::Command;
use stowplan::analysis::catalogue::{Better, METRICS, Metric};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The page; `None` in a package, which has no results.
fn page() -> Option<String> {
    let text = std::fs::read_to_string(root().join("results/README.md")).ok();
    if text.is_none() {
        #[expect(clippy::print_stderr, reason = "a test that looks at nothing says so")]
        {
            eprintln!("skipped: results/README.md is not part of a package");
        }
    }
    text
}

/// The words in backticks of the first cell of every row in the section of a file.
fn documented(page: &str, file: &str) -> Vec<String> {
    let (_, section) = page.split_once(&format!("\n## `{file}`\n")).unwrap_or_else(|| panic!("no section on `{file}`"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells.flat_map(|cell| cell.trim_end_matches('`').split("`, `").map(str::to_owned)).collect()
}

/// A folder with every kind of file.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_stowplan"));
    command.arg("run").arg(root().join("scenarios/one-per-instance.toml")).arg("--out").arg(folder.path().join("r"));
    let output = command.args(["--events", "--quiet"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

#[test]
fn every_file_and_column_is_documented() {
    let Some(page) = page() else { return };
    let folder = folder();
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(folder.path().join("r")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let known = if name.starts_with("fleet-") { "fleet-POLICY" } else { &name };
        assert!(page.contains(&format!("`{known}")), "results/README.md does not name `{name}`");
        if name.ends_with(".csv") {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let header: Vec<String> = text.lines().next().unwrap().split(',').map(str::to_owned).collect();
            assert_eq!(documented(&page, &name), header, "columns of {name}");
            seen.insert(name);
        }
    }
    let sections = page.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix(".csv`"));
    let documented: BTreeSet<String> = sections.map(|name| format!("{name}.csv")).collect();
    assert_eq!(documented, seen, "sections of files that are not written");
}

#[test]
fn every_key_of_the_manifest_is_documented() {
    let Some(page) = page() else { return };
    let folder = folder();
    let text = std::fs::read_to_string(folder.path().join("r/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys: BTreeSet<String> = manifest.as_object().unwrap().keys().cloned().collect();
    assert_eq!(documented(&page, "manifest.json").into_iter().collect::<BTreeSet<_>>(), keys);
}

fn row(metric: &Metric) -> String {
    let unit = metric.unit.name();
    let better = match metric.better {
        Better::Lower => "less",
        Better::Higher => "more",
        Better::Neither => "–",
    };
    let headline = if metric.headline { " (headline)" } else { "" };
    format!("| `{}` | {} | {}{headline} | {unit} | {better} |\n", metric.column, metric.id, metric.title)
}

#[test]
fn figures_are_described_as_in_the_catalogue() {
    let Some(page) = page() else { return };
    let mut table = String::new();
    METRICS.iter().for_each(|metric| write!(table, "{}", row(metric)).unwrap());
    assert!(page.contains(&table), "the table of results/README.md is old; it is now\n{table}");
}

#[test]
fn the_long_help_of_run_names_every_file() {
    let folder = folder();
    let output = Command::new(env!("CARGO_BIN_EXE_stowplan")).args(["run", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for entry in std::fs::read_dir(folder.path().join("r")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let (stem, extension) = name.rsplit_once('.').unwrap();
        if stem.is_empty() {
            continue;
        }
        let stem = if stem.starts_with("fleet-") { "fleet-POLICY" } else { stem };
        let shown = if extension == "png" { format!("{stem}.svg") } else { format!("{stem}.{extension}") };
        assert!(help.contains(&shown), "`run --help` does not name {name}");
    }
    let header = std::fs::read_to_string(folder.path().join("r/summary.csv")).unwrap();
    for column in header.lines().next().unwrap().split(',') {
        assert!(help.contains(column), "`run --help` does not name column {column}");
    }
}

/// Figures of an older format, program or way of drawing are remade by the command that the folder's README names.
#[test]
fn committed_results_are_as_new_as_the_code() {
    let Ok(folders) = std::fs::read_dir(root().join("results")) else { return };
    let mut old = Vec::new();
    for entry in folders {
        let folder = entry.unwrap().path();
        let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.json")) else { continue };
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let is_new = manifest["format"] == stowplan::report::FORMAT && manifest["version"] == stowplan::VERSION;
        // A folder of one's own runs has none.
        let Ok(readme) = std::fs::read_to_string(folder.join("README.md")) else { continue };
        let command = readme.lines().find(|line| line.contains(" run scenarios/")).unwrap_or("(its README names none)");
        if !is_new {
            old.push(format!("{}: {}", folder.display(), command.trim()));
        }
    }
    assert!(old.is_empty(), "made by an older program; remake them:\n{}", old.join("\n"));
}
