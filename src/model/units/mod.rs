//! Amounts, moments and ids, and exact ratios of amounts.

mod amounts;
mod ids;
mod ratio;

pub use amounts::{CpuUnits, MemoryMib, MicroUsdPerHour, SimSpan, SimTime};
pub use ids::{ClassId, DefinitionId, GroupId, InstanceId, ProviderId, RequestId, ZoneId};
pub use ratio::Ratio;
