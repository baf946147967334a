//! What every plan stands on: a load placed anew, the order in which instances are taken, packings of prefixes, and the
//! market of types that bounds are found on.

mod load;
mod market;
mod order;
mod packing;
mod run;
pub(crate) mod standing;
#[cfg(test)]
mod tests;

pub use load::Load;
pub use market::{Goal, Market, RELAXED, Stock, Type};
pub(crate) use packing::Packing;
pub use packing::{Interrupted, LeftOut, Tolerance};
