//! Amounts, moments and ids, and exact ratios of amounts; tables that are lent or owned.

mod amounts;
mod ids;
mod ratio;
mod shared;

pub use amounts::{CpuUnits, MemoryMib, MicroUsdPerHour, SimSpan, SimTime};
pub use ids::{ClassId, DefinitionId, GroupId, InstanceId, ProviderId, RequestId, ZoneId};
pub use ratio::Ratio;
pub use shared::Shared;
