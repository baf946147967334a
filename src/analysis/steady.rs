//! Where a long run has left its start behind: MSER-5.
//!
//! # Sources
//! White, Cobb and Spratt, "A Comparison of Five Steady-State Truncation Heuristics for Simulation", WSC 2000.

/// Values that make one batch.
const BATCH: usize = 5;

/// What the rule says of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steady {
    /// The series is steady after this many values (of [`mser5`]) or batches (of [`mser`]).
    After(usize),
    /// The best cut is at the middle or there are too few values: the series is too short to tell.
    TooShort,
    /// The first half of the series is cut elsewhere than the whole: what looks settled is a part of a period.
    Moves,
}

/// MSER-5 of a series of evenly spaced values: batches of five, then [`mser`]. A last, partial batch is left out.
#[must_use]
pub fn mser5(values: &[f64]) -> Steady {
    let batches: Vec<f64> = values.chunks_exact(BATCH).map(mean).collect();
    match mser(&batches) {
        Steady::After(batches) => Steady::After(batches * BATCH),
        other => other,
    }
}

/// MSER-5 of a series as a run that was doubled: the cut of the whole, if that of the first half lies within a batch of it or
/// the half is too short to have one.
#[must_use]
pub fn mser5_twice(values: &[f64]) -> Steady {
    match (mser5(&values[..values.len() / 2]), mser5(values)) {
        (Steady::After(half), Steady::After(whole)) if half.abs_diff(whole) > BATCH => Steady::Moves,
        (_, whole) => whole,
    }
}

/// The number of first batches d in 0..=n/2 to leave out, such that the sum of squares about the mean of the rest,
/// over the square of its length, is least; of equal ones the fewest.
#[must_use]
pub fn mser(batches: &[f64]) -> Steady {
    let middle = batches.len() / 2;
    if middle == 0 {
        return Steady::TooShort;
    }
    let statistics = (0..=middle).map(|cut| (statistic(&batches[cut..]), cut));
    let (_, best) = statistics.fold((f64::INFINITY, 0), |best, next| if next.0 < best.0 { next } else { best });
    if best == middle { Steady::TooShort } else { Steady::After(best) }
}

fn statistic(rest: &[f64]) -> f64 {
    let mean = mean(rest);
    let squares: f64 = rest.iter().map(|value| (value - mean) * (value - mean)).sum();
    squares / (as_f64(rest.len()) * as_f64(rest.len()))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / as_f64(values.len())
}

#[expect(clippy::cast_precision_loss, reason = "lengths of series are far below 2^53")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples_of_the_method() {
        let batches = [10.0, 6.0, 3.0, 2.0, 3.0, 2.0, 3.0, 2.0];
        let expected = [0.857_422, 0.244_898, 0.041_667, 0.048, 0.0625];
        for (cut, expected) in expected.into_iter().enumerate() {
            assert!((statistic(&batches[cut..]) - expected).abs() < 5e-7, "{cut}");
        }
        assert_eq!(mser(&batches), Steady::After(2));
        assert_eq!(mser(&[5.0; 4]), Steady::After(0));
    }

    #[test]
    fn a_series_that_never_settles_is_too_short() {
        let rising: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(mser5(&rising), Steady::TooShort);
        assert_eq!(mser5(&[]), Steady::TooShort);
        assert_eq!(mser5(&[1.0; 9]), Steady::TooShort);
    }

    #[test]
    fn a_cut_that_moves_when_the_run_is_doubled_is_no_steady_state() {
        let settles: Vec<f64> =
            (0..160_u8).map(|i| if i < 10 { f64::from(i) } else { 60.0 + f64::from(i % 2) }).collect();
        assert_eq!(mser5_twice(&settles), Steady::After(10));
        let dips = [vec![0.0; 10], vec![60.0; 40], vec![40.0; 5], vec![60.0; 5], [61.0, 59.0].repeat(60)].concat();
        assert_eq!(mser5(&dips[..90]), Steady::After(10));
        assert!(matches!(mser5(&dips), Steady::After(55 | 60)));
        assert_eq!(mser5_twice(&dips), Steady::Moves);
    }

    #[test]
    fn five_values_are_one_batch() {
        let values: Vec<f64> = [10.0, 6.0, 3.0, 2.0, 3.0, 2.0, 3.0, 2.0].iter().flat_map(|&mean| [mean; 5]).collect();
        assert_eq!(mser5(&values), Steady::After(10));
    }
}
