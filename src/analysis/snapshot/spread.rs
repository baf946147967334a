//! How evenly each group lies over zones and instances, and what one loss would take: M17 to M20.
//!
//! Zones and instances count for a group if they could take its tasks: ACTIVE, and [eligible](super::eligible) for
//! some request of the group. Tasks elsewhere, such as on DRAINING instances, weigh in the blast radius and not in the
//! skew.

use super::eligible::Eligibility;
use super::{Subject, inventory};
use crate::analysis::record::{Figure, ServiceRow};
use crate::analysis::sheet::Sheet;
use crate::engine::{Engine, InstanceStatus};
use crate::model::{ClassId, Fleet, GroupId, InstanceId, Requests};
use crate::simulation::Tasks;

/// The worst over groups, and the cluster as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread {
    zone_skew: Figure,
    excess_zone_skew: Figure,
    instance_skew: Figure,
    cluster_zone_skew: Figure,
    /// Over groups of at least two tasks.
    blast_instance: Figure,
    blast_zone: Figure,
    /// Tasks of those groups, and for each the most on one instance.
    tasks: u64,
    most_on_instances: u64,
    groups_of_one: u64,
}

/// Looks at every living task.
pub(super) fn take(subject: Subject<'_>, cluster: &dyn Engine, tasks: &dyn Tasks) -> (Spread, Vec<ServiceRow>) {
    let survey = Survey::of(subject, cluster);
    let mut living = living(subject.requests, tasks);
    living.sort_unstable();
    let mut spread = Spread { cluster_zone_skew: survey.cluster_zone_skew(), ..Spread::default() };
    let mut rows = Vec::new();
    for tasks in living.chunk_by(|a, b| a.0 == b.0) {
        let instances: Vec<(InstanceId, u64)> =
            tasks.chunk_by(|a, b| a.1 == b.1).map(|same| (same[0].1, same.len() as u64)).collect();
        let group = survey.group(tasks[0].0, &instances);
        spread.add(&group);
        rows.push(group.row(subject.requests.groups[tasks[0].0.index()].clone()));
    }
    (spread, rows)
}

/// Group and instance of every living task.
fn living(requests: &Requests, tasks: &dyn Tasks) -> Vec<(GroupId, InstanceId)> {
    let mut living = Vec::new();
    tasks.for_each(&mut |request, instance| living.push((requests[request].group, instance)));
    living
}

/// Tasks counted in bins, for the most less the fewest.
#[derive(Clone, Copy, Debug, Default)]
struct Bins {
    bins: u64,
    occupied: u64,
    tasks: u64,
    most: u64,
    fewest: u64,
}

impl Bins {
    /// Counts into this many bins; those not mentioned are empty.
    fn count(bins: u64, tasks: impl Iterator<Item = u64>) -> Self {
        let mut result = Self { bins, fewest: u64::MAX, ..Self::default() };
        for tasks in tasks.filter(|&tasks| tasks > 0) {
            result.occupied += 1;
            result.tasks += tasks;
            result.most = result.most.max(tasks);
            result.fewest = result.fewest.min(tasks);
        }
        if result.occupied < bins {
            result.fewest = 0;
        }
        result
    }

    /// Most less fewest; absent where there are not two bins to compare.
    fn skew(&self) -> Figure {
        if self.bins <= 1 { Figure::Absent } else { Figure::Count(self.most - self.fewest) }
    }

    /// The skew less the one that no placement could avoid.
    fn excess_skew(&self) -> Figure {
        match self.skew() {
            Figure::Count(skew) => Figure::Count(skew - u64::from(!self.tasks.is_multiple_of(self.bins))),
            other => other,
        }
    }
}

/// How one group lies.
struct Group {
    tasks: u64,
    zones: Bins,
    instances: Bins,
    most_on_instance: u64,
    most_in_zone: u64,
}

impl Group {
    fn row(&self, group: String) -> ServiceRow {
        ServiceRow {
            group,
            tasks: self.tasks,
            zone_skew: self.zones.skew(),
            excess_zone_skew: self.zones.excess_skew(),
            instance_skew: self.instances.skew(),
            blast_radius_instance: self.share(self.most_on_instance),
            blast_radius_zone: self.share(self.most_in_zone),
        }
    }

    fn share(&self, tasks: u64) -> Figure {
        Figure::ratio(u128::from(tasks), u128::from(self.tasks))
    }
}

impl Spread {
    fn add(&mut self, group: &Group) {
        let worsen = |worst: &mut Figure, figure| *worst = Figure::largest([*worst, figure]);
        worsen(&mut self.zone_skew, group.zones.skew());
        worsen(&mut self.excess_zone_skew, group.zones.excess_skew());
        worsen(&mut self.instance_skew, group.instances.skew());
        if group.tasks < 2 {
            self.groups_of_one += 1;
            return;
        }
        worsen(&mut self.blast_instance, group.share(group.most_on_instance));
        worsen(&mut self.blast_zone, group.share(group.most_in_zone));
        self.tasks += group.tasks;
        self.most_on_instances += group.most_on_instance;
    }

    /// Writes its figures.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        sheet.set("zone_skew_worst", self.zone_skew);
        sheet.set("excess_zone_skew_worst", self.excess_zone_skew);
        sheet.set("instance_skew_worst", self.instance_skew);
        sheet.set("cluster_zone_skew", self.cluster_zone_skew);
        sheet.set("blast_radius_instance_worst", self.blast_instance);
        // The mean of (most / tasks), weighted by tasks, is a ratio of two sums.
        let mean = Figure::ratio(u128::from(self.most_on_instances), u128::from(self.tasks));
        sheet.set("blast_radius_instance_mean", mean);
        sheet.set("blast_radius_zone_worst", self.blast_zone);
        sheet.set("groups_of_one_snapshot", Figure::Count(self.groups_of_one));
    }
}

/// The cluster as placement sees it.
struct Survey<'a> {
    fleet: &'a Fleet,
    cluster: &'a dyn Engine,
    eligibility: Eligibility,
    /// ACTIVE instances by class.
    active: Vec<u64>,
    /// Those of them whose agent is connected.
    open: Vec<u64>,
}

impl<'a> Survey<'a> {
    fn of(subject: Subject<'a>, cluster: &'a dyn Engine) -> Self {
        let fleet = &subject.scenario.fleet;
        let mut active = vec![0; fleet.classes.len()];
        let mut open = active.clone();
        for instance in inventory::up(cluster).filter(|&instance| is_active(cluster, instance)) {
            let class = cluster.class(instance).index();
            active[class] += 1;
            open[class] += u64::from(cluster.is_connected(instance));
        }
        Self { fleet, cluster, eligibility: Eligibility::of(fleet, subject.requests), active, open }
    }

    /// How the tasks of one group on these instances lie.
    fn group(&self, group: GroupId, tasks: &[(InstanceId, u64)]) -> Group {
        let eligible = |class: &ClassId| self.eligibility.may_hold(group, *class);
        let is_open = self.zones(classes_of(&self.open).filter(eligible));
        let by_zone = self.by_zone(tasks.iter().copied());
        let takes_more = |&&(instance, _): &&(InstanceId, u64)| {
            is_active(self.cluster, instance)
                && self.cluster.is_connected(instance)
                && eligible(&self.cluster.class(instance))
        };
        let instances = classes_of(&self.open).filter(eligible).map(|class| self.open[class.index()]).sum();
        Group {
            tasks: tasks.iter().map(|&(_, count)| count).sum(),
            zones: zone_bins(&is_open, &by_zone),
            instances: Bins::count(instances, tasks.iter().filter(takes_more).map(|&(_, count)| count)),
            most_on_instance: tasks.iter().map(|&(_, count)| count).max().unwrap_or(0),
            most_in_zone: by_zone.iter().copied().max().unwrap_or(0),
        }
    }

    /// M19: the skew of all tasks over zones with an ACTIVE instance.
    fn cluster_zone_skew(&self) -> Figure {
        let tasks = |instance| (instance, u64::from(self.cluster.task_count(instance)));
        let by_zone = self.by_zone(inventory::up(self.cluster).map(tasks));
        if by_zone.iter().all(|&tasks| tasks == 0) {
            return Figure::Absent;
        }
        zone_bins(&self.zones(classes_of(&self.active)), &by_zone).skew()
    }

    /// For each zone, whether one of the classes is there; what stands for unknown zones is none (section 12.0a).
    fn zones(&self, classes: impl Iterator<Item = ClassId>) -> Vec<bool> {
        let mut zones = vec![false; self.fleet.zones.len()];
        for class in classes {
            let zone = self.fleet.classes[class.index()].zone;
            zones[zone.index()] = self.fleet.is_known(zone);
        }
        zones
    }

    fn by_zone(&self, tasks: impl Iterator<Item = (InstanceId, u64)>) -> Vec<u64> {
        let mut zones = vec![0; self.fleet.zones.len()];
        for (instance, count) in tasks {
            zones[self.fleet.classes[self.cluster.class(instance).index()].zone.index()] += count;
        }
        zones
    }
}

fn zone_bins(is_open: &[bool], by_zone: &[u64]) -> Bins {
    let open = || is_open.iter().zip(by_zone).filter(|&(&is_open, _)| is_open).map(|(_, &count)| count);
    Bins::count(open().count() as u64, open())
}

/// The classes with an instance.
fn classes_of(counts: &[u64]) -> impl Iterator<Item = ClassId> {
    (0..counts.len()).filter(|&class| counts[class] > 0).map(ClassId::from_index)
}

fn is_active(cluster: &dyn Engine, instance: InstanceId) -> bool {
    cluster.status(instance) == InstanceStatus::Active
}
