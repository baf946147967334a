//! Container instances and zones: registered, changed, lost and back.

use super::command::{Answer, InstanceChange, Register};
use super::error::{Error, Subject};
use super::{Live, checks};
use crate::engine::{Grows, InstanceStatus};
use crate::model::{Attributes, HappeningKind, InstanceClass, InstanceId, ZoneId, counted};
use crate::simulation::Observer;

const REGISTER: Subject = Subject::Call("RegisterContainerInstance");

impl<O: Observer, E: Grows> Live<O, E> {
    pub(super) fn register_all(&mut self, registers: Vec<Register>) -> Result<Answer, Error> {
        if registers.is_empty() {
            return Err(Error::rule(REGISTER, "no instance; a call takes one at least"));
        }
        registers.iter().try_for_each(|register| self.check_register(register))?;
        // What is lost may return, and is new then: the tables have both.
        let others =
            |register: &Register| register.identity.as_ref().map(|identity| identity.others).unwrap_or_default();
        let new = registers.iter().map(|register| register.class.as_new(others(register))).collect::<Vec<_>>();
        let classes = self.classes(registers.iter().map(|register| &register.class).chain(&new));
        let (classes, new) = classes.split_at(registers.len());
        let mut ids = Vec::new();
        for ((Register { count, mut identity, .. }, &class), &new) in registers.into_iter().zip(classes).zip(new) {
            ids.extend((0..count).map(|_| self.simulation.register_as(class, identity.take(), new)));
        }
        self.is_unsettled();
        Ok(Answer::Instances(ids))
    }

    fn check_register(&self, register: &Register) -> Result<(), Error> {
        if register.count == 0 {
            return Err(Error::rule(REGISTER, "no instance; a call takes one at least"));
        }
        if register.identity.is_some() && register.count > 1 {
            let rule = format!("{} instances under one identity; give each its own", register.count);
            return Err(Error::rule(REGISTER, rule));
        }
        self.check_class(&register.class)
    }

    pub(super) fn deregister(&mut self, instance: InstanceId, force: bool) -> Result<Answer, Error> {
        let instance = self.simulation.stands_for(instance);
        self.must_not_be(instance, InstanceStatus::Lost)?;
        let tasks = self.simulation.engine.task_count(instance);
        if !force && tasks > 0 {
            let rule = format!("it runs {}; stop them first, or deregister it by force", counted(tasks, "task"));
            return Err(Error::rule(Subject::Instance(instance), rule));
        }
        self.simulation.lose(&[instance]);
        self.is_unsettled();
        Ok(Answer::Done)
    }

    pub(super) fn change_instance(&mut self, instance: InstanceId, change: InstanceChange) -> Result<Answer, Error> {
        let instance = self.simulation.stands_for(instance);
        let what = match change {
            InstanceChange::PutAttributes(attributes) => return self.put_attributes(instance, attributes),
            InstanceChange::DeleteAttributes(names) => return self.delete_attributes(instance, &names),
            InstanceChange::Drain => HappeningKind::InstanceDrained(instance),
            InstanceChange::Activate => HappeningKind::InstanceActivated(instance),
            InstanceChange::Lose => HappeningKind::InstanceLost(instance),
            InstanceChange::Return => HappeningKind::InstanceReturned(instance),
            InstanceChange::Disconnect => HappeningKind::AgentDisconnected(instance),
            InstanceChange::Connect => HappeningKind::AgentConnected(instance),
        };
        self.befall(what)
    }

    pub(super) fn befall(&mut self, what: HappeningKind) -> Result<Answer, Error> {
        let what = self.simulation.of_now(what);
        self.check_happening(what)?;
        self.simulation.befall(what);
        self.is_unsettled();
        Ok(Answer::Done)
    }

    fn check_happening(&self, what: HappeningKind) -> Result<(), Error> {
        match what {
            HappeningKind::InstanceDrained(instance) => {
                self.must_not_be(instance, InstanceStatus::Draining)?;
                self.must_not_be_lost(instance)
            }
            HappeningKind::InstanceActivated(instance) => {
                self.must_not_be(instance, InstanceStatus::Active)?;
                self.must_not_be_lost(instance)
            }
            HappeningKind::InstanceLost(instance) => self.must_not_be(instance, InstanceStatus::Lost),
            HappeningKind::InstanceReturned(instance) => match self.status(instance)? {
                InstanceStatus::Lost => Ok(()),
                status => Err(Error::Already { instance, status }),
            },
            HappeningKind::AgentDisconnected(instance) => self.agent_must_be(instance, true),
            HappeningKind::AgentConnected(instance) => self.agent_must_be(instance, false),
            HappeningKind::ZoneLost(zone)
            | HappeningKind::ZoneReturned(zone)
            | HappeningKind::ZoneDisconnected(zone)
            | HappeningKind::ZoneConnected(zone) => self.must_be_zone(Some(zone)),
            HappeningKind::InstancesRegistered { like, count } => {
                self.status(like)?;
                if count > 0 { Ok(()) } else { Err(none_at_all("InstancesRegistered")) }
            }
            HappeningKind::PatchWave(wave) => {
                self.must_be_zone(wave.zone)?;
                if wave.at_a_time > 0 { Ok(()) } else { Err(none_at_all("PatchWave")) }
            }
            HappeningKind::SpotInterruption(spec) => {
                self.must_be_zone(spec.zone)?;
                if spec.count > 0 { Ok(()) } else { Err(none_at_all("SpotInterruption")) }
            }
        }
    }

    fn agent_must_be(&self, instance: InstanceId, connected: bool) -> Result<(), Error> {
        self.must_not_be_lost(instance)?;
        let is_connected = self.simulation.engine.is_connected(instance);
        if is_connected == connected { Ok(()) } else { Err(Error::Agent { instance, connected: is_connected }) }
    }

    fn must_be_zone(&self, zone: Option<ZoneId>) -> Result<(), Error> {
        let zones = self.simulation.world.fleet.zones.len();
        match zone.filter(|zone| zone.index() >= zones) {
            Some(zone) => Err(Error::NotThere(Subject::Zone(zone))),
            None => Ok(()),
        }
    }

    /// The instance is there, and not so already.
    fn must_not_be(&self, instance: InstanceId, status: InstanceStatus) -> Result<(), Error> {
        if self.status(instance)? == status { Err(Error::Already { instance, status }) } else { Ok(()) }
    }

    fn must_not_be_lost(&self, instance: InstanceId) -> Result<(), Error> {
        match self.status(instance)? {
            InstanceStatus::Lost => Err(Error::Status { instance, status: InstanceStatus::Lost }),
            InstanceStatus::Active | InstanceStatus::Draining => Ok(()),
        }
    }

    fn put_attributes(&mut self, instance: InstanceId, attributes: Attributes) -> Result<Answer, Error> {
        self.must_not_be_lost(instance)?;
        let names: Vec<&str> = attributes.keys().map(String::as_str).collect();
        checks::attributes(&Subject::Instance(instance), &names)?;
        let mut class = self.class_of(instance).clone();
        class.attributes.extend(attributes);
        self.turn(instance, class);
        Ok(Answer::Done)
    }

    fn delete_attributes(&mut self, instance: InstanceId, names: &[String]) -> Result<Answer, Error> {
        self.must_not_be_lost(instance)?;
        let subject = Subject::Instance(instance);
        checks::attributes(&subject, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
        let mut class = self.class_of(instance).clone();
        if let Some(missing) = names.iter().find(|name| !class.attributes.contains_key(*name)) {
            return Err(Error::rule(subject, format!("it has no attribute `{missing}`; name those that it has")));
        }
        names.iter().for_each(|name| drop(class.attributes.remove(name)));
        self.turn(instance, class);
        Ok(Answer::Done)
    }

    /// The class of an instance that there is.
    pub(super) fn class_of(&self, instance: InstanceId) -> &InstanceClass {
        let class = self.simulation.engine.class(instance);
        &self.simulation.world.fleet.classes[class.index()]
    }

    /// An instance is of another class, which registers as much. Its tasks stay, but daemons come and go.
    fn turn(&mut self, instance: InstanceId, class: InstanceClass) {
        if *self.class_of(instance) == class {
            return;
        }
        let id = self.simulation.world.fleet.to_mut().intern(class);
        self.simulation.turn(instance, id);
        self.is_unsettled();
    }
}

fn none_at_all(call: &'static str) -> Error {
    Error::rule(Subject::Call(call), "no instance; one at least is meant")
}
