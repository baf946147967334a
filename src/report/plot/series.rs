//! One quantity over time, put together from the samples of all seeds of a policy.

use std::collections::BTreeMap;

use crate::analysis::record::{RunRecord, Sample};

/// A quantity at one time, over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Moment {
    pub(in crate::report) seconds: f64,
    pub(in crate::report) mean: f64,
    pub(in crate::report) low: f64,
    pub(in crate::report) high: f64,
}

/// The most moments of a line: more than there are pixels help nobody.
const MAX_MOMENTS: usize = 800;

/// The quantity at the times at which every run has it, so that each mean is over the same runs.
///
/// Long series are thinned: moments that share a pixel become one, whose band holds all of theirs.
pub(in crate::report) fn series(records: &[&RunRecord], pick: impl Fn(&Sample) -> Option<f64>) -> Vec<Moment> {
    let mut times: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for sample in records.iter().flat_map(|record| &record.samples) {
        if let Some(value) = pick(sample) {
            times.entry(sample.at_ms).or_default().push(value);
        }
    }
    times.retain(|_, values| values.len() == records.len());
    let moments: Vec<Moment> = times.iter().map(|(&at_ms, values)| moment(at_ms, values)).collect();
    let share = moments.len().div_ceil(MAX_MOMENTS).max(1);
    moments.chunks(share).map(merged).collect()
}

#[expect(clippy::cast_precision_loss, reason = "for a picture, from times and counts below 2^53")]
fn moment(at_ms: u64, values: &[f64]) -> Moment {
    Moment {
        seconds: at_ms as f64 / 1_000.0,
        mean: values.iter().sum::<f64>() / values.len() as f64,
        low: values.iter().copied().fold(f64::INFINITY, f64::min),
        high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of moments")]
fn merged(moments: &[Moment]) -> Moment {
    let mean = |pick: fn(&Moment) -> f64| moments.iter().map(pick).sum::<f64>() / moments.len() as f64;
    Moment {
        seconds: mean(|moment| moment.seconds),
        mean: mean(|moment| moment.mean),
        low: moments.iter().map(|moment| moment.low).fold(f64::INFINITY, f64::min),
        high: moments.iter().map(|moment| moment.high).fold(f64::NEG_INFINITY, f64::max),
    }
}
