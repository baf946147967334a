//! When to look at a run, so that any length of run gives between 100 and 200 rows.
//!
//! With a known horizon the times divide it evenly. Without one they start dense, and whenever there are too many,
//! every second is dropped and the step doubles. Shorter than 12.5 s of simulated time there are fewer.

use crate::analysis::record::Sample;
use crate::model::SimTime;

/// Parts of a known horizon; 24 h gives one every ten minutes.
const PARTS: u64 = 144;
/// The most rows kept when the horizon is not known, the last row apart.
const MOST: usize = 199;
/// The first step without a horizon, in milliseconds: three doublings from a second.
const FIRST_STEP_MS: u64 = 125;

/// Rows so far and the times to come.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    rows: Vec<Sample>,
    schedule: Schedule,
    next: Option<SimTime>,
}

#[derive(Clone, Copy, Debug)]
enum Schedule {
    Even { horizon: SimTime },
    Doubling { step: u64 },
}

impl Samples {
    /// The first look is at time 0, before anything happens.
    pub(super) fn new(horizon: Option<SimTime>) -> Self {
        let schedule = match horizon {
            Some(horizon) => Schedule::Even { horizon },
            None => Schedule::Doubling { step: FIRST_STEP_MS },
        };
        Self { rows: Vec::with_capacity(MOST + 1), schedule, next: Some(SimTime::ZERO) }
    }

    /// The next time to look.
    pub(super) fn next(&self) -> Option<SimTime> {
        self.next
    }

    /// Keeps a row and settles the next time.
    pub(super) fn push(&mut self, row: Sample) {
        self.rows.push(row);
        self.next = match &mut self.schedule {
            Schedule::Even { horizon } => even_after(row.at_ms, horizon.0).map(SimTime),
            Schedule::Doubling { step } => {
                if self.rows.len() > MOST {
                    *step *= 2;
                    drop_every_second(&mut self.rows);
                }
                self.rows.last().map(|last| SimTime(last.at_ms.saturating_add(*step)))
            }
        };
    }

    /// All rows and the last: the state after everything has happened, instead of a look at the same time before it.
    pub(super) fn into_rows(mut self, last: Sample) -> Vec<Sample> {
        self.rows.retain(|row| row.at_ms < last.at_ms);
        self.rows.push(last);
        self.rows
    }
}

/// The first of the even times after `ms`, if it is before the horizon.
fn even_after(ms: u64, horizon: u64) -> Option<u64> {
    let time = |part: u64| u64::try_from(u128::from(part) * u128::from(horizon) / u128::from(PARTS)).ok();
    (1..PARTS).filter_map(time).find(|&time| time > ms)
}

fn drop_every_second(rows: &mut Vec<Sample>) {
    let mut index = 0;
    rows.retain(|_| {
        index += 1;
        index % 2 == 1
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::record::Figure;

    fn row(at_ms: u64) -> Sample {
        Sample {
            at_ms,
            cpu_reservation: Figure::Absent,
            memory_reservation: Figure::Absent,
            gpu_reservation: Figure::Absent,
            instances_in_use: 0,
            instances_up: 0,
            tasks: 0,
            waiting: 0,
        }
    }

    fn times(horizon: Option<SimTime>, end: u64) -> Vec<u64> {
        let mut samples = Samples::new(horizon);
        while let Some(at) = samples.next().filter(|at| at.0 <= end) {
            samples.push(row(at.0));
        }
        samples.into_rows(row(end)).iter().map(|row| row.at_ms).collect()
    }

    #[test]
    fn a_known_horizon_is_divided_evenly() {
        let times = times(Some(SimTime(86_400_000)), 86_400_000);
        assert_eq!(times, (0..=144).map(|part| part * 600_000).collect::<Vec<_>>());
    }

    #[test]
    fn any_length_gives_between_100_and_200_rows() {
        for end in (0..58).map(|bits| 12_501 + (1_u64 << bits) * 37) {
            for horizon in [None, Some(SimTime(end))] {
                let times = times(horizon, end);
                assert!((100..=200).contains(&times.len()), "{end}: {} rows", times.len());
                assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
                assert_eq!((times[0], times[times.len() - 1]), (0, end));
            }
        }
    }

    #[test]
    fn without_a_horizon_steps_are_equal() {
        let times = times(None, 1_000_000);
        let steps: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps[..steps.len() - 1].iter().all(|&step| step == 8_000), "{steps:?}");
    }

    #[test]
    fn short_runs_have_few_rows() {
        assert_eq!(times(None, 0), [0]);
        assert_eq!(times(None, 300), [0, 125, 250, 300]);
        assert_eq!(times(Some(SimTime(2)), 2), [0, 1, 2]);
    }
}
