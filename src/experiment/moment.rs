//! The cluster of a run at one moment, as something that questions can be asked of.

use std::collections::BTreeSet;

use super::grid::{Case, Experiment};
use crate::engine::{Engine, InstanceStatus, ReferenceEngine};
use crate::model::{ClassId, DaemonRoom, Device, InstanceId, RequestId, Scheduling, SimTime};
use crate::simulation::{Cancelled, Control, Observer, Tasks};

/// What a cluster is made of: instances, their status, and the tasks on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The class of every instance that there has ever been.
    classes: Vec<ClassId>,
    statuses: Vec<InstanceStatus>,
    /// Whose agent is connected.
    connected: Vec<bool>,
    /// Kind, instance and device of every counted task.
    tasks: Vec<(RequestId, InstanceId, Device)>,
    /// What each service starts now: tasks of the revision that it wants.
    current: Vec<RequestId>,
}

impl Moment {
    /// One more task of a kind runs on an instance.
    pub fn add(&mut self, request: RequestId, instance: InstanceId) {
        self.tasks.push((request, instance, Device::ANY));
    }

    /// One task of an instance stops that is of such a kind, if there is any.
    pub fn remove(&mut self, instance: InstanceId, is_it: impl Fn(RequestId) -> bool) {
        let found = self.tasks.iter().position(|(request, there, _)| *there == instance && is_it(*request));
        found.map(|position| self.tasks.remove(position));
    }

    /// The instances on which tasks of such kinds run.
    pub fn instances_of(&self, is_it: impl Fn(RequestId) -> bool) -> BTreeSet<InstanceId> {
        self.tasks.iter().filter(|(request, ..)| is_it(*request)).map(|(_, instance, _)| *instance).collect()
    }

    /// How many tasks are counted.
    #[must_use]
    pub fn task_count(&self) -> u64 {
        self.tasks.len() as u64
    }

    /// What the service at a position of the scenario starts now: tasks of the revision that it wants.
    #[must_use]
    pub fn current(&self, service: usize) -> RequestId {
        self.current[service]
    }
}

impl Experiment<'_> {
    /// The cluster before anything happens: what runs already, and instances that drain.
    #[must_use]
    pub fn start(&self, case: Case) -> Moment {
        let scenario = self.scenario();
        let mut moment = Moment {
            classes: scenario.fleet.instances.clone(),
            statuses: vec![InstanceStatus::Active; scenario.fleet.instances.len()],
            connected: scenario.fleet.ids().map(|id| scenario.fleet.class(id).agent_connected).collect(),
            tasks: Vec::new(),
            current: self.requests(case).services.clone(),
        };
        for (running, &request) in scenario.running.iter().zip(&self.requests(case).running) {
            for &(instance, count) in &running.places {
                moment.tasks.extend((0..count).map(|_| (request, instance, running.device)));
            }
        }
        for &instance in &scenario.draining {
            moment.statuses[instance.index()] = InstanceStatus::Draining;
        }
        moment
    }

    /// The cluster at the end of a case, which is at the horizon of its scenario.
    ///
    /// # Errors
    /// [`Cancelled`] if the control said so on the way.
    ///
    /// # Panics
    /// Never: a run that is not cancelled tells its end.
    pub fn end(&self, case: Case, control: &Control) -> Result<Moment, Cancelled> {
        let mut last = AtEnd::default();
        self.run(case, control, &mut last)?;
        Ok(last.into_moment().expect("a run that was not cancelled finishes"))
    }

    /// The reference engine with a cluster on it.
    #[must_use]
    pub fn engine_at(&self, case: Case, moment: &Moment) -> ReferenceEngine<'_> {
        let mut engine = ReferenceEngine::new(self.setup(case));
        for &class in &moment.classes[engine.instance_count()..] {
            engine.register(class);
        }
        for &(request, instance, device) in &moment.tasks {
            engine.prefer_device(device);
            engine.restore(request, instance);
        }
        for (index, &status) in moment.statuses.iter().enumerate() {
            engine.set_status(InstanceId::from_index(index), status);
        }
        for (index, &connected) in moment.connected.iter().enumerate() {
            let instance = InstanceId::from_index(index);
            if connected { engine.connect(instance) } else { engine.disconnect(instance) }
        }
        engine
    }

    /// Holds back the room of every DAEMON where it does not run yet, as a run does: on each eligible instance,
    /// in the order of the services, up to that of the task that is asked for. Answers what was held for which service.
    pub fn hold_daemons(&self, engine: &mut ReferenceEngine<'_>, moment: &Moment, asked: RequestId) -> Vec<Held> {
        let mut all = Vec::new();
        if self.scenario().dynamics.services.daemon_room == DaemonRoom::Shared {
            return all;
        }
        for (service, entry) in self.scenario().services.iter().enumerate() {
            let daemon = moment.current[service];
            if daemon == asked {
                break;
            }
            if entry.settings.scheduling == Scheduling::Daemon {
                let ids = (0..engine.instance_count()).map(InstanceId::from_index);
                let instances = ids.filter(|&instance| engine.hold_for(daemon, instance)).count();
                all.push(Held { service, request: daemon, instances });
            }
        }
        all.retain(|held| held.instances > 0);
        all
    }
}

/// Room that is held back for a DAEMON service which does not run there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Position of the service in the scenario.
    pub service: usize,
    /// Its task.
    pub request: RequestId,
    /// On how many instances.
    pub instances: usize,
}

/// Keeps what a run ends with.
#[derive(Debug, Default)]
pub struct AtEnd {
    moment: Option<Moment>,
    /// Nothing is kept of larger fleets, and of runs in which nobody waits.
    only_waiting_of: Option<usize>,
}

impl AtEnd {
    /// An observer that keeps the end of a run only if tasks wait then, on at most so many instances.
    #[must_use]
    pub fn of_waiting(instances: usize) -> Self {
        Self { moment: None, only_waiting_of: Some(instances) }
    }

    /// The end, if it was kept.
    #[must_use]
    pub fn into_moment(self) -> Option<Moment> {
        self.moment
    }
}

impl Observer for AtEnd {
    fn finished(&mut self, _at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        if self.only_waiting_of.is_some_and(|most| tasks.waiting() == 0 || cluster.instance_count() > most) {
            return;
        }
        let ids = || (0..cluster.instance_count()).map(InstanceId::from_index);
        let mut moment = Moment {
            classes: ids().map(|id| cluster.class(id)).collect(),
            statuses: ids().map(|id| cluster.status(id)).collect(),
            connected: ids().map(|id| cluster.is_connected(id)).collect(),
            tasks: Vec::new(),
            current: (0..).map_while(|service| tasks.current(service)).collect(),
        };
        tasks.for_each_on(&mut |request, instance, device| moment.tasks.push((request, instance, device)));
        self.moment = Some(moment);
    }
}
