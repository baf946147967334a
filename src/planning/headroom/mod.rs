//! `plan headroom`: how many more tasks of each kind fit now, what binds first and where; how far the whole load can grow;
//! and whether each service has the room that its deployment takes (3.3, 3.8).
//!
//! Copies are placed by the chain until the first that does not fit, on the cluster as it was found, or on a packing of the
//! load. Room that daemons will take where they do not run yet is held back first.

mod answer;
pub(super) mod binding;
mod deployment;
mod growth;
mod pairs;
#[cfg(test)]
mod tests;

pub use answer::answer;
pub use binding::Binding;
use deployment::Cluster;
pub use deployment::Deployed;
pub use growth::{Growth, Inflation};
pub use pairs::Pairs;

use super::compact::why_left_out;
use super::ground::standing::{Owner, Standing};
use super::ground::{Interrupted, Load, Packing, Tolerance};
use super::watch::Watch;
use crate::engine::{Engine as _, Reason};
use crate::model::{InstanceId, Policy, RequestId, Requests, Scenario, Scheduling, Service, TaskCount};

/// More copies than this are not tried: the shape takes nothing that runs out.
pub const MOST_COPIES: u64 = 10_000_000;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Services, or families of standalone tasks, with how many of each go together; empty asks for each alone.
    pub together: Vec<(String, u32)>,
    /// Whether deployments are tried.
    pub deployments: bool,
    /// Whether every two services are deployed at once too.
    pub two_at_once: bool,
}

/// A kind that more tasks could come of.
struct NamedKind {
    /// As people call it.
    name: String,
    request: RequestId,
}

/// How many more copies of something fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Whose they are, such as `service:api`.
    pub name: String,
    /// How many fit, one after another.
    pub copies: u64,
    /// There is no end to them.
    pub is_unbounded: bool,
    /// On how many instances they lie then.
    pub instances: u64,
    /// Why the next one does not fit.
    pub reason: Option<Reason>,
    /// What keeps the next one off which instances, the check of most instances first.
    pub bindings: Vec<Binding>,
}

/// The answer for one policy.
#[derive(Clone, Debug)]
pub struct Headroom {
    /// The policy.
    pub policy: String,
    /// The cluster is as it was found; else it was packed.
    pub is_found: bool,
    /// Counted tasks.
    pub tasks: u64,
    /// Daemons whose room is held back: the service and on how many instances.
    pub held: Vec<(String, u64)>,
    /// Each kind alone, or all that were asked for together.
    pub rooms: Vec<Room>,
    /// How far the mix can grow, by draws.
    pub inflation: Option<Inflation>,
    /// How far a load that changes can grow.
    pub growth: Option<Growth>,
    /// What deployments take.
    pub deployments: Vec<Deployed>,
    /// What deployments of two services at once take, where that was asked for.
    pub pairs: Option<Pairs>,
    /// Why the load does not fit on the fleet as it is.
    pub does_not_fit: Option<String>,
    /// The person pressed Ctrl-C.
    pub is_interrupted: bool,
}

/// Looks for room under one policy.
///
/// # Errors
/// A name that is asked for and is not there.
pub fn look(
    scenario: &Scenario,
    load: &Load,
    policy: &Policy,
    question: &Question,
    watch: &Watch,
) -> Result<Headroom, String> {
    watch.begin(&format!("looking for room under {}", policy.name));
    let is_found = !scenario.running.is_empty() && load.is_as_found;
    let mut headroom = Headroom {
        policy: policy.name.clone(),
        is_found,
        tasks: 0,
        held: Vec::new(),
        rooms: Vec::new(),
        inflation: None,
        growth: None,
        deployments: Vec::new(),
        pairs: None,
        does_not_fit: None,
        is_interrupted: false,
    };
    if is_found {
        let requests = Requests::compile(scenario, policy);
        let mut standing = Standing::found(scenario, &requests);
        headroom.held = hold_daemons(scenario, &requests, &mut standing);
        let ground = Ground { scenario, requests: &requests, policy };
        ground.look(&standing, question, &mut headroom, watch)?;
        return Ok(headroom);
    }
    let requests = Requests::compile(load.scenario(), policy);
    let mut packing = Packing::as_given(load, &requests, 1, Tolerance::NONE);
    let Ok((packed, is_fit)) = packing.packed(packing.most(), &watch.control) else {
        headroom.is_interrupted = true;
        return Ok(headroom);
    };
    headroom.does_not_fit = (!is_fit).then(|| why_left_out(load, &requests, &packed.unplaced));
    let standing = Standing::of_packed(&packing, &packed);
    let ground = Ground { scenario: load.scenario(), requests: &requests, policy };
    ground.look(&standing, question, &mut headroom, watch)?;
    if !load.is_still() {
        match growth::find(load, &requests, policy, watch) {
            Ok(growth) => headroom.growth = Some(growth),
            Err(Interrupted) => headroom.is_interrupted = true,
        }
    }
    Ok(headroom)
}

/// Where room is looked for.
struct Ground<'a> {
    scenario: &'a Scenario,
    requests: &'a Requests,
    policy: &'a Policy,
}

impl Ground<'_> {
    fn look(
        &self,
        standing: &Standing<'_>,
        question: &Question,
        headroom: &mut Headroom,
        watch: &Watch,
    ) -> Result<(), String> {
        headroom.tasks = standing.tasks.len() as u64;
        let kinds = self.kinds(standing);
        if question.together.is_empty() {
            let rooms: Vec<Room> = kinds
                .iter()
                .map(|kind| self.room(standing, &kind.name, &[TaskCount { request: kind.request, count: 1 }]))
                .collect();
            headroom.rooms = rooms;
            let inflation = growth::inflate(standing, &kinds, watch);
            headroom.is_interrupted |= inflation.is_none();
            headroom.inflation = inflation;
        } else {
            let (name, together) = self.together(question, &kinds)?;
            headroom.rooms = vec![self.room(standing, &name, &together)];
        }
        if question.deployments {
            let tried = deployment::all(self.scenario, self.policy, self.requests, standing, watch);
            headroom.is_interrupted |= tried.is_none();
            headroom.deployments = tried.unwrap_or_default();
            if question.two_at_once && !headroom.is_interrupted {
                let cluster = Cluster::new(self.scenario, self.policy, self.requests, standing);
                headroom.pairs = pairs::worst(&cluster, self.requests, &headroom.deployments, watch);
                headroom.is_interrupted |= headroom.pairs.is_none();
            }
        }
        Ok(())
    }

    /// Every kind that more tasks could come of, by the name of its group: services, then standalone tasks.
    fn kinds(&self, standing: &Standing<'_>) -> Vec<NamedKind> {
        let services = self.scenario.services.iter().zip(&self.requests.services);
        let replicas = services.filter(|(service, _)| service.settings.scheduling == Scheduling::Replica);
        let named =
            |(service, &request): (&Service, _)| NamedKind { name: format!("service:{}", service.name), request };
        let mut kinds: Vec<NamedKind> = replicas.map(named).collect();
        let of_sources = self.requests.sources.iter().flatten().copied();
        let of_trace = self.requests.trace.iter().copied();
        let standalone = standing.tasks.iter().filter(|task| task.owner == Owner::Standalone).map(|task| task.request);
        let mut others: Vec<RequestId> = of_sources.chain(of_trace).chain(standalone).collect();
        others.sort_unstable();
        others.dedup();
        kinds.extend(others.into_iter().map(|request| NamedKind { name: self.name(request), request }));
        kinds
    }

    fn name(&self, request: RequestId) -> String {
        let kind = &self.requests[request];
        let (group, family) =
            (&self.requests.groups[kind.group.index()], &self.scenario.definitions[kind.definition.index()].family);
        if group.ends_with(&format!(":{family}")) { group.clone() } else { format!("{group} {family}") }
    }

    fn together(&self, question: &Question, kinds: &[NamedKind]) -> Result<(String, Vec<TaskCount>), String> {
        let mut together = Vec::new();
        let mut words = Vec::new();
        for (wanted, count) in &question.together {
            let is_it = |NamedKind { name, .. }: &&NamedKind| {
                name == wanted || name.split_once(':').is_some_and(|(_, name)| name == wanted)
            };
            let found = kinds.iter().find(is_it).ok_or_else(|| {
                let known: Vec<String> = kinds.iter().take(20).map(|kind| format!("`{}`", kind.name)).collect();
                format!("there is no service and no family `{}`; there are {}", wanted.escape_debug(), known.join(", "))
            })?;
            together.push(TaskCount { request: found.request, count: u64::from(*count) });
            words.push(if *count == 1 { found.name.clone() } else { format!("{count} {}", found.name) });
        }
        Ok((words.join(" + "), together))
    }

    /// Places copies until one does not fit.
    fn room(&self, standing: &Standing<'_>, name: &str, together: &[TaskCount]) -> Room {
        let mut engine = standing.engine.clone();
        let mut used: Vec<InstanceId> = Vec::new();
        let (mut copies, mut refused) = (0_u64, None);
        if let &[TaskCount { request, count: 1 }] = together {
            let mut sink = |placed: crate::engine::Placed| used.push(placed.instance);
            while copies < MOST_COPIES {
                let done = engine.place_batch(request, 1 << 16, &mut sink);
                copies += u64::from(done);
                if done < 1 << 16 {
                    refused = Some(request);
                    break;
                }
            }
        } else {
            'copies: while copies < MOST_COPIES {
                for &TaskCount { request, count } in together {
                    for _ in 0..count {
                        match engine.place(request) {
                            Some(placed) => used.push(placed.instance),
                            None => {
                                refused = Some(request);
                                break 'copies;
                            }
                        }
                    }
                }
                copies += 1;
            }
        }
        used.sort_unstable();
        used.dedup();
        let reason = refused.map(|request| engine.refusal(request));
        let bindings = refused.map(|request| binding::of(self.scenario, self.requests, &mut engine, request));
        Room {
            name: name.to_owned(),
            copies,
            is_unbounded: refused.is_none(),
            instances: used.len() as u64,
            reason,
            bindings: bindings.unwrap_or_default(),
        }
    }
}

/// Places every daemon where it does not run yet and is eligible, as far as it fits.
fn hold_daemons(scenario: &Scenario, requests: &Requests, standing: &mut Standing<'_>) -> Vec<(String, u64)> {
    let mut held = Vec::new();
    for (position, service) in scenario.services.iter().enumerate() {
        if service.settings.scheduling != Scheduling::Daemon {
            continue;
        }
        let request = requests.services[position];
        let is_there = |instance| {
            let of = |task: &&super::ground::standing::Task| task.instance == instance;
            standing.tasks.iter().filter(of).any(|task| task.owner == Owner::Daemon(position))
        };
        let missing: Vec<InstanceId> = standing.active().filter(|&instance| !is_there(instance)).collect();
        let mut count = 0;
        for instance in missing {
            if standing.engine.is_eligible(request, instance) && standing.engine.place_on(request, instance).is_ok() {
                count += 1;
            }
        }
        if count > 0 {
            held.push((service.name.clone(), count));
        }
    }
    held
}
