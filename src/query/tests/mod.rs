//! Tests of the language as a whole; those of its parts stand below the parts.

mod corpus;
mod examples;
mod explanations;
pub(super) mod instance;
mod laws;
mod rejected;
