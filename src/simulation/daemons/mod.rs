//! DAEMON services: one task on each eligible ACTIVE instance, first to come and last to go.
//!
//! They come first: on an instance that is new or back they are placed before anything else, and a new revision takes over
//! the room of the old one at once. The room of one that does not fit yet is kept from all others (`room`).

mod room;

use std::collections::BTreeSet;

pub(super) use room::Kept;

use super::moment::Simulation;
use super::observer::{Observer, StopCause};
use crate::engine::{Engine, InstanceStatus, Reason};
use crate::model::InstanceId;

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// Daemons come before all other tasks, where they do not run already.
    pub(super) fn create_daemons(&mut self) {
        let states = &self.services.states;
        let of_service = |service: usize| states[service].tasks.iter().map(move |task| (service, task.instance));
        let found: BTreeSet<(usize, InstanceId)> = self.services.daemons().flat_map(of_service).collect();
        for instance in (0..self.engine.instance_count()).map(InstanceId::from_index) {
            for service in self.services.daemons().filter(|&service| !found.contains(&(service, instance))) {
                self.services.ask(service, self.now, instance);
            }
        }
        self.place_daemons();
    }

    /// An instance is new or has come back, without a task.
    pub(super) fn want_daemons_on(&mut self, instance: InstanceId) {
        for service in self.services.daemons() {
            self.want_daemon(service, instance);
        }
    }

    /// An instance drains no more: daemons that have left it are wanted there again.
    pub(super) fn want_missing_daemons_on(&mut self, instance: InstanceId) {
        for service in self.services.daemons() {
            if !self.services.states[service].tasks.iter().any(|task| task.instance == instance) {
                self.want_daemon(service, instance);
            }
        }
    }

    /// An instance takes no task: no daemon waits for it.
    pub(super) fn want_no_daemons_on(&mut self, instance: InstanceId) {
        for service in self.services.daemons() {
            let over = self.services.take_back(service, |task| task.on == Some(instance));
            self.tell_withdrawn(service, &over);
            self.release_room(service, instance);
        }
    }

    /// A service whose deployment was given up starts nothing.
    pub(super) fn want_daemon(&mut self, service: usize, instance: InstanceId) {
        if !self.services.states[service].is_given_up() {
            self.services.ask(service, self.now, instance);
            let request = self.services.states[service].request;
            if self.engine.is_eligible(request, instance) {
                self.keep_room(service, instance);
            }
        }
    }

    /// Tries every waiting daemon.
    pub(super) fn place_daemons(&mut self) {
        for service in self.services.daemons() {
            if !self.services.states[service].waiting.is_empty() {
                self.offer_daemons(service);
            }
        }
    }

    /// A daemon whose instance is not eligible is not wanted; one that does not fit waits.
    fn offer_daemons(&mut self, service: usize) {
        for _ in 0..self.services.states[service].waiting.len() {
            let Some(task) = self.services.pop_front(service) else { return };
            let Some(instance) = task.on else { continue };
            self.release_room(service, instance);
            // A refusal may have tripped the breaker: the next one may be of the revision before.
            let request = self.services.states[service].request;
            match self.engine.place_on(request, instance) {
                Ok(placed) => {
                    self.start(service, task.number, task.asked, request, placed);
                    self.instances.daemon_started(instance);
                }
                Err(
                    Reason::Inactive
                    | Reason::Agent
                    | Reason::Provider
                    | Reason::Location
                    | Reason::Attribute
                    | Reason::MemberOf,
                ) => {}
                Err(reason) => {
                    self.services.wait_again(service, task);
                    self.keep_room(service, instance);
                    let last = self.services.states[service].waiting.len() - 1;
                    self.refuse(service, last, request, reason);
                }
            }
        }
        // A breaker that tripped on the way has ended some demands, or changed what the others ask for.
        self.settle_room(service);
    }

    /// A new revision takes the place of the old one, instance by instance, while enough daemons are healthy.
    pub(super) fn act_as_daemon(&mut self, service: usize) {
        self.services.states[service].forget_refusals();
        self.offer_daemons(service);
        while self.replace_some_daemons(service) {}
        self.settle_service(service);
    }

    /// Replaces as many daemons of an older revision as may go now; tells whether there were any.
    fn replace_some_daemons(&mut self, service: usize) -> bool {
        let state = &self.services.states[service];
        if state.replaceable == 0 {
            return false;
        }
        let wanted = u32::try_from(state.tasks.len() + state.waiting.len()).expect("fewer instances than 2^32");
        let minimum = usize::try_from(state.settings.minimum_healthy(wanted)).expect("fits");
        let spare = state.healthy(self.now).saturating_sub(minimum);
        let (now, after) = (self.now, state.settings.healthy_after);
        let services = &self.services;
        let (mut freely, mut healthy) = (Vec::new(), Vec::new());
        for task in services.states[service].tasks.iter().filter(|task| services.is_old(service, task.request)) {
            let list = if task.is_healthy(now, after) { &mut healthy } else { &mut freely };
            list.push((task.instance, task.number));
        }
        healthy.sort_unstable();
        healthy.truncate(spare);
        let mut going: Vec<_> = freely.into_iter().chain(healthy).map(|(_, number)| number).collect();
        going.sort_unstable();
        let state = &mut self.services.states[service];
        let mut gone = state.tasks.remove_where(|task| going.binary_search(&task.number).is_ok());
        // As decided on: those that are not healthy first.
        gone.sort_by_key(|task| task.is_healthy(now, after));
        state.replaceable -= gone.len();
        // All of them stop before one is replaced: what cannot be placed may end the deployment, and then none of the
        // old ones may stand between two revisions.
        for &task in &gone {
            self.stop_service_task(service, task, StopCause::Deployment);
            self.instances.daemon_stopped(task.instance);
        }
        for task in &gone {
            if self.engine.status(task.instance) == InstanceStatus::Active {
                self.services.ask(service, self.now, task.instance);
            }
        }
        self.offer_daemons(service);
        !gone.is_empty()
    }

    /// The last tasks of an instance that drains are daemons: they go too.
    pub(super) fn stop_daemons_on(&mut self, instance: InstanceId) {
        for service in self.services.daemons() {
            let gone = self.services.states[service].tasks.remove_where(|task| task.instance == instance);
            for task in gone {
                self.stop_service_task(service, task, StopCause::Drained);
                self.instances.daemon_stopped(instance);
            }
            self.services.recount(service, &self.engine);
            self.services.touch(service);
        }
    }
}
