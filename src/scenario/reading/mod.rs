//! The kit that every part of the scenario file is read with: keys and their values, problems with their places, rules,
//! defaults, limits, and rows of CSV. It knows no table of the file but by its keys, and uses no other wing.

pub(crate) mod bytes;
pub(crate) mod context;
pub(crate) mod defaults;
pub(crate) mod diagnostic;
pub(crate) mod instants;
pub(crate) mod json;
pub(crate) mod keys;
pub(crate) mod limits;
pub(crate) mod names;
pub(crate) mod nearest;
pub(crate) mod quantity;
pub(crate) mod query_text;
pub(crate) mod reader;
pub(crate) mod rows;
pub(crate) mod rules;
