//! Tables that grow: task definitions, zones, capacity providers, kinds of task.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::command::RunTask;
use super::error::{Error, Subject};
use super::{Live, checks};
use crate::engine::Grows;
use crate::model::{
    CapacityProvider, ClassId, Constraint, DefinitionId, GroupId, InstanceClass, NewKind, ProviderId, Request,
    RequestId, Scenario, Split, Strategy, TaskDefinition, ZoneId,
};
use crate::simulation::Observer;

impl<O: Observer, E: Grows> Live<O, E> {
    /// RegisterTaskDefinition. Nothing is worked out before a task of it is asked for.
    pub fn define(&mut self, definition: TaskDefinition) -> DefinitionId {
        let shell = Arc::make_mut(&mut self.shell);
        shell.definitions.push(definition);
        DefinitionId::from_index(shell.definitions.len() - 1)
    }

    /// The task definitions that are known.
    #[must_use]
    pub fn definitions(&self) -> &[TaskDefinition] {
        &self.shell.definitions
    }

    /// A further zone, without instances.
    ///
    /// # Errors
    /// [`Error::Exists`] if there is one of that name.
    pub fn add_zone(&mut self, name: &str) -> Result<ZoneId, Error> {
        let zones = &self.simulation.world.fleet.zones;
        let (count, is_known) = (zones.len(), zones.iter().any(|known| known == name));
        if is_known {
            return Err(Error::Exists(Subject::ZoneNamed(name.to_owned())));
        }
        let world = &mut self.simulation.world;
        world.fleet.to_mut().zones.push(name.to_owned());
        world.requests.to_mut().enter_zone(count);
        self.name_and_grow();
        Ok(ZoneId::from_index(count))
    }

    /// CreateCapacityProvider. What it launches are classes that [registered](super::Command::Register) or were
    /// [named](Self::class).
    ///
    /// # Errors
    /// [`Error::Exists`] if there is one of that name.
    pub fn add_provider(&mut self, provider: CapacityProvider) -> Result<ProviderId, Error> {
        let providers = &self.simulation.world.dynamics.providers;
        if providers.iter().any(|known| known.name == provider.name) {
            return Err(Error::Exists(Subject::ProviderNamed(provider.name)));
        }
        let id = ProviderId::from_index(providers.len());
        let is_first = provider.managed_scaling && !providers.iter().any(|known| known.managed_scaling);
        self.simulation.world.dynamics.to_mut().providers.push(provider);
        self.grow();
        if is_first {
            self.simulation.begin_scaling();
        }
        Ok(id)
    }

    /// The id of a class of instances, made if it is new.
    ///
    /// # Errors
    /// [`Error::NotThere`] for its zone or its capacity provider.
    pub fn class(&mut self, class: InstanceClass) -> Result<ClassId, Error> {
        self.check_class(&class)?;
        Ok(self.classes(std::iter::once(&class))[0])
    }

    /// The ids of classes that may be: the tables grow once for all that are new.
    pub(super) fn classes<'c>(&mut self, classes: impl Iterator<Item = &'c InstanceClass> + Clone) -> Vec<ClassId> {
        let wanted = classes.clone().collect::<BTreeSet<_>>();
        let fleet = &self.simulation.world.fleet;
        let by_id = (0..).map(ClassId).zip(&fleet.classes);
        let mut known: BTreeMap<&InstanceClass, ClassId> = BTreeMap::new();
        for (id, class) in by_id.filter(|(_, class)| wanted.contains(class)) {
            known.entry(class).or_insert(id);
        }
        let mut new = Vec::new();
        let ids = classes.map(|class| {
            *known.entry(class).or_insert_with(|| {
                new.push(class.clone());
                ClassId::from_index(fleet.classes.len() + new.len() - 1)
            })
        });
        let ids = ids.collect();
        if !new.is_empty() {
            self.simulation.world.fleet.to_mut().classes.extend(new);
            self.grow();
        }
        ids
    }

    pub(super) fn check_class(&self, class: &InstanceClass) -> Result<(), Error> {
        let world = &self.simulation.world;
        if class.zone.index() >= world.fleet.zones.len() {
            return Err(Error::NotThere(Subject::Zone(class.zone)));
        }
        match class.provider.filter(|provider| provider.index() >= world.dynamics.providers.len()) {
            Some(provider) => Err(Error::NotThere(Subject::Provider(provider))),
            None => Ok(()),
        }
    }

    /// The kind of a task that is asked for, worked out if it is new. It stays what it is: whoever runs many of a kind asks
    /// once, and then for [`Command::Run`](super::Command::Run).
    ///
    /// # Errors
    /// What RunTask would say to it.
    pub fn kind(&mut self, task: &RunTask) -> Result<RequestId, Error> {
        self.check_run(task)?;
        let definition = &self.shell.definitions[task.definition.index()];
        let group = task.group.clone().unwrap_or_else(|| format!("family:{}", definition.family));
        let request = |group: GroupId| {
            NewKind {
                id: task.definition,
                definition,
                group,
                strategy: self.strategy(task.strategy.as_ref(), Strategy::run_task_default),
                constraints: Scenario::constraints(&self.shell.policy, &task.constraints),
                provider: task.providers.provider(0),
                network: &task.details.network,
                demand: task.details.demand.clone(),
            }
            .request()
        };
        let requests = &self.simulation.world.requests;
        if let Some(group) = requests.group(&group) {
            let wanted = request(group);
            let is_through = |id: RequestId| match requests.splits.get(&id) {
                Some(split) => split.providers == task.providers,
                None => !task.providers.has_choice(),
            };
            let mut ids = (0..requests.table.len()).map(RequestId::from_index);
            if let Some(known) = ids.find(|&id| requests[id] == wanted && is_through(id)) {
                return Ok(known);
            }
        }
        let found = requests.group(&group).unwrap_or_else(|| GroupId::from_index(requests.groups.len()));
        let wanted = request(found);
        Ok(self.learn(&group, wanted, task))
    }

    fn learn(&mut self, group: &str, wanted: Request, task: &RunTask) -> RequestId {
        let requests = self.simulation.world.requests.to_mut();
        requests.enter_group(group);
        let id = requests.enter(wanted);
        if task.providers.has_choice() {
            let through = requests.by_provider(id, &task.providers);
            // Sources of a scenario are numbered from 0 on.
            let source = usize::MAX - id.index();
            requests.splits.insert(id, Split { source, providers: task.providers.clone(), requests: through });
        }
        self.name_and_grow();
        id
    }

    /// The strategy of a task or a service: its own, unless the policy decides for all; then the policy's; then that of ECS.
    pub(super) fn strategy(&self, own: Option<&Strategy>, default: fn() -> Strategy) -> Strategy {
        let own = own.filter(|_| self.shell.keeps_own);
        own.or(self.shell.policy.strategy.as_ref()).cloned().unwrap_or_else(default)
    }

    /// A definition, if there is one.
    pub(super) fn definition(&self, id: DefinitionId) -> Result<&TaskDefinition, Error> {
        checks::definition(id, self.shell.definitions.len())?;
        Ok(&self.shell.definitions[id.index()])
    }

    /// A definition, and that a task of it with these constraints may be asked for.
    pub(super) fn check_placement(
        &self,
        subject: &Subject,
        id: DefinitionId,
        strategy: Option<&Strategy>,
        own: &[Constraint],
    ) -> Result<(), Error> {
        let definition = self.definition(id)?;
        let constraints = checks::constraints(own, &self.shell.policy.constraints, definition.member_of.len());
        checks::placement(subject, strategy, constraints)
    }

    /// Requests have come: their streams get names, and the engine hears of them.
    pub(super) fn name_and_grow(&mut self) {
        let options = self.simulation.world.options;
        self.simulation.world.requests.to_mut().name_further_streams(options);
        self.grow();
    }

    pub(super) fn grow(&mut self) {
        self.simulation.tables_grew(&[]);
    }
}
