//! What a world that is driven from outside is told beside what a run meets: services that come, change and go, single tasks
//! that stop or are protected, tables that have grown. That it may be told so is checked by whoever tells it.

use super::departures::LiveTask;
use super::moment::Simulation;
use super::observer::{Observer, Outcome, StopCause};
use super::services::{NewService, ServiceTask};
use super::timers::Timer;
use crate::engine::{Grows, Growth, InstanceStatus, Turned};
use crate::model::{ClassId, Identity, InstanceId, Others, ServiceSettings, Shared, SimTime};

/// Where a living task is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among the tasks of the service at this position.
    Service(usize, ServiceTask),
    /// By itself.
    Standalone(LiveTask),
}

impl<E: Grows, O: Observer> Simulation<'static, E, O> {
    /// The tables of the world have grown, or instances are of other classes.
    pub(crate) fn tables_grew(&mut self, turned: &[Turned]) {
        let (fleet, requests) = (self.world.fleet.share(), self.world.requests.share());
        let Self { engine, services, living, .. } = self;
        let tasks = || {
            let mut tasks = Vec::new();
            services.for_each(|request, instance| tasks.push((request, instance)));
            living.for_each(|task| tasks.push((task.request, task.instance)));
            tasks
        };
        engine.grow(&Growth { fleet, requests, turned, tasks: &tasks });
        self.services.world_grew(self.world.clone());
        self.shares.requests_grew(&self.world.requests);
        self.instances.zones_grew(self.world.fleet.zones.len());
        self.groups.resize_with(self.world.dynamics.providers.len(), Default::default);
    }

    /// A service is created: it acts at the end of the moment, daemons come first.
    pub(crate) fn create_service(&mut self, service: NewService<'static>) {
        let position = self.services.add(service);
        self.watch_curve(position);
        if self.services.is_daemon(position) {
            let ids = (0..self.engine.instance_count()).map(InstanceId::from_index);
            let active: Vec<InstanceId> = ids.filter(|&id| self.engine.status(id) == InstanceStatus::Active).collect();
            active.into_iter().for_each(|instance| self.want_daemon(position, instance));
        }
        self.services.touch(position);
    }

    /// The next change of a desired count that follows a curve.
    fn watch_curve(&mut self, service: usize) {
        let settings = &self.services.states[service].settings;
        if let Some(at) = settings.curve.as_ref().and_then(|curve| curve.next_change(self.now)) {
            self.timers.set(at, Timer::Desired(u32::try_from(service).expect("fewer services than 2^32")));
        }
    }

    /// A service is deleted: it wants nothing, and its tasks stop whatever protects them.
    pub(crate) fn delete_service(&mut self, service: usize) {
        self.end_rollout(service, Outcome::Superseded);
        let over = self.services.want(service, 0, self.now, &self.engine);
        self.tell_withdrawn(service, &over);
        let state = &mut self.services.states[service];
        state.desired = 0;
        let gone = state.tasks.remove_where(|_| true);
        let is_daemon = self.services.is_daemon(service);
        for task in gone {
            self.stop_service_task(service, task, StopCause::ScaledIn);
            if is_daemon {
                self.instances.daemon_stopped(task.instance);
            }
        }
        self.services.recount(service, &self.engine);
        self.settle_room(service);
        self.services.remove(service);
    }

    /// The bounds, the network and so on of a service are others from now on. Its revision is not.
    pub(crate) fn set_settings(&mut self, service: usize, settings: ServiceSettings) {
        if self.services.states[service].settings.providers != settings.providers && !self.services.is_daemon(service) {
            // Who waits goes through a provider of before: others are asked for, through those of now.
            let over = self.services.want(service, 0, self.now, &self.engine);
            self.tell_withdrawn(service, &over);
            self.services.states[service].reasons.clear();
        }
        self.services.states[service].settings = Shared::Owned(settings.into());
        self.watch_curve(service);
        self.services.touch(service);
    }

    /// The tasks of this number stops because somebody says so.
    pub(crate) fn stop_one(&mut self, place: Place) {
        match place {
            Place::Standalone(task) => {
                self.living.remove(task.number);
                self.stop_task(task, StopCause::Asked);
            }
            Place::Service(service, task) => {
                self.services.states[service].tasks.remove_where(|other| other.number == task.number);
                self.stop_service_task(service, task, StopCause::Asked);
                if self.services.is_daemon(service) {
                    self.instances.daemon_stopped(task.instance);
                    if self.engine.status(task.instance) == InstanceStatus::Active {
                        self.want_daemon(service, task.instance);
                    }
                }
                self.services.recount(service, &self.engine);
                self.services.touch(service);
            }
        }
    }

    /// A task of a service is protected from scale-in and deployments until then, or no more.
    pub(crate) fn protect(&mut self, service: usize, number: u64, until: Option<SimTime>) {
        let state = &mut self.services.states[service];
        match until {
            Some(until) => state.protected.insert(number, until),
            None => state.protected.remove(&number),
        };
        self.services.touch(service);
    }

    /// After an instance has other attributes: daemons that it is not eligible for any more leave it, others come.
    fn look_at_daemons_on(&mut self, instance: InstanceId) {
        for service in self.services.daemons() {
            let request = self.services.states[service].request;
            let is_eligible = self.engine.is_eligible(request, instance);
            let state = &mut self.services.states[service];
            let gone =
                if is_eligible { Vec::new() } else { state.tasks.remove_where(|task| task.instance == instance) };
            let lacks = is_eligible
                && !state.tasks.iter().any(|task| task.instance == instance)
                && !state.waiting.iter().any(|task| task.on == Some(instance));
            for task in gone {
                self.stop_service_task(service, task, StopCause::ScaledIn);
                self.instances.daemon_stopped(instance);
            }
            if lacks {
                self.want_daemon(service, instance);
            }
            self.services.recount(service, &self.engine);
            self.services.touch(service);
        }
    }

    /// An instance registers, perhaps one that expressions may ask for. Where tasks that nobody knows hold a part of it, it is
    /// of the class `new` if it is lost and comes back.
    pub(crate) fn register_as(&mut self, class: ClassId, identity: Option<Identity>, new: ClassId) -> InstanceId {
        let is_shared = identity.as_ref().is_some_and(|identity| identity.others != Others::default());
        let instance = match identity {
            Some(identity) => self.engine.register_as(class, identity),
            None => self.engine.register(class),
        };
        if is_shared {
            self.instances.returns_as(instance, new);
        }
        self.has_registered(instance, class);
        instance
    }

    /// An instance is of another class: its tasks stay, daemons come and go, and whoever waits looks again. If it is lost and
    /// comes back it is as it registered.
    pub(crate) fn turn(&mut self, instance: InstanceId, class: ClassId) {
        let registered = self.class_like(instance).unwrap_or_else(|| self.engine.class(instance));
        self.instances.returns_as(instance, registered);
        let counts = self.engine.status(instance) == InstanceStatus::Active && self.engine.is_connected(instance);
        self.count_active(instance, [counts, false]);
        self.tables_grew(&[Turned { instance, class }]);
        self.count_active(instance, [false, counts]);
        self.instances.capacity_came();
        self.look_at_daemons_on(instance);
    }

    /// The instance that stands for one which was lost and came back, or that one itself.
    pub(crate) fn stands_for(&self, instance: InstanceId) -> InstanceId {
        self.instances.now(instance)
    }

    /// Where the living task of a number is.
    pub(crate) fn place_of(&self, number: u64) -> Option<Place> {
        let of_services = self.services.states.iter().enumerate();
        let mut found = of_services.filter_map(|(service, state)| {
            let task = state.tasks.iter().find(|task| task.number == number)?;
            Some(Place::Service(service, *task))
        });
        found.next().or_else(|| self.living.find(number).map(Place::Standalone))
    }
}
