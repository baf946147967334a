//! From what a run told to exact figures, and from many runs to statistics.
//!
//! Everything here works from stored outcomes or from what observers saw; it knows no terminal and no picture.

pub mod bootstrap;
pub mod bounds;
pub mod catalogue;
pub mod compare;
pub mod expectation;
pub mod record;
pub mod seen;
pub mod steady;
pub mod summary;

mod by_instance;
mod fleet_rows;
mod mix;
mod recorder;
mod sheet;
mod snapshot;
mod student;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod proptests;
#[cfg(test)]
mod test_support;

pub use mix::{MixShape, ReferenceMix};
pub use recorder::{Recorder, RunIdentity};
pub use student::Mean;
