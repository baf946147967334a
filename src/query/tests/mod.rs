//! Tests of the language as a whole; those of its parts stand below the parts.

pub(in crate::query) mod arbitrary;
mod corpus;
mod examples;
mod explanations;
pub(in crate::query) mod instance;
mod laws;
mod rejected;
