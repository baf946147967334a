//! Capacity providers: an Auto Scaling group and how managed scaling steers it.

use super::{ClassId, SimSpan};

/// A capacity provider with managed scaling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityProvider {
    /// Name.
    pub name: String,
    /// The classes that it launches, in turn: its instance types in its zones.
    pub classes: Vec<ClassId>,
    /// Fewest instances.
    pub minimum: u32,
    /// Most instances.
    pub maximum: u32,
    /// Target capacity in percent, 1 to 100.
    pub target_percent: u32,
    /// Fewest instances that a step outwards adds.
    pub minimum_step: u32,
    /// Most instances that a step outwards adds.
    pub maximum_step: u32,
    /// How long after a step outwards, once its instances are up, the next one waits.
    pub warmup: SimSpan,
    /// From the launch of an instance until it registers.
    pub start_delay: SimSpan,
    /// Only instances without tasks of their own are terminated.
    pub termination_protection: bool,
    /// Instances are drained before they are terminated.
    pub managed_draining: bool,
}
