//! What the README shows is what the program prints.

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
    for file in ["README.md", "ARCHITECTURE.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(root().join(file)).expect("it is there");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let is_file = !target.starts_with("http") && !target.starts_with('#');
            assert!(!is_file || root().join(target).exists(), "{file} links to {target}, which is not there");
        }
    }
}
