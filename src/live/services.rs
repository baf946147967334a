//! Services: created, updated, deleted.

use std::sync::Arc;

use super::command::{Answer, ServiceChange};
use super::error::{Error, Subject};
use super::{Live, checks};
use crate::engine::Grows;
use crate::model::{
    Constraint, DaemonRoom, DefinitionId, NewKind, RequestId, Revision, Scenario, Scheduling, Service, ServiceSettings,
    Shared, Strategy, counted,
};
use crate::simulation::{NewService, Observer};

/// What a service was asked for beside its settings: what a change starts from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spec {
    definition: DefinitionId,
    strategy: Option<Strategy>,
    constraints: Vec<Constraint>,
}

impl Spec {
    pub(super) fn of(service: &Service) -> Self {
        Self {
            definition: service.definition,
            strategy: service.strategy.clone(),
            constraints: service.constraints.clone(),
        }
    }
}

/// A service of a scenario, owned.
pub(super) fn owned(service: &Service) -> NewService<'static> {
    NewService {
        name: service.name.clone().into(),
        desired: service.desired_count,
        settings: Shared::Owned(Arc::new(service.settings.clone())),
        at: crate::model::SimTime::ZERO,
    }
}

impl<O: Observer, E: Grows> Live<O, E> {
    pub(super) fn create_service(&mut self, service: Service) -> Result<Answer, Error> {
        let subject = Subject::Service(service.name.clone());
        if self.services.contains_key(&service.name) {
            return Err(Error::Exists(subject));
        }
        checks::service(&service)?;
        self.check_spec(&subject, &Spec::of(&service), &service.settings)?;
        let position = self.shell.specs.len();
        let revision = self.revision_of(position, &service.name, &Spec::of(&service), &service.settings);
        let holds = self.simulation.world.dynamics.services.daemon_room == DaemonRoom::HeldBack
            && service.settings.scheduling == Scheduling::Daemon;
        let requests = self.simulation.world.requests.to_mut();
        requests.holds |= holds;
        requests.services.push(revision.request);
        requests.revisions.push(vec![revision]);
        self.name_and_grow();
        Arc::make_mut(&mut self.shell).specs.push(Spec::of(&service));
        self.simulation.create_service(NewService { at: self.simulation.now, ..owned(&service) });
        self.services.insert(service.name, position);
        self.is_unsettled();
        Ok(Answer::Done)
    }

    pub(super) fn update_service(&mut self, name: &str, change: ServiceChange) -> Result<Answer, Error> {
        let position = self.position_of(name)?;
        let subject = Subject::Service(name.to_owned());
        let (before, settings) = (self.shell.specs[position].clone(), self.simulation.settings(position).clone());
        let after = Spec {
            definition: change.definition.unwrap_or(before.definition),
            strategy: change.strategy.or_else(|| before.strategy.clone()),
            constraints: change.constraints.unwrap_or_else(|| before.constraints.clone()),
        };
        let new = change.settings.as_ref().unwrap_or(&settings);
        self.check_change(&subject, &settings, change.settings.as_ref(), change.desired_count)?;
        self.check_spec(&subject, &after, new)?;
        let is_other = after != before || new.providers != settings.providers || new.network != settings.network;
        let is_rebalanced_now = new.rebalancing && !settings.rebalancing;
        let new = new.clone();
        if let Some(settings) = change.settings {
            self.simulation.set_settings(position, settings);
        }
        if let Some(desired) = change.desired_count {
            self.simulation.set_desired(position, desired);
        }
        if is_other || change.force_new_deployment {
            self.deploy(position, name, &before, &after, &new);
        } else if is_rebalanced_now {
            self.spread_over_zones(position);
        }
        Arc::make_mut(&mut self.shell).specs[position] = after;
        self.is_unsettled();
        Ok(Answer::Done)
    }

    pub(super) fn delete_service(&mut self, name: &str, force: bool) -> Result<Answer, Error> {
        let position = self.position_of(name)?;
        let is_daemon = self.simulation.settings(position).scheduling == Scheduling::Daemon;
        let desired = self.simulation.desired(position);
        if !force && !is_daemon && desired > 0 {
            let rule = format!("it wants {}; scale it to 0 first, or delete it by force", counted(desired, "task"));
            return Err(Error::rule(Subject::Service(name.to_owned()), rule));
        }
        self.simulation.delete_service(position);
        self.services.remove(name);
        self.is_unsettled();
        Ok(Answer::Done)
    }

    pub(super) fn position_of(&self, name: &str) -> Result<usize, Error> {
        let missing = || Error::NotThere(Subject::Service(name.to_owned()));
        self.services.get(name).copied().ok_or_else(missing)
    }

    fn check_spec(&self, subject: &Subject, spec: &Spec, settings: &ServiceSettings) -> Result<(), Error> {
        checks::providers(subject, &settings.providers, self.simulation.world.dynamics.providers.len())?;
        self.check_placement(subject, spec.definition, spec.strategy.as_ref(), &spec.constraints)
    }

    fn check_change(
        &self,
        subject: &Subject,
        before: &ServiceSettings,
        new: Option<&ServiceSettings>,
        desired: Option<u32>,
    ) -> Result<(), Error> {
        if desired.is_some() && before.scheduling == Scheduling::Daemon {
            let rule = "a DAEMON service has no desired count; leave it out";
            return Err(Error::rule(subject.clone(), rule));
        }
        let Some(new) = new else { return Ok(()) };
        if new.scheduling != before.scheduling {
            let rule = "its scheduling strategy cannot change; delete it and create another";
            return Err(Error::rule(subject.clone(), rule));
        }
        checks::settings(subject, new)
    }

    /// The next revision: one that a scenario has foreseen, or a further one.
    fn deploy(&mut self, service: usize, name: &str, before: &Spec, after: &Spec, settings: &ServiceSettings) {
        let is_other_definition = Spec { definition: before.definition, ..after.clone() } == *before;
        if is_other_definition && self.simulation.foresees(service, after.definition) {
            return self.simulation.deploy_next(service);
        }
        let revision = self.revision_of(service, name, after, settings);
        let revisions = &mut self.simulation.world.requests.to_mut().revisions[service];
        revisions.push(revision);
        let number = revisions.len() - 1;
        self.name_and_grow();
        self.simulation.deploy(service, number);
    }

    /// The kinds of request that a revision of a service makes.
    fn revision_of(&mut self, service: usize, name: &str, spec: &Spec, settings: &ServiceSettings) -> Revision {
        let strategy = match self.simulation.world.requests.revisions.get(service) {
            // What a policy has decided for a service stays its own.
            Some(revisions) if spec.strategy.is_none() => {
                self.simulation.world.requests[revisions[0].request].strategy.clone()
            }
            _ => self.strategy(spec.strategy.as_ref(), Strategy::service_default),
        };
        let definition = &self.shell.definitions[spec.definition.index()];
        let requests = self.simulation.world.requests.to_mut();
        let group = requests.enter_group(&format!("service:{name}"));
        let request = NewKind {
            id: spec.definition,
            definition,
            group,
            strategy,
            constraints: Scenario::constraints(&self.shell.policy, &spec.constraints),
            provider: settings.providers.provider(0),
            network: &settings.network,
            demand: None,
        }
        .request();
        let request: RequestId = requests.enter(request);
        let mut revision =
            Revision { definition: spec.definition, request, by_provider: Vec::new(), by_zone: Vec::new() };
        let zones = settings.rebalancing.then_some(self.simulation.world.fleet.zones.len());
        requests.spread_out(&mut revision, &settings.providers, zones);
        revision
    }

    /// A service is rebalanced from now on: its tasks may be held to each zone.
    fn spread_over_zones(&mut self, service: usize) {
        let current = self.simulation.revision(service);
        let zones = self.simulation.world.fleet.zones.len();
        let requests = self.simulation.world.requests.to_mut();
        let mut revision = requests.revisions[service][current].clone();
        if revision.by_zone.is_empty() {
            requests.hold_to_zones(&mut revision, zones);
            requests.revisions[service][current] = revision;
            self.name_and_grow();
        }
    }
}
