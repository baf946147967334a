//! The values that texts hold and how two of them compare: instants, versions, decimals, patterns.

pub(super) mod decimal;
pub(super) mod glob;
pub(super) mod instant;
mod java;
pub(super) mod pattern;
pub(super) mod version;
