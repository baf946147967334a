//! What commands share: reading what they are asked about, messages and progress on standard error, stored results.
//!
//! Commands use this folder and not one another; nothing here ends the program. (`cluster` reads AWS documents as `import` does.)

pub(in crate::cli) mod cluster;
pub(in crate::cli) mod deciders;
pub(in crate::cli) mod documents;
pub(in crate::cli) mod effort;
pub(in crate::cli) mod input;
pub(in crate::cli) mod interruption;
pub(in crate::cli) mod progress;
pub(in crate::cli) mod results;
pub(in crate::cli) mod terminal;
pub(in crate::cli) mod unplaced;
