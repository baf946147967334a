//! From what a run told to exact figures, and from many runs to statistics.
//!
//! Everything here works from stored outcomes or from what observers saw; it knows no terminal and no picture.

pub mod catalogue;
pub mod record;
pub mod summary;
