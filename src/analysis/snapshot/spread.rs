//! How evenly each group lies over zones and instances, and what one loss would take: M17 to M20.
//!
//! Zones and instances count for a group if they could take its tasks: ACTIVE, and [eligible](super::eligible) for
//! some request of the group. Tasks elsewhere, such as on DRAINING instances, weigh in the blast radius and not in the
//! skew.

use smallvec::SmallVec;

use super::eligible::Eligibility;
use super::residents::Counts;
use super::roll::Roll;
use super::{Residents, Subject};
use crate::analysis::record::{Figure, ServiceRow};
use crate::analysis::sheet::Sheet;
use crate::engine::InstanceStatus;
use crate::model::{ClassId, Fleet, GroupId, InstanceId, Requests, ZoneId};

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
pub(super) fn take(subject: Subject<'_>, roll: &Roll, residents: &Residents) -> (Spread, Vec<ServiceRow>) {
    let survey = Survey::of(subject, roll);
    let mut spread = Spread { cluster_zone_skew: survey.cluster_zone_skew(), ..Spread::default() };
    let mut rows = Vec::new();
    for (group, lying) in (0..).zip(survey.by_group(subject.requests, residents)) {
        if lying.tasks > 0 {
            let found = survey.group(GroupId(group), &lying);
            spread.add(&found);
            rows.push(found.row(subject.requests.groups[group as usize].clone()));
        }
    }
    (spread, rows)
}

/// How the tasks of a group lie, as far as instances have been looked at.
#[derive(Clone, Debug, Default)]
struct Lying {
    tasks: u64,
    by_zone: SmallVec<[u64; 3]>,
    most_on_instance: u64,
    /// Over the instances that could take more of them.
    instances: Bins,
}

impl Lying {
    /// So many tasks of the group lie on an instance in a zone, which may hold more of them or not.
    #[inline]
    fn note(&mut self, tasks: u64, zone: ZoneId, may_hold: bool) {
        self.tasks += tasks;
        self.by_zone[zone.index()] += tasks;
        self.most_on_instance = self.most_on_instance.max(tasks);
        if may_hold {
            self.instances.count_in(tasks);
        }
    }
}

/// Tasks counted in bins, for the most less the fewest.
#[derive(Clone, Copy, Debug)]
struct Bins {
    bins: u64,
    occupied: u64,
    tasks: u64,
    most: u64,
    fewest: u64,
}

impl Default for Bins {
    /// None has been counted.
    fn default() -> Self {
        Self { bins: 0, occupied: 0, tasks: 0, most: 0, fewest: u64::MAX }
    }
}

impl Bins {
    /// Counts into this many bins; those not mentioned are empty.
    fn count(bins: u64, tasks: impl Iterator<Item = u64>) -> Self {
        let mut result = Self::default();
        tasks.for_each(|tasks| result.count_in(tasks));
        result.out_of(bins)
    }

    /// One more, perhaps an empty one: without a branch, as nobody could foresee it.
    #[inline]
    fn count_in(&mut self, tasks: u64) {
        self.fewest = self.fewest.min(if tasks > 0 { tasks } else { u64::MAX });
        self.most = self.most.max(tasks);
        self.occupied += u64::from(tasks > 0);
        self.tasks += tasks;
    }

    /// So many there are; the others are empty.
    fn out_of(self, bins: u64) -> Self {
        Self { bins, fewest: if self.occupied < bins { 0 } else { self.fewest }, ..self }
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
    roll: &'a Roll,
    eligibility: Eligibility,
    /// One a class.
    zones: Vec<ZoneId>,
    /// ACTIVE instances by class.
    active: Vec<u64>,
    /// Those of them whose agent is connected.
    open: Vec<u64>,
}

impl<'a> Survey<'a> {
    fn of(subject: Subject<'a>, roll: &'a Roll) -> Self {
        let fleet = &subject.scenario.fleet;
        let (mut active, mut open) = (vec![0; fleet.classes.len()], vec![0; fleet.classes.len()]);
        for standing in roll.all() {
            active[standing.class.index()] += u64::from(standing.status == InstanceStatus::Active);
            open[standing.class.index()] += u64::from(standing.is_open);
        }
        let zones = fleet.classes.iter().map(|class| class.zone).collect();
        Self { fleet, roll, eligibility: Eligibility::of(fleet, subject.requests), zones, active, open }
    }

    /// For every group, how its tasks lie: by the numbers of each kind, or in one walk over all tasks, instance by instance.
    fn by_group(&self, requests: &Requests, residents: &Residents) -> Vec<Lying> {
        let Some(counts) = residents.counts() else { return self.one_by_one(requests, residents) };
        let mut kinds = vec![Vec::new(); requests.groups.len()];
        requests.table.iter().enumerate().for_each(|(kind, request)| kinds[request.group.index()].push(kind));
        (0..).map(GroupId).zip(&kinds).map(|(group, kinds)| self.of_kinds(group, kinds, counts)).collect()
    }

    /// How the tasks of a group lie that has these kinds.
    fn of_kinds(&self, group: GroupId, kinds: &[usize], counts: Counts<'_>) -> Lying {
        let classes = || (0..self.zones.len()).map(ClassId::from_index);
        let is_eligible: Vec<bool> = classes().map(|class| self.eligibility.may_hold(group, class)).collect();
        let mut by_class = vec![0; self.zones.len()];
        let (mut most_on_instance, mut instances) = (0, Bins::default());
        for (counts, on) in counts.by_instance().zip(self.roll.all()) {
            let tasks = match kinds {
                [only] => u64::from(counts[*only]),
                _ => kinds.iter().map(|&kind| u64::from(counts[kind])).sum(),
            };
            by_class[on.class.index()] += tasks;
            most_on_instance = tasks.max(most_on_instance);
            if on.is_open && is_eligible[on.class.index()] {
                instances.count_in(tasks);
            }
        }
        let mut lying = Lying { most_on_instance, instances, tasks: by_class.iter().sum(), ..self.nothing() };
        self.zones.iter().zip(by_class).for_each(|(zone, tasks)| lying.by_zone[zone.index()] += tasks);
        lying
    }

    fn one_by_one(&self, requests: &Requests, residents: &Residents) -> Vec<Lying> {
        let groups: Vec<GroupId> = requests.table.iter().map(|request| request.group).collect();
        let mut lying = vec![Lying::default(); requests.groups.len()];
        // Of the instance that is looked at: its tasks by group, and which groups these are.
        let mut here = vec![0_u64; requests.groups.len()];
        let mut are_here = Vec::new();
        for (id, on) in (0..).map(InstanceId).zip(self.roll.all()) {
            residents.on(id).for_each(|alike| {
                let group = groups[alike.request.index()];
                let tasks = &mut here[group.index()];
                if *tasks == 0 {
                    are_here.push(group);
                }
                *tasks += u64::from(alike.count);
            });
            for group in are_here.drain(..) {
                let tasks = std::mem::take(&mut here[group.index()]);
                let may_hold = on.is_open && self.eligibility.may_hold(group, on.class);
                let lying = &mut lying[group.index()];
                // Most of thousands of groups have no task.
                lying.by_zone.resize(self.fleet.zones.len(), 0);
                lying.note(tasks, self.zones[on.class.index()], may_hold);
            }
        }
        lying
    }

    /// No instance has been looked at.
    fn nothing(&self) -> Lying {
        Lying { by_zone: SmallVec::from_elem(0, self.fleet.zones.len()), ..Lying::default() }
    }

    /// How one group lies.
    fn group(&self, group: GroupId, lying: &Lying) -> Group {
        let eligible = |class: &ClassId| self.eligibility.may_hold(group, *class);
        let is_open = self.zones_of(classes_of(&self.open).filter(eligible));
        let instances = classes_of(&self.open).filter(eligible).map(|class| self.open[class.index()]).sum();
        Group {
            tasks: lying.tasks,
            zones: zone_bins(&is_open, &lying.by_zone),
            instances: lying.instances.out_of(instances),
            most_on_instance: lying.most_on_instance,
            most_in_zone: lying.by_zone.iter().copied().max().unwrap_or(0),
        }
    }

    /// M19: the skew of all tasks over zones with an ACTIVE instance.
    fn cluster_zone_skew(&self) -> Figure {
        let mut by_zone = vec![0; self.fleet.zones.len()];
        for (_, standing) in self.roll.up() {
            by_zone[self.zones[standing.class.index()].index()] += u64::from(standing.tasks);
        }
        if by_zone.iter().all(|&tasks| tasks == 0) {
            return Figure::Absent;
        }
        zone_bins(&self.zones_of(classes_of(&self.active)), &by_zone).skew()
    }

    /// For each zone, whether one of the classes is there; what stands for unknown zones is none.
    fn zones_of(&self, classes: impl Iterator<Item = ClassId>) -> Vec<bool> {
        let mut zones = vec![false; self.fleet.zones.len()];
        for class in classes {
            let zone = self.fleet.classes[class.index()].zone;
            zones[zone.index()] = self.fleet.is_known(zone);
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
