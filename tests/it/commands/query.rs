//! `stowplan query`: the instances that satisfy an expression, and why others do not.

use std::path::Path;

use serde_json::Value;

use crate::support::{ran, stowplan};

const FILES: [&str; 4] = ["container-instances.json", "services.json", "task-definitions.json", "tasks.json"];

/// Exit code, standard output and standard error of a query of the small dump.
fn ask(expression: &str, options: &[&str]) -> (i32, String, String) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cluster");
    ran(stowplan(&data, 100, &["query", expression, "--quiet"]).args(FILES).args(options))
}

/// The last digit of each instance that satisfies the expression.
fn matching(expression: &str) -> String {
    let (_, out, error) = ask(expression, &["--format", "json"]);
    let rows: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{expression}: {error}"));
    rows.as_array().unwrap().iter().map(|row| row["instance"].as_str().unwrap().chars().last().unwrap()).collect()
}

#[test]
fn every_subject_can_be_asked_of_a_dump() {
    let check = |expression, expected: &str| assert_eq!(matching(expression), expected, "{expression}");
    check("attribute:stack == web", "125");
    check("attribute:ecs.availability-zone == eu-west-1a", "13");
    check("attribute:ecs.instance-type =~ m5.*", "125");
    check("task:group == service:web", "12");
    check("not(task:group exists)", "5");
    check("runningTasksCount >= 2", "123");
    check("ec2InstanceId == i-011111111", "1");
    check("agentConnected == true", "1235");
    check("registeredAt >= 2026-03-01", "1235");
    check("attribute:stack == nowhere", "");
}

#[test]
fn tables_list_what_matches_and_explain_shows_every_part() {
    let (code, out, _) = ask("task:group == service:web and runningTasksCount < 9", &[]);
    assert_eq!(code, 0);
    assert!(out.contains("2 of 4 instances satisfy") && !out.contains("DRAINING"), "{out}");
    let (_, out, _) = ask("task:group == service:web and not runningTasksCount < 2", &["--explain"]);
    insta::assert_snapshot!(out);
    let (_, csv, _) = ask("attribute:stack == web", &["--explain", "--format", "csv"]);
    let row = "3333333333333333,i-033333333,eu-west-1a,x9.huge,DRAINING,2,false,0,attribute:stack == web,false,absent";
    assert!(csv.contains(row), "{csv}");
    let (code, out, _) = ask("attribute:stack == nowhere", &[]);
    assert!(code == 1 && out.contains("0 of 4") && out.contains("--explain"), "{out}");
}

#[test]
fn a_wrong_expression_has_its_caret_at_the_fault() {
    let check = |expression: &str, code: &str, caret: &str, help: &str| {
        let (exit, out, error) = ask(expression, &[]);
        assert_eq!((exit, out.as_str()), (2, ""), "{expression}");
        let lines: Vec<&str> = error.lines().collect();
        let shown = lines.iter().position(|line| line.starts_with("1 |")).unwrap();
        let (text, marks) = (&lines[shown][4..], &lines[shown + 1][4..]);
        let at = marks.find('^').unwrap();
        assert!(text[at..].starts_with(caret), "{error}");
        assert!(error.contains(&format!("error[{code}]")) && error.contains(help), "{error}");
    };
    check("attribute:stack = web", "query-unknown-operator", "= web", "did you mean `==`?");
    check("stack == web", "query-unknown-subject", "stack", "attribute:");
    check("attribute:stack == Blue Team", "query-unquoted-space", "Team", "'Blue Team'");
    check("attribute:x =~ a(?=b)", "query-unsupported-regex", "(?=", "look-ahead");
    check("attribute:x =~ (a)\\1", "query-unsupported-regex", "\\1", "back-reference");
    check("attribute:x =~ a*+", "query-unsupported-regex", "+", "possessive");
}
