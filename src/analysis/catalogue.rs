//! Every figure that a run reports: its id, its column, its meaning.
//!
//! The order here is the order of the columns of `runs.csv` and of [`RunRecord::figures`](super::record::RunRecord).

/// Which way is better, where one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// It describes and does not rank.
    Neither,
}

/// How a figure is shown to people; files always carry the plain number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    Count,
    /// A share of 1, shown in percent.
    Share,
    /// A ratio, such as tasks per task.
    Ratio,
    /// Seconds.
    Seconds,
    /// US dollars an hour.
    UsdPerHour,
    /// US dollars.
    Usd,
}

impl Unit {
    /// Its name in documents and in the data of the report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Share => "share",
            Self::Ratio => "ratio",
            Self::Seconds => "s",
            Self::UsdPerHour => "$/h",
            Self::Usd => "$",
        }
    }
}

/// One figure of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Id, by which `docs/figures.md` describes it, such as `M3`.
    pub id: &'static str,
    /// Column name: quantity first, then unit, then qualifier.
    pub column: &'static str,
    /// A few words for tables and pictures.
    pub title: &'static str,
    /// How it is shown.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// It belongs to the headline figures of the terminal table and the picture.
    pub headline: bool,
}

impl Metric {
    /// It is about GPUs: where no instance has one nothing is said of it, not even that it is absent.
    #[must_use]
    pub fn is_of_gpus(&self) -> bool {
        self.column.starts_with("gpu_") || self.column.contains("_gpu_") || self.column.contains("_gpus_")
    }
}

const fn metric(id: &'static str, column: &'static str, title: &'static str, unit: Unit, better: Better) -> Metric {
    Metric { id, column, title, unit, better, headline: false }
}

const fn headline(id: &'static str, column: &'static str, title: &'static str, unit: Unit, better: Better) -> Metric {
    Metric { id, column, title, unit, better, headline: true }
}

/// Every figure, in column order.
pub const METRICS: &[Metric] = {
    use Better::{Higher, Lower, Neither};
    use Unit::{Count, Ratio, Seconds, Share, Usd, UsdPerHour};
    &[
        metric("M7", "tasks_placed", "tasks placed", Count, Higher),
        headline("M22", "tasks_never_placed", "never placed", Count, Lower),
        metric("M22", "tasks_asked", "tasks that asked", Count, Neither),
        metric("M22", "tasks_refused", "tasks refused", Count, Lower),
        headline("M22", "failure_rate", "failure rate", Share, Lower),
        metric("M22", "attempts", "attempts", Count, Neither),
        metric("M22", "attempts_failed", "failed attempts", Count, Neither),
        metric("M22", "attempt_failure_rate", "failed attempts of all, by the retry law", Share, Neither),
        metric("M3", "cpu_reservation_time_mean", "cpu reserved", Share, Neither),
        metric("M3", "memory_reservation_time_mean", "memory reserved", Share, Neither),
        metric("M3", "gpu_reservation_time_mean", "GPUs reserved", Share, Neither),
        metric("M1", "cpu_reservation_snapshot", "cpu reserved at the snapshot", Share, Neither),
        metric("M1", "memory_reservation_snapshot", "memory reserved at the snapshot", Share, Neither),
        metric("M1", "gpu_reservation_snapshot", "GPUs reserved at the snapshot", Share, Neither),
        metric("M4", "cpu_packing_time_mean", "cpu packing of non-empty instances", Share, Higher),
        metric("M4", "memory_packing_time_mean", "memory packing of non-empty instances", Share, Higher),
        headline("M4", "gpu_packing_time_mean", "GPU packing", Share, Higher),
        headline("M4", "packing_time_mean", "packing (binding resource)", Share, Higher),
        headline("M5", "instances_in_use_peak", "instances in use, peak", Count, Lower),
        metric("M5", "instances_in_use_time_mean", "instances in use, mean", Count, Lower),
        metric("M5", "instances_in_use_snapshot", "instances in use at the snapshot", Count, Lower),
        metric("M5", "instances_empty_snapshot", "empty instances at the snapshot", Count, Higher),
        metric("M5", "instances_releasable_snapshot", "releasable instances at the snapshot", Count, Higher),
        metric("M6", "capacity_provider_reservation_percent", "capacity provider reservation, percent", Count, Neither),
        metric("B1", "instances_bound_l1_peak", "lower bound L1", Count, Neither),
        metric("M26", "instances_gap_l1", "instances over the bound", Share, Lower),
        metric("B2", "instances_bound_l2_peak", "lower bound L2", Count, Neither),
        metric("B3", "instances_bound_dff_peak", "lower bound by dual feasible functions", Count, Neither),
        metric("B4", "instances_bound_clique_peak", "lower bound by conflicts", Count, Neither),
        metric("B4", "instances_bound_distinct_peak", "lower bound, one per instance", Count, Neither),
        metric("B5", "instances_bound_columns_peak", "lower bound by column generation", Count, Neither),
        metric("B6", "instances_bound_exact_peak", "lower bound by branch and bound", Count, Neither),
        metric("B1", "instances_bound_gpus_peak", "lower bound by GPUs", Count, Neither),
        metric("B1", "instances_bound_slots_peak", "lower bound by interfaces and ports", Count, Neither),
        metric("B8", "instances_bound_sets_peak", "lower bound by sets that fit by the rules", Count, Neither),
        metric("B6", "instances_optimum_peak", "fewest instances by the rules, proved", Count, Neither),
        metric(
            "B6",
            "instances_optimum_by_cpu_and_memory_peak",
            "fewest instances by cpu and memory, proved",
            Count,
            Neither,
        ),
        headline("M26", "instances_bound_best_peak", "lower bound", Count, Neither),
        metric("M26", "instances_over_bound_best", "instances over the best bound", Count, Lower),
        metric("M26", "instances_gap_best", "instances over the best bound, share", Share, Lower),
        metric("B1", "instances_bound_l1_time_mean", "lower bound L1 of the mean load", Count, Neither),
        metric("B1", "instances_bound_l1_snapshot", "lower bound L1 at the snapshot", Count, Neither),
        metric("M8", "cpu_stranded_units", "cpu stranded (strict), units", Count, Lower),
        metric("M8", "memory_stranded_mib", "memory stranded (strict), MiB", Count, Lower),
        metric("M8", "gpu_stranded_devices", "GPUs stranded (strict), devices", Count, Lower),
        metric("M8", "cpu_stranded_share", "cpu stranded (strict)", Share, Lower),
        metric("M8", "memory_stranded_share", "memory stranded (strict)", Share, Lower),
        metric("M8", "gpu_stranded_share", "GPUs stranded (strict)", Share, Lower),
        metric("M9", "cpu_dead_free_units", "cpu that fits no shape, units", Count, Lower),
        metric("M9", "memory_dead_free_mib", "memory that fits no shape, MiB", Count, Lower),
        metric("M9", "gpu_dead_free_devices", "GPUs that fit no shape, devices", Count, Lower),
        metric("M9", "cpu_dead_free_share", "cpu that fits no shape, of the free", Share, Lower),
        metric("M9", "memory_dead_free_share", "memory that fits no shape, of the free", Share, Lower),
        metric("M9", "gpu_dead_free_share", "GPUs that fit no shape, of the free", Share, Lower),
        metric("M10", "mix_gib_per_vcpu", "memory to cpu of the mix, GiB per vCPU", Ratio, Neither),
        metric("M10", "cpu_fluid_stranded_units", "cpu stranded (fluid), units", Count, Lower),
        metric("M10", "memory_fluid_stranded_mib", "memory stranded (fluid), MiB", Count, Lower),
        metric("M10", "gpu_fluid_stranded_devices", "GPUs stranded (fluid)", Count, Lower),
        metric("M10", "cpu_fluid_stranded_share", "cpu stranded (fluid)", Share, Lower),
        metric("M10", "memory_fluid_stranded_share", "memory stranded (fluid)", Share, Lower),
        metric("M10", "gpu_fluid_stranded_share", "GPUs stranded (fluid), share", Share, Lower),
        metric("M11", "cpu_fragmented_units", "cpu fragmented (FGD), units", Count, Lower),
        metric("M11", "memory_fragmented_mib", "memory fragmented (FGD), MiB", Count, Lower),
        metric("M11", "gpu_fragmented_devices", "GPUs fragmented (FGD, by device)", Count, Lower),
        metric("M11", "cpu_fragmentation_rate", "cpu fragmentation (FGD)", Share, Lower),
        metric("M11", "memory_fragmentation_rate", "memory fragmentation (FGD)", Share, Lower),
        headline("M11", "gpu_fragmentation_rate", "GPU fragmentation", Share, Lower),
        headline("M11", "fragmentation_rate_worst", "fragmentation (FGD, worse resource)", Share, Lower),
        metric("M11", "pairs_fitting_share", "instance and task: fits", Share, Neither),
        metric("M11", "pairs_lacking_cpu_share", "instance and task: lacks cpu", Share, Neither),
        metric("M11", "pairs_lacking_memory_share", "instance and task: lacks memory", Share, Neither),
        metric("M11", "pairs_lacking_both_share", "instance and task: lacks both", Share, Neither),
        metric("M11", "pairs_filtered_share", "instance and task: another filter", Share, Neither),
        metric("M12", "cpu_inflation_stranded_units", "cpu stranded (inflation), units", Count, Lower),
        metric("M12", "memory_inflation_stranded_mib", "memory stranded (inflation), MiB", Count, Lower),
        metric("M12", "gpu_inflation_stranded_devices", "GPUs stranded (inflation)", Count, Lower),
        metric("M12", "cpu_inflation_stranded_share", "cpu stranded (inflation)", Share, Lower),
        metric("M12", "memory_inflation_stranded_share", "memory stranded (inflation)", Share, Lower),
        metric("M12", "gpu_inflation_stranded_share", "GPUs stranded (inflation), share", Share, Lower),
        metric("M12", "inflation_fillings", "fillings that inflation is the mean of", Count, Neither),
        metric("M27", "cpu_saturation_allocation", "cpu allocated at 130 % offered", Share, Higher),
        metric("M27", "memory_saturation_allocation", "memory allocated at 130 % offered", Share, Higher),
        metric("M27", "gpu_saturation_allocation", "GPUs allocated at 130 % offered", Share, Higher),
        metric("M13", "hole_efficiency_worst", "holes by the rules, of one pool, worst shape", Share, Higher),
        metric(
            "M13",
            "hole_efficiency_by_cpu_and_memory_worst",
            "holes by cpu and memory, of one pool, worst shape",
            Share,
            Higher,
        ),
        metric("M14", "largest_placeable_worst", "largest multiple that fits, worst shape", Ratio, Higher),
        metric("M15", "cpu_external_fragmentation", "cpu external fragmentation", Share, Neither),
        metric("M15", "memory_external_fragmentation", "memory external fragmentation", Share, Neither),
        metric("M15", "gpu_external_fragmentation", "GPU external fragmentation", Share, Neither),
        metric("M16", "imbalance_mean", "imbalance of cpu and memory, mean", Share, Lower),
        metric("M16", "gpu_imbalance_mean", "imbalance of cpu, memory and GPUs, mean", Share, Lower),
        metric("M16", "alignment_mean", "alignment of tasks and what is free, mean", Ratio, Higher),
        metric("M17", "zone_skew_worst", "zone skew, worst group", Count, Lower),
        headline("M17", "excess_zone_skew_worst", "excess zone skew, worst group", Count, Lower),
        metric("M18", "instance_skew_worst", "instance skew, worst group", Count, Lower),
        metric("M19", "cluster_zone_skew", "zone skew of all tasks", Count, Lower),
        headline("M20", "blast_radius_instance_worst", "blast radius, worst group", Share, Lower),
        metric("M20", "blast_radius_instance_mean", "blast radius of an instance, mean by tasks", Share, Lower),
        metric("M20", "blast_radius_zone_worst", "blast radius of a zone, worst group", Share, Lower),
        metric("M23", "wait_s_p50", "wait, median", Seconds, Lower),
        metric("M23", "wait_s_p95", "wait, 95th percentile", Seconds, Lower),
        metric("M23", "wait_s_p99", "wait, 99th percentile", Seconds, Lower),
        metric("M23", "wait_s_max", "wait, longest", Seconds, Lower),
        metric("M23", "tasks_waiting_end", "tasks waiting at the end", Count, Lower),
        metric("M24", "price_usd_per_hour_time_mean", "price of the fleet", UsdPerHour, Lower),
        headline("M24", "price_usd_per_hour_in_use_time_mean", "price in use", UsdPerHour, Lower),
        metric("B7", "price_bound_usd_per_hour_time_mean", "lower bound of the price, mean load", UsdPerHour, Neither),
        metric("M24", "price_usd_per_hour_in_use_peak", "price in use, peak", UsdPerHour, Lower),
        metric("B7", "price_bound_usd_per_hour_peak", "lower bound of the price, peak", UsdPerHour, Neither),
        metric("M24", "price_usd_per_vcpu_hour", "price of a placed vCPU-hour", Usd, Lower),
        metric("M24", "price_usd_per_gib_hour", "price of a placed GiB-hour", Usd, Lower),
        metric("M24", "price_usd_per_vcpu_hour_in_use", "price of a placed vCPU-hour, in use only", Usd, Lower),
        metric("M24", "price_usd_per_gpu_hour", "price of a placed GPU-hour", Usd, Lower),
        metric("M24", "price_usd_per_gpu_hour_in_use", "price of a placed GPU-hour, in use only", Usd, Lower),
        metric("M24", "instance_hours", "instance-hours of the fleet", Count, Lower),
        metric("M24", "price_usd", "price of the run", Usd, Lower),
        metric("M25", "tasks_moved", "tasks moved by the scheduler", Count, Lower),
        metric("M25", "tasks_rebalanced", "tasks moved between zones", Count, Neither),
        metric("M25", "tasks_scaled_in", "tasks scaled in", Count, Neither),
        metric("M25", "tasks_lost", "tasks lost with their instance", Count, Lower),
        metric("R-5.26", "tasks_held_pending", "tasks held pending", Count, Lower),
        metric("R-7.6", "deployments_completed", "deployments completed", Count, Higher),
        metric("R-7.6", "deployments_not_completed", "deployments not completed", Count, Lower),
        metric("R-7.6", "deployment_duration_s_max", "longest completed deployment", Seconds, Lower),
        metric("M25", "churn_per_task_hour", "stops the load did not ask for, per task-hour", Ratio, Lower),
        metric("M25", "stops_by_load_per_task_hour", "stops by the load, per task-hour", Ratio, Neither),
        metric("M20", "groups_of_one_snapshot", "groups with one task", Count, Neither),
        metric("M21", "cpu_jain_index", "Jain index of cpu", Ratio, Neither),
    ]
};

/// The position of a column in [`METRICS`].
#[must_use]
pub fn position(column: &str) -> Option<usize> {
    METRICS.iter().position(|metric| metric.column == column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_distinct_and_found() {
        for (index, metric) in METRICS.iter().enumerate() {
            assert_eq!(position(metric.column), Some(index), "{}", metric.column);
        }
    }
}
