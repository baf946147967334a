//! Amounts, moments and ids, and exact ratios of amounts; counts in words; tables that are lent or owned.

mod amounts;
mod counted;
mod ids;
mod ratio;
mod shared;

pub use amounts::{CpuUnits, MemoryMib, MicroUsdPerHour, SimSpan, SimTime};
pub use counted::{counted, noun_of};
pub use ids::{ClassId, DefinitionId, GroupId, InstanceId, ProviderId, RequestId, ZoneId};
pub use ratio::Ratio;
pub use shared::Shared;
