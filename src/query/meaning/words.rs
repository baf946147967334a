//! What an expression asks of an instance, in words for people who do not speak the language.
//!
//! The words say what the rules of the language make of an expression, not what its writer may have meant: that a
//! denial is false without the attribute, that a pattern must match a whole value.

use std::fmt;

use crate::query::syntax::ast::{
    AttributeTest, Comparison, GroupTest, Matcher, Node, Order, Predicate, Relation, Sense, TextTest,
};
use crate::query::syntax::expression::Expression;

/// A part of an expression in words.
///
/// It prints as one line a part, parts of parts indented.
///
/// # Examples
///
/// ```
/// use stowplan::query::Expression;
///
/// let expression = Expression::parse("attribute:stack == prod and runningTasksCount < 5")?;
/// assert_eq!(
///     expression.words().to_string(),
///     "all of these hold:\n  - its attribute `stack` is `prod`\n  - it runs fewer than 5 tasks"
/// );
/// # Ok::<(), stowplan::query::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The part, in a sentence without an end; of a part that has parts, how they belong together.
    pub text: String,
    /// Canonical text of the part.
    pub expression: String,
    /// What it is made of.
    pub parts: Vec<Words>,
}

impl Expression {
    /// What it asks of an instance.
    #[must_use]
    pub fn words(&self) -> Words {
        of_node(&self.root)
    }
}

fn of_node(node: &Node) -> Words {
    let all = |parts: &[Node]| parts.iter().map(of_node).collect();
    let (text, parts) = match node {
        Node::And(parts) => ("all of these hold:".to_owned(), all(parts)),
        Node::Or(parts) => ("at least one of these holds:".to_owned(), all(parts)),
        Node::Not(inner) => ("this does not hold:".to_owned(), vec![of_node(inner)]),
        Node::Predicate(predicate) => (sentence(predicate), Vec::new()),
    };
    Words { text, expression: node.to_string(), parts }
}

fn sentence(predicate: &Predicate) -> String {
    match predicate {
        Predicate::AgentConnected(test) => of_text("its `agentConnected`, which is `true` or `false`,", test),
        Predicate::Ec2InstanceId(test) => of_text("its EC2 instance id", test),
        Predicate::AgentVersion(test) => of_comparison("the version of its agent", test, "above", "below"),
        Predicate::RegisteredAt(test) => of_comparison("the time it registered", test, "after", "before"),
        Predicate::RunningTasksCount(test) => of_count(test),
        Predicate::TaskGroup(test) => of_group(test),
        Predicate::Attribute { name, test } => of_attribute(name, test),
    }
}

/// A denial about something that the instance lacks is false too.
fn of_text(subject: &str, test: &TextTest) -> String {
    match test.sense {
        Sense::Affirmed => format!("{subject} {}", is_among(&test.matcher)),
        Sense::Denied => format!("{subject} has a value, and not one that {}", is_among(&test.matcher)),
    }
}

fn is_among(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Equals(value) => format!("is `{value}`"),
        Matcher::OneOf(values) if values.is_empty() => "is one of none".to_owned(),
        Matcher::OneOf(values) => format!("is one of `{}`", values.join("`, `")),
        Matcher::Matches(pattern) => format!("matches as a whole the regular expression `{}`", pattern.text()),
    }
}

fn of_comparison<T: fmt::Display>(subject: &str, test: &Comparison<T>, above: &str, below: &str) -> String {
    let value = &test.value;
    match test.relation {
        Relation::Equality(Sense::Affirmed) => format!("{subject} is {value}"),
        Relation::Equality(Sense::Denied) => format!("{subject} is known and is not {value}"),
        Relation::Order(Order::Greater) => format!("{subject} is {above} {value}"),
        Relation::Order(Order::Less) => format!("{subject} is {below} {value}"),
        Relation::Order(Order::GreaterOrEqual) => format!("{subject} is {value} or {above} it"),
        Relation::Order(Order::LessOrEqual) => format!("{subject} is {value} or {below} it"),
    }
}

fn of_count(test: &Comparison<i64>) -> String {
    let value = test.value;
    let tasks = if value == 1 { "1 task".to_owned() } else { format!("{value} tasks") };
    match test.relation {
        Relation::Equality(Sense::Affirmed) => format!("it runs exactly {tasks}"),
        Relation::Equality(Sense::Denied) => format!("it runs more or fewer than {tasks}"),
        Relation::Order(Order::Greater) => format!("it runs more than {tasks}"),
        Relation::Order(Order::Less) => format!("it runs fewer than {tasks}"),
        Relation::Order(Order::GreaterOrEqual) => format!("it runs at least {tasks}"),
        Relation::Order(Order::LessOrEqual) => format!("it runs at most {tasks}"),
    }
}

fn of_group(test: &GroupTest) -> String {
    match test {
        GroupTest::Exists(Sense::Affirmed) => "it hosts a task".to_owned(),
        GroupTest::Exists(Sense::Denied) => "it hosts no task".to_owned(),
        GroupTest::Text(TextTest { sense, matcher }) => {
            let hosts = match sense {
                Sense::Affirmed => "it hosts a task",
                Sense::Denied => "it hosts no task",
            };
            format!("{hosts} whose group {}", is_among(matcher))
        }
    }
}

fn of_attribute(name: &str, test: &AttributeTest) -> String {
    let subject = format!("its attribute `{name}`");
    match test {
        AttributeTest::Exists(Sense::Affirmed) => format!("it has the attribute `{name}`, with a value or without"),
        AttributeTest::Exists(Sense::Denied) => format!("it does not have the attribute `{name}`"),
        AttributeTest::Text(test) => of_text(&subject, test),
        AttributeTest::Order(order, value) => {
            let relation = match order {
                Order::Greater => "is greater than",
                Order::GreaterOrEqual => "is at least",
                Order::Less => "is less than",
                Order::LessOrEqual => "is at most",
            };
            format!("{subject} {relation} `{value}`, as numbers where both are, else letter by letter")
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.parts.iter().try_for_each(|part| print(part, f, 1))
    }
}

fn print(words: &Words, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
    write!(f, "\n{:indent$}- {}", "", words.text, indent = 2 * depth)?;
    words.parts.iter().try_for_each(|part| print(part, f, depth + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Expression::parse(text).unwrap().words().to_string(), expected, "{text}");
    }

    #[test]
    fn every_subject_and_operator_has_words_that_say_what_the_rules_say() {
        check("attribute:a == b", "its attribute `a` is `b`");
        check("attribute:a != b", "its attribute `a` has a value, and not one that is `b`");
        check("attribute:a in [b, c]", "its attribute `a` is one of `b`, `c`");
        check("attribute:a =~ m5.*", "its attribute `a` matches as a whole the regular expression `m5.*`");
        check("attribute:a exists", "it has the attribute `a`, with a value or without");
        check("attribute:a !exists", "it does not have the attribute `a`");
        check(
            "attribute:a >= 7",
            "its attribute `a` is at least `7`, as numbers where both are, else letter by letter",
        );
        check("agentConnected == true", "its `agentConnected`, which is `true` or `false`, is `true`");
        check("ec2InstanceId == i-1", "its EC2 instance id is `i-1`");
        check("agentVersion < 1.14.5", "the version of its agent is below 1.14.5");
        check("registeredAt > 2024-01-01", "the time it registered is after 2024-01-01");
        check("runningTasksCount == 1", "it runs exactly 1 task");
        check("task:group != service:web", "it hosts no task whose group is `service:web`");
        check("task:group exists", "it hosts a task");
    }

    #[test]
    fn parts_stand_below_what_joins_them() {
        check(
            "(attribute:a exists or task:group == x) and not (runningTasksCount > 3)",
            "all of these hold:\n  - at least one of these holds:\n    - it has the attribute `a`, with a value or \
             without\n    - it hosts a task whose group is `x`\n  - this does not hold:\n    - it runs more than 3 tasks",
        );
    }
}
