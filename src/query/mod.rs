//! The cluster query language of `memberOf` constraints: parse, print, check, evaluate, explain.
//!
//! It stands at the bottom beside [`crate::model`] and knows nothing but what an instance shows of itself through
//! [`Facts`]. Source: section 4 of the placement specification.

mod facts;

pub use facts::Facts;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
}

/// The first fault of a text that is not an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The bytes of the text that are at fault.
    pub span: std::ops::Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// The first fault of the text.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { text: text.to_owned() })
    }

    /// The attributes it asks for.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }
}
