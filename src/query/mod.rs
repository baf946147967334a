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

impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
