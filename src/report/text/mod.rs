//! How numbers, names and lines are put for people, wherever they are read.

pub(super) mod humane;
pub(super) mod names;
pub(super) mod wrap;
