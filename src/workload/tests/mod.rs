//! Loads made by hand for the tests of this folder, and what holds of any load.

mod edits;
pub(super) mod fixture;
mod proptests;
