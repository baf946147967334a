//! Seeded generators and traces, both as one stream of arrivals in time order.
//!
//! [`Workload`] is that stream for one scenario and seed. It knows nothing of policies, engines or files: every
//! policy of a seed draws the same load, because draws are keyed by purpose, source and task, never by policy.
//! [`LoadDigest`] tells whether two runs faced the same one.
//!
//! # Invariants
//! 1. Times never fall; equal times come in the order of the sources, the trace last.
//! 2. Nothing about a source depends on any other source, nor on how far the stream is read.
//! 3. The load at a load factor is part of the load at every larger one, each task with the same time, kind and life.
//! 4. Every bit comes from integers, IEEE 754 basic operations and the `libm` crate, so it is the same on every
//!    machine. The golden tests of each file freeze it; what they freeze changes only with the format version
//!    in `keyed.rs`.
//!
//! # Cost
//! Memory is that of the sources, however many tasks come. The benches to watch are `workload/*`.

mod clock;
mod counts;
mod curve;
mod decreasing;
mod digest;
mod keyed;
mod mmpp;
mod normal;
mod quantile;
mod scale;
mod source;
mod stream;
#[cfg(test)]
mod tests;
mod weighted;

pub use decreasing::Decreasing;
pub use digest::{LoadDigest, LoadKinds, Watched};
pub use keyed::{Draws, Origin, Purpose};
pub use stream::Workload;

use crate::model::{RequestId, SimSpan, SimTime};

/// One task that asks to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: SimTime,
    /// Which kind.
    pub request: RequestId,
    /// How long it runs once placed; `None` runs to the end.
    pub life: Option<SimSpan>,
}
