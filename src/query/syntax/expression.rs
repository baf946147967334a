//! A text that was read: the tree behind one name.

use super::ast::Node;
use super::parser;
use crate::query::error::ParseError;
use crate::query::warning::Warning;

/// A parsed expression.
///
/// Equality is equality of meaning as written: spelling (`equals` or `==`), quotes, needless parentheses and the zone
/// of an instant do not count; the order of predicates does.
///
/// Its [`Display`](std::fmt::Display) is canonical text with no needless parentheses, which parses back to an equal
/// expression (unless it comes out longer than [`MAX_CHARS`](crate::query::MAX_CHARS), which only a text near that limit does).
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
    pub(in crate::query) root: Node,
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
}
