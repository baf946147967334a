//! Constraints that can never hold, and expressions in words.

use super::{answer, flat, instance, instances};

/// Two kinds of instance and one service with a constraint.
fn scenario(constraint: &str) -> String {
    format!(
        r#"
name = "case"
seeds = 1
horizon = "10m"
[cluster]
zones = ["za", "zb"]
[[cluster.instances]]
type = "m5.large"
count = 2
[[cluster.instances]]
type = "m6g.large"
count = 2
attributes = {{ stack = "prod" }}
[[task-definitions]]
family = "t"
cpu = 128
memory = 500
[[services]]
name = "web"
task-definition = "t"
desired-count = 3
placementConstraints = [{{ type = "memberOf", expression = "{constraint}" }}]
"#
    )
}

fn checked(constraint: &str) -> String {
    let (code, text) = answer(&[("s.toml", &scenario(constraint))], &["check", "s.toml"]);
    assert_eq!(code, 0, "{text}");
    text
}

#[test]
fn case_35_an_expression_that_holds_on_no_instance_is_warned_of_with_what_would() {
    let warns = |constraint: &str, help: &str| {
        let text = checked(constraint);
        assert!(text.contains("warning[S030]") && text.contains(help), "{constraint}: {text}");
    };
    warns("attribute:ecs.cpu-architecture == ARM64", "did you mean `attribute:ecs.cpu-architecture == arm64`?");
    warns("attribute:ecs.instance-type =~ m5*", "did you mean `attribute:ecs.instance-type =~ m5.*`?");
    warns("attribute:ecs.instance-type == m5.*", "did you mean `attribute:ecs.instance-type =~ m5.*`?");
    warns("attribute:ecs.cpu-architecture == riscv", "such tasks are never placed");
    warns("attribute:ecs.instance-type == m5.large and attribute:stack == prod", "never placed");
    warns("attribute:stack == prod and attribute:ecs.cpu-architecture == ARM64", "== arm64`?");
    for fine in ["attribute:stack == prod", "runningTasksCount > 99", "task:group != service:web"] {
        assert!(checked(fine).starts_with("s.toml: no problems\n"), "{fine}");
    }
}

#[test]
fn case_25_a_service_that_waits_for_itself_is_warned_of() {
    let text = checked("task:group == service:web");
    assert!(text.contains("warning[S031]: service `web` can never start"), "{text}");
    assert!(text.contains("waits for its own first task"), "{text}");
    let text = checked("task:group == webb");
    assert!(text.contains("no such task ever runs"), "{text}");
    let both = scenario("task:group == service:db")
        + r#"
[[services]]
name = "db"
task-definition = "t"
desired-count = 1
"#;
    let (_, text) = answer(&[("s.toml", &both)], &["check", "s.toml"]);
    assert!(text.starts_with("s.toml: no problems\n"), "what another service starts can be waited for: {text}");
    let circle =
        both + "placementConstraints = [{ type = \"memberOf\", expression = \"task:group == service:web\" }]\n";
    let (_, text) = answer(&[("s.toml", &circle)], &["check", "s.toml"]);
    assert!(text.contains("`web` can never start") && text.contains("`db` can never start"), "{text}");
}

fn fleet() -> String {
    let one = |number, kind, architecture| {
        let attributes = [
            "ecs.availability-zone=us-east-1a".to_owned(),
            format!("ecs.instance-type={kind}"),
            format!("ecs.cpu-architecture={architecture}"),
        ];
        instance(number, 4000, 4000, &attributes.each_ref().map(String::as_str))
    };
    instances(&[one(1, "m6g.large", "arm64"), one(2, "m5.large", "x86_64")])
}

#[test]
fn case_06_a_glob_is_told_by_explain_import_and_query() {
    let definition = r#"{"family": "a", "containerDefinitions": [{"name": "a", "image": "x", "cpu": 10, "memory": 100}],
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m5*"}]}"#;
    let fleet = fleet();
    let files = [("i.json", fleet.as_str()), ("d.json", definition)];
    let told = "did you mean `attribute:ecs.instance-type =~ m5.*`?";
    let (code, text) = answer(&files, &["explain", "i.json", "d.json", "--task-definition", "a"]);
    assert!(code == 1 && flat(&text).contains(told), "{text}");
    let (code, text) = answer(&files, &["import", "i.json", "d.json"]);
    assert!(code == 0 && text.contains("warning[S030]") && text.contains(told), "{text}");
    let (code, text) = answer(&files, &["query", "attribute:ecs.instance-type =~ m5*", "i.json"]);
    assert!(code == 1 && flat(&text).contains(told), "{text}");
    let (_, text) = answer(&files, &["explain", "i.json", "d.json", "--task-definition", "a", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["holds_nowhere"][0]["instead"], "attribute:ecs.instance-type =~ m5.*");
}

#[test]
fn case_06_an_expression_without_files_is_valid_or_not_and_put_in_words() {
    let ask = |expression: &str, format: &str| answer(&[], &["query", expression, "--format", format]);
    let expression = "attribute:stack == prod and not runningTasksCount > 3";
    let (code, text) = ask(expression, "table");
    assert_eq!(code, 0);
    insta::assert_snapshot!(text);
    let (_, text) = ask(expression, "json");
    let meaning: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&meaning["valid"], &meaning["changes_with_tasks"]), (&true.into(), &true.into()));
    assert_eq!(meaning["words"]["parts"][0]["text"], "its attribute `stack` is `prod`");
    let (_, text) = ask(expression, "csv");
    assert!(text.starts_with("depth,part,words\n0,") && text.contains("\n1,attribute:stack == prod,"), "{text}");
    let (code, text) = ask("attribute:stack = prod", "table");
    assert!(code == 1 && text.contains("did you mean `==`?"), "{text}");
}
