//! Tasks by themselves: run, started on named instances, stopped, protected.

use super::command::{Answer, RunTask, StartTask, TaskAnswer};
use super::error::{Error, Subject};
use super::{Live, Moment, checks};
use crate::engine::{Grows, InstanceStatus};
use crate::model::{InstanceId, NewKind, RequestId, SimSpan, Strategy};
use crate::simulation::{Observer, Place};

const MINUTE: u64 = 60_000;

impl<O: Observer, E: Grows> Live<O, E> {
    pub(super) fn run(&mut self, kind: RequestId, count: u32, life: Option<SimSpan>) -> Result<Answer, Error> {
        checks::count("RunTask", "tasks", count as usize)?;
        if kind.index() >= self.simulation.world.requests.table.len() {
            return Err(Error::NotThere(Subject::Kind(kind)));
        }
        Ok(self.run_known(kind, count, life))
    }

    /// What was done before in this moment is settled first, as in a run.
    fn run_known(&mut self, kind: RequestId, count: u32, life: Option<SimSpan>) -> Answer {
        self.settle();
        let run = |_| {
            let task = self.simulation.next_number();
            TaskAnswer { task, outcome: self.simulation.run_task(kind, life) }
        };
        let tasks = (0..count).map(run).collect();
        self.moment = Moment::Settled;
        Answer::Tasks(tasks)
    }

    pub(super) fn run_task(&mut self, task: RunTask) -> Result<Answer, Error> {
        let kind = self.kind(&task)?;
        Ok(self.run_known(kind, task.count, task.life))
    }

    pub(super) fn check_run(&self, task: &RunTask) -> Result<(), Error> {
        let subject = Subject::Call("RunTask");
        checks::count("RunTask", "tasks", task.count as usize)?;
        task.group.as_deref().map_or(Ok(()), checks::group)?;
        checks::providers(&subject, &task.providers, self.simulation.world.dynamics.providers.len())?;
        self.check_placement(&subject, task.definition, task.strategy.as_ref(), &task.constraints)
    }

    pub(super) fn start_task(&mut self, task: &StartTask) -> Result<Answer, Error> {
        checks::count("StartTask", "container instances", task.instances.len())?;
        task.group.as_deref().map_or(Ok(()), checks::group)?;
        let start: Vec<InstanceId> = task.instances.iter().map(|&one| self.simulation.stands_for(one)).collect();
        for &instance in &start {
            let status = self.status(instance)?;
            if status == InstanceStatus::Lost {
                return Err(Error::Status { instance, status });
            }
        }
        let definition = self.definition(task.definition)?;
        let group = task.group.clone().unwrap_or_else(|| format!("family:{}", definition.family));
        let kind = self.start_kind(&group, task)?;
        // As in a run, StartTask comes with what befalls the cluster, before services act.
        let life = task.life;
        let answers = start.into_iter().map(|instance| {
            let number = self.simulation.next_number();
            TaskAnswer { task: number, outcome: self.simulation.start_task(kind, instance, life) }
        });
        let answers = answers.collect();
        self.is_unsettled();
        Ok(Answer::Tasks(answers))
    }

    /// The kind of a task that goes where it is told: the constraints of its definition alone.
    fn start_kind(&mut self, group: &str, task: &StartTask) -> Result<RequestId, Error> {
        let definition = self.definition(task.definition)?;
        let known = self.simulation.world.requests.group(group);
        let requests = &self.simulation.world.requests;
        let id = known.unwrap_or_else(|| crate::model::GroupId::from_index(requests.groups.len()));
        let wanted = NewKind {
            id: task.definition,
            definition,
            group: id,
            strategy: Strategy::default(),
            constraints: Vec::new(),
            provider: None,
            network: &task.details.network,
            demand: task.details.demand.clone(),
        }
        .request();
        if let Some(found) = requests.table.iter().position(|request| *request == wanted) {
            return Ok(RequestId::from_index(found));
        }
        let requests = self.simulation.world.requests.to_mut();
        requests.enter_group(group);
        let kind = requests.enter(wanted);
        self.name_and_grow();
        Ok(kind)
    }

    pub(super) fn stop_task(&mut self, number: u64) -> Result<Answer, Error> {
        let place = self.simulation.place_of(number).ok_or(Error::NotThere(Subject::Task(number)))?;
        self.simulation.stop_one(place);
        self.is_unsettled();
        Ok(Answer::Done)
    }

    pub(super) fn protect_task(&mut self, task: u64, time: Option<SimSpan>) -> Result<Answer, Error> {
        match self.simulation.place_of(task) {
            None => Err(Error::NotThere(Subject::Task(task))),
            Some(Place::Standalone(_)) => {
                Err(Error::rule(Subject::Task(task), "it is of no service; only those are protected"))
            }
            Some(Place::Service(service, _)) => {
                time.map_or(Ok(()), |time| checks::protection(task, time.0.div_ceil(MINUTE)))?;
                let until = time.map(|time| self.simulation.now.after(time));
                self.simulation.protect(service, task, until);
                self.is_unsettled();
                Ok(Answer::Done)
            }
        }
    }

    /// The status of an instance that there is or was.
    pub(super) fn status(&self, instance: InstanceId) -> Result<InstanceStatus, Error> {
        let engine = &self.simulation.engine;
        if instance.index() < engine.instance_count() {
            Ok(engine.status(instance))
        } else {
            Err(Error::NotThere(Subject::Instance(instance)))
        }
    }
}
