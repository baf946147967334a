//! What every figure means, in a sentence or two, by its id in `docs/figures.md`.
//!
//! The ids and titles come from the catalogue; only the prose is written here, so a new column of a known id needs
//! nothing, and one of a new id shows its title until a sentence is added. A test asks for that sentence.

use std::collections::BTreeMap;

use crate::analysis::catalogue::METRICS;

/// One definition.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::report) struct Entry {
    pub(in crate::report) id: &'static str,
    pub(in crate::report) titles: String,
    pub(in crate::report) text: &'static str,
}

const TEXTS: &[(&str, &str)] = &[
    (
        "B1",
        "Lower bound L1: for each resource, what the tasks ask for over the largest instance, rounded up; the larger of the resources. No policy can need fewer instances.",
    ),
    (
        "B2",
        "Lower bound L2 (Martello and Toth): as L1, but large tasks that cannot share an instance are counted apart.",
    ),
    (
        "B3",
        "Lower bound by dual feasible functions: as L1 after sizes have been rounded so that no valid packing breaks.",
    ),
    ("B4", "Conflict clique: tasks no two of which fit together on an empty instance need one instance each."),
    ("B5", "Column generation (Gilmore and Gomory): the linear relaxation over patterns, rounded up."),
    (
        "B6",
        "Exact: the proven optimum, by cpu and memory and by all the rules apart, or where the search was cut off after its number of nodes, the solver's dual bound, named branch and bound.",
    ),
    (
        "B7",
        "Mixed types: the cheapest mix of instances whose summed resources hold the tasks; a bound on dollars an hour.",
    ),
    (
        "B8",
        "Sets by the rules: column generation over cpu, memory, GPUs, interfaces and ports together, in which tasks that may not share an instance (distinctInstance, one static port) never do. The largest bound of all is printed, by name.",
    ),
    ("M1", "Reserved share at one moment: reserved over registered, summed over the instances that are up."),
    (
        "M3",
        "Reserved share over time: the integral of what is reserved over the integral of what is registered; not a mean of samples.",
    ),
    (
        "M4",
        "Packing: reserved share of the instances that hold at least one task, over time. The binding resource is the one that is fuller.",
    ),
    (
        "M5",
        "Instances in use: instances with at least one task. Empty: up and without a task. Releasable: can be drained in turn by moving every task; of a large cluster, as found on a sample of its instances.",
    ),
    (
        "M6",
        "Capacity-provider reservation: 100 times the instances needed over those running; more than 100 asks for more. With managed scaling it is what was measured last before the snapshot, of several providers their sums.",
    ),
    ("M7", "Tasks placed: every successful placement, replacements included."),
    ("M8", "Stranded, strict: what remains of a resource on instances where nothing of the other resource remains."),
    (
        "M9",
        "Dead free: what remains on instances where no shape of the reference mix fits, as a share of what remains.",
    ),
    ("M10", "Fluid stranding: what remains beyond the proportion of cpu and memory that the reference mix asks for."),
    (
        "M11",
        "Fragmentation (FGD, Weng et al., ATC 2023): the share of what remains that a task drawn from the reference mix is expected not to be able to use.",
    ),
    (
        "M12",
        "Inflation stranding: what is left when tasks of the reference mix are placed until no more fit; of a large cluster, on a sample of its instances (fewer than one filling).",
    ),
    (
        "M13",
        "Holes: how many tasks of a shape would still fit, instance by instance; pooled: if all that remains were in one piece. By the rules: by everything that placement asks (GPUs, ports, interfaces, the constraints of the service, the room of daemons); by cpu and memory: by these and GPUs alone.",
    ),
    ("M14", "Largest placeable: the largest multiple of a shape that fits on one instance."),
    ("M15", "External fragmentation index: 1 less the largest free piece over all that remains."),
    (
        "M16",
        "Imbalance: the difference of the reserved shares of cpu and memory, mean over instances in use; with GPUs the largest share less the least, over the instances that have some.",
    ),
    (
        "M17",
        "Zone skew of a group: most less fewest of its tasks over zones. Excess: what no placement could avoid taken off.",
    ),
    ("M18", "Instance skew of a group: most less fewest of its tasks over the instances that may hold it."),
    ("M19", "Zone skew of the cluster: most less fewest tasks over zones, all groups together."),
    (
        "M20",
        "Blast radius: the largest share of a group's tasks that one instance, or one zone, takes with it when it fails. Groups of one task are left out.",
    ),
    ("M21", "Jain's index of reserved cpu over instances: 1 when all are equally full, 1/n when one holds everything."),
    (
        "M22",
        "Failure rate: tasks that met at least one refusal over tasks that asked, by the reason of the first refusal; a task that is refused again adds nothing, and the replacement of a lost task is a new task. One that waits for a capacity provider with managed scaling has not failed. Attempts repeat at every retry: a detail that follows from the retry interval.",
    ),
    (
        "M23",
        "Wait: from being asked for to being placed. A wait that has not ended, or was given up, counts as longer than what was seen of it: it takes its rank among the others, a mean with one is absent, and a difference counts where its sign is certain.",
    ),
    (
        "M24",
        "Price: the on-demand price of the instances over time; in use: of those that hold a task. Absent if the price of an instance is not known.",
    ),
    ("M25", "Churn: stops that the engine made (drain, rebalance, deployment) per task-hour; stops of the load apart."),
    ("M26", "Gap: how much a count of instances lies above its lower bound, as a share of the bound."),
    (
        "M27",
        "Saturation allocation: the share that is placed when tasks of the reference mix are offered to an empty cluster, none of which stops, until 130 % of the capacity of some resource has been offered; the chart shows the way there.",
    ),
    (
        "R-5.26",
        "Held PENDING: tasks that were placed while a stopping task still held what they need on the instance, and waited there until it was gone.",
    ),
    (
        "R-7.6",
        "Deployments: completed are those whose new revision reached the desired count and was healthy; the others failed, were replaced or never could move. The reasons stand in deployments.csv.",
    ),
];

/// The ids that the catalogue has, in their order, with their texts; then what only this page draws.
pub(in crate::report) fn entries() -> Vec<Entry> {
    let mut titles: BTreeMap<(char, u32, &'static str), Vec<&str>> = BTreeMap::new();
    for metric in METRICS {
        let number = metric.id[1..].parse().unwrap_or(u32::MAX);
        let letter = metric.id.chars().next().unwrap_or('?');
        titles.entry((letter, number, metric.id)).or_default().push(metric.title);
    }
    let entry = |((_, _, id), titles): ((char, u32, &'static str), Vec<&str>)| Entry {
        id,
        titles: titles.join("; "),
        text: text(id),
    };
    let mut entries: Vec<Entry> = titles.into_iter().map(entry).collect();
    entries.push(Entry {
        id: "fleet",
        titles: "instances drawn as stacked bars".to_owned(),
        text: "A bar is one instance; its coloured parts are the shares of the resource that its tasks reserve, the \
               largest groups by colour and the rest in grey. Pale is what remains; hatched is what remains where no \
               kind of task of this run fits, so that it is stranded for this load.",
    });
    entries.push(Entry {
        id: "interval",
        titles: "95 % intervals and verdicts".to_owned(),
        text: "Intervals of means are Student's t over seeds. Policies are compared by their differences seed by seed, \
               which face the same load: paired t, or the BCa bootstrap of 9,999 resamples for ratios and skewed \
               differences from 12 seeds on. Not told apart means that the interval holds 0, or that the primary \
               figure's p value, corrected for the number of policies (Holm), is 0.05 or more. Where nothing is random \
               the runs of all seeds are identical: there is one difference, and nothing to be said of chance.",
    });
    entries
}

fn text(id: &str) -> &'static str {
    TEXTS.iter().find(|(known, _)| *known == id).map_or("See the columns of this name.", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_the_catalogue_is_defined() {
        for metric in METRICS {
            assert!(TEXTS.iter().any(|(id, _)| *id == metric.id), "{} has no definition", metric.id);
            assert!(entries().iter().any(|entry| entry.id == metric.id && entry.titles.contains(metric.title)));
        }
    }
}
