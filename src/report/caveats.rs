//! What must not be read into figures, in sentences: zero events are not a zero rate, and not every run settles.

use crate::analysis::bootstrap::bound_of_zero_events;
use crate::analysis::catalogue::position;
use crate::analysis::compare::IDENTICAL;
use crate::analysis::record::RunRecord;
use crate::analysis::steady::{Steady, mser5_twice};
use crate::report::text::humane::Style;

/// Whether tasks were left out, and how sure it is that none are.
#[must_use]
pub fn left_out(records: &[&RunRecord]) -> Option<String> {
    let column = position("tasks_never_placed")?;
    let never: Vec<f64> = records.iter().filter_map(|record| record.figures.get(column)?.to_f64()).collect();
    if never.is_empty() {
        return None;
    }
    if never.iter().any(|&tasks| tasks > 0.0) {
        return Some(
            "Some tasks were never placed. A policy that leaves tasks out needs fewer instances: read the ranking \
             together with that column."
                .to_owned(),
        );
    }
    if records.iter().all(|record| record.is_fixed) {
        return Some(format!("No task was left out; {IDENTICAL}."));
    }
    // One load that every policy faced is one observation, however many policies there are.
    let mut seeds: Vec<u32> = records.iter().map(|record| record.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let seeds = seeds.len();
    bound_of_zero_events(seeds).map(|bound| {
        format!(
            "No task was left out on any seed; with 95 % confidence that happens on at most {:.1} % of such loads (0 of \
             {seeds}).",
            bound * 100.0
        )
    })
}

/// Where the slowest run settles, for runs of many evenly spaced samples.
#[expect(clippy::cast_precision_loss, reason = "a time for people")]
#[must_use]
pub fn steady(records: &[&RunRecord]) -> Option<String> {
    const FEWEST: usize = 50;
    let mut latest = 0;
    if records.iter().any(|record| record.is_periodic && record.samples.len() > FEWEST) {
        return Some(
            "No steady state: the load is periodic, so figures over time describe whole periods of this run and no long-term \
             mean."
                .to_owned(),
        );
    }
    for record in records {
        let (_, even) = record.samples.split_last()?;
        let values: Vec<f64> = even.iter().filter_map(|sample| sample.cpu_reservation.to_f64()).collect();
        if even.len() < FEWEST || values.len() < even.len() {
            return None;
        }
        match mser5_twice(&values) {
            Steady::Moves => {
                return Some(
                    "No steady state: where reserved cpu settles (MSER-5) moves when the run is doubled, as under a periodic \
                     load, so figures over time describe this run and no long-term mean."
                        .to_owned(),
                );
            }
            Steady::TooShort => {
                return Some(
                    "No steady state: reserved cpu does not settle within the run (MSER-5), so figures over time \
                     describe this run and no long-term mean."
                        .to_owned(),
                );
            }
            Steady::After(values) => latest = latest.max(even[values].at_ms),
        }
    }
    let seconds = latest as f64 / 1_000.0;
    let time = Style::seconds(seconds).show(seconds);
    (!records.is_empty()).then(|| {
        format!("Reserved cpu is steady from {time} on in every run (MSER-5); figures over time include the start.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::catalogue::METRICS;
    use crate::analysis::record::{Figure, Sample};

    fn record(seed: u32, never: u64, cpu: impl Fn(u32) -> u32) -> RunRecord {
        let mut figures = vec![Figure::Absent; METRICS.len()];
        figures[position("tasks_never_placed").unwrap()] = Figure::Count(never);
        let sample = |minute: u32| Sample {
            at_ms: u64::from(minute) * 60_000,
            cpu_reservation: Figure::ratio(u128::from(cpu(minute)), 100),
            memory_reservation: Figure::Absent,
            gpu_reservation: Figure::Absent,
            instances_in_use: 1,
            instances_up: 1,
            tasks: 1,
            waiting: 0,
        };
        RunRecord { seed, figures, samples: (0..=100).map(sample).collect(), ..RunRecord::default() }
    }

    #[test]
    fn zero_of_eleven_is_not_zero() {
        let records: Vec<RunRecord> = (0..22).map(|run| record(run % 11, 0, |_| 50)).collect();
        assert!(
            left_out(&records.iter().collect::<Vec<_>>()).unwrap().ends_with("at most 23.8 % of such loads (0 of 11)."),
            "{records:?}"
        );
        assert!(left_out(&[&record(1, 0, |_| 1), &record(2, 3, |_| 1)]).unwrap().starts_with("Some tasks"));
        assert_eq!(left_out(&[]), None);
        let copy = RunRecord { is_fixed: true, ..record(1, 0, |_| 50) };
        let said = left_out(&[&copy; 11]).unwrap();
        assert_eq!(said, "No task was left out; the runs are identical: nothing here is random.");
    }

    #[test]
    fn the_slowest_run_says_where_all_are_steady() {
        let settles = |after: u32| move |minute: u32| if minute < after { minute } else { 60 + minute % 2 };
        let said = steady(&[&record(1, 0, settles(10)), &record(2, 0, settles(25))]).unwrap();
        assert!(said.contains("steady from 25.0 min on"), "{said}");
        assert!(steady(&[&record(1, 0, |minute| minute)]).unwrap().starts_with("No steady state"));
        assert_eq!(steady(&[&RunRecord::default()]), None, "too few samples say nothing");
        let described = RunRecord { is_periodic: true, ..record(1, 0, |_| 50) };
        assert!(steady(&[&described]).unwrap().contains("the load is periodic"));
    }
}
