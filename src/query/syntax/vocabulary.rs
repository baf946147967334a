//! The words of the language: subjects, operators, and what people write by mistake.

use super::ast::{Order, Sense};

/// What a predicate is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum Subject<'a> {
    AgentConnected,
    AgentVersion,
    Ec2InstanceId,
    RegisteredAt,
    RunningTasksCount,
    TaskGroup,
    Attribute(&'a str),
}

/// What stands before the name of an attribute.
pub(in crate::query) const ATTRIBUTE_PREFIX: &str = "attribute:";

/// Every subject but attributes.
const FIELDS: [(&str, Subject<'static>); 6] = [
    ("agentConnected", Subject::AgentConnected),
    ("agentVersion", Subject::AgentVersion),
    ("ec2InstanceId", Subject::Ec2InstanceId),
    ("registeredAt", Subject::RegisteredAt),
    ("runningTasksCount", Subject::RunningTasksCount),
    ("task:group", Subject::TaskGroup),
];

impl<'a> Subject<'a> {
    /// The subject of that spelling; the name of an attribute is not looked at.
    pub(in crate::query) fn named(text: &'a str) -> Option<Self> {
        if let Some(name) = text.strip_prefix(ATTRIBUTE_PREFIX) {
            return Some(Self::Attribute(name));
        }
        FIELDS.iter().find(|(name, _)| *name == text).map(|(_, subject)| *subject)
    }

    /// The operators it has.
    pub(in crate::query) fn operators(self) -> &'static str {
        match self {
            Self::AgentVersion | Self::RegisteredAt | Self::RunningTasksCount => "`==`, `!=`, `>`, `>=`, `<`, `<=`",
            Self::AgentConnected | Self::Ec2InstanceId => "`==`, `!=`, `in`, `!in`, `=~`, `!~`",
            Self::TaskGroup => "`==`, `!=`, `in`, `!in`, `=~`, `!~`, `exists`, `!exists`",
            Self::Attribute(_) => "`==`, `!=`, `>`, `>=`, `<`, `<=`, `in`, `!in`, `=~`, `!~`, `exists`, `!exists`",
        }
    }
}

/// How a predicate asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum Operator {
    Equality(Sense),
    Order(Order),
    Match(Sense),
    Membership(Sense),
    Existence(Sense),
}

/// Symbols, longest first, so that the first one found is the right one.
const SYMBOLS: [(&str, Operator); 8] = [
    ("==", Operator::Equality(Sense::Affirmed)),
    ("!=", Operator::Equality(Sense::Denied)),
    ("=~", Operator::Match(Sense::Affirmed)),
    ("!~", Operator::Match(Sense::Denied)),
    (">=", Operator::Order(Order::GreaterOrEqual)),
    ("<=", Operator::Order(Order::LessOrEqual)),
    (">", Operator::Order(Order::Greater)),
    ("<", Operator::Order(Order::Less)),
];

/// Words; the first of an operator without a symbol is its canonical spelling.
const WORDS: [(&str, Operator); 14] = [
    ("in", Operator::Membership(Sense::Affirmed)),
    ("!in", Operator::Membership(Sense::Denied)),
    ("exists", Operator::Existence(Sense::Affirmed)),
    ("!exists", Operator::Existence(Sense::Denied)),
    ("equals", Operator::Equality(Sense::Affirmed)),
    ("not_equals", Operator::Equality(Sense::Denied)),
    ("matches", Operator::Match(Sense::Affirmed)),
    ("not_matches", Operator::Match(Sense::Denied)),
    ("greater_than", Operator::Order(Order::Greater)),
    ("greater_than_equal", Operator::Order(Order::GreaterOrEqual)),
    ("less_than", Operator::Order(Order::Less)),
    ("less_than_equal", Operator::Order(Order::LessOrEqual)),
    ("not_in", Operator::Membership(Sense::Denied)),
    ("not_exists", Operator::Existence(Sense::Denied)),
];

/// Operators of other languages, and what they are here.
const FOREIGN: [(&str, &str); 10] = [
    ("=", "=="),
    ("===", "=="),
    ("eq", "=="),
    ("<>", "!="),
    ("ne", "!="),
    ("=>", ">="),
    ("=<", "<="),
    ("~", "=~"),
    ("~=", "=~"),
    ("like", "=~"),
];

impl Operator {
    /// The longest symbol that `text` starts with.
    pub(in crate::query) fn symbol_at(text: &str) -> Option<(&'static str, Self)> {
        SYMBOLS.into_iter().find(|(symbol, _)| text.starts_with(symbol))
    }

    /// The operator that is spelled by a word.
    pub(in crate::query) fn word(text: &str) -> Option<Self> {
        WORDS.into_iter().find(|(word, _)| *word == text).map(|(_, operator)| operator)
    }

    /// Its canonical spelling.
    pub(in crate::query) fn spelling(self) -> &'static str {
        let (text, _) = SYMBOLS
            .iter()
            .chain(&WORDS)
            .find(|(_, operator)| *operator == self)
            .expect("every operator is in one of the tables");
        text
    }

    /// Every spelling, for tests that write expressions in other words.
    #[cfg(test)]
    pub(in crate::query) fn spellings(self) -> Vec<&'static str> {
        SYMBOLS.iter().chain(&WORDS).filter(|(_, operator)| *operator == self).map(|(text, _)| *text).collect()
    }
}

/// Whether `symbols` is an operator of another language, though it may begin like one of this one.
pub(in crate::query) fn is_foreign(symbols: &str) -> bool {
    FOREIGN.iter().any(|(foreign, _)| *foreign == symbols)
}

/// The operator that was probably meant.
pub(in crate::query) fn nearest_operator(text: &str) -> Option<&'static str> {
    if let Some((_, ours)) = FOREIGN.iter().find(|(foreign, _)| text.eq_ignore_ascii_case(foreign)) {
        return Some(ours);
    }
    nearest(text, WORDS.iter().map(|(word, _)| *word))
}

/// The subject that was probably meant.
pub(in crate::query) fn nearest_subject(text: &str) -> Option<String> {
    if let Some(field) = nearest(text, FIELDS.iter().map(|(name, _)| *name)) {
        return Some(field.to_owned());
    }
    if text.starts_with("ecs.") {
        return Some(format!("{ATTRIBUTE_PREFIX}{text}"));
    }
    let (prefix, name) = text.split_once(':')?;
    nearest(prefix, ["attribute"].into_iter()).map(|attribute| format!("{attribute}:{name}"))
}

/// The candidate with the fewest edits, if they are few for its length. Letter case is no edit.
fn nearest(text: &str, candidates: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&text, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(edits, candidate)| edits * 3 <= candidate.len())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}
