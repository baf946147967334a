//! Random expressions, random spellings of them, and random instances, for the laws.
//!
//! Names and values come from small sets that expressions and instances share, so that predicates are often true and
//! often just not.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::instance::TestInstance;
use crate::query::Expression;
use crate::query::syntax::ast::{
    AttributeTest, Comparison, GroupTest, Matcher, Node, Order, Predicate, Relation, Sense, TextTest,
};
use crate::query::values::instant::Instant;
use crate::query::values::pattern::Pattern;
use crate::query::values::version::Version;

const NAMES: [&str; 4] = ["stack", "ecs.instance-type", "a\\b/c", "not"];
const VALUES: [&str; 16] = [
    "prod",
    "dev",
    "7",
    "07",
    "12",
    "-3.50",
    "",
    "Blue Team",
    "it's",
    "say \"x\"",
    "and",
    "t2.small",
    "t3.small",
    "service:a",
    "ünï",
    "a=b&&c",
];
const PATTERNS: [&str; 12] = [
    "t2.*",
    "(t2|t3).*",
    "[Pp]rod",
    "",
    "x y",
    "[)]",
    "it's.*",
    "'.*",
    "-?[0-9.]{1,5}",
    r"\(\[",
    "(?i)PROD|.* .*",
    "a}b",
];
const VERSIONS: [&str; 7] = ["1.9.0", "1.14.5", "1.14", "1.14.0", "1.105.1", "2", "0.0.0.0.0.1"];
const INSTANTS: [i64; 6] = [-1, 0, 1_518_480_000, 1_518_479_999, 1_529_360_908, 253_402_300_799];
const IDS: [&str; 2] = ["i-0a1", "i-0b2"];

fn text_from(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(str::to_owned)
}

fn sense() -> impl Strategy<Value = Sense> {
    select(&[Sense::Affirmed, Sense::Denied][..])
}

fn order() -> impl Strategy<Value = Order> {
    select(&[Order::Greater, Order::GreaterOrEqual, Order::Less, Order::LessOrEqual][..])
}

fn comparison<T: std::fmt::Debug + Clone + 'static>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Comparison<T>> {
    let relation = prop_oneof![sense().prop_map(Relation::Equality), order().prop_map(Relation::Order)];
    (relation, value).prop_map(|(relation, value)| Comparison { relation, value })
}

fn text_test(values: &'static [&'static str]) -> impl Strategy<Value = TextTest> {
    let pattern = select(&PATTERNS[..]).prop_map(|text| Pattern::compile(text).expect("the patterns are valid"));
    let matcher = prop_oneof![
        text_from(values).prop_map(Matcher::Equals),
        vec(text_from(values), 1..4).prop_map(Matcher::OneOf),
        pattern.prop_map(Matcher::Matches),
    ];
    (sense(), matcher).prop_map(|(sense, matcher)| TextTest { sense, matcher })
}

fn attribute_test() -> impl Strategy<Value = AttributeTest> {
    prop_oneof![
        3 => text_test(&VALUES).prop_map(AttributeTest::Text),
        1 => (order(), text_from(&VALUES)).prop_map(|(order, value)| AttributeTest::Order(order, value)),
        1 => sense().prop_map(AttributeTest::Exists),
    ]
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let version = select(&VERSIONS[..]).prop_map(|text| Version::parse(text).expect("the versions are valid"));
    let group_test = prop_oneof![text_test(&VALUES).prop_map(GroupTest::Text), sense().prop_map(GroupTest::Exists)];
    prop_oneof![
        1 => text_test(&["true", "false", "yes"]).prop_map(Predicate::AgentConnected),
        1 => text_test(&IDS).prop_map(Predicate::Ec2InstanceId),
        1 => comparison(version).prop_map(Predicate::AgentVersion),
        1 => comparison(select(&INSTANTS[..]).prop_map(Instant)).prop_map(Predicate::RegisteredAt),
        1 => comparison(-1_i64..4).prop_map(Predicate::RunningTasksCount),
        1 => group_test.prop_map(Predicate::TaskGroup),
        4 => (text_from(&NAMES), attribute_test()).prop_map(|(name, test)| Predicate::Attribute { name, test }),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    predicate().prop_map(Node::Predicate).prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Node::any_of),
            vec(inner.clone(), 2..4).prop_map(Node::all_of),
            inner.prop_map(Node::negated),
        ]
    })
}

/// Any expression whose canonical text is short enough to be parsed.
pub(in crate::query) fn expression() -> impl Strategy<Value = Expression> {
    node().prop_map(|root| Expression { root })
}

/// Any instance, with facts missing now and then.
pub(in crate::query) fn instance() -> impl Strategy<Value = TestInstance> {
    let attributes = btree_map(text_from(&NAMES), option::weighted(0.8, text_from(&VALUES)), 0..4);
    let groups = vec(text_from(&VALUES), 0..3);
    let agent = (any::<bool>(), option::weighted(0.9, text_from(&VERSIONS)));
    let identity = (option::weighted(0.9, text_from(&IDS)), option::weighted(0.9, select(&INSTANTS[..])));
    (agent, identity, 0_u32..4, groups, attributes).prop_map(|(agent, identity, tasks, groups, attributes)| {
        TestInstance {
            name: String::new(),
            agent_connected: agent.0,
            agent_version: agent.1,
            ec2_instance_id: identity.0,
            registered_at: identity.1,
            running_tasks_count: tasks,
            groups,
            attributes,
        }
    })
}

/// Texts made of pieces of expressions in any order, a few of which are expressions.
pub(in crate::query) fn token_soup() -> impl Strategy<Value = String> {
    let pieces = [
        "attribute:stack",
        "attribute:",
        "task:group",
        "runningTasksCount",
        "agentVersion",
        "registeredAt",
        "foo",
        "==",
        "equals",
        "=~",
        "!~",
        "!=",
        "<",
        ">=",
        "in",
        "!in",
        "exists",
        "!exists",
        "not",
        "!",
        "and",
        "&&",
        "or",
        "||",
        "(",
        ")",
        "[",
        "]",
        ",",
        "'",
        "\"",
        "prod",
        "'a b'",
        "12",
        "1.14.5",
        "2018-06-18",
        "(t2|t3).*",
        "[a-z]{2}",
        "\\",
        "{",
        "}",
        "é",
        "\u{a0}",
        " ",
        "\n",
        "?",
        "attribute:stack == prod",
        "runningTasksCount > 0",
        "attribute:a exists",
        "task:group =~ x.*",
    ];
    vec(select(pieces.to_vec()), 0..12)
        .prop_flat_map(|pieces| select(vec!["", " "]).prop_map(move |separator| pieces.join(separator)))
}

/// Another text of the same expression: other spellings of operators, quotes, white space, needless parentheses.
///
/// `choices` are used up one by one, and round again.
pub(in crate::query) fn respelled(expression: &Expression, choices: &[u8]) -> String {
    let mut speller = Speller { choices: choices.iter().cycle(), text: String::new() };
    speller.node(&expression.root, Level::Or);
    speller.text
}

/// The loosest operator that needs no parentheses at a place.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Or,
    And,
    Not,
}

struct Speller<'a> {
    choices: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    text: String,
}

impl Speller<'_> {
    fn choose<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        let choice = self.choices.next().copied().unwrap_or(0);
        texts[usize::from(choice) % texts.len()]
    }

    fn push(&mut self, texts: &[&str]) {
        let text = self.choose(texts);
        self.text.push_str(text);
    }

    fn node(&mut self, node: &Node, level: Level) {
        let own = match node {
            Node::Or(_) => Level::Or,
            Node::And(_) => Level::And,
            Node::Not(_) | Node::Predicate(_) => Level::Not,
        };
        let open = if own < level { "(" } else { self.choose(&["", "", "", "(", "( "]) };
        self.text.push_str(open);
        match node {
            Node::Or(parts) => self.joined(parts, Level::And, &[" or ", " || ", "\tOR  ", " Or "]),
            Node::And(parts) => self.joined(parts, Level::Not, &[" and ", " && ", " AND\n", " aNd "]),
            Node::Not(inner) => {
                self.push(&["not ", "!", "! ", "NOT  "]);
                self.node(inner, Level::Not);
            }
            Node::Predicate(predicate) => self.predicate(predicate),
        }
        if !open.is_empty() {
            self.push(&[")", " )"]);
        }
    }

    fn joined(&mut self, parts: &[Node], level: Level, separators: &[&str]) {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.push(separators);
            }
            self.node(part, level);
        }
    }

    /// Subject and operand as printed, with another operator and other space between them.
    fn predicate(&mut self, predicate: &Predicate) {
        let printed = predicate.to_string();
        let (subject, rest) = printed.split_once(' ').expect("an operator follows");
        let (operator, operand) = rest.split_once(' ').unwrap_or((rest, ""));
        let kind = crate::query::syntax::vocabulary::Operator::word(operator)
            .or_else(|| crate::query::syntax::vocabulary::Operator::symbol_at(operator).map(|(_, kind)| kind))
            .expect("printed operators are known");
        self.text.push_str(subject);
        self.push(&[" ", "\n", "   "]);
        self.push(&kind.spellings());
        self.push(&[" ", "  \t"]);
        let is_quotable = !operand.is_empty() && !operand.contains(['\'', '"', '[']);
        let quote = if is_quotable { self.choose(&["", "'", "\""]) } else { "" };
        self.text.push_str(&format!("{quote}{operand}{quote}"));
    }
}
