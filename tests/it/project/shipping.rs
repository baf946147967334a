//! What a package of the command is made of: completions, manual pages, and a build that says what it is.

use std::path::Path;
use std::process::Output;

use crate::support::stowplan;

fn told(arguments: &[&str]) -> Output {
    stowplan(Path::new("."), 100, arguments).output().unwrap()
}

#[test]
fn completions_and_manual_pages_are_files_for_every_shell_and_command() {
    let folder = tempfile::tempdir().unwrap();
    for what in ["completions", "man"] {
        let out = told(&[what, "--out", folder.path().join(what).to_str().unwrap()]);
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(out.stdout.is_empty());
    }
    for script in ["stowplan.bash", "_stowplan", "stowplan.fish", "_stowplan.ps1", "stowplan.elv"] {
        let text = std::fs::read_to_string(folder.path().join("completions").join(script)).unwrap();
        assert!(text.contains("zone-loss") || text.contains("explain"), "{script} knows no command");
    }
    for page in ["stowplan.1", "stowplan-run.1", "stowplan-explain.1", "stowplan-import.1"] {
        let text = std::fs::read_to_string(folder.path().join("man").join(page)).unwrap();
        assert!(text.contains(".TH stowplan"), "{page} is no manual page");
    }
}

#[test]
fn a_shell_or_a_folder_is_asked_for() {
    let out = told(&["completions"]);
    assert_eq!(out.status.code(), Some(2));
    let out = told(&["completions", "bash", "--out", "x"]);
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn a_build_says_what_it_is() {
    let out = told(&["--version", "--verbose"]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(0));
    for row in ["stowplan ", "platform ", "features ", "results format  ", "changes "] {
        assert!(text.lines().any(|line| line.starts_with(row)), "no `{row}` in\n{text}");
    }
}
