//! The engines of this crate, through the same door as anybody's placer.
//!
//! Both are made for what a history may bring, as an engine knows its instance classes and kinds of request beforehand.

use std::collections::BTreeMap;

use super::placer::{Capabilities, Decision, Failure, Foreseen, Left, Placer, Placers, Task, Trouble};
use super::world::{Constraint, Instance, Kind};
use crate::engine::{Engine, FastEngine, InstanceStatus, ReferenceEngine, Setup};
use crate::model::{
    ClassId, DefinitionId, Demand, Device, Fleet, GpuDemand, GroupId, InstanceClass, InstanceId, Only,
    PlacementOptions, Request, RequestId, Requests, Strategy, ZoneId,
};
use crate::query::Expression;
use crate::simulation::{Standing, victim};

/// The dull engine: it says of every instance why not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference {
    /// Readings of open points.
    pub options: PlacementOptions,
}

/// The fast engine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fast {
    /// Readings of open points.
    pub options: PlacementOptions,
}

fn capabilities(options: PlacementOptions) -> Capabilities {
    let (tie_break, spread_counts_draining) = (Some(options.tie_break), options.spread_counts_draining);
    Capabilities { tie_break, spread_counts_draining, ..Capabilities::all() }
}

impl Placers for Reference {
    fn capabilities(&mut self) -> Result<Capabilities, Trouble> {
        Ok(capabilities(self.options))
    }

    fn with(&mut self, foreseen: Foreseen<'_>, used: &mut dyn FnMut(&mut dyn Placer)) -> Result<(), Trouble> {
        let (fleet, requests) = setting(foreseen)?;
        let setup = Setup { fleet: &fleet, requests: &requests, options: self.options, seed: foreseen.seed };
        let engine = ReferenceEngine::new(setup);
        let known = capabilities(self.options);
        let names = foreseen.instances;
        let failures = |engine: &ReferenceEngine<'_>, request: RequestId, joined: &[usize]| -> Vec<Failure> {
            let there = joined.iter().zip(0..).filter(|(_, id)| engine.status(InstanceId(*id)) != InstanceStatus::Lost);
            there
                .map(|(&position, id)| {
                    let instance = InstanceId(id);
                    let reason = match engine.status(instance) {
                        InstanceStatus::Active => {
                            engine.first_failure(request, instance).map_or("", |reason| reason.text())
                        }
                        _ => "INACTIVE",
                    };
                    Failure { instance: names[position].name.clone(), reason: reason.to_owned() }
                })
                .collect()
        };
        used(&mut Seat::new(engine, setup, known, foreseen, failures));
        Ok(())
    }
}

impl Placers for Fast {
    fn capabilities(&mut self) -> Result<Capabilities, Trouble> {
        Ok(Capabilities { failures: false, ..capabilities(self.options) })
    }

    fn with(&mut self, foreseen: Foreseen<'_>, used: &mut dyn FnMut(&mut dyn Placer)) -> Result<(), Trouble> {
        let (fleet, requests) = setting(foreseen)?;
        let setup = Setup { fleet: &fleet, requests: &requests, options: self.options, seed: foreseen.seed };
        let engine = FastEngine::new(setup);
        let known = Capabilities { failures: false, ..capabilities(self.options) };
        let failures = |_: &FastEngine<'_>, _: RequestId, _: &[usize]| Vec::new();
        used(&mut Seat::new(engine, setup, known, foreseen, failures));
        Ok(())
    }
}

/// What an engine is built from: every class and every request, and no instance yet.
fn setting(foreseen: Foreseen<'_>) -> Result<(Fleet, Requests), Trouble> {
    let mut zones: Vec<String> = foreseen.instances.iter().map(|instance| instance.zone().to_owned()).collect();
    zones.sort_unstable();
    zones.dedup();
    let classes = foreseen.instances.iter().map(|instance| class(instance, &zones)).collect();
    let mut groups: Vec<String> = Vec::new();
    let mut table = Vec::new();
    for (definition, kind) in foreseen.kinds.iter().enumerate() {
        let group = groups.iter().position(|known| *known == kind.group).unwrap_or(groups.len());
        if group == groups.len() {
            groups.push(kind.group.clone());
        }
        table.push(request(DefinitionId::from_index(definition), GroupId::from_index(group), kind)?);
    }
    Ok((Fleet { zones, classes, ..Fleet::default() }, Requests { table, groups, ..Requests::default() }))
}

fn class(instance: &Instance, zones: &[String]) -> InstanceClass {
    let zone = zones.iter().position(|zone| zone == instance.zone()).expect("every zone is listed");
    InstanceClass {
        gpus: instance.gpus,
        eni_tasks: instance.interfaces,
        reserved_ports: instance.reserved_ports.clone(),
        attributes: instance.attributes.clone(),
        agent_connected: instance.agent_connected,
        ..InstanceClass::new(ZoneId::from_index(zone), instance.zone(), instance.cpu, instance.memory)
    }
}

fn request(definition: DefinitionId, group: GroupId, kind: &Kind) -> Result<Request, Trouble> {
    let size = Demand::of_task(kind.cpu, kind.memory, &kind.containers);
    let mut ports = kind.ports.clone();
    ports.sort_unstable();
    let demand = Demand {
        gpus: if kind.gpus > 0 { GpuDemand::Whole(kind.gpus) } else { GpuDemand::None },
        ports,
        eni_slots: u32::from(kind.interface),
        ..size.ok_or_else(|| Trouble::new("the demand of a task is beyond 32 bits"))?
    };
    let member_of = kind.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::MemberOf(expression) => Some(Expression::parse(&expression.to_string())),
        Constraint::DistinctInstance => None,
    });
    Ok(Request {
        definition,
        group,
        demand,
        requires_attributes: Vec::new(),
        strategy: Strategy(kind.strategy.clone()),
        distinct_instance: kind.is_distinct(),
        member_of: member_of.collect::<Result<_, _>>().map_err(|error| Trouble::new(format!("{error}")))?,
        only: Only::default(),
    })
}

/// An engine in the place of a placer.
struct Seat<'f, E, F> {
    engine: E,
    setup: Setup<'f>,
    known: Capabilities,
    foreseen: Foreseen<'f>,
    /// Position in the history of each instance of the engine.
    joined: Vec<usize>,
    tasks: BTreeMap<String, Standing>,
    /// How many tasks were placed: the number of the next.
    asked: u64,
    failures: F,
}

impl<'f, E: Engine, F: Fn(&E, RequestId, &[usize]) -> Vec<Failure>> Seat<'f, E, F> {
    fn new(engine: E, setup: Setup<'f>, known: Capabilities, foreseen: Foreseen<'f>, failures: F) -> Self {
        Self { engine, setup, known, foreseen, joined: Vec::new(), tasks: BTreeMap::new(), asked: 0, failures }
    }

    fn id(&self, name: &str) -> Result<InstanceId, Trouble> {
        let is_it = |position: &usize| self.foreseen.instances[*position].name == name;
        let found = self.joined.iter().position(is_it).map(InstanceId::from_index);
        found.ok_or_else(|| Trouble::new(format!("no instance `{name}` has joined")))
    }

    fn request(&self, kind: &Kind) -> Result<RequestId, Trouble> {
        let known = self.foreseen.kinds.iter().position(|known| known == kind);
        known.map(RequestId::from_index).ok_or_else(|| Trouble::new("a kind that was not foreseen"))
    }
}

impl<E: Engine, F: Fn(&E, RequestId, &[usize]) -> Vec<Failure>> Placer for Seat<'_, E, F> {
    fn capabilities(&self) -> Capabilities {
        self.known.clone()
    }

    fn register(&mut self, instance: &Instance) -> Result<(), Trouble> {
        let known = self.foreseen.instances.iter().position(|known| known.name == instance.name);
        let position = known.ok_or_else(|| Trouble::new(format!("`{}` was not foreseen", instance.name)))?;
        self.engine.register(ClassId::from_index(position));
        self.joined.push(position);
        Ok(())
    }

    fn place(&mut self, task: Task<'_>) -> Result<Decision, Trouble> {
        let request = self.request(task.kind)?;
        let Some(placed) = self.engine.place(request) else {
            return Ok(Decision::Refused((self.failures)(&self.engine, request, &self.joined)));
        };
        let standing = Standing { number: self.asked, instance: placed.instance, request };
        self.asked += 1;
        self.tasks.insert(task.name.to_owned(), standing);
        self.engine.validate().map_err(Trouble::new)?;
        Ok(Decision::Placed(self.foreseen.instances[self.joined[placed.instance.index()]].name.clone()))
    }

    fn stop(&mut self, task: &str) -> Result<(), Trouble> {
        let placed = self.tasks.remove(task).ok_or_else(|| Trouble::new(format!("no task `{task}` runs")))?;
        self.engine.stop_on(placed.request, placed.instance, Device::ANY);
        Ok(())
    }

    fn drain(&mut self, instance: &str) -> Result<(), Trouble> {
        let id = self.id(instance)?;
        let there: Vec<RequestId> =
            self.tasks.values().filter(|task| task.instance == id).map(|task| task.request).collect();
        self.engine.drain(id, &there);
        Ok(())
    }

    fn activate(&mut self, instance: &str) -> Result<(), Trouble> {
        let id = self.id(instance)?;
        self.engine.set_status(id, InstanceStatus::Active);
        Ok(())
    }

    fn lose(&mut self, instance: &str) -> Result<(), Trouble> {
        let id = self.id(instance)?;
        self.engine.set_status(id, InstanceStatus::Lost);
        for (_, task) in self.tasks.extract_if(.., |_, task| task.instance == id) {
            self.engine.stop_on(task.request, task.instance, Device::ANY);
        }
        Ok(())
    }

    fn scale_in(&mut self, service: &Kind) -> Result<String, Trouble> {
        let request = self.request(service)?;
        let group = self.setup.requests[request].group;
        let is_its = |task: &Standing| self.setup.requests[task.request].group == group;
        let (names, tasks): (Vec<&String>, Vec<Standing>) =
            self.tasks.iter().filter(|(_, task)| is_its(task)).map(|(name, task)| (name, *task)).unzip();
        let position = victim(self.setup, &self.engine, request, &tasks);
        let name = position.map(|position| names[position].clone());
        let name = name.ok_or_else(|| Trouble::new(format!("{} has no task", service.group)))?;
        self.stop(&name)?;
        Ok(name)
    }

    fn remaining(&mut self, instance: &str) -> Result<Left, Trouble> {
        let left = self.engine.remaining(self.id(instance)?);
        Ok(Left { cpu: left.cpu.0.into(), memory: left.memory.0.into(), gpus: left.gpus.into() })
    }
}
