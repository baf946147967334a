//! Why no instance of a cluster satisfies an expression, and what its writer probably meant.
//!
//! Only what is certain is said: every part that is named is false on all instances, and every part that is proposed
//! instead holds on one at least.
//!
//! # Cost
//! A visit of every instance for each part, and one for each proposal, of which there are a few dozen at most.

mod likeness;

use std::collections::{BTreeMap, BTreeSet};

use crate::query::facts::Facts;
use crate::query::syntax::ast::{AttributeTest, GroupTest, Matcher, Node, Predicate, Sense, TextTest};
use crate::query::syntax::expression::Expression;
use crate::query::values::instant::Instant;

/// At most so many values are named.
const SHOWN: usize = 6;

/// A part of an expression that no instance satisfies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// Canonical text of the part.
    pub part: String,
    /// What the instances have instead.
    pub why: String,
    /// Whether it asks for an attribute that no instance has.
    pub is_absence: bool,
    /// A part that some instance satisfies, and that differs little.
    pub instead: Option<String>,
}

/// Which moments count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moments {
    /// The one that the facts show.
    Now,
    /// All: tasks of the groups that the facts name may come and go (see [`Expression::may_hold`]).
    Ever,
}

/// The instances that are asked.
pub struct Asked<'a> {
    /// What each shows of itself.
    pub instances: &'a [&'a dyn Facts],
    /// Names of all their attributes.
    pub attributes: &'a BTreeSet<&'a str>,
    /// When.
    pub moments: Moments,
}

impl Expression {
    /// The parts that keep the expression from holding on any instance; empty if it holds on one, or if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::collections::BTreeSet;
    /// # use stowplan::query::{Asked, Expression, Facts, Moments};
    /// # struct M5;
    /// # impl Facts for M5 {
    /// #     fn agent_connected(&self) -> bool { true }
    /// #     fn agent_version(&self) -> Option<&str> { None }
    /// #     fn ec2_instance_id(&self) -> Option<&str> { None }
    /// #     fn registered_at(&self) -> Option<i64> { None }
    /// #     fn running_tasks_count(&self) -> u32 { 0 }
    /// #     fn any_task_group(&self, _: &mut dyn FnMut(&str) -> bool) -> bool { false }
    /// #     fn attribute(&self, _: &str) -> Option<Option<&str>> { Some(Some("m5.large")) }
    /// # }
    /// let expression = Expression::parse("attribute:ecs.instance-type =~ m5*")?;
    /// let attributes = BTreeSet::from(["ecs.instance-type"]);
    /// let unmet = expression.unmet(&Asked { instances: &[&M5], attributes: &attributes, moments: Moments::Now });
    /// assert_eq!(unmet[0].instead.as_deref(), Some("attribute:ecs.instance-type =~ m5.*"));
    /// # Ok::<(), stowplan::query::ParseError>(())
    /// ```
    #[must_use]
    pub fn unmet(&self, asked: &Asked<'_>) -> Vec<Unmet> {
        let mut found = Vec::new();
        if !asked.instances.is_empty() && asked.count(&self.root) == 0 {
            asked.blame(&self.root, &mut found);
            found.dedup();
        }
        found
    }
}

impl Asked<'_> {
    /// How many instances satisfy a part.
    fn count(&self, node: &Node) -> usize {
        let holds = |facts: &&&dyn Facts| match self.moments {
            Moments::Now => node.evaluate(**facts),
            Moments::Ever => node.may_hold(**facts),
        };
        self.instances.iter().filter(holds).count()
    }

    /// Names the smallest parts that are to blame for a part which holds nowhere.
    fn blame(&self, node: &Node, found: &mut Vec<Unmet>) {
        let unmet = |why: String, instead| Unmet { part: node.to_string(), why, is_absence: false, instead };
        match node {
            Node::Or(parts) => parts.iter().for_each(|part| self.blame(part, found)),
            Node::And(parts) => {
                let counts: Vec<usize> = parts.iter().map(|part| self.count(part)).collect();
                if counts.iter().all(|count| *count > 0) {
                    let each: Vec<String> =
                        parts.iter().zip(&counts).map(|(part, count)| format!("`{part}` on {count}")).collect();
                    let why =
                        format!("its parts hold on some instances each and on none together: {}", each.join(", "));
                    found.push(unmet(why, None));
                    return;
                }
                let nowhere = parts.iter().zip(&counts).filter(|(_, count)| **count == 0);
                nowhere.for_each(|(part, _)| self.blame(part, found));
            }
            Node::Not(inner) => {
                let all = self.instances.len();
                found.push(unmet(format!("`{inner}` holds on every one of the {all} instances"), None));
            }
            Node::Predicate(predicate) => {
                let instead = self.proposals(predicate).into_iter().find(|proposal| self.count(proposal) > 0);
                let is_absence =
                    matches!(predicate, Predicate::Attribute { name, .. } if !self.attributes.contains(name.as_str()));
                let instead = instead.map(|proposal| proposal.to_string());
                found.push(Unmet { is_absence, ..unmet(self.why(predicate), instead) });
            }
        }
    }

    fn why(&self, predicate: &Predicate) -> String {
        match predicate {
            Predicate::Attribute { name, test } => {
                let values = self.values(|facts| facts.attribute(name).map(|value| value.map(str::to_owned)));
                match test {
                    _ if values.is_empty() => format!("no instance has the attribute `{name}`"),
                    AttributeTest::Exists(Sense::Denied) => format!("every instance has the attribute `{name}`"),
                    _ => format!("`{name}` is {}", listed(&values)),
                }
            }
            Predicate::AgentConnected(_) => format!(
                "`agentConnected` is {}",
                listed(&self.values(|facts| Some(Some(facts.agent_connected().to_string()))))
            ),
            Predicate::Ec2InstanceId(_) => {
                told("EC2 instance id", &self.values(|facts| facts.ec2_instance_id().map(|id| Some(id.to_owned()))))
            }
            Predicate::AgentVersion(_) => {
                told("agent version", &self.values(|facts| facts.agent_version().map(|text| Some(text.to_owned()))))
            }
            Predicate::RegisteredAt(_) => told(
                "time of registration",
                &self.values(|facts| facts.registered_at().map(|at| Some(Instant(at).to_string()))),
            ),
            Predicate::RunningTasksCount(_) => {
                format!("they run {} tasks", self.counts())
            }
            Predicate::TaskGroup(_) => match self.groups().len() {
                0 => "no instance hosts a task".to_owned(),
                _ => {
                    let groups = self.groups();
                    let values: BTreeMap<Option<String>, usize> =
                        groups.into_iter().map(|one| (Some(one), 1)).collect();
                    format!("the groups there are {}", listed(&values))
                }
            },
        }
    }

    /// Every value of a subject, with how many instances have it; `None` is no value.
    fn values(&self, of: impl Fn(&dyn Facts) -> Option<Option<String>>) -> BTreeMap<Option<String>, usize> {
        let mut values = BTreeMap::new();
        for value in self.instances.iter().filter_map(|facts| of(*facts)) {
            *values.entry(value).or_default() += 1;
        }
        values
    }

    /// From the fewest to the most tasks of an instance.
    fn counts(&self) -> String {
        let counts = || self.instances.iter().map(|facts| facts.running_tasks_count());
        match (counts().min().unwrap_or_default(), counts().max().unwrap_or_default()) {
            (fewest, most) if fewest == most => fewest.to_string(),
            (fewest, most) => format!("{fewest} to {most}"),
        }
    }

    fn groups(&self) -> BTreeSet<String> {
        let mut groups = BTreeSet::new();
        for facts in self.instances {
            facts.any_task_group(&mut |group| {
                groups.insert(group.to_owned());
                false
            });
        }
        groups
    }

    /// Predicates that may have been meant, the likeliest first.
    fn proposals(&self, predicate: &Predicate) -> Vec<Node> {
        match predicate {
            Predicate::Attribute { name, test } => self.attribute_proposals(name, test),
            Predicate::AgentConnected(test) => {
                let values = ["true".to_owned(), "false".to_owned()];
                likeness::tests(test, &values).into_iter().map(Predicate::AgentConnected).map(Node::Predicate).collect()
            }
            Predicate::Ec2InstanceId(test) => {
                let values = self.values(|facts| facts.ec2_instance_id().map(|id| Some(id.to_owned())));
                let values: Vec<String> = values.into_keys().flatten().collect();
                likeness::tests(test, &values).into_iter().map(Predicate::Ec2InstanceId).map(Node::Predicate).collect()
            }
            Predicate::TaskGroup(GroupTest::Text(test)) => {
                let groups: Vec<String> = self.groups().into_iter().collect();
                let tests = likeness::tests(test, &groups).into_iter();
                tests.map(|test| Node::Predicate(Predicate::TaskGroup(GroupTest::Text(test)))).collect()
            }
            // What instances have is told; which bound was meant cannot be.
            Predicate::AgentVersion(_)
            | Predicate::RegisteredAt(_)
            | Predicate::RunningTasksCount(_)
            | Predicate::TaskGroup(_) => Vec::new(),
        }
    }

    /// Other values of the attribute, and the same question of another attribute.
    fn attribute_proposals(&self, name: &str, test: &AttributeTest) -> Vec<Node> {
        let node =
            |name: &str, test: AttributeTest| Node::Predicate(Predicate::Attribute { name: name.to_owned(), test });
        let values_of = |name: &str| -> Vec<String> {
            let values = self.values(|facts| facts.attribute(name).map(|value| value.map(str::to_owned)));
            values.into_keys().flatten().collect()
        };
        if self.attributes.contains(name) {
            let AttributeTest::Text(test) = test else { return Vec::new() };
            let tests = likeness::tests(test, &values_of(name)).into_iter();
            return tests.map(|test| node(name, AttributeTest::Text(test))).collect();
        }
        let mut proposals = Vec::new();
        // A denial is false without the attribute; its negation is not.
        if let AttributeTest::Text(TextTest { sense: Sense::Denied, matcher }) = test {
            let affirmed = TextTest { sense: Sense::Affirmed, matcher: matcher.clone() };
            proposals.push(node(name, AttributeTest::Text(affirmed)).negated());
        }
        for near in likeness::nearest(name, self.attributes.iter().copied()) {
            proposals.push(node(near, test.clone()));
            if let AttributeTest::Text(test) = test {
                let tests = likeness::tests(test, &values_of(near)).into_iter();
                proposals.extend(tests.map(|test| node(near, AttributeTest::Text(test))));
            }
        }
        proposals
    }
}

fn told(subject: &str, values: &BTreeMap<Option<String>, usize>) -> String {
    match values.len() {
        0 => format!("the {subject} of no instance is known"),
        _ => format!("the {subject} is {}", listed(values)),
    }
}

/// The commonest values first, each with how many instances have it where they differ.
fn listed(values: &BTreeMap<Option<String>, usize>) -> String {
    let mut by_count: Vec<(&Option<String>, usize)> = values.iter().map(|(value, count)| (value, *count)).collect();
    by_count.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let shown: Vec<String> = by_count
        .iter()
        .take(SHOWN)
        .map(|(value, _)| value.as_ref().map_or_else(|| "without a value".to_owned(), |value| format!("`{value}`")))
        .collect();
    let more = values.len().saturating_sub(SHOWN);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What a test of a text accepts, for [`likeness`].
pub(in crate::query) fn is_met(test: &TextTest, values: &[String]) -> bool {
    values.iter().any(|value| test.holds(value))
}

/// A test that must succeed.
pub(in crate::query) fn affirmed(matcher: Matcher) -> TextTest {
    TextTest { sense: Sense::Affirmed, matcher }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::tests::instance::six;

    fn unmet(text: &str, moments: Moments) -> Vec<Unmet> {
        let six = six();
        let instances: Vec<&dyn Facts> = six.iter().map(|one| one as &dyn Facts).collect();
        let attributes = six.iter().flat_map(|one| one.attributes.keys().map(String::as_str)).collect();
        Expression::parse(text).unwrap().unmet(&Asked { instances: &instances, attributes: &attributes, moments })
    }

    /// The one part to blame, and what is proposed.
    fn check(text: &str, part: &str, instead: Option<&str>) {
        let found = unmet(text, Moments::Now);
        let parts: Vec<&str> = found.iter().map(|one| one.part.as_str()).collect();
        assert_eq!(parts, [part], "{text}: {found:?}");
        assert_eq!(found[0].instead.as_deref(), instead, "{text}: {found:?}");
        if let Some(instead) = instead {
            assert_eq!(unmet(instead, Moments::Now), [], "{instead} holds somewhere");
        }
    }

    fn alone(text: &str, instead: Option<&str>) {
        check(text, text, instead);
    }

    #[test]
    fn globs_cases_and_neighbours_are_told() {
        let kind = "attribute:ecs.instance-type";
        let of_kind = |from: &str, to: &str| alone(&format!("{kind} {from}"), Some(&format!("{kind} {to}")));
        of_kind("=~ t2*", "=~ t2.*");
        of_kind("=~ t2", "=~ t2.*");
        of_kind("=~ T2.*", "=~ t2.*");
        of_kind("== t2.*", "=~ t2.*");
        of_kind("== t2*", "=~ t2.*");
        of_kind("in [t2.*, t3.*]", "=~ t2.*|t3.*");
        of_kind("== t2.smal", "== t2.small");
        of_kind("== T2.Small", "== t2.small");
        of_kind("in [t2.smal, mainframe]", "in [t2.small, mainframe]");
        of_kind("in [t2.smal, t2.smalll]", "in [t2.small]");
        alone("attribute:ecs.cpu-architecture == ARM64", Some("attribute:ecs.cpu-architecture == arm64"));
        alone("attribute:ecs.cpu-architecture == aarch64", Some("attribute:ecs.cpu-architecture == arm64"));
        alone("attribute:ecs.cpu-architecture == amd64", Some("attribute:ecs.cpu-architecture == x86_64"));
        alone("attribute:team == blue", Some("attribute:team == 'Blue Team'"));
        alone("attribute:rack == 3000", None);
    }

    #[test]
    fn attributes_that_nobody_has_are_told_with_the_near_ones() {
        alone("attribute:instance-type == t2.small", Some("attribute:ecs.instance-type == t2.small"));
        alone("attribute:Stack == prod", Some("attribute:stack == prod"));
        alone("attribute:stak =~ PROD", Some("attribute:stack =~ prod"));
        alone("attribute:nothing-like-it != x", Some("not attribute:nothing-like-it == x"));
        alone("attribute:nothing-like-it == x", None);
    }

    #[test]
    fn the_smallest_part_is_to_blame() {
        let wrong = "attribute:ecs.cpu-architecture == ARM64";
        let right = Some("attribute:ecs.cpu-architecture == arm64");
        check(&format!("attribute:stack exists and {wrong}"), wrong, right);
        check(&format!("attribute:stack exists and ({wrong} or {wrong})"), wrong, right);
        let both = "attribute:ecs.os-type == windows and attribute:stack exists";
        check(both, both, None);
        check("not attribute:ecs.ami-id exists", "not attribute:ecs.ami-id exists", None);
        check("agentVersion > 2.0.0", "agentVersion > 2.0.0", None);
        check("agentConnected == True", "agentConnected == True", Some("agentConnected == true"));
        check("task:group == production", "task:group == production", Some("task:group == service:production"));
    }

    #[test]
    fn what_tasks_may_change_is_no_fault() {
        assert_eq!(unmet("runningTasksCount > 100", Moments::Ever), []);
        assert_eq!(unmet("runningTasksCount > 100", Moments::Now)[0].why, "they run 0 to 3 tasks");
        assert_eq!(unmet("attribute:stack == prod", Moments::Now), []);
        assert_eq!(unmet("attribute:stack == PROD and task:group !exists", Moments::Ever).len(), 1);
    }
}
