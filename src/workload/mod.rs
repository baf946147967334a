//! Seeded generators and traces, both as one stream of arrivals in time order.
//!
//! Every policy of a seed draws the same load: draws are keyed by purpose and task, never by policy.

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
