//! A lane: its instances in order.

use super::kinds::Kinds;
use super::shelf::Shelf;
use crate::engine::fast::state::parts::Whole;

/// Instances that a chain tells apart by what is left and by their tasks alone.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) shelf: Shelf,
    /// What they registered, where shares are compared.
    pub(crate) whole: Whole,
}

impl Lane {
    /// Without an instance.
    pub(super) fn new(kinds: &Kinds, key_bits: u32, whole: Whole, draws: bool) -> Self {
        Self { shelf: Shelf::new(kinds.words, key_bits, draws), whole }
    }
}
