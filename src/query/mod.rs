//! The cluster query language of `memberOf` constraints: parse, print, check, evaluate, explain.
//!
//! It stands at the bottom beside [`crate::model`] and knows nothing but what an instance shows of itself through
//! [`Facts`]. A text becomes an [`Expression`] or one [`ParseError`] that points into it; nothing here panics on input.
//!
//! # Cost
//! Parsing is linear in the text, which has at most [`MAX_CHARS`] characters, plus the compilation of its regular
//! expressions, whose size is limited. Evaluation visits each predicate at most once and allocates nothing, but
//! where a version has more than four parts.
//!
//! # Sources
//! Sections 4.2 to 4.6 of the placement specification, and its open points U-4 and U-7 to U-10.

mod ast;
mod cursor;
mod decimal;
mod dependence;
mod error;
mod evaluate;
mod explain;
mod facts;
mod instant;
mod java;
mod likeness;
mod may;
mod parser;
mod pattern;
mod print;
mod remedy;
mod rename;
mod version;
mod vocabulary;
mod warning;
mod words;

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod tests;

pub use dependence::Dependence;
pub use error::{ErrorCode, ParseError};
pub use explain::{Explanation, Observed};
pub use facts::Facts;
pub use instant::Instant;
pub use parser::{MAX_CHARS, MAX_NESTING};
pub use remedy::{Asked, Moments, Unmet};
pub use rename::{Renaming, Subject};
pub use warning::Warning;
pub use words::Words;

/// A parsed expression.
///
/// Equality is equality of meaning as written: spelling (`equals` or `==`), quotes, needless parentheses and the zone
/// of an instant do not count; the order of predicates does.
///
/// Its [`Display`](std::fmt::Display) is canonical text with no needless parentheses, which parses back to an equal
/// expression (unless it comes out longer than [`MAX_CHARS`], which only a text near that limit does).
///
/// # Examples
///
/// ```
/// use stowplan::query::{Dependence, Expression};
///
/// let written = "(attribute:stack equals 'prod') && !(agentVersion<1.14.5)";
/// let expression = Expression::parse(written)?;
///
/// assert_eq!(expression.to_string(), "attribute:stack == prod and not agentVersion < 1.14.5");
/// assert_eq!(expression.dependence(), Dependence::Class);
///
/// let error = Expression::parse("attribute:stack = prod").unwrap_err();
/// assert_eq!(error.span, 16..17);
/// assert_eq!(error.help.as_deref(), Some("did you mean `==`?"));
/// # Ok::<(), stowplan::query::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    root: ast::Node,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// The first fault of the text, with the bytes it is about.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_strict(text).map(|(expression, _)| expression)
    }

    /// Reads an expression and also tells what in it goes beyond the documented language or is probably not meant.
    ///
    /// # Errors
    /// As [`Expression::parse`]; a warning is never an error.
    pub fn parse_strict(text: &str) -> Result<(Self, Vec<Warning>), ParseError> {
        let (root, warnings) = parser::parse(text)?;
        Ok((Self { root }, warnings))
    }

    /// Whether the instance satisfies the expression.
    #[must_use]
    pub fn evaluate<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        self.root.evaluate(facts)
    }

    /// Why the instance satisfies the expression or not: the value of every part, and what the instance had.
    ///
    /// Parts that [`Expression::evaluate`] need not look at are here too.
    #[must_use]
    pub fn explain<F: Facts + ?Sized>(&self, facts: &F) -> Explanation {
        explain::explain(&self.root, facts)
    }

    /// What its truth depends on at most.
    #[must_use]
    pub fn dependence(&self) -> Dependence {
        dependence::dependence(&self.root)
    }

    /// Whether its truth on an instance may be another one when the first task of this group comes there, or the last goes.
    #[must_use]
    pub fn hears_of(&self, group: &str) -> bool {
        dependence::hears_of(&self.root, group)
    }

    /// Whether it asks how many tasks run (`runningTasksCount`).
    #[must_use]
    pub fn asks_how_many_run(&self) -> bool {
        dependence::asks_how_many_run(&self.root)
    }

    /// The numbers that it compares `runningTasksCount` with, ascending, each once: while as many of them are below a count,
    /// and none or the same one equals it, the count changes no truth.
    #[must_use]
    pub fn compared_counts(&self) -> Vec<i64> {
        dependence::compared_counts(&self.root)
    }

    /// Whether it asks which instance it is (`ec2InstanceId`, `registeredAt`).
    #[must_use]
    pub fn asks_which_instance(&self) -> bool {
        dependence::asks_which_instance(&self.root)
    }

    /// The attributes it asks for, in name order, each once.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        dependence::attribute_names(&self.root).into_iter()
    }
}
