//! Bad input: every rule broken by itself, and the place, the words and the help that follow.

mod copies;
mod form;
mod held;
mod load;
mod meaning;
mod providers;
mod traces;

use std::fs;

use super::{MINIMAL, rendered};
use crate::scenario::{Diagnostic, Rule, load as load_file};

/// A scenario that is wrong, and what is said about it.
struct Case {
    text: String,
    /// A file beside the scenario: name and bytes.
    file: Option<(&'static str, &'static [u8])>,
    /// Each problem as `[file:]line:column code message | help`.
    expected: &'static [&'static str],
}

fn case(text: &str, expected: &'static [&'static str]) -> Case {
    Case { text: text.to_owned(), file: None, expected }
}

/// What follows [`MINIMAL`] begins in line 9, in the table of its instances.
fn more(text: &str, expected: &'static [&'static str]) -> Case {
    case(&format!("{MINIMAL}{text}"), expected)
}

/// What follows the task definition `f` begins in line 13, in its table.
fn with_task(text: &str, expected: &'static [&'static str]) -> Case {
    more(&format!("[[task-definitions]]\nfamily = 'f'\ncpu = 256\nmemory = 512\n{text}"), expected)
}

fn with_file(text: &str, name: &'static str, bytes: &'static [u8], expected: &'static [&'static str]) -> Case {
    Case { file: Some((name, bytes)), ..case(text, expected) }
}

/// All that is said about a scenario, by reading it from a folder.
fn found(case: &Case) -> Vec<Diagnostic> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    fs::write(&path, &case.text).unwrap();
    if let Some((name, bytes)) = case.file {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    match load_file(&path, &["tasks_placed", "instances_in_use"]) {
        Ok(loaded) => loaded.warnings,
        Err(error) => error.problems,
    }
}

fn line(problem: &Diagnostic) -> String {
    let file = problem.file.rsplit('/').next().filter(|name| *name != "x.toml").map(|name| format!("{name}:"));
    let place = problem.place.as_ref().map(|place| format!("{}:{}", place.line(), place.column()));
    let help = problem.help.as_ref().map(|help| format!(" | {help}"));
    let [file, place, help] = [file, place, help].map(Option::unwrap_or_default);
    format!("{file}{place} {} {}{help}", problem.code(), problem.message)
}

fn check(cases: &[Case]) {
    for case in cases {
        let problems = found(case);
        assert!(problems.iter().all(|problem| problem.help.is_some()), "no help\n{}", rendered(&problems));
        let lines: Vec<String> = problems.iter().map(line).collect();
        assert_eq!(lines, case.expected, "\n{}\n{}", case.text, rendered(&problems));
    }
}

#[test]
fn a_packed_scenario_is_told_how_to_be_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    fs::write(&path, [0x1f, 0x8b, 8, 0, b'\n']).unwrap();
    let problems = load_file(&path, &["tasks_placed"]).unwrap_err().problems;
    let help: Vec<&str> = problems.iter().filter_map(|problem| problem.help.as_deref()).collect();
    assert_eq!(help, ["it is packed by gzip: unpack it with `gunzip`"]);
}

#[test]
fn every_rule_is_broken_here() {
    let cases = concat!(include_str!("form.rs"), include_str!("load.rs"), include_str!("meaning.rs"));
    // What is too large is tried out where memory is measured, in `tests/it/runs/limits.rs`.
    for rule in Rule::ALL.iter().filter(|rule| **rule != Rule::TooLarge) {
        assert!(cases.contains(&format!("{} ", rule.code())), "{} is not tested", rule.code());
    }
}

#[test]
fn a_scenario_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| load_file(&folder.path().join(name), &[]).unwrap_err().problems.remove(0);
    assert_eq!(read("absent.toml").code(), "S001");
    assert!(read("absent.toml").message.contains("absent.toml"));
    assert_eq!(read("").code(), "S001");
    fs::write(folder.path().join("latin.toml"), b"name = 'x'\ndescription = 'caf\xe9'\n").unwrap();
    let problem = read("latin.toml");
    let place = problem.place.as_ref().unwrap();
    assert_eq!((problem.code(), place.line(), place.column()), ("S002", 2, 19));
}

#[test]
fn all_problems_of_a_file_are_drawn_in_its_order() {
    let text = include_str!("../many_problems.toml");
    let error = super::read(text).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("scenario `test.toml` cannot run: {}", crate::model::counted(error.problems.len(), "problem"))
    );
    insta::assert_snapshot!(rendered(&error.problems));
}
