//! Where tasks go: strategies, constraints, and the contract of strategies of your own.

pub(crate) mod columns;
pub mod contract;
mod placement;

pub use placement::{
    Constraint, MAX_CONSTRAINTS, MAX_RULES, PackedResource, PlacementOptions, Policy, Rule, SpreadField, Strategy,
    TieBreak,
};
