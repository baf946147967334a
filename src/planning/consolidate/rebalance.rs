//! Services that stand lopsided over zones: the fewest moves that level them, and what the simulation makes of it (3.6).
//!
//! The target of a zone is that of AZ rebalancing: tasks over zones with an ACTIVE instance that the service may
//! use, the remainder where most tasks are. No plan needs fewer moves than there are tasks above their targets. The moves
//! themselves are those that ECS makes when availability zone rebalancing is switched on: a start, then a stop, one after
//! another; the simulation says how far they come.

use super::super::ground::Interrupted;
use super::super::ground::standing::{Owner, Standing, at_rest};
use super::super::watch::Watch;
use crate::engine::{Engine, Reason};
use crate::experiment::{Case, EngineKind, Experiment};
use crate::model::{GroupId, InstanceId, Policy, RequestId, Requests, Rule, Scenario, Scheduling, SimTime, ZoneId};
use crate::simulation::{Observer, Rejection, Stop, StopCause, Tasks};

/// A move has so long, until the replacement is healthy and the other has stopped.
const MOVE_MS: u64 = 10 * 60_000;

/// A service that stands lopsided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebalance {
    /// Its position.
    pub service: usize,
    /// What each zone has and is to have.
    pub zones: Vec<Zone>,
    /// Tasks above their targets: no plan has fewer moves.
    pub fewest_moves: u64,
    /// Moves that the simulation made.
    pub moves: u64,
    /// No two zones differ by more than one task in the end.
    pub is_level: bool,
    /// The maximum percent that the service needs meanwhile, where its own leaves no room for a start.
    pub maximum_percent: Option<u32>,
    /// Why it does not become level.
    pub stuck: Option<Stuck>,
}

/// One zone of a lopsided service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Which one.
    pub zone: ZoneId,
    /// Tasks now.
    pub tasks: u64,
    /// Tasks as they should be.
    pub target: u64,
}

/// Why a service stays lopsided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Zones do not come first in its strategy, so that ECS does not level it.
    Strategy,
    /// The emptiest zone has no room for one task more.
    NoRoom {
        /// The zone.
        zone: ZoneId,
        /// The first check that the best instance there fails.
        reason: Reason,
        /// What a task needs and the best instance has, where that is an amount.
        amounts: Option<(u64, u64)>,
    },
}

/// Looks at every REPLICA service of the cluster as it was found.
///
/// # Errors
/// [`Interrupted`] if the person pressed Ctrl-C.
pub(super) fn rebalances(
    scenario: &Scenario,
    policy: &Policy,
    requests: &Requests,
    standing: &Standing<'_>,
    watch: &Watch,
) -> Result<Vec<Rebalance>, Interrupted> {
    let mut all = Vec::new();
    for (service, request) in requests.services.iter().copied().enumerate() {
        if scenario.services[service].settings.scheduling != Scheduling::Replica {
            continue;
        }
        let zones = zones(scenario, standing, service, request);
        let lopsided = zones.iter().map(|zone| zone.tasks).max() > zones.iter().map(|zone| zone.tasks + 1).min();
        if zones.len() < 2 || !lopsided {
            continue;
        }
        let fewest_moves = zones.iter().map(|zone| zone.tasks.saturating_sub(zone.target)).sum();
        let mut one = Rebalance {
            service,
            zones,
            fewest_moves,
            moves: 0,
            is_level: false,
            maximum_percent: None,
            stuck: Some(Stuck::Strategy),
        };
        if requests[request].strategy.0.first().is_some_and(Rule::is_spread_zones) {
            one.stuck = None;
            simulate(scenario, policy, requests, standing, &mut one, watch)?;
        }
        all.push(one);
    }
    Ok(all)
}

/// The zones that count for a service, with what they have and should have.
fn zones(scenario: &Scenario, standing: &Standing<'_>, service: usize, request: RequestId) -> Vec<Zone> {
    let fleet = &scenario.fleet;
    let mut zones: Vec<Zone> = Vec::new();
    for instance in standing.active() {
        let zone = fleet.class(instance).zone;
        let is_new = zones.iter().all(|known| known.zone != zone);
        if is_new && fleet.is_known(zone) && standing.engine.is_eligible(request, instance) {
            zones.push(Zone { zone, tasks: 0, target: 0 });
        }
    }
    for task in &standing.tasks {
        let zone = fleet.class(task.instance).zone;
        if matches!(task.owner, Owner::Service(of, _) if of == service)
            && let Some(known) = zones.iter_mut().find(|known| known.zone == zone)
        {
            known.tasks += 1;
        }
    }
    let (all, count) = (zones.iter().map(|zone| zone.tasks).sum::<u64>(), zones.len() as u64);
    zones.sort_by_key(|zone| (std::cmp::Reverse(zone.tasks), zone.zone));
    for (zone, number) in zones.iter_mut().zip(0..) {
        zone.target = all / count.max(1) + u64::from(number < all % count.max(1));
    }
    zones
}

fn simulate(
    scenario: &Scenario,
    policy: &Policy,
    requests: &Requests,
    standing: &Standing<'_>,
    one: &mut Rebalance,
    watch: &Watch,
) -> Result<(), Interrupted> {
    let mut still = at_rest(scenario, policy, scenario.running.clone());
    still.draining.clone_from(&scenario.draining);
    let of = &mut still.services[one.service];
    of.settings.rebalancing = true;
    let desired = of.desired_count;
    if of.settings.maximum(desired) <= u64::from(desired) {
        let percent = ((desired + 1) * 100).div_ceil(desired.max(1));
        of.settings.maximum_percent = percent;
        one.maximum_percent = Some(percent);
    }
    still.horizon = Some(SimTime((one.fewest_moves + 2) * MOVE_MS));
    let group = requests[requests.services[one.service]].group;
    let kinds = Requests::compile(&still, policy);
    let mut watcher = Watcher { scenario, kinds: &kinds, group, moves: 0, refused: None, zones: Vec::new() };
    let experiment = Experiment::new(&still, EngineKind::Fast);
    experiment.run(Case { run: 0, policy: 0, seed: 1 }, &watch.control, &mut watcher).map_err(|_| Interrupted)?;
    let count = |zone: &Zone| watcher.zones.iter().filter(|&&of| of == zone.zone).count();
    let after: Vec<usize> = one.zones.iter().map(count).collect();
    one.moves = watcher.moves;
    one.is_level = after.iter().max() <= after.iter().map(|count| count + 1).min().as_ref();
    if !one.is_level {
        let emptiest = one.zones.iter().zip(&after).min_by_key(|(zone, count)| (**count, zone.zone));
        let zone = emptiest.map_or(ZoneId(0), |(zone, _)| zone.zone);
        one.stuck = Some(no_room(scenario, requests, standing, one.service, zone, watcher.refused));
    }
    Ok(())
}

/// What the best instance of a zone lacks.
fn no_room(
    scenario: &Scenario,
    requests: &Requests,
    standing: &Standing<'_>,
    service: usize,
    zone: ZoneId,
    refused: Option<Reason>,
) -> Stuck {
    let demand = &requests[requests.services[service]].demand;
    let there = standing.active().filter(|&one| scenario.fleet.class(one).zone == zone);
    let left: Vec<_> = there.map(|one| standing.engine.remaining(one)).collect();
    let most = |of: fn(&crate::engine::Remaining) -> u32| left.iter().map(of).max().map_or(0, u64::from);
    let reason = refused.unwrap_or(Reason::NoInstances);
    let amounts = match reason {
        Reason::Cpu => Some((u64::from(demand.cpu.0), most(|left| left.cpu.0))),
        Reason::Memory => Some((u64::from(demand.memory.0), most(|left| left.memory.0))),
        _ => None,
    };
    Stuck::NoRoom { zone, reason, amounts }
}

struct Watcher<'a> {
    scenario: &'a Scenario,
    kinds: &'a Requests,
    group: GroupId,
    moves: u64,
    refused: Option<Reason>,
    /// The zone of every task of the service in the end.
    zones: Vec<ZoneId>,
}

impl Watcher<'_> {
    fn is_its(&self, request: RequestId) -> bool {
        self.kinds[request].group == self.group
    }
}

impl Observer for Watcher<'_> {
    fn stopped(&mut self, stop: &Stop) {
        self.moves += u64::from(stop.cause == StopCause::Rebalanced && self.is_its(stop.request));
    }

    fn rejected(&mut self, rejection: &Rejection) {
        if self.is_its(rejection.request) {
            self.refused = Some(rejection.reason);
        }
    }

    fn finished(&mut self, _at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        let mut zones = Vec::new();
        tasks.for_each(&mut |request, instance: InstanceId| {
            if self.is_its(request) {
                zones.push(self.scenario.fleet.classes[cluster.class(instance).index()].zone);
            }
        });
        self.zones = zones;
    }
}
