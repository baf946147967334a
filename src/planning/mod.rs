//! Capacity planning: from a load, a fleet and a policy to an answer in instances, types and dollars, with a confidence
//! that is stated.
//!
//! It knows no terminal and no file. A plan is a function of the scenario and what is asked; seeds run in parallel and
//! are put together in their order, so that the number of threads changes no byte.
//!
//! # Where things are
//! `ground` is what all plans stand on: the load placed anew, orders, packings, the market of types for bounds. One
//! folder a plan holds what it finds and what it answers; [`Answer`] is what all answers carry.

pub mod answer;
mod asked;
pub mod certificate;
pub mod compact;
pub mod consolidate;
mod ground;
pub mod headroom;
pub mod loss;
pub mod mix;
mod replay;
pub mod rules;
mod watch;

#[cfg(test)]
mod test_support;

pub use answer::{Answer, Column, Fact, Kind, Table, Value};
pub use asked::{Asked, AskedLoad};
pub use ground::{Goal, Interrupted, LeftOut, Load, Market, RELAXED, Stock, Tolerance, Type};
pub use replay::Replay;
pub use watch::Watch;
