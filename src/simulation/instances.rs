//! What befalls instances: zones and instances lost and back, draining, agents that come and go, patch waves, spot
//! interruptions, failures.
//!
//! An instance that comes back after it was lost keeps its id: it stands for its replacement, so that memory does not
//! grow with failures. One that was not as it registered is replaced by another, which is.

use std::collections::{BTreeMap, VecDeque};

use rustc_hash::FxHashMap;

use super::departures::LiveTask;
use super::moment::Simulation;
use super::observer::{Observer, StopCause, Tasks as _};
use super::services::ServiceTask;
use super::timers::{PatchStep, Timer};
use super::world::World;
use crate::engine::{Engine, InstanceStatus};
use crate::model::{
    ClassId, HappeningKind, InstanceId, Numbers, PatchWave, ProviderId, RequestId, SimSpan, SpotInterruption,
    StreamName, ZoneId,
};
use crate::workload::{Draws, Origin, Purpose};

/// What the run remembers of instances beside what the engine knows.
#[derive(Clone, Debug)]
pub(super) struct Instances {
    /// Why each DRAINING instance drains.
    draining: BTreeMap<InstanceId, Why>,
    /// Instances that stand for others, which were not as they registered when they were lost.
    successors: BTreeMap<InstanceId, InstanceId>,
    /// The classes that instances come back as of which more has changed than their class says.
    returning: BTreeMap<InstanceId, ClassId>,
    waves: Vec<Wave>,
    /// Interruptions so far.
    spots: Vec<SpotInterruption>,
    /// Their names.
    interruptions: Numbers,
    /// ACTIVE instances with a connected agent, by zone.
    active: Vec<u64>,
    /// Daemon tasks of every instance; empty if there are no daemons.
    daemons: Vec<u32>,
    /// Something may have room that had none.
    capacity_came: bool,
    /// Instances have begun or ended to drain.
    drain_changed: bool,
    failures: Draws,
    failures_drawn: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Asked,
    Patch(u32),
    Spot,
    Terminate(ProviderId),
}

#[derive(Clone, Debug)]
struct Wave {
    spec: PatchWave,
    pending: VecDeque<InstanceId>,
}

impl Instances {
    pub(super) fn new<E: Engine>(world: &World<'_>, engine: &E) -> Self {
        let fleet = &world.fleet;
        let mut active = vec![0; fleet.zones.len()];
        for id in (0..engine.instance_count()).map(InstanceId::from_index) {
            let class = &fleet.classes[engine.class(id).index()];
            active[class.zone.index()] += u64::from(engine.is_connected(id) && class.knows_zone());
        }
        Self {
            draining: BTreeMap::new(),
            successors: BTreeMap::new(),
            returning: BTreeMap::new(),
            waves: Vec::new(),
            spots: Vec::new(),
            interruptions: Numbers::default(),
            active,
            daemons: vec![0; engine.instance_count()],
            capacity_came: false,
            drain_changed: false,
            failures: Origin::only(world.seed, "instances").draws(Purpose::Failure),
            failures_drawn: 0,
        }
    }

    /// There are so many zones now.
    pub(super) fn zones_grew(&mut self, zones: usize) {
        self.active.resize(zones, 0);
    }

    /// Something may have room that had none.
    pub(super) fn capacity_came(&mut self) {
        self.capacity_came = true;
    }

    pub(super) fn has_active_in(&self, zone: ZoneId) -> bool {
        self.active[zone.index()] > 0
    }

    pub(super) fn daemon_started(&mut self, instance: InstanceId) {
        self.daemons[instance.index()] += 1;
    }

    pub(super) fn daemon_stopped(&mut self, instance: InstanceId) {
        self.daemons[instance.index()] -= 1;
    }

    pub(super) fn daemons_on(&self, instance: InstanceId) -> u32 {
        self.daemons[instance.index()]
    }

    /// The instance that stands for one which was lost, or that one itself.
    pub(super) fn now(&self, mut instance: InstanceId) -> InstanceId {
        while let Some(&successor) = self.successors.get(&instance) {
            instance = successor;
        }
        instance
    }

    /// An instance comes back as one of this class, whatever becomes of it from now on.
    pub(super) fn returns_as(&mut self, instance: InstanceId, class: ClassId) {
        self.returning.entry(instance).or_insert(class);
    }

    fn next_failure_draw(&mut self) -> u64 {
        self.failures_drawn += 1;
        self.failures_drawn - 1
    }
}

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// Something befalls instances.
    pub(crate) fn befall(&mut self, what: HappeningKind) {
        match self.of_now(what) {
            HappeningKind::ZoneLost(zone) => self.lose(&self.instances_of(Some(zone))),
            HappeningKind::ZoneReturned(zone) => {
                for instance in self.instances_of(Some(zone)) {
                    if !self.is_retired(instance) && self.instances.now(instance) == instance {
                        self.bring_back(instance);
                    }
                }
            }
            HappeningKind::InstanceDrained(instance) => self.drain_as_asked(instance),
            HappeningKind::InstanceActivated(instance) => {
                if self.engine.status(instance) == InstanceStatus::Draining {
                    self.change(instance, InstanceStatus::Active);
                }
            }
            HappeningKind::InstanceLost(instance) => self.lose(&[instance]),
            HappeningKind::InstanceReturned(instance) => self.bring_back(instance),
            HappeningKind::AgentDisconnected(instance) => self.disconnect(instance),
            HappeningKind::AgentConnected(instance) => self.connect(instance),
            HappeningKind::ZoneDisconnected(zone) => {
                self.instances_of(Some(zone)).into_iter().for_each(|instance| self.disconnect(instance));
            }
            HappeningKind::ZoneConnected(zone) => {
                self.instances_of(Some(zone)).into_iter().for_each(|instance| self.connect(instance));
            }
            HappeningKind::InstancesRegistered { like, count } => {
                let class = self.class_like(like).unwrap_or_else(|| self.engine.class(like));
                for _ in 0..count {
                    self.register(class);
                }
            }
            HappeningKind::PatchWave(spec) => self.begin_wave(spec),
            HappeningKind::SpotInterruption(spec) => self.interrupt(spec),
        }
    }

    /// What is said of an instance is meant of the one that stands for it now.
    pub(crate) fn of_now(&self, what: HappeningKind) -> HappeningKind {
        let now = |instance| self.instances.now(instance);
        match what {
            HappeningKind::InstanceDrained(instance) => HappeningKind::InstanceDrained(now(instance)),
            HappeningKind::InstanceActivated(instance) => HappeningKind::InstanceActivated(now(instance)),
            HappeningKind::InstanceLost(instance) => HappeningKind::InstanceLost(now(instance)),
            HappeningKind::InstanceReturned(instance) => HappeningKind::InstanceReturned(now(instance)),
            HappeningKind::AgentDisconnected(instance) => HappeningKind::AgentDisconnected(now(instance)),
            HappeningKind::AgentConnected(instance) => HappeningKind::AgentConnected(now(instance)),
            other => other,
        }
    }

    /// The class of a new instance like another one: as that one registered, where the tables have such a class.
    pub(super) fn class_like(&self, like: InstanceId) -> Option<ClassId> {
        if let Some(&class) = self.instances.returning.get(&like) {
            return Some(class);
        }
        let (fleet, class) = (&self.world.fleet, self.engine.class(like));
        let new = fleet.like(class, like);
        if new == fleet.classes[class.index()] {
            return Some(class);
        }
        fleet.classes.iter().position(|known| *known == new).map(ClassId::from_index)
    }

    /// Every status change of the run but the beginning of a drain goes through here.
    fn change(&mut self, instance: InstanceId, to: InstanceStatus) {
        let from = self.engine.status(instance);
        self.engine.set_status(instance, to);
        self.has_changed(instance, from, to);
    }

    fn has_changed(&mut self, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        self.observer.instance_changed(self.now, instance, from, to);
        let is_there = self.engine.is_connected(instance);
        self.count_active(instance, [from, to].map(|status| status == InstanceStatus::Active && is_there));
        self.instances.drain_changed |= from == InstanceStatus::Draining || to == InstanceStatus::Draining;
        if from == InstanceStatus::Draining {
            self.instances.draining.remove(&instance);
        }
        if to == InstanceStatus::Active {
            self.instances.capacity_came = true;
            match from {
                InstanceStatus::Draining => self.want_missing_daemons_on(instance),
                InstanceStatus::Lost | InstanceStatus::Active => self.want_daemons_on(instance),
            }
        } else {
            self.want_no_daemons_on(instance);
        }
    }

    /// ACTIVE instances with a connected agent make their zone one that counts (U-16); an unknown zone is none.
    pub(super) fn count_active(&mut self, instance: InstanceId, [before, now]: [bool; 2]) {
        let class = &self.world.fleet.classes[self.engine.class(instance).index()];
        if class.knows_zone() {
            let active = &mut self.instances.active[class.zone.index()];
            *active = *active + u64::from(now) - u64::from(before);
        }
    }

    pub(super) fn register(&mut self, class: ClassId) -> InstanceId {
        let instance = self.engine.register(class);
        self.has_registered(instance, class);
        instance
    }

    /// An instance is new.
    pub(super) fn has_registered(&mut self, instance: InstanceId, class: ClassId) {
        self.observer.instance_registered(self.now, instance, class);
        self.instances.daemons.push(0);
        self.count_active(instance, [false, self.engine.is_connected(instance)]);
        self.instances.capacity_came = true;
        self.want_daemons_on(instance);
    }

    /// Managed draining: an instance goes once it is empty.
    pub(super) fn drain_to_terminate(&mut self, instances: &[InstanceId], provider: ProviderId) {
        self.drain(instances, Why::Terminate(provider));
    }

    /// The scenario says that an instance drains.
    pub(super) fn drain_as_asked(&mut self, instance: InstanceId) {
        self.drain(&[instance], Why::Asked);
    }

    /// Those of some instances that are ACTIVE begin to drain, in this order.
    fn drain(&mut self, instances: &[InstanceId], why: Why) {
        let mut there: FxHashMap<InstanceId, Vec<RequestId>> = instances
            .iter()
            .filter(|&&instance| self.engine.status(instance) == InstanceStatus::Active)
            .map(|&instance| (instance, Vec::new()))
            .collect();
        if self.engine.asks_what_drains() {
            self.tasks().for_each(&mut |request, instance| {
                there.entry(instance).and_modify(|tasks| tasks.push(request));
            });
        }
        for instance in instances {
            // An instance that is named twice drains once.
            let Some(tasks) = there.remove(instance) else { continue };
            self.engine.drain(*instance, &tasks);
            self.has_changed(*instance, InstanceStatus::Active, InstanceStatus::Draining);
            self.instances.draining.insert(*instance, why);
        }
    }

    /// It stands for its replacement. Where tasks that are in no file held a part of it, its agent was away, or its attributes
    /// were changed, the replacement has none of that: it registers as another instance, and stands for the first from then on.
    pub(super) fn bring_back(&mut self, instance: InstanceId) {
        let instance = self.instances.now(instance);
        if self.engine.status(instance) == InstanceStatus::Lost {
            let class = self.engine.class(instance);
            let is_changed =
                self.instances.returning.contains_key(&instance) || !self.world.fleet.is_as_registered(class, instance);
            if let Some(class) = self.class_like(instance).filter(|_| is_changed) {
                let successor = self.register(class);
                self.instances.successors.insert(instance, successor);
                return;
            }
            if self.world.fleet.classes[class.index()].agent_connected {
                self.engine.connect(instance);
            } else {
                self.engine.disconnect(instance);
            }
            self.change(instance, InstanceStatus::Active);
        }
    }

    /// Its tasks stay and count; new ones do not come.
    fn disconnect(&mut self, instance: InstanceId) {
        if self.engine.status(instance) != InstanceStatus::Lost && self.engine.is_connected(instance) {
            self.engine.disconnect(instance);
            self.observer.agent_changed(self.now, instance, false);
            let is_active = self.engine.status(instance) == InstanceStatus::Active;
            self.count_active(instance, [is_active, false]);
            self.want_no_daemons_on(instance);
        }
    }

    fn connect(&mut self, instance: InstanceId) {
        if self.engine.status(instance) != InstanceStatus::Lost && !self.engine.is_connected(instance) {
            self.engine.connect(instance);
            self.observer.agent_changed(self.now, instance, true);
            if self.engine.status(instance) == InstanceStatus::Active {
                self.count_active(instance, [false, true]);
                self.instances.capacity_came = true;
                self.want_missing_daemons_on(instance);
            }
        }
    }

    /// Instances of a zone, or all, in order.
    fn instances_of(&self, zone: Option<ZoneId>) -> Vec<InstanceId> {
        let fleet = &self.world.fleet;
        let instances = (0..self.engine.instance_count()).map(InstanceId::from_index);
        let is_there =
            |id: &InstanceId| zone.is_none_or(|zone| fleet.classes[self.engine.class(*id).index()].zone == zone);
        instances.filter(is_there).collect()
    }

    /// Instances are gone with their tasks. Services want other tasks instead.
    pub(crate) fn lose(&mut self, instances: &[InstanceId]) {
        let mut has_tasks = false;
        for &instance in instances {
            if self.engine.status(instance) != InstanceStatus::Lost {
                has_tasks |= self.engine.task_count(instance) > 0;
                self.change(instance, InstanceStatus::Lost);
                self.held.forget(instance);
            }
        }
        if has_tasks {
            self.stop_lost_tasks();
            // Services that wait ask again together with those that have lost tasks.
            self.instances.capacity_came = true;
        }
    }

    /// Stops the tasks of lost instances, by instance and then by number.
    fn stop_lost_tasks(&mut self) {
        let engine = &self.engine;
        let is_lost = |instance| engine.status(instance) == InstanceStatus::Lost;
        let mut lost: Vec<(LiveTask, Option<(usize, ServiceTask)>)> = Vec::new();
        lost.extend(self.living.immortal.extract_if(.., |task| is_lost(task.instance)).map(|task| (task, None)));
        self.living.mortal.remove_where(|task| is_lost(task.instance), |task| lost.push((task, None)));
        for (service, state) in self.services.states.iter_mut().enumerate() {
            for task in state.tasks.remove_where(|task| is_lost(task.instance)) {
                let ServiceTask { number, request, instance, .. } = task;
                lost.push((LiveTask { number, request, instance }, Some((service, task))));
            }
        }
        lost.sort_unstable_by_key(|(task, _)| (task.instance, task.number));
        let mut touched = Vec::new();
        for (task, of_service) in lost {
            match of_service {
                None => self.stop_task(task, StopCause::InstanceLost),
                Some((service, task)) => {
                    self.stop_service_task(service, task, StopCause::InstanceLost);
                    if self.services.is_daemon(service) {
                        self.instances.daemon_stopped(task.instance);
                    }
                    touched.push(service);
                }
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for service in touched {
            self.services.recount(service, &self.engine);
            self.services.touch(service);
        }
    }

    /// After the timers of a moment: daemons come first, services hear of it, drained instances are looked at.
    pub(super) fn settle_instances(&mut self) {
        if self.instances.drain_changed {
            self.instances.drain_changed = false;
            for service in 0..self.services.states.len() {
                let before = self.services.states[service].replaceable;
                self.services.recount(service, &self.engine);
                if self.services.states[service].replaceable != before {
                    self.services.touch(service);
                }
            }
        }
        if std::mem::take(&mut self.room_came) {
            self.services.touch_those_that_want_room();
        }
        if self.kept.is_enough {
            self.offer_freed_room();
        }
        if self.instances.capacity_came {
            self.instances.capacity_came = false;
            self.times_room_came += 1;
            self.place_daemons();
            self.services.touch_waiting(self.now);
            self.services.touch_those_that_want_room();
            self.provisioning.is_due = self.provisioning.len() > 0;
            self.touch_rebalanced();
        }
    }

    fn touch_rebalanced(&mut self) {
        for service in 0..self.services.states.len() {
            if self.services.states[service].settings.rebalancing {
                self.services.touch(service);
            }
        }
    }

    /// Draining instances whose last tasks are daemons lose those; empty ones that are to be patched are patched.
    /// Tells whether it did anything.
    pub(super) fn look_at_drained(&mut self) -> bool {
        if self.instances.draining.is_empty() {
            return false;
        }
        let mut any = false;
        let draining: Vec<(InstanceId, Why)> = self.instances.draining.iter().map(|(&id, &why)| (id, why)).collect();
        for (instance, why) in draining {
            let daemons = self.instances.daemons[instance.index()];
            if daemons > 0 && self.engine.task_count(instance) == daemons {
                self.stop_daemons_on(instance);
                any = true;
            }
            if self.engine.task_count(instance) > 0 {
                continue;
            }
            match why {
                Why::Patch(wave) => self.patch_empty(wave, instance),
                Why::Terminate(provider) => {
                    self.lose(&[instance]);
                    self.retire(instance, provider);
                }
                Why::Asked | Why::Spot => continue,
            }
            any = true;
        }
        any
    }

    fn begin_wave(&mut self, spec: PatchWave) {
        let is_active = |id: &InstanceId| self.engine.status(*id) == InstanceStatus::Active;
        let pending = self.instances_of(spec.zone).into_iter().filter(is_active).collect();
        let wave = u32::try_from(self.instances.waves.len()).expect("fewer waves than 2^32");
        self.instances.waves.push(Wave { spec, pending });
        self.patch_next(wave, spec.at_a_time as usize);
    }

    /// The next instances of a wave that are ACTIVE drain.
    fn patch_next(&mut self, wave: u32, count: usize) {
        let Wave { spec, pending } = &mut self.instances.waves[wave as usize];
        let mut next = Vec::new();
        while next.len() < count
            && let Some(instance) = pending.pop_front()
        {
            if self.engine.status(instance) == InstanceStatus::Active {
                self.timers
                    .set(self.now.after(spec.deadline), Timer::Patch { wave, instance, step: PatchStep::Deadline });
                next.push(instance);
            }
        }
        self.drain(&next, Why::Patch(wave));
    }

    fn patch_empty(&mut self, wave: u32, instance: InstanceId) {
        let duration = self.instances.waves[wave as usize].spec.duration;
        self.lose(&[instance]);
        self.timers.set(self.now.after(duration), Timer::Patch { wave, instance, step: PatchStep::Done });
    }

    pub(super) fn patch(&mut self, wave: u32, instance: InstanceId, step: PatchStep) {
        match step {
            PatchStep::Deadline => {
                if self.instances.draining.get(&instance) == Some(&Why::Patch(wave)) {
                    self.patch_empty(wave, instance);
                }
            }
            PatchStep::Done => {
                self.bring_back(instance);
                self.patch_next(wave, 1);
            }
        }
    }

    /// Instances drawn at random get their notice.
    fn interrupt(&mut self, spec: SpotInterruption) {
        let zone = spec.zone.map(|zone| self.world.fleet.zones[zone.index()].as_str());
        let name = self.instances.interruptions.next(StreamName::of_interruption(self.now, zone));
        let draws = Origin::of(self.world.seed, &name).draws(Purpose::Happening);
        let spot = u32::try_from(self.instances.spots.len()).expect("fewer interruptions than 2^32");
        self.instances.spots.push(spec);
        let is_active = |id: &InstanceId| self.engine.status(*id) == InstanceStatus::Active;
        let mut left: Vec<InstanceId> = self.instances_of(spec.zone).into_iter().filter(is_active).collect();
        let mut drawn = Vec::new();
        for number in 0..u64::from(spec.count).min(left.len() as u64) {
            let instance = left.swap_remove(draws.below(number, left.len()));
            self.timers.set(self.now.after(spec.notice), Timer::SpotLost { spot, instance });
            drawn.push(instance);
        }
        self.drain(&drawn, Why::Spot);
    }

    pub(super) fn lose_spot(&mut self, spot: u32, instance: InstanceId) {
        let spec = self.instances.spots[spot as usize];
        if self.engine.status(instance) != InstanceStatus::Lost {
            self.lose(&[instance]);
            self.replace_later(instance, spec.replaced_after);
        }
    }

    fn replace_later(&mut self, instance: InstanceId, after: Option<SimSpan>) {
        if let Some(after) = after {
            self.timers.set(self.now.after(after), Timer::Returned(instance));
        }
    }

    /// One instance of the fleet, up or not, has its moment; only one that is up fails, so each does at its own rate.
    pub(super) fn fail_one(&mut self) {
        let Some(failures) = self.world.dynamics.failures else { return };
        let draw = self.instances.next_failure_draw();
        let instance = self.instances.failures.below(draw, self.world.fleet.instances.len());
        let instance = self.instances.now(InstanceId::from_index(instance));
        if self.engine.status(instance) != InstanceStatus::Lost {
            self.lose(&[instance]);
            self.replace_later(instance, failures.replaced_after);
        }
        self.set_next_failure();
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a drawn length of time is rounded to a millisecond; casts to integers saturate"
    )]
    pub(super) fn set_next_failure(&mut self) {
        let instances = self.world.fleet.instances.len();
        let (Some(failures), true) = (self.world.dynamics.failures, instances > 0) else { return };
        let draw = self.instances.next_failure_draw();
        let mean = failures.mean_time.0 as f64 / instances as f64;
        let gap = -libm::log(self.instances.failures.uniform(draw)) * mean;
        self.timers.set(self.now.after(SimSpan((gap as u64).max(1))), Timer::Failure);
    }
}
