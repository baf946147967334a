//! The path for everything that no index serves: one look at every instance, then the chain rule by rule.
//!
//! It needs nothing but the [`Cluster`], so it is right whatever the indexes hold. It also finds the reason of a
//! refusal where counters do not tell.

use rustc_hash::FxHashMap;

use super::refusals::Furthest;
use crate::engine::draw::Decision;
use crate::engine::fast::plan::{Plan, class_failure};
use crate::engine::fast::state::cells::CellSet;
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::facts::InstanceFacts;
use crate::engine::fast::state::looks;
use crate::engine::{InstanceStatus, Reason};
use crate::model::{PackedResource, PlacementOptions, Request, Rule, SpreadField, TieBreak};

/// One request against the whole cluster.
#[derive(Clone, Copy)]
pub(crate) struct Scan<'e, 'a> {
    pub(crate) cluster: &'e Cluster<'a>,
    pub(crate) request: &'e Request,
    pub(crate) plan: &'e Plan,
    pub(crate) options: PlacementOptions,
}

impl Scan<'_, '_> {
    /// The chosen instance.
    pub(crate) fn choose(self, decision: Decision) -> Option<u32> {
        let active = (0..self.instances()).filter(|&id| self.cluster.records[id as usize].is_active());
        let mut left: Vec<u32> = active.filter(|&id| self.first_failure(id).is_none()).collect();
        for rule in &self.request.strategy.0 {
            if left.len() <= 1 {
                break;
            }
            self.narrow(rule, &mut left);
            if *rule == Rule::Random {
                return Some(decision.among(&left, self.cluster.records.len()));
            }
        }
        self.break_tie(&left, decision)
    }

    /// The instance that gets furthest, looked for from one on and then before it; `enough` is known to be as far as any
    /// gets.
    pub(crate) fn furthest_from(&self, start: u32, enough: Option<Reason>) -> Furthest {
        let last = if self.plan.extras { Reason::Eni } else { Reason::Memory };
        let enough = enough.unwrap_or(last);
        let mut furthest = Furthest { reason: Reason::NoInstances, witness: start };
        for id in (start..self.instances()).chain(0..start.min(self.instances())) {
            furthest.take(id, self.hindrance_of(id));
            if furthest.reason.progress() >= enough.progress() {
                break;
            }
        }
        furthest
    }

    /// The first check that an ACTIVE instance fails where constraints are asked before resources.
    ///
    /// # Panics
    /// If it fails none: the task could be placed.
    pub(crate) fn hindrance_of(&self, id: u32) -> Option<Reason> {
        looks::look(1);
        let record = self.cluster.records.get(id as usize)?;
        if record.is_away() {
            return Some(Reason::Agent);
        }
        // Where the static checks are settled, some instance passes them: the others get no further.
        let may_be_best = !self.plan.settled || has(self.plan.eligible, record.cell());
        (record.is_active() && may_be_best)
            .then(|| self.first_hindrance(id).expect("asked why a task is refused that could be placed"))
    }

    /// The first check that an instance fails where constraints are asked before resources.
    fn first_hindrance(&self, id: u32) -> Option<Reason> {
        let cell = self.cluster.records[id as usize].cell();
        let constrained = || self.constraint_failure(id, cell);
        self.static_failure(id, cell).or_else(constrained).or_else(|| self.resource_failure(id))
    }

    pub(super) fn instances(&self) -> u32 {
        u32::try_from(self.cluster.records.len()).expect("fewer than 2^32 instances")
    }

    /// The first check of table 6.1 that the ACTIVE instance fails.
    pub(crate) fn first_failure(&self, id: u32) -> Option<Reason> {
        looks::look(1);
        let record = self.cluster.records[id as usize];
        if record.is_away() {
            return Some(Reason::Agent);
        }
        let constrained = || self.constraint_failure(id, record.cell());
        self.static_failure(id, record.cell()).or_else(|| self.resource_failure(id)).or_else(constrained)
    }

    fn resource_failure(&self, id: u32) -> Option<Reason> {
        let record = self.cluster.records[id as usize];
        if self.plan.cpu > record.cpu {
            return Some(Reason::Cpu);
        }
        if self.plan.memory > record.memory {
            return Some(Reason::Memory);
        }
        self.extra_failure(id)
    }

    fn static_failure(&self, id: u32, cell: usize) -> Option<Reason> {
        if self.plan.settled && has(self.plan.passing, cell) {
            return None;
        }
        class_failure(self.request, self.cluster.class(id))
    }

    fn extra_failure(&self, id: u32) -> Option<Reason> {
        if !self.plan.extras {
            return None;
        }
        let extra = &self.cluster.extras.as_ref().expect("extras are kept where a request asks for them")[id as usize];
        let (demand, gpus) = (&self.request.demand, self.cluster.gpus.as_ref());
        let checks = [
            (Reason::Gpu, gpus.is_none_or(|gpus| gpus[id as usize].fits(demand.gpus, self.cluster.class(id)))),
            (Reason::Ports, self.cluster.ports.fit(&extra.ports, &demand.ports, self.cluster.class_id(id))),
            (Reason::Eni, extra.eni_fits(demand.eni_slots)),
        ];
        checks.into_iter().find(|(_, holds)| !holds).map(|(reason, _)| reason)
    }

    /// Every check holds but those of resources and of `distinctInstance`.
    pub(crate) fn is_eligible(&self, id: u32) -> bool {
        let record = self.cluster.records[id as usize];
        record.is_active() && self.static_failure(id, record.cell()).is_none() && self.is_member(id, record.cell())
    }

    fn is_member(&self, id: u32, cell: usize) -> bool {
        if self.plan.settled {
            return has(self.plan.eligible, cell);
        }
        let facts = InstanceFacts { cluster: self.cluster, instance: id };
        self.request.member_of.iter().all(|expression| expression.evaluate(&facts))
    }

    fn constraint_failure(&self, id: u32, cell: usize) -> Option<Reason> {
        if !self.is_member(id, cell) {
            return Some(Reason::MemberOf);
        }
        let is_taken = self.plan.distinct && self.cluster.group_count(id, self.plan.group) > 0;
        is_taken.then_some(Reason::DistinctInstance)
    }

    /// Keeps the best by one rule.
    fn narrow(&self, rule: &Rule, left: &mut Vec<u32>) {
        match rule {
            Rule::Random => {}
            Rule::Binpack(resource) => keep_least(left, |id| self.packing_score(id, *resource)),
            Rule::Spread(SpreadField::InstanceId) => {
                keep_least(left, |id| self.cluster.group_count(id, self.plan.group));
            }
            Rule::Spread(SpreadField::Attribute(name)) => self.narrow_to_bucket(name, left),
            Rule::Custom(custom) => *left = vec![self.ask(custom, left)],
        }
    }

    fn narrow_to_bucket(&self, name: &str, left: &mut Vec<u32>) {
        let value = |id: u32| self.cluster.class(id).attribute(name);
        if !self.options.absent_attribute_is_bucket && left.iter().any(|&id| value(id).is_some()) {
            left.retain(|&id| value(id).is_some());
        }
        let mut counts: FxHashMap<Option<Option<&str>>, u64> = FxHashMap::default();
        for id in (0..self.instances()).filter(|&id| self.is_counted(id)) {
            let tasks = self.cluster.group_count(id, self.plan.group);
            if tasks > 0 {
                *counts.entry(value(id)).or_insert(0) += u64::from(tasks);
            }
        }
        keep_least(left, |id| counts.get(&value(id)).copied().unwrap_or(0));
    }

    /// Tasks on the instance count for spread.
    pub(super) fn is_counted(&self, id: u32) -> bool {
        match self.cluster.records[id as usize].status() {
            InstanceStatus::Active => true,
            InstanceStatus::Draining => self.options.spread_counts_draining,
            InstanceStatus::Lost => false,
        }
    }

    fn packing_score(&self, id: u32, resource: PackedResource) -> Fraction {
        let (cpu, memory) = self.fractions(id);
        let score = match resource {
            PackedResource::Cpu => cpu,
            PackedResource::Memory => memory,
        };
        if self.options.binpack_by_fraction { score } else { Fraction(score.0, 1) }
    }

    /// What is left of cpu and of memory, each out of what is registered.
    fn fractions(&self, id: u32) -> (Fraction, Fraction) {
        let (record, class) = (self.cluster.records[id as usize], self.cluster.class(id));
        let fraction = |left: u32, whole: u32| Fraction(u64::from(left), u64::from(whole.max(1)));
        (fraction(record.cpu, class.cpu.0), fraction(record.memory, class.memory.0))
    }

    fn break_tie(&self, left: &[u32], decision: Decision) -> Option<u32> {
        let candidates = left.iter().copied();
        match self.options.tie_break {
            TieBreak::Order => left.first().copied(),
            TieBreak::Random if left.len() > 1 => Some(decision.among(left, self.cluster.records.len())),
            TieBreak::Random => left.first().copied(),
            TieBreak::FewestTasks => candidates.min_by_key(|&id| self.cluster.records[id as usize].tasks()),
            TieBreak::MostRemaining => candidates.min_by_key(|&id| {
                let (cpu, memory) = self.fractions(id);
                std::cmp::Reverse(cpu.min(memory))
            }),
        }
    }
}

fn has(cells: CellSet, cell: usize) -> bool {
    cells >> cell & 1 == 1
}

fn keep_least<S: Ord>(left: &mut Vec<u32>, score: impl Fn(u32) -> S) {
    if let Some(least) = left.iter().map(|&id| score(id)).min() {
        left.retain(|&id| score(id) == least);
    }
}

/// A fraction of 32-bit numbers, compared exactly.
#[derive(Clone, Copy)]
struct Fraction(u64, u64);

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0 * other.1).cmp(&(other.0 * self.1))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fraction {}
