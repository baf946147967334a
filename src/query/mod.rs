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
//! The language of AWS's guide, and the open points U-4 and U-7 to U-10 of `docs/rules.md`.

mod error;
mod facts;
mod meaning;
mod remedy;
mod syntax;
mod values;
mod warning;

#[cfg(test)]
mod tests;

pub use error::{ErrorCode, ParseError};
pub use facts::Facts;
pub use meaning::dependence::Dependence;
pub use meaning::explain::{Explanation, Observed};
pub use meaning::words::Words;
pub use remedy::{Asked, Moments, Unmet};
pub use syntax::expression::Expression;
pub use syntax::parser::{MAX_CHARS, MAX_NESTING};
pub use syntax::rename::{Renaming, Subject};
pub use values::instant::Instant;
pub use warning::Warning;
