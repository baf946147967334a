//! Whoever meets the number of a rule finds it in `docs/rules.md`, and nobody is sent to a page that is not here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;
use stowplan::laws::RULES;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What people read: code, pages, scenarios.
fn texts() -> Vec<(PathBuf, String)> {
    let mut open: Vec<PathBuf> = ["src", "docs", "scenarios", "examples"].map(|folder| root().join(folder)).to_vec();
    open.extend(["README.md", "ARCHITECTURE.md", "DESIGN.md", "CONTRIBUTING.md"].map(|file| root().join(file)));
    let mut texts = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            texts.push((path.strip_prefix(root()).unwrap().to_owned(), text));
        }
    }
    texts
}

/// Number and words of every row of the table.
fn told() -> BTreeMap<String, String> {
    let page = std::fs::read_to_string(root().join("docs/rules.md")).unwrap();
    let (_, table) = page.split_once("## The rules by number").expect("a section on them");
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    rows.filter(|(id, _)| id.contains('-')).map(|(id, words)| (id.to_owned(), words.to_owned())).collect()
}

#[test]
fn every_number_of_a_rule_is_told_by_the_page_on_rules() {
    let told = told();
    let numbers = Regex::new(r"\b(?:R-[0-9]+\.[0-9]+[a-c]?|U-[0-9]+)\b").unwrap();
    let mut missing = BTreeSet::new();
    for (path, text) in texts() {
        // U-99 is a sample in a test.
        let named = numbers.find_iter(&text).map(|number| number.as_str()).filter(|number| *number != "U-99");
        missing
            .extend(named.filter(|number| !told.contains_key(*number)).map(|number| (number.to_owned(), path.clone())));
    }
    assert_eq!(missing, BTreeSet::new());
    for rule in RULES {
        assert_eq!(told.get(rule.id).map(String::as_str), Some(rule.text), "{}", rule.id);
    }
}

#[test]
fn nobody_is_sent_to_a_page_that_is_not_here() {
    let elsewhere = Regex::new(
        r"table 6\.1|12\.0a|(?i)(?:placement|metrics) specification|of the specification\b|metrics page|of the method\b|\b(?:method|spec) [0-9]|\bsections? [0-9]",
    )
    .unwrap();
    // Sections of documents that the list of sources there names.
    let may = ["src/report/plot/render", "src/strategy/borg_hybrid.rs", "src/engine/fast/index/columns/contests.rs"];
    let mut found = Vec::new();
    for (path, text) in texts().into_iter().filter(|(path, _)| !may.iter().any(|may| path.starts_with(may))) {
        let lines = text.lines().enumerate().filter(|(_, line)| elsewhere.is_match(line));
        found.extend(lines.map(|(number, line)| format!("{}:{}: {line}", path.display(), number + 1)));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
