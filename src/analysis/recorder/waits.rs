//! M23: how long tasks waited to be placed.
//!
//! Tasks that were placed at once are a number, and waits are counted by millisecond, so the memory does not grow with
//! the number of tasks. A task that still waits at the end is not dropped: it ranks as "more than its age", and so does one
//! that was wanted no more, or was given up, after it had waited. A task that is not tried again (`RunTask`) does not wait; it is
//! counted as never placed (M22).

use rustc_hash::FxHashMap;

use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::model::SimSpan;

/// Milliseconds in a second.
const MS_PER_SECOND: u128 = 1_000;

/// The waits of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits {
    /// Tasks that were placed later than asked for, by wait.
    ended: FxHashMap<SimSpan, u64>,
    /// Tasks that were not placed by the end, by age.
    open: FxHashMap<SimSpan, u64>,
    /// Tasks that nobody waited for any longer, by age.
    given_up: FxHashMap<SimSpan, u64>,
}

impl Waits {
    /// A task was placed after waiting.
    pub(super) fn end(&mut self, wait: SimSpan) {
        *self.ended.entry(wait).or_default() += 1;
    }

    /// A task of this age waits at the end of the run.
    pub(super) fn leave_open(&mut self, age: SimSpan) {
        *self.open.entry(age).or_default() += 1;
    }

    /// A task of this age is waited for no more.
    pub(super) fn give_up(&mut self, age: SimSpan) {
        *self.given_up.entry(age).or_default() += 1;
    }

    /// How many tasks wait at the end of the run.
    pub(super) fn open(&self) -> u64 {
        self.open.values().sum()
    }

    /// Writes the figures of a run that placed this many tasks, those that had waited included.
    pub(super) fn write(&self, placed: u64, sheet: &mut Sheet) {
        let ranks = self.ranks(placed);
        let count: u64 = ranks.iter().map(|waited| waited.tasks).sum();
        let percentile = |percent: u64| nth(&ranks, (count * percent).div_ceil(100));
        sheet.set("wait_s_p50", percentile(50));
        sheet.set("wait_s_p95", percentile(95));
        sheet.set("wait_s_p99", percentile(99));
        sheet.set("wait_s_max", percentile(100));
        sheet.set("tasks_waiting_end", Figure::Count(self.open()));
    }

    /// Tasks by wait, ascending; at equal times those that still wait come last.
    fn ranks(&self, placed: u64) -> Vec<Waited> {
        let waited: u64 = self.ended.values().sum();
        let mut ranks = vec![Waited { wait: Wait::Ended(SimSpan(0)), tasks: placed - waited }];
        ranks.extend(self.ended.iter().map(|(&wait, &tasks)| Waited { wait: Wait::Ended(wait), tasks }));
        let unended = self.open.iter().chain(&self.given_up);
        ranks.extend(unended.map(|(&age, &tasks)| Waited { wait: Wait::MoreThan(age), tasks }));
        ranks.sort_unstable_by_key(|waited| match waited.wait {
            Wait::Ended(wait) => (wait, 0),
            Wait::MoreThan(age) => (age, 1),
        });
        ranks
    }
}

/// One wait.
#[derive(Clone, Copy, Debug)]
enum Wait {
    Ended(SimSpan),
    MoreThan(SimSpan),
}

/// So many tasks that waited as long.
#[derive(Clone, Copy, Debug)]
struct Waited {
    wait: Wait,
    tasks: u64,
}

/// The `rank`-th smallest, counted from 1; absent if there is none.
fn nth(ranks: &[Waited], rank: u64) -> Figure {
    let mut seen = 0;
    let found = ranks.iter().find(|waited| {
        seen += waited.tasks;
        (1..=seen).contains(&rank)
    });
    match found.map(|waited| waited.wait) {
        None => Figure::Absent,
        Some(Wait::Ended(wait)) => Figure::ratio(u128::from(wait.0), MS_PER_SECOND),
        Some(Wait::MoreThan(age)) => Figure::MoreThanMs(age.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::catalogue::position;

    /// Waits of placed tasks and ages of waiting ones in seconds, and p50, p95, p99, max, tasks waiting.
    fn check(placed: &[u64], open: &[u64], expected: [Figure; 5]) {
        let mut waits = Waits::default();
        placed.iter().filter(|&&wait| wait > 0).for_each(|&wait| waits.end(SimSpan::from_secs(wait)));
        open.iter().for_each(|&age| waits.leave_open(SimSpan::from_secs(age)));
        let mut sheet = Sheet::new();
        waits.write(placed.len() as u64, &mut sheet);
        let figures = sheet.into_figures();
        let columns = ["wait_s_p50", "wait_s_p95", "wait_s_p99", "wait_s_max", "tasks_waiting_end"];
        assert_eq!(columns.map(|column| figures[position(column).unwrap()]), expected, "{placed:?} {open:?}");
    }

    fn seconds(seconds: u128) -> Figure {
        Figure::ratio(seconds, 1)
    }

    #[test]
    fn m23_worked_examples() {
        let (none, one) = (Figure::Count(0), Figure::Count(1));
        check(&[0, 0, 30, 90], &[], [seconds(0), seconds(90), seconds(90), seconds(90), none]);
        let more = Figure::MoreThanMs(100_000);
        check(&[0, 60], &[100], [seconds(60), more, more, more, one]);
    }

    #[test]
    fn m23_is_absent_without_tasks_and_censored_without_placements() {
        let absent = Figure::Absent;
        check(&[], &[], [absent, absent, absent, absent, Figure::Count(0)]);
        let (five, nine) = (Figure::MoreThanMs(5_000), Figure::MoreThanMs(9_000));
        check(&[], &[9, 5], [five, nine, nine, nine, Figure::Count(2)]);
    }

    /// Two wait 100 s and are taken back; nobody waits at the end.
    #[test]
    fn m23_tasks_that_are_wanted_no_more_are_not_dropped() {
        let mut waits = Waits::default();
        (0..2).for_each(|_| waits.give_up(SimSpan::from_secs(100)));
        let mut sheet = Sheet::new();
        waits.write(1, &mut sheet);
        let figures = sheet.into_figures();
        let of = |column: &str| figures[position(column).unwrap()];
        assert_eq!(of("wait_s_p50"), Figure::MoreThanMs(100_000));
        assert_eq!(of("tasks_waiting_end"), Figure::Count(0));
    }

    #[test]
    fn m23_a_task_still_waiting_ranks_behind_one_that_waited_as_long() {
        let five = seconds(5);
        check(
            &[5, 5],
            &[5],
            [five, Figure::MoreThanMs(5_000), Figure::MoreThanMs(5_000), Figure::MoreThanMs(5_000), Figure::Count(1)],
        );
    }
}
