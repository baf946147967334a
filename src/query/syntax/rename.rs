//! The same question about a cluster whose names are others.
//!
//! Equality follows the new names. A pattern cannot: it becomes the list of the new names of what it matched.

use super::ast::{AttributeTest, GroupTest, Matcher, Node, Predicate, TextTest};
use super::expression::Expression;
use crate::query::error::ParseError;
use crate::query::values::pattern::Pattern;

/// What a text is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject<'a> {
    /// The id of an EC2 instance.
    Ec2InstanceId,
    /// A group of tasks.
    Group,
    /// An attribute of that name.
    Attribute(&'a str),
}

/// New names for old ones.
pub trait Renaming {
    /// The new name of an attribute.
    fn attribute(&mut self, name: &str) -> String;

    /// The new text of a subject.
    fn text(&mut self, subject: Subject<'_>, text: &str) -> String;

    /// The texts that a subject has in the cluster, or `None` where they keep their names.
    fn known(&self, subject: Subject<'_>) -> Option<Vec<String>>;
}

impl Expression {
    /// The expression that says of the renamed cluster what this one says of it as it is.
    ///
    /// # Errors
    /// If a pattern matches so many texts that their list is no pattern any more.
    pub fn renamed(&self, renaming: &mut dyn Renaming) -> Result<Self, ParseError> {
        Ok(Self { root: node(&self.root, renaming)? })
    }
}

fn node(old: &Node, renaming: &mut dyn Renaming) -> Result<Node, ParseError> {
    let mut all = |parts: &[Node]| parts.iter().map(|part| node(part, renaming)).collect::<Result<Vec<_>, _>>();
    Ok(match old {
        Node::Or(parts) => Node::Or(all(parts)?),
        Node::And(parts) => Node::And(all(parts)?),
        Node::Not(inner) => Node::Not(Box::new(node(inner, renaming)?)),
        Node::Predicate(old) => Node::Predicate(predicate(old, renaming)?),
    })
}

fn predicate(old: &Predicate, renaming: &mut dyn Renaming) -> Result<Predicate, ParseError> {
    Ok(match old {
        Predicate::Ec2InstanceId(test) => Predicate::Ec2InstanceId(text_test(test, Subject::Ec2InstanceId, renaming)?),
        Predicate::TaskGroup(GroupTest::Text(test)) => {
            Predicate::TaskGroup(GroupTest::Text(text_test(test, Subject::Group, renaming)?))
        }
        Predicate::Attribute { name, test } => {
            let subject = Subject::Attribute(name);
            let test = match test {
                AttributeTest::Text(test) => AttributeTest::Text(text_test(test, subject, renaming)?),
                AttributeTest::Order(order, value) => AttributeTest::Order(*order, renaming.text(subject, value)),
                AttributeTest::Exists(sense) => AttributeTest::Exists(*sense),
            };
            Predicate::Attribute { name: renaming.attribute(name), test }
        }
        other => other.clone(),
    })
}

fn text_test(test: &TextTest, subject: Subject<'_>, renaming: &mut dyn Renaming) -> Result<TextTest, ParseError> {
    let matcher = match &test.matcher {
        Matcher::Equals(text) => Matcher::Equals(renaming.text(subject, text)),
        Matcher::OneOf(texts) => Matcher::OneOf(texts.iter().map(|text| renaming.text(subject, text)).collect()),
        Matcher::Matches(pattern) => match renaming.known(subject) {
            None => Matcher::Matches(pattern.clone()),
            Some(known) => {
                let matched = known.iter().filter(|text| pattern.is_match(text));
                let names: Vec<String> = matched.map(|text| renaming.text(subject, text)).collect();
                let names = if names.is_empty() { "nothing".to_owned() } else { names.join("|") };
                Matcher::Matches(Pattern::compile(&format!("({names})"))?)
            }
        },
    };
    Ok(TextTest { sense: test.sense, matcher })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names in upper case, and a cluster with three stacks.
    struct Upper;

    impl Renaming for Upper {
        fn attribute(&mut self, name: &str) -> String {
            if name.starts_with("ecs.") { name.to_owned() } else { name.to_uppercase() }
        }

        fn text(&mut self, subject: Subject<'_>, text: &str) -> String {
            if subject == Subject::Attribute("ecs.instance-type") { text.to_owned() } else { text.to_uppercase() }
        }

        fn known(&self, subject: Subject<'_>) -> Option<Vec<String>> {
            (subject != Subject::Attribute("ecs.instance-type"))
                .then(|| ["prod", "preprod", "test"].map(str::to_owned).to_vec())
        }
    }

    #[test]
    fn names_change_and_what_is_asked_stays() {
        let cases = [
            (
                "attribute:stack == prod and not task:group in [a, b]",
                "attribute:STACK == PROD and not task:group in [A, B]",
            ),
            ("attribute:stack =~ .*prod", "attribute:STACK =~ (PROD|PREPROD)"),
            ("attribute:stack !~ x.*", "attribute:STACK !~ (nothing)"),
            ("attribute:ecs.instance-type =~ m5.*", "attribute:ecs.instance-type =~ m5.*"),
            ("runningTasksCount > 3 or attribute:stack exists", "runningTasksCount > 3 or attribute:STACK exists"),
            ("attribute:stack >= b", "attribute:STACK >= B"),
        ];
        for (text, expected) in cases {
            let renamed = Expression::parse(text).unwrap().renamed(&mut Upper).unwrap().to_string();
            assert_eq!(Expression::parse(&renamed), Expression::parse(expected), "{renamed}");
        }
    }
}
