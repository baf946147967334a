//! The loop that a scan is held to: as many rules over an array of structs, in the same process.
//!
//! Its source is pinned, as that of the naive scan is: dense records, integer compares, no allocation, one pass.

use super::super::clock::timed;
use super::super::measure::Task;
use super::load::Load;
use super::quotient;
use crate::engine::{Engine, FastEngine};
use crate::model::{InstanceId, RequestId};

/// An instance of the loop.
#[derive(Clone, Copy)]
struct Row {
    cpu: u32,
    memory: u32,
    zone: u32,
    tasks: u32,
    group_tasks: u32,
}

/// Instances that are looked at to time the loop.
const LOOKS: usize = 20_000_000;

/// Nanoseconds of one pass over a cluster as it is: two rules, or five, for tasks of the first kind.
pub(super) fn plain_ns(load: &Load, engine: &FastEngine<'_>, tasks: &[Task], rules: usize) -> f64 {
    let row = |id: InstanceId| Row {
        cpu: engine.remaining(id).cpu.0,
        memory: engine.remaining(id).memory.0,
        zone: load.fleet.classes[engine.class(id).index()].zone.0,
        tasks: engine.task_count(id),
        group_tasks: 0,
    };
    let mut rows: Vec<Row> = (0..engine.instance_count()).map(InstanceId::from_index).map(row).collect();
    for task in tasks.iter().filter(|task| task.request == RequestId(0)) {
        rows[task.instance.index()].group_tasks += 1;
    }
    let passes = (LOOKS / rows.len().max(1)).clamp(20, 2_000);
    let demands: Vec<(u32, u32)> =
        load.requests.table.iter().map(|one| (one.demand.cpu.0, one.demand.memory.0)).collect();
    let (ns, found) = timed(|| {
        let each = (0..passes).map(|pass| demands[pass % demands.len()]);
        each.filter(|&(cpu, memory)| {
            let found = match rules {
                5 => least(&rows, cpu, memory, |row| (row.group_tasks, row.zone, row.tasks, row.memory, row.cpu)),
                _ => least(&rows, cpu, memory, |row| (row.group_tasks, row.memory)),
            };
            std::hint::black_box(found).is_some()
        })
        .count()
    });
    std::hint::black_box(found);
    quotient(ns, passes as u64)
}

#[inline(always)]
fn least<S: Ord>(rows: &[Row], cpu: u32, memory: u32, score: impl Fn(&Row) -> S) -> Option<usize> {
    let mut best: Option<(S, usize)> = None;
    for (at, row) in rows.iter().enumerate() {
        if row.cpu >= cpu && row.memory >= memory {
            let score = score(row);
            if best.as_ref().is_none_or(|(least, _)| score < *least) {
                best = Some((score, at));
            }
        }
    }
    best.map(|(_, at)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_least_that_fit_is_found() {
        let row = |cpu, memory, group_tasks| Row { cpu, memory, zone: 0, tasks: 0, group_tasks };
        let rows = [row(1, 9, 0), row(4, 4, 1), row(4, 3, 1), row(9, 3, 1), row(9, 9, 2)];
        assert_eq!(least(&rows, 2, 2, |row| (row.group_tasks, row.memory)), Some(2));
        assert_eq!(least(&rows, 10, 2, |row| row.memory), None);
    }
}
