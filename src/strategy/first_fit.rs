//! First fit: the first instance in input order that has room.
//!
//! # Cost
//! A look at an index.
//!
//! # Sources
//! Garey, Graham and Ullman, "Worst-case analysis of memory allocation algorithms", STOC 1972. In one resource it opens at
//! most 1.7 times the optimum (Dósa and Sgall, "First Fit bin packing: a tight analysis", STACS 2013).

use super::{Ranking, Strategy, View};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct FirstFit;

impl Strategy for FirstFit {
    fn name(&self) -> &str {
        "first-fit"
    }

    fn choose(&self, _: &View<'_>) -> usize {
        0
    }

    fn ranking(&self) -> Ranking {
        Ranking::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::{amounts, check, row};

    #[test]
    fn the_first_is_chosen_however_full_it_is() {
        check(&FirstFit, amounts(1, 1), &[row(amounts(9, 9), amounts(9, 9)), row(amounts(9, 9), amounts(1, 1))], 0);
        check(&FirstFit, amounts(1, 1), &[row(amounts(9, 9), amounts(1, 1)), row(amounts(9, 9), amounts(9, 9))], 0);
    }
}
