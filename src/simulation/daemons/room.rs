//! The room of daemons that wait: kept from every other task of their instance until they run.
//!
//! What is not there yet is kept as it is freed, before anybody else is asked. Of several daemons that wait on an instance
//! the first in the order of the file has it first. Ports and GPUs are not kept, as ECS does not say that they are.
//!
//! # Cost
//! Nothing where no daemon waits.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Engine, Room};
use crate::model::{DaemonRoom, InstanceId};
use crate::simulation::moment::Simulation;
use crate::simulation::observer::Observer;

/// What is kept for whom.
#[derive(Clone, Debug, Default)]
pub(in crate::simulation) struct Kept {
    /// By instance and by service.
    rooms: BTreeMap<(InstanceId, usize), Room>,
    /// Where tasks have stopped since it was last looked at, while some room is kept.
    freed: Vec<InstanceId>,
    /// A task has stopped where a daemon has all of its room now.
    pub(in crate::simulation) is_enough: bool,
}

impl Kept {
    /// A task has stopped on an instance.
    #[inline]
    pub(in crate::simulation) fn note(&mut self, instance: InstanceId) {
        if !self.rooms.is_empty() {
            self.freed.push(instance);
        }
    }
}

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// Room that was freed goes to daemons first: where it is kept for them, once it is enough.
    pub(in crate::simulation) fn offer_freed_room(&mut self) {
        let is_shared = self.world.dynamics.services.daemon_room == DaemonRoom::Shared;
        if std::mem::take(&mut self.kept.is_enough) || (is_shared && self.services.has_daemons()) {
            self.place_daemons();
        }
    }

    /// The room of a service's daemon is kept on an instance, as far as it is there; tells whether all of it is.
    pub(in crate::simulation) fn keep_room(&mut self, service: usize, instance: InstanceId) -> bool {
        if self.world.dynamics.services.daemon_room == DaemonRoom::Shared {
            return false;
        }
        self.release_room(service, instance);
        let wanted = Room::of(&self.world.requests[self.services.states[service].request].demand);
        let kept = self.engine.hold(instance, wanted);
        self.kept.rooms.insert((instance, service), kept);
        (kept.cpu, kept.memory) == (wanted.cpu, wanted.memory)
    }

    /// It is kept no more.
    pub(in crate::simulation) fn release_room(&mut self, service: usize, instance: InstanceId) {
        if let Some(kept) = self.kept.rooms.remove(&(instance, service)) {
            self.engine.release(instance, kept);
        }
    }

    /// Tasks have stopped: daemons that wait there come before everybody else.
    pub(in crate::simulation) fn keep_what_was_freed(&mut self) {
        let freed = std::mem::take(&mut self.kept.freed);
        freed.into_iter().for_each(|instance| self.keep_more(instance));
    }

    /// A task has stopped on an instance: daemons that wait there come before everybody else.
    #[inline]
    pub(in crate::simulation) fn room_was_freed(&mut self, instance: InstanceId) {
        if !self.kept.rooms.is_empty() {
            self.keep_more(instance);
        }
    }

    fn keep_more(&mut self, instance: InstanceId) {
        let there = self.kept.rooms.range((instance, 0)..=(instance, usize::MAX));
        let services: Vec<usize> = there.map(|(&(_, service), _)| service).collect();
        for service in services {
            self.kept.is_enough |= self.keep_room(service, instance);
        }
    }

    /// What is kept for a service is what its daemons that wait ask for, no more.
    pub(in crate::simulation) fn settle_room(&mut self, service: usize) {
        let waiting: BTreeSet<InstanceId> =
            self.services.states[service].waiting.iter().filter_map(|task| task.on).collect();
        let of_service = self.kept.rooms.keys().filter(|(_, of)| *of == service).map(|(instance, _)| *instance);
        let over: Vec<InstanceId> = of_service.filter(|instance| !waiting.contains(instance)).collect();
        over.into_iter().for_each(|instance| self.release_room(service, instance));
        for instance in waiting {
            self.keep_room(service, instance);
        }
    }
}
