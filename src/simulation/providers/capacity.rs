//! Cluster auto scaling: each minute every capacity provider compares the instances it needs with those it has
//!
//!
//! An instance that was terminated may come back under its id as a new one, so that memory grows with the largest fleet
//! and not with the number of launches.
//!
//! # Law of one minute
//! M is the number of instances that run a task which is no daemon; while tasks wait for the provider it is N and what
//! binpacking them would add, within the scaling steps. Target tracking steers N to `ceil(M x 100 / target)`: upwards at
//! the first point unless instances are still warming up, by no more than the largest step at one time; downwards after
//! 15 points in a row, by at least one instance and less than half of them, with a pause between two steps. Where all
//! tasks that wait are too large for the smallest type, nothing moves.

use std::collections::BTreeMap;

use crate::engine::{Engine, InstanceStatus, Room};
use crate::model::{
    CapacityProvider, ClassId, DaemonRoom, Demand, Fleet, IdleProvider, InstanceClass, InstanceId,
    MAX_PORTS_PER_INSTANCE, ProviderId, Requests, ScaleOutGroups, SimSpan, SimTime, TaskCount, takes_class,
};
use crate::simulation::moment::Simulation;
use crate::simulation::observer::{MetricPoint, Observer, Scaling};
use crate::simulation::timers::Timer;

/// How often the metric is made.
const MINUTE: SimSpan = SimSpan::from_secs(60);
/// Points in a row that a scale-in needs.
const SCALE_IN_POINTS: u32 = 15;

/// What one provider has and remembers.
#[derive(Clone, Debug, Default)]
pub(in crate::simulation) struct Group {
    /// Instances that were ACTIVE at the last minute, those told to go since left out, in order.
    up: Vec<InstanceId>,
    /// Instances that are on their way.
    launching: u32,
    warm_at: SimTime,
    /// Points in a row that ask for fewer instances.
    low_points: u32,
    /// When the next step inwards may be taken.
    may_shrink_at: SimTime,
    /// Terminated instances by class.
    retired: BTreeMap<ClassId, Vec<InstanceId>>,
    /// How many were launched of each class.
    launched: BTreeMap<ClassId, u32>,
}

/// Tasks that wait for a provider and are alike.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulation) struct Wanted<'a> {
    pub(in crate::simulation) demand: &'a Demand,
    pub(in crate::simulation) distinct: bool,
    pub(in crate::simulation) count: u64,
}

/// An instance as a provider launches it.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulation) struct Launched<'a> {
    class: &'a InstanceClass,
    /// What its daemons have held back there.
    held: Room,
}

/// instances that binpacking these tasks would add, at least; how groups add up is U-22. `None` if no group fits
/// on the smallest type.
pub(in crate::simulation) fn additional(
    groups: &[Wanted<'_>],
    launched: &[Launched<'_>],
    rule: ScaleOutGroups,
) -> Option<u64> {
    let of = |group: &Wanted<'_>| {
        let fits = launched.iter().all(|one| per_instance(group.demand, one) > 0);
        let largest =
            launched.iter().map(|one| if group.distinct { 1 } else { per_instance(group.demand, one) }).max()?;
        fits.then(|| group.count.div_ceil(largest))
    };
    groups.iter().filter_map(of).reduce(|a, b| match rule {
        ScaleOutGroups::Maximum => a.max(b),
        ScaleOutGroups::Sum => a + b,
    })
}

/// Tasks with equal demands are one group, but those that must be on different instances are so within their own.
fn add<'a>(groups: &mut Vec<Wanted<'a>>, more: Wanted<'a>) {
    match groups.iter_mut().find(|group| group.demand == more.demand && !group.distinct && !more.distinct) {
        Some(group) => group.count += more.count,
        None => groups.push(more),
    }
}

/// How many such tasks an empty instance holds: one at most with static ports, and none where the agent has taken one of
/// these or they are too many.
fn per_instance(demand: &Demand, &Launched { class, held }: &Launched<'_>) -> u64 {
    let share = |have: u64, need: u64| have.checked_div(need).unwrap_or(u64::MAX);
    let ports_fit = !demand.ports.iter().any(|port| class.reserved_ports.contains(port))
        && demand.ports.len() + class.reserved_ports.len() <= MAX_PORTS_PER_INSTANCE;
    let by_port = if demand.ports.is_empty() { u64::MAX } else { u64::from(ports_fit) };
    let left = |have: u32, held: u32| u64::from(have.saturating_sub(held));
    let eni = class.eni_tasks.map_or(u64::MAX, |eni| share(left(eni, held.eni_slots), u64::from(demand.eni_slots)));
    share(left(class.cpu.0, held.cpu.0), u64::from(demand.cpu.0))
        .min(share(left(class.memory.0, held.memory.0), u64::from(demand.memory.0)))
        .min(demand.gpus.copies(class).unwrap_or(u64::MAX))
        .min(by_port)
        .min(eni)
}

/// the metric as a fraction, in percent.
pub(in crate::simulation) fn reservation(needed: u64, running: u64) -> (u64, u64) {
    match (needed, running) {
        (0, 0) => (100, 1),
        (_, 0) => (200, 1),
        _ => (needed * 100, running),
    }
}

/// how many instances target tracking wants.
pub(in crate::simulation) fn tracked(needed: u64, target_percent: u32) -> u64 {
    (needed * 100).div_ceil(u64::from(target_percent))
}

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// The first minute.
    pub(crate) fn begin_scaling(&mut self) {
        if self.world.dynamics.providers.iter().any(|provider| provider.managed_scaling) {
            self.timers.set(self.now.after(MINUTE), Timer::Metric);
        }
    }

    /// The minute of every provider with managed scaling.
    pub(in crate::simulation) fn measure(&mut self) {
        for position in 0..self.groups.len() {
            if self.world.dynamics.providers[position].managed_scaling {
                self.measure_one(ProviderId::from_index(position));
            }
        }
        self.timers.set(self.now.after(MINUTE), Timer::Metric);
    }

    fn measure_one(&mut self, id: ProviderId) {
        let dynamics = self.world.dynamics.clone();
        let provider = &dynamics.providers[id.index()];
        self.groups[id.index()].up = self.instances_of_provider(id);
        let running = self.groups[id.index()].up.len() as u64;
        let (waiting, added) = self.wanted_of(id, provider);
        let busy = self.groups[id.index()].up.iter().filter(|&&instance| self.is_busy(instance)).count() as u64;
        let needed = match added {
            Some(added) => running + added.clamp(u64::from(provider.minimum_step), u64::from(provider.maximum_step)),
            None => busy,
        };
        // Tasks that no instance of the provider can hold keep it where it is.
        let holds = waiting > 0 && added.is_none();
        let idle = self.world.dynamics.provider_options.idle;
        let wanted = match (needed, running) {
            _ if holds => running,
            (0, 0) if idle == IdleProvider::Two && provider.target_percent < 100 => 2,
            (0, 0) => 0,
            // From zero, the metric of 200 asks for two.
            (_, 0) => 2,
            _ => tracked(needed, provider.target_percent),
        };
        let allowed = wanted.clamp(u64::from(provider.minimum), u64::from(provider.maximum));
        let scaling = match self.scale(id, provider, allowed) {
            Scaling::None if holds => Scaling::AtTarget,
            Scaling::None if wanted > allowed => Scaling::AtMaximum,
            Scaling::None if wanted < allowed => Scaling::AtMinimum,
            scaling => scaling,
        };
        let (numerator, denominator) =
            if holds { (u64::from(provider.target_percent), 1) } else { reservation(needed, running) };
        self.observer.measured(&MetricPoint {
            at: self.now,
            provider: id,
            needed,
            running,
            launching: u64::from(self.groups[id.index()].launching),
            busy,
            waiting,
            reservation: (numerator, denominator),
            scaling,
        });
    }

    /// ACTIVE instances of a provider, in order.
    fn instances_of_provider(&self, id: ProviderId) -> Vec<InstanceId> {
        let classes = &self.world.fleet.classes;
        let is_up = |instance: &InstanceId| {
            classes[self.engine.class(*instance).index()].provider == Some(id)
                && self.engine.status(*instance) == InstanceStatus::Active
        };
        (0..self.engine.instance_count()).map(InstanceId::from_index).filter(is_up).collect()
    }

    /// PROVISIONING tasks of a provider, and the instances they would add. Standalone tasks are PROVISIONING as soon as
    /// they are asked for; of those that services want, no more than the quota of the cluster leaves.
    fn wanted_of(&self, id: ProviderId, provider: &CapacityProvider) -> (u64, Option<u64>) {
        let (fleet, requests): (&Fleet, &Requests) = (&self.world.fleet, &self.world.requests);
        let options = self.world.dynamics.provider_options;
        let mut left = u64::from(options.provisioning_quota);
        let mut groups: Vec<Wanted<'_>> = Vec::new();
        for TaskCount { request, count } in self.provisioning.kinds().chain(self.services.waiting_kinds()) {
            let count = count.min(left);
            left -= count;
            let request = &requests[request];
            if request.only.provider == Some(id) && count > 0 {
                add(&mut groups, Wanted { demand: &request.demand, distinct: request.distinct_instance, count });
            }
        }
        let classes = provider.classes.iter().map(|class| &fleet.classes[class.index()]);
        let launched: Vec<Launched<'_>> =
            classes.map(|class| Launched { class, held: self.room_of_daemons(class) }).collect();
        (groups.iter().map(|group| group.count).sum(), additional(&groups, &launched, options.groups))
    }

    /// What daemons will have held back on a new instance of a class.
    fn room_of_daemons(&self, class: &InstanceClass) -> Room {
        let mut held = Room::default();
        if self.world.dynamics.services.daemon_room == DaemonRoom::HeldBack {
            let current = self.services.daemons().map(|service| self.services.states[service].request);
            let there = current.map(|id| &self.world.requests[id]).filter(|request| takes_class(request, class));
            there.for_each(|request| held += Room::of(&request.demand));
        }
        held
    }

    /// It runs a task that is no daemon.
    fn is_busy(&self, instance: InstanceId) -> bool {
        self.engine.task_count(instance) > self.instances.daemons_on(instance)
    }

    fn scale(&mut self, id: ProviderId, provider: &CapacityProvider, wanted: u64) -> Scaling {
        let now = self.now;
        let group = &mut self.groups[id.index()];
        let have = group.up.len() as u64 + u64::from(group.launching);
        if wanted > have {
            group.low_points = 0;
            if now < group.warm_at {
                return Scaling::WarmingUp;
            }
            // Whatever the target asks for, the API launches no more than this at one time.
            let count = (wanted - have).min(u64::from(provider.maximum_step));
            let count = u32::try_from(count).expect("below the maximum of the provider");
            group.warm_at = now.after(provider.start_delay).after(provider.warmup);
            self.launch(id, provider, count);
            return Scaling::Out(count);
        }
        if wanted >= group.up.len() as u64 || group.launching > 0 {
            group.low_points = 0;
            return Scaling::None;
        }
        group.low_points += 1;
        if group.low_points < SCALE_IN_POINTS {
            return Scaling::Counting(group.low_points);
        }
        if now < group.may_shrink_at {
            return Scaling::Pausing;
        }
        let up = group.up.len() as u64;
        let most = (up.saturating_sub(1) / 2).max(1);
        let count = (up - wanted).min(most);
        self.terminate(id, provider, usize::try_from(count).expect("fewer than the instances"))
    }

    /// Instances are on their way: each of the class with the fewest so far, in turn over types and zones.
    fn launch(&mut self, id: ProviderId, provider: &CapacityProvider, count: u32) {
        for _ in 0..count {
            let group = &mut self.groups[id.index()];
            let fewest = |class: &&ClassId| group.launched.get(class).copied().unwrap_or_default();
            let Some(&class) = provider.classes.iter().min_by_key(fewest) else { return };
            *group.launched.entry(class).or_default() += 1;
            group.launching += 1;
            self.timers.set(self.now.after(provider.start_delay), Timer::Launched { provider: id, class });
        }
    }

    pub(in crate::simulation) fn arrive_launched(&mut self, id: ProviderId, class: ClassId) {
        self.groups[id.index()].launching -= 1;
        match self.groups[id.index()].retired.get_mut(&class).and_then(Vec::pop) {
            Some(instance) => self.bring_back(instance),
            None => {
                self.register(class);
            }
        }
    }

    /// Whether an instance was terminated and stands for no other one.
    pub(in crate::simulation) fn is_retired(&self, instance: InstanceId) -> bool {
        self.groups.iter().any(|group| group.retired.values().any(|retired| retired.contains(&instance)))
    }

    /// with termination protection only instances without tasks go; without it the oldest do.
    fn terminate(&mut self, id: ProviderId, provider: &CapacityProvider, count: usize) -> Scaling {
        let up = &self.groups[id.index()].up;
        let may_go = |instance: &&InstanceId| !provider.termination_protection || !self.is_busy(**instance);
        let going: Vec<InstanceId> = up.iter().filter(may_go).take(count).copied().collect();
        if going.is_empty() {
            return Scaling::Protected;
        }
        let pause = self.world.dynamics.provider_options.scale_in_pause;
        self.groups[id.index()].may_shrink_at = self.now.after(pause);
        self.groups[id.index()].up.retain(|instance| !going.contains(instance));
        for &instance in &going {
            let launched = self.groups[id.index()].launched.entry(self.engine.class(instance)).or_default();
            *launched = launched.saturating_sub(1);
            if !provider.managed_draining {
                self.lose(&[instance]);
                self.retire(instance, id);
            }
        }
        if provider.managed_draining {
            self.drain_to_terminate(&going, id);
        }
        Scaling::In(u32::try_from(going.len()).expect("fewer instances than 2^32"))
    }

    /// A terminated instance may stand for a later one.
    pub(in crate::simulation) fn retire(&mut self, instance: InstanceId, id: ProviderId) {
        let class = self.engine.class(instance);
        self.groups[id.index()].retired.entry(class).or_default().push(instance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ZoneId;

    #[test]
    fn g25_the_metric_is_needed_over_running_in_percent() {
        assert_eq!(reservation(0, 0), (100, 1));
        assert_eq!(reservation(3, 0), (200, 1));
        assert_eq!(reservation(2, 3), (200, 3), "66.7");
        assert_eq!(reservation(8, 10), (800, 10), "80");
    }

    #[test]
    fn r8_7_target_tracking_rounds_up() {
        assert_eq!([tracked(2, 100), tracked(2, 50), tracked(10, 90)], [2, 4, 12]);
    }

    #[test]
    fn r8_5_the_largest_group_on_the_largest_type_decides_and_the_smallest_type_guards() {
        let (small, large) =
            (InstanceClass::new(ZoneId(0), "a", 1024, 4096), InstanceClass::new(ZoneId(0), "a", 4096, 16384));
        let (half, big) = (Demand::new(512, 100), Demand::new(2048, 100));
        let group = |demand, count| Wanted { demand, distinct: false, count };
        let of = |class| Launched { class, held: Room::default() };
        let maximum =
            |groups: &[Wanted<'_>], launched: &[Launched<'_>]| additional(groups, launched, ScaleOutGroups::Maximum);
        assert_eq!(maximum(&[group(&half, 10)], &[of(&small)]), Some(5));
        assert_eq!(maximum(&[group(&half, 10)], &[of(&small), of(&large)]), Some(2));
        assert_eq!(maximum(&[group(&half, 10), group(&half, 3)], &[of(&small)]), Some(5), "the maximum over groups");
        assert_eq!(maximum(&[group(&big, 10)], &[of(&small), of(&large)]), None, "not on the smallest type");
        assert_eq!(maximum(&[Wanted { distinct: true, ..group(&half, 7) }], &[of(&large)]), Some(7));
        assert_eq!(maximum(&[], &[of(&small)]), None);
        let sum = additional(&[group(&half, 10), group(&half, 3), group(&big, 10)], &[of(&small)], ScaleOutGroups::Sum);
        assert_eq!(sum, Some(7), "U-22: 5 and 2, and what fits nowhere is left out");
    }

    #[test]
    fn r7_31_what_daemons_hold_back_is_no_room_for_others() {
        let class = InstanceClass { eni_tasks: Some(3), ..InstanceClass::new(ZoneId(0), "a", 1024, 4096) };
        let held = |demand: &Demand| Launched { class: &class, held: Room::of(demand) };
        let copies = |demand: &Demand, daemon: &Demand| per_instance(demand, &held(daemon));
        let nothing = Demand::new(0, 0);
        assert_eq!(copies(&Demand::new(512, 100), &nothing), 2);
        assert_eq!(copies(&Demand::new(512, 100), &Demand::new(1, 0)), 1);
        assert_eq!(copies(&Demand::new(100, 1024), &Demand::new(0, 1)), 3);
        let with_interface = Demand { eni_slots: 1, ..Demand::new(1, 1) };
        assert_eq!([copies(&with_interface, &nothing), copies(&with_interface, &with_interface)], [3, 2]);
    }
}
