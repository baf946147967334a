//! The path of a planner, from documents to answers, in commands as the README has them.

use std::path::Path;

use super::answer_in;

/// The heading of the README's section.
const HEADING: &str = "## From a cluster to an answer";

/// The commands of the README's section that need no AWS account, or the same from here where it has none.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split_once(HEADING).map(|(_, rest)| rest.split("\n## ").next().unwrap_or_default());
    let of_section = |section: &str| -> Vec<String> {
        section.lines().map(str::trim).filter(|line| line.starts_with("stowplan ")).map(str::to_owned).collect()
    };
    let own = [
        "stowplan import instances.json tasks.json services.json definitions.json -o prod.toml",
        "stowplan check prod.toml",
        "stowplan query 'runningTasksCount < 2' prod.toml",
        "stowplan explain prod.toml --service web",
        "stowplan run prod.toml --out results/prod",
    ];
    section.map_or_else(|| own.map(str::to_owned).to_vec(), of_section)
}

/// Words as a shell splits them.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in command.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words
}

#[test]
fn the_commands_of_a_planner_run_one_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cluster");
    let names = [
        ("container-instances.json", "instances.json"),
        ("tasks.json", "tasks.json"),
        ("services.json", "services.json"),
        ("task-definitions.json", "definitions.json"),
    ];
    for (from, to) in names {
        std::fs::copy(data.join(from), folder.path().join(to)).unwrap();
    }
    let commands = commands();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in &commands {
        let words = words(command);
        let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let (code, text) = answer_in(folder.path(), &arguments);
        // An answer may be no; a command that could not run is no path.
        assert!(code == 0 || (code == 1 && arguments[0] == "explain"), "{command}: {code}\n{text}");
    }
    assert!(folder.path().join("results/prod/fleet.csv").exists());
}
