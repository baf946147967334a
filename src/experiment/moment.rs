//! The cluster of a run at one moment, as something that questions can be asked of.

use super::grid::{Case, Experiment};
use crate::engine::{Engine, InstanceStatus, ReferenceEngine};
use crate::model::{ClassId, Device, InstanceId, RequestId, SimTime};
use crate::simulation::{Cancelled, Control, Observer, Tasks};

/// What a cluster is made of: instances, their status, and the tasks on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The class of every instance that there has ever been.
    classes: Vec<ClassId>,
    statuses: Vec<InstanceStatus>,
    /// Kind, instance and device of every counted task.
    tasks: Vec<(RequestId, InstanceId, Device)>,
}

impl Moment {
    /// How many tasks are counted.
    #[must_use]
    pub fn task_count(&self) -> u64 {
        self.tasks.len() as u64
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
            tasks: Vec::new(),
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
    pub fn end(&self, case: Case, control: &Control) -> Result<Moment, Cancelled> {
        let mut last = Last::default();
        self.run(case, control, &mut last)?;
        Ok(last.0)
    }

    /// The reference engine with a cluster on it.
    #[must_use]
    pub fn engine_at(&self, case: Case, moment: &Moment) -> ReferenceEngine<'_> {
        let mut engine = ReferenceEngine::new(self.setup(case));
        for &class in &moment.classes[engine.instance_count()..] {
            engine.register(class);
        }
        for &(request, instance, device) in &moment.tasks {
            engine.restore(request, instance, device);
        }
        for (index, &status) in moment.statuses.iter().enumerate() {
            engine.set_status(InstanceId::from_index(index), status);
        }
        engine
    }
}

/// Keeps what a run ends with.
#[derive(Debug, Default)]
struct Last(Moment);

impl Observer for Last {
    fn finished(&mut self, _at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        let ids = || (0..cluster.instance_count()).map(InstanceId::from_index);
        self.0.classes = ids().map(|id| cluster.class(id)).collect();
        self.0.statuses = ids().map(|id| cluster.status(id)).collect();
        tasks.for_each_on(&mut |request, instance, device| self.0.tasks.push((request, instance, device)));
    }
}
