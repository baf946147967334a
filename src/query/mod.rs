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

impl Expression {
    /// Placeholder.
    #[must_use]
    pub fn evaluate(&self, _facts: &dyn Facts) -> bool {
        self.text.is_empty()
    }
}

/// What the value of an expression may depend on. Placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependence {
    /// The class alone.
    Class,
    /// One instance.
    Instance,
    /// Its tasks.
    Tasks,
}

impl Expression {
    /// Placeholder.
    #[must_use]
    pub fn dependence(&self) -> Dependence {
        Dependence::Tasks
    }
}
