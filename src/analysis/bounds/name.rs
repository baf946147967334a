//! The name of the bound that is the best one, for tables and pictures.

use crate::analysis::catalogue::position;
use crate::analysis::record::RunRecord;
use crate::analysis::summary::SummaryRow;

/// The column of the largest bound.
pub const BEST: &str = "instances_bound_best_peak";

/// Columns of bounds on the instances of the peak and their names, the simplest first.
const NAMES: [(&str, &str); 12] = [
    ("instances_bound_l1_peak", "L1"),
    ("instances_bound_l2_peak", "L2"),
    ("instances_bound_dff_peak", "DFF"),
    ("instances_bound_distinct_peak", "one per instance"),
    ("instances_bound_gpus_peak", "GPUs"),
    ("instances_bound_slots_peak", "interfaces and ports"),
    ("instances_bound_clique_peak", "conflicts"),
    ("instances_bound_columns_peak", "column generation"),
    ("instances_bound_sets_peak", "sets by the rules"),
    ("instances_optimum_peak", "exact optimum"),
    ("instances_optimum_by_cpu_and_memory_peak", "exact optimum by cpu and memory"),
    ("instances_bound_exact_peak", "branch and bound"),
];

/// The simplest bound that is as large as the best of a run; `None` where there is none or the best is 0.
#[must_use]
pub fn of_run(record: &RunRecord) -> Option<&'static str> {
    let figure = |column: &str| record.figures.get(position(column)?)?.exact();
    let best = figure(BEST).filter(|best| best.numerator() > 0)?;
    NAMES.iter().find(|(column, _)| figure(column) == Some(best)).map(|&(_, name)| name)
}

/// The simplest bound whose mean is that of the best over the runs of a policy; `best of several` where the runs
/// differ.
#[must_use]
pub fn of_summary(summary: &[SummaryRow], policy: &str) -> Option<&'static str> {
    let mean = |column: &str| summary.iter().find(|row| row.policy == policy && row.metric == column)?.mean;
    let best = mean(BEST).filter(|&best| best > 0.0)?;
    let is_best = |&&(column, _): &&(&str, &str)| mean(column).is_some_and(|mean| mean >= best);
    Some(NAMES.iter().find(is_best).map_or("best of several", |&(_, name)| name))
}
