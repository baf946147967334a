//! Canonical text, explanations, warnings, and what an expression depends on.

use super::super::{Dependence, Expression, Observed};
use super::instance::six;

fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

#[test]
fn canonical_text_has_symbols_words_and_few_parentheses() {
    let check = |text: &str, canonical: &str| assert_eq!(parse(text).to_string(), canonical, "{text}");
    check("attribute:a equals 'b'", "attribute:a == b");
    check(
        "attribute:a==b&&attribute:c!=d||attribute:e>=1",
        "attribute:a == b and attribute:c != d or attribute:e >= 1",
    );
    check(
        "NOT attribute:a not_exists AND task:group not_in['x','y z']",
        "not attribute:a !exists and task:group !in [x, 'y z']",
    );
    check("!!(runningTasksCount == 007)", "not not runningTasksCount == 7");
    check("not((attribute:a exists))", "not attribute:a exists");
    check(
        "(attribute:a exists or attribute:b exists) and attribute:c exists",
        "(attribute:a exists or attribute:b exists) and attribute:c exists",
    );
    check(
        "attribute:a exists or (attribute:b exists and attribute:c exists)",
        "attribute:a exists or attribute:b exists and attribute:c exists",
    );
    check(
        "attribute:a exists and (attribute:b exists and attribute:c exists)",
        "attribute:a exists and attribute:b exists and attribute:c exists",
    );
    check("not (attribute:a exists and attribute:b exists)", "not (attribute:a exists and attribute:b exists)");
    check("attribute:a == \"it's\"", "attribute:a == \"it's\"");
    check("attribute:a == ''", "attribute:a == ''");
    check("attribute:a =~ '(t2|t3).*'", "attribute:a =~ (t2|t3).*");
    check("attribute:a =~ 'b c'", "attribute:a =~ 'b c'");
    check("attribute:a =~ '(b c)'", "attribute:a =~ (b c)");
    check("attribute:a =~ 'b}'", "attribute:a =~ 'b}'");
    check("attribute:a == and and attribute:b == not", "attribute:a == and and attribute:b == not");
    check("agentVersion less_than 1.014.0", "agentVersion < 1.14.0");
    check("registeredAt > 2024-01-05T00:00:00+09:00", "registeredAt > 2024-01-04T15:00:00Z");
    check("registeredAt > 2018-06-18T00:00:00Z", "registeredAt > 2018-06-18");
    check("(attribute:a =~ (x|y))", "attribute:a =~ (x|y)");
}

#[test]
fn word_operators_end_where_names_end() {
    let check = |text: &str, canonical: &str| assert_eq!(parse(text).to_string(), canonical, "{text}");
    check("attribute:a in[b]", "attribute:a in [b]");
    check("attribute:a !in[b]or attribute:c exists", "attribute:a !in [b] or attribute:c exists");
    check("attribute:a equals'b'and(attribute:c !exists)", "attribute:a == b and attribute:c !exists");
    check("not(attribute:a exists)", "not attribute:a exists");
    check("attribute:not exists", "attribute:not exists");
    check(r"attribute:a\b/c.d-e_f exists", r"attribute:a\b/c.d-e_f exists");
}

#[test]
fn an_explanation_shows_every_part_and_what_the_instance_had() {
    let [a1, a2, _, _, c1, _] = six();
    let expression = parse("attribute:stack == prod and not (task:group == database or agentVersion < 1.14)");
    let explanation = expression.explain(&a2);
    let lines = [
        "false  attribute:stack == prod and not (task:group == database or agentVersion < 1.14)",
        "false    attribute:stack == prod (has `dev`)",
        "false    not (task:group == database or agentVersion < 1.14)",
        "true       task:group == database or agentVersion < 1.14",
        "true         task:group == database (hosts `database`, `service:production`)",
        "false        agentVersion < 1.14 (has `1.14.5`)",
    ];
    assert_eq!(explanation.to_string(), lines.join("\n"));
    assert!(expression.explain(&a1).value);

    let check = |text: &str, observed| assert_eq!(parse(text).explain(&c1).observed, Some(observed), "{text}");
    let value = |text: &str| Observed::Value(text.to_owned());
    check("attribute:stack != prod", Observed::Absent);
    check("attribute:gpu == x", Observed::NoValue);
    check("attribute:team == x", value("Blue Team"));
    check("task:group exists", Observed::Groups(Vec::new()));
    check("registeredAt > 2018-01-01", value("2024-01-04T15:00:00Z"));
    check("agentConnected == true", value("true"));
    check("runningTasksCount > 0", value("0"));
    check("ec2InstanceId == x", value("i-0c1"));
}

#[test]
fn dependence_is_that_of_the_most_volatile_predicate() {
    let check = |text: &str, expected| assert_eq!(parse(text).dependence(), expected, "{text}");
    check("agentConnected == true and agentVersion > 1 or not attribute:a exists", Dependence::Class);
    check("attribute:a exists or not ec2InstanceId == i-1", Dependence::Instance);
    check("registeredAt > 2018-06-18", Dependence::Instance);
    check("ec2InstanceId == i-1 and not (task:group == a or attribute:a exists)", Dependence::Tasks);
    check("runningTasksCount == 0", Dependence::Tasks);
}

#[test]
fn attribute_names_are_sorted_and_distinct() {
    let expression =
        parse("attribute:b exists and not (attribute:a == x or attribute:b == y) and runningTasksCount == 0");
    assert_eq!(expression.attribute_names().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn strict_reading_warns_of_what_is_not_documented() {
    let check = |text: &str, expected: &[&str]| {
        let (_, warnings) = Expression::parse_strict(text).unwrap_or_else(|error| panic!("`{text}`: {error}"));
        let found: Vec<&str> = warnings.iter().map(|warning| &text[warning.span.clone()]).collect();
        assert_eq!(found, expected, "{text}: {warnings:?}");
    };
    check("attribute:a == b and (attribute:c == 'd' or not(attribute:e exists))", &[]);
    check("(attribute:a == b)", &["(attribute:a == b)"]);
    check("( (attribute:a exists and attribute:b exists) )", &["( (attribute:a exists and attribute:b exists) )"]);
    check("((attribute:a exists or attribute:b exists) and attribute:c exists)", &[]);
    check("(attribute:c exists and (attribute:a exists or attribute:b exists))", &[]);
    check("not((attribute:a exists))", &["(attribute:a exists)", "((attribute:a exists))"]);
    check("attribute:a == \"b\"", &["\"b\""]);
    check("attribute:a==b", &["=="]);
    check("attribute:a =~ (b|c)", &["(b|c)"]);
    check("attribute:a =~ b.*&&attribute:c==d", &["b.*&&attribute:c==d"]);
    check("agentConnected == yes", &["agentConnected == yes"]);
    check("agentConnected in [true, no]", &["agentConnected in [true, no]"]);
}
