//! Examples of expressions, on six instances.

use super::super::{Expression, Facts};
use super::instance::{TestInstance, six};

/// Id, expression, and the instances on which it is true.
const EXAMPLES: [(&str, &str, &str); 52] = [
    ("C-1", "attribute:ecs.instance-type == t2.small", "a1"),
    ("C-2", "attribute:ecs.instance-type equals t2.small", "a1"),
    ("C-3", "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]", "a1 a2 b1"),
    ("C-4", "attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d", "b1"),
    ("C-5", "attribute:ecs.instance-type =~ t2.* and attribute:ecs.availability-zone == us-east-1a", "a1 a2"),
    ("C-6", "attribute:ecs.instance-type in [t2.small, t2.medium]", "a1 a2"),
    ("C-7", "task:group == service:production", "a1 a2"),
    ("C-8", "not(task:group == database)", "a1 b1 d1 c1 c2"),
    ("C-9", "runningTasksCount == 1", "a1 c2"),
    ("C-10", "agentVersion < 1.14.5", "a1 b1"),
    ("C-11", "registeredAt < 2018-02-13", "a1"),
    ("C-12", "ec2InstanceId in ['i-0a1', 'i-0d1']", "a1 d1"),
    ("C-13", "attribute:stack == prod", "a1 d1"),
    ("C-14", "attribute:stack != prod", "a2 c2"),
    ("C-15", "not(attribute:stack == prod)", "a2 b1 c1 c2"),
    ("C-16", "attribute:stack exists", "a1 a2 d1 c2"),
    ("C-17", "attribute:stack !exists", "b1 c1"),
    ("C-18", "attribute:stack not_exists", "b1 c1"),
    ("C-19", "attribute:gpu exists", "c1"),
    ("C-20", "attribute:gpu == x", ""),
    ("C-21", "attribute:gpu != x", ""),
    ("C-22", "attribute:stack not_in [prod, dev]", "c2"),
    ("C-23", "attribute:stack !in [prod, dev]", "c2"),
    ("C-24", "attribute:stack =~ p", ""),
    ("C-25", "attribute:stack =~ pr.*", "a1 d1"),
    ("C-26", "attribute:stack =~ [Pp]rod", "a1 d1 c2"),
    ("C-27", "attribute:stack !~ [Pp]rod", "a2"),
    ("C-28", "attribute:stack == PROD", ""),
    ("C-29", "attribute:rack > 9", "a2 d1"),
    ("C-30", "attribute:rack >= 12", "a2 d1"),
    ("C-31", "attribute:rack < 100", "a1 a2"),
    ("C-32", "agentVersion >= 1.75", "d1 c1 c2"),
    ("C-33", "agentConnected == false", "b1"),
    ("C-34", "agentConnected != true", "b1"),
    ("C-35", "runningTasksCount >= 1 && runningTasksCount <= 2", "a1 a2 c2"),
    ("C-36", "runningTasksCount == 0 or attribute:stack == dev", "a2 b1 c1"),
    (
        "C-37",
        "(attribute:ecs.availability-zone == us-east-1a or attribute:ecs.availability-zone == us-east-1c) and attribute:ecs.os-type == linux",
        "a1 a2 c2",
    ),
    (
        "C-38",
        "runningTasksCount == 3 or attribute:ecs.availability-zone == us-east-1a and agentVersion < 1.14.5",
        "a1 d1",
    ),
    ("C-39", "not attribute:ecs.os-type == windows and runningTasksCount == 0", "b1"),
    ("C-40", "!(attribute:ecs.cpu-architecture == arm64)", "a1 a2 b1 d1 c1"),
    ("C-41", "attribute:team == 'Blue Team'", "c1"),
    ("C-42", r#"attribute:team == "Blue Team""#, "c1"),
    ("C-43", "task:group != database", "a1 b1 d1 c1 c2"),
    ("C-44", "task:group =~ family:.*", "d1 c2"),
    ("C-45", "task:group in [databases, database]", "a2 d1"),
    ("C-46", "task:group !exists", "b1 c1"),
    ("C-47", "registeredAt >= 2018-06-18T22:28:28", "b1 d1 c1 c2"),
    ("C-48", "registeredAt > 2024-01-04", "c1 c2"),
    ("C-49", "attribute:ecs.instance-type =~ (t2|t3).*", "a1 a2 c1"),
    ("C-50", "attribute:ecs.instance-type matches t[23].(small|large)", "a1 c1"),
    ("C-51", "ec2InstanceId =~ i-0a.*", "a1 a2"),
    ("C-52", "attribute:ecs.ami-id == ami-1234abcd", "a1 a2 b1 d1 c1 c2"),
];

/// The examples that follow from documented ones: the golden case G-28 (C-1 to C-14, and C-16).
const G_28: [usize; 15] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16];

fn check(id: &str, text: &str, expected: &str) {
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{id} `{text}`: {error}"));
    assert_eq!(true_on(&expression), expected, "{id} `{text}`");
    let printed = expression.to_string();
    assert_eq!(Expression::parse(&printed).as_ref(), Ok(&expression), "{id} printed as `{printed}`");
}

fn true_on(expression: &Expression) -> String {
    let holds = |instance: &TestInstance| {
        let facts: &dyn Facts = instance;
        assert_eq!(expression.evaluate(facts), expression.evaluate(instance));
        expression.evaluate(instance)
    };
    let names: Vec<String> = six().into_iter().filter(holds).map(|instance| instance.name).collect();
    names.join(" ")
}

#[test]
fn c_1_to_c_52_hold_where_the_specification_says() {
    for (index, (id, text, expected)) in EXAMPLES.into_iter().enumerate() {
        assert_eq!(id, format!("C-{}", index + 1));
        check(id, text, expected);
    }
}

#[test]
fn g_28_examples_of_the_guide() {
    for number in G_28 {
        let (id, text, expected) = EXAMPLES[number - 1];
        check(&format!("G-28 {id}"), text, expected);
    }
}

#[test]
fn what_an_instance_lacks_satisfies_no_predicate_but_not_exists() {
    let bare = TestInstance::default();
    let check = |text: &str, expected: bool| {
        let expression = Expression::parse(text).unwrap_or_else(|error| panic!("`{text}`: {error}"));
        assert_eq!(expression.evaluate(&bare), expected, "{text}");
    };
    for predicate in ["== x", "!= x", "in [x]", "!in [x]", "=~ x", "!~ x"] {
        check(&format!("attribute:x {predicate}"), false);
        check(&format!("ec2InstanceId {predicate}"), false);
        check(&format!("not attribute:x {predicate}"), true);
    }
    for operator in [">", ">=", "<", "<="] {
        check(&format!("attribute:x {operator} 1"), false);
    }
    for operator in ["==", "!=", ">", ">=", "<", "<="] {
        check(&format!("agentVersion {operator} 1.2"), false);
        check(&format!("registeredAt {operator} 2018-06-18"), false);
    }
    check("attribute:x exists", false);
    check("attribute:x !exists", true);
    check("task:group == x", false);
    check("task:group != x", true);
    check("task:group !in [x]", true);
    check("task:group !~ x", true);
    check("task:group !exists", true);
}

#[test]
fn an_agent_version_that_is_none_is_unknown() {
    let odd = TestInstance { agent_version: Some("v1.14.5".to_owned()), ..TestInstance::default() };
    for operator in ["==", "!=", ">", "<"] {
        let expression = Expression::parse(&format!("agentVersion {operator} 1.14.5")).expect("valid");
        assert!(!expression.evaluate(&odd), "{operator}");
    }
}

#[test]
fn ordering_of_attributes_is_numeric_only_when_both_sides_are_numbers() {
    let check = |value: &str, predicate: &str, expected: bool| {
        let mut instance = TestInstance::default();
        instance.attributes.insert("rack".to_owned(), Some(value.to_owned()));
        let expression = Expression::parse(&format!("attribute:rack {predicate}")).expect("valid");
        assert_eq!(expression.evaluate(&instance), expected, "{value} {predicate}");
    };
    check("12", "> 9", true);
    check("12", "> 9a", false);
    check("r12", "> r9", false);
    check("-10", "< -2", true);
    check("0.10", ">= 0.1", true);
    check("0.10", "== 0.1", false);
    check("9007199254740993", "> 9007199254740992", true);
    check("1e3", "> 9", false);
    check("b", "> a", true);
    check("a", "> B", true);
}
