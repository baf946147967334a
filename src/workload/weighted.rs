//! Draws from a weighted list in constant time.
//!
//! An alias table with integer thresholds: no weight passes through a floating-point number, and each probability
//! is its weight over the total to within 2^-64 a column.
//!
//! # Sources
//! Walker, "An efficient method for generating discrete random variables with general distributions", ACM TOMS 3(3),
//! 1977; built as in Vose, "A linear algorithm for generating random numbers with a given distribution", IEEE
//! Transactions on Software Engineering 17(9), 1991.

/// A weighted list, drawn from by position.
#[derive(Clone, Debug)]
pub(super) struct Weighted {
    columns: Vec<Column>,
}

/// One column of the table: its own position below `threshold`, `alias` from there up.
#[derive(Clone, Copy, Debug)]
struct Column {
    threshold: u64,
    alias: usize,
}

impl Weighted {
    /// A list with these weights.
    ///
    /// # Panics
    /// If no weight is above 0: there would be nothing to draw.
    pub(super) fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let weights: Vec<u128> = weights.into_iter().map(u128::from).collect();
        let total: u128 = weights.iter().sum();
        assert!(total > 0, "a weighted list needs a weight above 0");

        // Scaled by the number of columns, the weights fill that many columns of height `total`.
        let mut heights: Vec<u128> = weights.iter().map(|weight| weight * weights.len() as u128).collect();
        let mut columns: Vec<Column> =
            (0..weights.len()).map(|own| Column { threshold: u64::MAX, alias: own }).collect();
        let (mut short, mut tall): (Vec<usize>, Vec<usize>) = (0..weights.len()).partition(|&own| heights[own] < total);
        while let Some(low) = short.pop() {
            let &high = tall.last().expect("what is missing in short columns stands over in tall ones");
            columns[low] = Column { threshold: fraction(heights[low], total), alias: high };
            heights[high] -= total - heights[low];
            if heights[high] < total {
                short.extend(tall.pop());
            }
        }
        Self { columns }
    }

    /// The position that 64 uniform bits choose.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the high half is below the number of columns")]
    pub(super) fn choose(&self, bits: u64) -> usize {
        let product = u128::from(bits) * self.columns.len() as u128;
        let (position, within) = ((product >> 64) as usize, product as u64);
        let column = self.columns[position];
        if within < column.threshold { position } else { column.alias }
    }
}

/// The largest multiple of 2^-64 not above `part / whole`, as a numerator; `part` is below `whole`.
fn fraction(part: u128, whole: u128) -> u64 {
    u64::try_from((part << 64) / whole).expect("part is below whole")
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::keyed::{Origin, Purpose};
    use super::*;

    /// How many of the 2^64 inputs a column choosing uniformly would send to each position, times the columns.
    fn shares(list: &Weighted) -> Vec<u128> {
        let mut shares = vec![0; list.columns.len()];
        for (own, column) in list.columns.iter().enumerate() {
            shares[own] += u128::from(column.threshold);
            shares[column.alias] += (1 << 64) - u128::from(column.threshold);
        }
        shares
    }

    proptest! {
        #[test]
        fn shares_are_the_weights(weights in vec(0..=u32::MAX, 1..40)) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let list = Weighted::new(weights.iter().copied());
            let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
            let columns = weights.len() as u128;
            for (share, weight) in shares(&list).into_iter().zip(weights) {
                let exact = ((u128::from(weight) * columns) << 64) / total;
                prop_assert!(share.abs_diff(exact) <= columns, "weight {}: {} is not {}", weight, share, exact);
            }
        }

        #[test]
        fn no_weight_is_no_draw(bits in any::<u64>()) {
            prop_assert_eq!(Weighted::new([0, 7, 0]).choose(bits), 1);
        }
    }

    #[test]
    fn first_choices_are_frozen() {
        let list = Weighted::new([1, 2, 5]);
        let draws = Origin::only(1, "golden").draws(Purpose::Shape);
        let choices = [0, 1, 2, 3, 4, 5, 6, 7].map(|number| list.choose(draws.bits(number)));
        assert_eq!(choices, [1, 1, 2, 2, 1, 2, 2, 1]);
    }

    /// Chi-square of 800,000 choices, two degrees of freedom, below its point of probability 1e-6.
    #[test]
    fn choices_follow_the_weights() {
        let list = Weighted::new([1, 2, 5]);
        let draws = Origin::only(1, "golden").draws(Purpose::Shape);
        let mut seen = [0_u32; 3];
        for number in 0..800_000 {
            seen[list.choose(draws.bits(number))] += 1;
        }
        let expected = [100_000.0, 200_000.0, 500_000.0];
        let square = |(seen, expected): (u32, f64)| (f64::from(seen) - expected).powi(2) / expected;
        let statistic: f64 = seen.into_iter().zip(expected).map(square).sum();
        assert!(statistic < 27.63, "chi-square {statistic} of {seen:?}");
    }
}
