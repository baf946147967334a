//! Borg's hybrid: best fit that counts what it strands.
//!
//! Borg says what its score is for, "reduce the amount of stranded resources – ones that cannot be used because another
//! resource on the machine is fully allocated", and not what it is. Here, what remains afterwards of cpu and memory as
//! shares `a` and `b` is best fit's `a + b` and as much again as is out of step, `|a - b|`, for that much of one would
//! remain once the other is used up: together twice the larger of the two.
//!
//! # Cost
//! One fraction a candidate.
//!
//! # Sources
//! Verma, Pedrosa, Korupolu, Oppenheimer, Tune and Wilkes, "Large-scale cluster management at Google with Borg", EuroSys
//! 2015, section 3.2 (3-5 % better than best fit there). The formula is ours.

use super::best_fit::left;
use super::exact::{Exact, registered};
use super::{Ranking, Strategy, View};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct BorgHybrid;

impl Strategy for BorgHybrid {
    fn name(&self) -> &str {
        "borg-hybrid"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        view.least(|candidate| {
            let (left, whole) = (left(candidate, view.demand), registered(candidate.class));
            Exact::fraction(left[0], whole[0]).max(Exact::fraction(left[1], whole[1]))
        })
    }

    fn ranking(&self) -> Ranking {
        Ranking::ByAmounts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::{amounts, check, eight, row};
    use crate::strategy::{BestFit, Strategy};

    #[test]
    fn what_would_be_stranded_counts_twice() {
        // 5/10 and 1/10 remain, or 3/10 and 3/10: best fit sees no difference.
        let rows = [row(amounts(10, 10), amounts(6, 2)), row(amounts(10, 10), amounts(4, 4))];
        check(&BestFit as &dyn Strategy, amounts(1, 1), &rows, 0);
        check(&BorgHybrid, amounts(1, 1), &rows, 1);
        // In step, it is best fit.
        check(
            &BorgHybrid,
            amounts(1, 1),
            &[row(amounts(10, 10), amounts(9, 9)), row(amounts(10, 10), amounts(4, 4))],
            1,
        );
        check(&BorgHybrid, amounts(1, 1), &[row(amounts(4, 4), amounts(3, 2)), eight(5, 5)], 0);
    }
}
