//! The documents are true: tables are what the program prints, references are made by it, every command in them runs.

use std::path::Path;

use crate::support::{ran, stowplan};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("there is a README")
}

fn stdout(arguments: &[&str]) -> String {
    let (code, out, error) = ran(&mut stowplan(root(), 120, arguments));
    assert_eq!(code, 0, "{error}");
    out
}

#[test]
fn the_quickstart_table_is_what_quickstart_prints() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("quickstart").display().to_string();
    let table = stdout(&["run", "scenarios/quickstart.toml", "--no-pictures", "--quiet", "--out", &out]);
    assert!(readme().contains(table.trim_end()), "the README's quickstart table is old; it is now\n{table}");
}

#[test]
fn every_command_stands_in_the_readme() {
    let help = stdout(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 5, "{help}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(readme().contains(&format!("`stowplan {name}")), "the README does not tell of `stowplan {name}`");
    }
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    let mut files: Vec<String> =
        ["README.md", "ARCHITECTURE.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned).into();
    for entry in std::fs::read_dir(root().join("docs")).expect("there are documents") {
        files.push(format!("docs/{}", entry.expect("an entry").file_name().to_str().expect("a plain name")));
    }
    for file in files {
        let text = std::fs::read_to_string(root().join(&file)).expect("it is there");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let is_file = !target.starts_with("http") && !target.starts_with('#');
            let target = target.split('#').next().unwrap_or_default();
            let from = root().join(&file);
            let there = from.parent().expect("a file is in a folder").join(target).exists();
            assert!(!is_file || there, "{file} links to {target}, which is not there");
        }
    }
}

#[test]
fn references_are_what_the_program_makes_of_its_schema_and_definitions() {
    for page in ["scenario", "figures"] {
        let file = root().join("docs").join(format!("{page}.md"));
        let (made, kept) = (stdout(&["man", page]), std::fs::read_to_string(&file).expect("it is committed"));
        assert!(made == kept, "docs/{page}.md is old: `cargo run -- man {page} > docs/{page}.md` makes it anew");
    }
}

/// The commands of a document, in their order: lines of code that begin with `stowplan`, without what follows a `#`.
fn commands(text: &str) -> Vec<String> {
    let mut is_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
            continue;
        }
        let code = line.strip_prefix("    ").filter(|_| !is_code).or(Some(line).filter(|_| is_code));
        let code = code.map(|code| code.replace("cargo run --release -- ", "stowplan "));
        found.extend(
            code.filter(|code| code.starts_with("stowplan "))
                .map(|code| code.split(" #").next().unwrap_or_default().trim().to_owned()),
        );
    }
    found
}

/// The words of a command, quotes resolved.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in command.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (' ', None) => words.push(String::new()),
            (letter, _) => words.last_mut().expect("there is a word").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Commands of documents that are not run here, each with its reason.
const NOT_RUN: [(&str, &str); 4] = [
    ("azure-2017.toml", "the trace is no part of the repository"),
    ("stowplan bench", "it measures, which a test in parallel does not"),
    ("stowplan plan", "`tests/it` has its commands"),
    ("prod/*.json", "the files are those of the reader's cluster; `import` runs on the samples"),
];

/// A folder that looks like the repository, and has the files that the README's story makes.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["scenarios", "tests", "examples"] {
        std::os::unix::fs::symlink(root().join(name), folder.path().join(name)).expect("a link");
    }
    folder
}

#[test]
fn every_command_of_the_documents_runs() {
    let mut ran_any = 0;
    for file in ["README.md", "docs/recipes.md", "docs/rules.md", "docs/performance.md", "docs/sweeps.md"] {
        let folder = workplace();
        let scratch = folder.path().join("scratch").display().to_string();
        std::fs::create_dir(folder.path().join("scratch")).expect("a folder");
        let text = std::fs::read_to_string(root().join(file)).expect("it is there");
        let mut skips_own = false;
        for command in commands(&text) {
            if NOT_RUN.iter().any(|(part, _)| command.contains(part)) {
                skips_own = true;
                continue;
            }
            // What follows a command that was not run speaks of its files.
            let is_of_skipped = skips_own && command.contains("prod.toml") && !command.contains("/tmp/");
            if is_of_skipped {
                continue;
            }
            let command = command.split(" > ").next().unwrap_or_default().replace("/tmp/stowplan", &scratch);
            let words = words(&command);
            let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
            let (code, _, error) = ran(&mut stowplan(folder.path(), 100, &arguments));
            assert!(code == 0, "{file}: `{command}` ends with {code}\n{error}");
            ran_any += 1;
        }
    }
    assert!(ran_any > 15, "{ran_any} commands are in the documents");
}

#[test]
fn the_example_is_a_crate_that_can_be_copied() {
    let manifest = root().join("examples/custom_strategy/Cargo.toml");
    let text = std::fs::read_to_string(&manifest).expect("it has a manifest");
    let table: toml::Table = text.parse().expect("the manifest is TOML");
    assert_eq!(table["dependencies"]["stowplan"]["path"].as_str(), Some("../.."));
    let path = table["bin"][0]["path"].as_str().expect("it has a program");
    assert!(manifest.with_file_name(path).is_file());
    let edition = table["package"]["edition"].as_str();
    let ours: toml::Table =
        std::fs::read_to_string(root().join("Cargo.toml")).expect("ours").parse().expect("ours is TOML");
    assert_eq!(edition, ours["package"]["edition"].as_str());
}
