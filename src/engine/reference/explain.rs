//! Why a task goes where it goes: what each check and each rule leaves, and of every instance what keeps the task off it,
//! or how it scores.
//!
//! It says what [`ReferenceEngine`] would decide and changes nothing. Amounts are those before the task is placed.
//!
//! # Cost
//! A few visits of every instance; the expressions that are false somewhere are explained there part by part.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::devices::Need;
use super::facts::InstanceFacts;
use super::{ReferenceEngine, narrow};
use crate::engine::{Engine as _, InstanceStatus, Reason};
use crate::model::{
    ClassId, GpuDemand, GpuSlice, InstanceClass, InstanceId, Only, Port, ProviderId, Request, RequestId, Rule,
    SpreadField, VPC_ATTRIBUTE, ZoneId,
};
use crate::query::{self, Expression, Facts};

/// One decision, looked at from every instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// How many instances there are and what each check and each rule leaves of them, in the order of asking.
    pub steps: Vec<Step>,
    /// The instances that are equally good in the end; the tie-break takes one. Empty if the task cannot be placed.
    pub best: Vec<InstanceId>,
    /// Every instance that is not lost, in order.
    pub verdicts: Vec<Verdict>,
}

/// What was asked, and how many instances were left then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was asked.
    pub what: Asked,
    /// Instances left.
    pub left: usize,
}

/// What an instance is asked on the way to a placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing yet: these are all instances.
    Nothing,
    /// A check, by what is told where it fails.
    Check(Reason),
    /// The rule at this position of the chain.
    Rule(usize),
}

/// What one instance is to one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The instance.
    pub instance: InstanceId,
    /// Its class.
    pub class: ClassId,
    /// Its status.
    pub status: InstanceStatus,
    /// Counted tasks on it.
    pub tasks: u32,
    /// Every check that it fails, in the order of [`Reason`]; each has to be cured before the task fits.
    pub failures: Vec<Shortfall>,
    /// Its score by each rule of the chain; empty unless it is a candidate.
    pub scores: Vec<Score>,
    /// The position of the rule that preferred others to it.
    pub outscored_at: Option<usize>,
}

/// A check that an instance fails, with what it needs to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// The check.
    pub reason: Reason,
    /// What is missing.
    pub detail: Detail,
}

/// What an instance lacks for a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// It is not ACTIVE.
    Status(InstanceStatus),
    /// Its agent is not connected.
    Agent,
    /// It is not of the capacity provider that the task goes through.
    Provider {
        /// The provider of the task.
        wanted: ProviderId,
        /// The provider of the instance.
        found: Option<ProviderId>,
    },
    /// It is in no zone that the task may run in: these are.
    Elsewhere(Vec<ZoneId>),
    /// Attributes, and values where they are required, that it does not have.
    Attributes(Vec<(String, Option<String>)>),
    /// Too little of an amount.
    Amount {
        /// What the task takes.
        need: u64,
        /// What remains.
        have: u64,
        /// What the instance has when it is empty.
        registered: u64,
        /// What is asked of the GPUs, which says what is counted; none where the amount is another.
        gpus: Option<GpuQuestion>,
        /// What tasks that are in no file take of it; it is not in `have`.
        others: u64,
        /// What is kept for daemons that do not run there yet; it is not in `have`.
        held: u64,
    },
    /// Ports are taken, or too many would be.
    Ports {
        /// Wanted ports that are taken.
        taken: Vec<Port>,
        /// Ports that the task takes.
        need: u64,
        /// Ports in use, reserved ones included.
        in_use: u64,
    },
    /// Expressions that are false there, and why.
    Expressions(Vec<query::Explanation>),
    /// Tasks of the group that are there already.
    Group {
        /// How many.
        tasks: u32,
    },
}

/// What a task asks of the GPUs of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpuQuestion {
    /// The form.
    pub wanted: GpuDemand,
    /// GPUs that the instance registered.
    pub count: u32,
    /// The slice that each of them is.
    pub slice: Option<GpuSlice>,
}

impl GpuQuestion {
    fn of(wanted: GpuDemand, class: &InstanceClass) -> Self {
        Self { wanted, count: class.gpus + class.other_gpus.count, slice: class.gpu_kind.slice }
    }
}

/// How good an instance is by one rule; less is better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Score {
    /// Counted tasks of the group in the bucket of the instance.
    Spread {
        /// The bucket; `None` is the instance itself.
        bucket: Option<Bucket>,
        /// Its tasks.
        tasks: u32,
    },
    /// What remains of the packed resource.
    Binpack {
        /// What remains.
        left: u32,
        /// What the instance registered.
        registered: u32,
    },
    /// All are equally good.
    Random,
    /// A strategy that is no rule of ECS chooses one of them; it says no score.
    Unscored,
}

/// A bucket of a spread rule over an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// The instances without the attribute (U-5).
    Absent,
    /// The instances with the attribute and no value.
    NoValue,
    /// The instances with this value.
    Value(String),
}

impl Shortfall {
    /// What is missing of the amount that the check asks for; 0 where the check is no amount.
    #[must_use]
    pub fn short_by(&self) -> u64 {
        match &self.detail {
            Detail::Amount { need, have, .. } => need.saturating_sub(*have),
            _ => 0,
        }
    }

    /// What is needed, what is there and what is missing, where the check asks for an amount.
    #[must_use]
    pub fn amounts(&self) -> Option<(u64, u64, u64)> {
        match self.detail {
            Detail::Amount { need, have, .. } => Some((need, have, self.short_by())),
            _ => None,
        }
    }

    /// How far from passing, in millionths of what is needed; a check that is no amount is missed as a whole (U-15).
    fn distance(&self) -> u64 {
        const WHOLE: u64 = 1_000_000;
        match &self.detail {
            Detail::Amount { need, .. } => self.short_by() * WHOLE / need.max(&1),
            Detail::Ports { taken, need, .. } if !taken.is_empty() => taken.len() as u64 * WHOLE / need.max(&1),
            _ => WHOLE,
        }
    }
}

/// How far a set of failing checks is from passing.
fn distance<'s>(failures: impl Iterator<Item = &'s Shortfall>) -> u64 {
    failures.map(Shortfall::distance).sum()
}

impl Verdict {
    /// Whether the task could be placed there.
    #[must_use]
    pub fn is_candidate(&self) -> bool {
        self.failures.is_empty()
    }

    /// The first check that fails, which is the reason that ECS would name.
    #[must_use]
    pub fn first_failure(&self) -> Option<Reason> {
        self.failures.first().map(|shortfall| shortfall.reason)
    }

    /// The check that fails first where constraints are asked before resources.
    #[must_use]
    pub fn hindrance(&self) -> Option<Reason> {
        self.failures.iter().map(|shortfall| shortfall.reason).min_by_key(|reason| reason.progress())
    }
}

impl Explanation {
    /// Of the instances that cannot take the task, the one that gets furthest, which is one that is connected, of the
    /// provider, in reach, has the attributes and satisfies the constraints if there is such a one; of
    /// several the one with the fewest failing checks, then the smallest relative shortfall, then the first. What hinders it
    /// is the reason that the refused task is told, and its failing checks are the change that helps.
    #[must_use]
    pub fn closest(&self) -> Option<&Verdict> {
        let refused = self.verdicts.iter().filter(|verdict| !verdict.is_candidate());
        refused.min_by_key(|verdict| {
            let progress = verdict.hindrance().map_or(0, Reason::progress);
            (Reverse(progress), verdict.failures.len(), distance(verdict.failures.iter()))
        })
    }

    /// Of the instances that cannot take the task and may, by all but their room, the one that comes closest: up,
    /// connected, of the part of the cluster that the task is held to, with its attributes and constraints.
    #[must_use]
    pub fn best_allowed(&self) -> Option<&Verdict> {
        use Reason::{Cpu, Eni, Gpu, Memory, Ports};
        let is_room = |shortfall: &Shortfall| matches!(shortfall.reason, Cpu | Memory | Gpu | Ports | Eni);
        let refused = self.verdicts.iter().filter(|verdict| !verdict.is_candidate());
        refused.filter(|verdict| verdict.failures.iter().all(is_room)).min_by_key(|verdict| {
            (verdict.failures.len(), verdict.failures.iter().map(Shortfall::distance).sum::<u64>())
        })
    }

    /// The instance that the events of ECS name as the closest, and the check that they tell of it (U-15): constraints are
    /// left out, fewest failing checks, then the smallest relative shortfall, then the first. `None` if no instance is
    /// ACTIVE and of the provider: then there is none to name.
    #[must_use]
    pub fn closest_of_events(&self) -> Option<(&Verdict, Reason)> {
        let is_asked = |verdict: &&Verdict| {
            !verdict.is_candidate()
                && verdict.status == InstanceStatus::Active
                && verdict.failures.iter().all(|shortfall| shortfall.reason != Reason::Provider)
        };
        let closest = self.verdicts.iter().filter(is_asked).min_by_key(|verdict| {
            let counted = || verdict.failures.iter().filter(|shortfall| !shortfall.reason.is_constraint());
            (counted().count(), distance(counted()))
        })?;
        Some((closest, closest.first_failure()?))
    }

    /// Checks that alone keep the task off instances, with how many and the closest of those, most instances first.
    #[must_use]
    pub fn sole_failures(&self) -> Vec<(Reason, usize, &Verdict)> {
        let mut found: Vec<(Reason, usize, &Verdict)> = Vec::new();
        for reason in Reason::ALL {
            let alone = |verdict: &&Verdict| verdict.failures.len() == 1 && verdict.first_failure() == Some(reason);
            let closest = self.verdicts.iter().filter(alone).min_by_key(|verdict| verdict.failures[0].distance());
            if let Some(closest) = closest {
                found.push((reason, self.verdicts.iter().filter(alone).count(), closest));
            }
        }
        found.sort_by_key(|&(reason, count, _)| (Reverse(count), reason));
        found
    }
}

impl<'a> ReferenceEngine<'a> {
    /// Why one more task of this kind goes where it goes, or nowhere.
    #[must_use]
    pub fn explain(&self, request: RequestId) -> Explanation {
        let mut verdicts: Vec<Verdict> = self
            .ids()
            .filter(|&instance| self.status(instance) != InstanceStatus::Lost)
            .map(|instance| self.verdict(request, instance))
            .collect();
        let mut steps = check_steps(&verdicts);
        let best = self.ask_rules(request, &mut verdicts, &mut steps);
        Explanation { steps, best, verdicts }
    }

    /// Why an expression holds on no instance that is up, and what would; empty if it holds on one.
    #[must_use]
    pub fn unmet(&self, expression: &Expression) -> Vec<query::Unmet> {
        let up = self.ids().filter(|&instance| self.status(instance) != InstanceStatus::Lost);
        let facts: Vec<InstanceFacts<'_, '_>> = up.map(|instance| InstanceFacts { engine: self, instance }).collect();
        let instances: Vec<&dyn Facts> = facts.iter().map(|one| one as &dyn Facts).collect();
        let classes = facts.iter().map(|one| self.class(one.instance)).collect::<BTreeSet<_>>();
        let classes = classes.iter().map(|class| &self.tables.fleet.classes[class.index()]);
        let attributes = classes.flat_map(|class| class.attributes.keys().map(String::as_str)).collect();
        expression.unmet(&query::Asked { instances: &instances, attributes: &attributes, moments: query::Moments::Now })
    }

    /// What an expression may ask of an instance.
    #[must_use]
    pub fn facts(&self, instance: InstanceId) -> impl Facts + use<'_, 'a> {
        InstanceFacts { engine: self, instance }
    }

    fn verdict(&self, request: RequestId, instance: InstanceId) -> Verdict {
        let status = self.status(instance);
        let inactive = Shortfall { reason: Reason::Inactive, detail: Detail::Status(status) };
        let inactive = (status != InstanceStatus::Active).then_some(inactive);
        let failing = self.failures(request, instance).map(|reason| self.shortfall(request, instance, reason));
        Verdict {
            instance,
            class: self.class(instance),
            status,
            tasks: self.task_count(instance) + self.others(instance).tasks,
            failures: inactive.into_iter().chain(failing).collect(),
            scores: Vec::new(),
            outscored_at: None,
        }
    }

    /// What is missing for a check that fails.
    fn shortfall(&self, id: RequestId, instance: InstanceId, reason: Reason) -> Shortfall {
        let (request, class) = (self.request(id), self.instance_class(instance));
        let ledger = &self.instances[instance.index()].ledger;
        let demand = &request.demand;
        let held = self.instances[instance.index()].held;
        let unknown = self.others(instance);
        let amount = |need: u32, have: u32, (capacity, others, held): (u32, u32, u32)| Detail::Amount {
            need: u64::from(need),
            have: u64::from(have),
            registered: u64::from(capacity) + u64::from(others),
            others: u64::from(others),
            held: u64::from(held),
            gpus: (reason == Reason::Gpu).then(|| GpuQuestion::of(demand.gpus, class)),
        };
        let detail = match reason {
            Reason::NoInstances
            | Reason::Inactive
            | Reason::NoActiveInstances
            | Reason::EmptyCapacityProvider
            | Reason::ProvisioningQuota => Detail::Status(self.status(instance)),
            Reason::Agent => Detail::Agent,
            Reason::Provider => Detail::Provider {
                wanted: request.only.provider.expect("a task of no provider goes to any"),
                found: class.provider,
            },
            Reason::Location => Detail::Elsewhere(zones_of(&request.only)),
            Reason::Attribute => Detail::Attributes(self.missing_attributes(request, instance)),
            Reason::Cpu => amount(demand.cpu.0, ledger.cpu.0, (class.cpu.0, unknown.cpu, held.cpu.0)),
            Reason::Memory => amount(demand.memory.0, ledger.memory.0, (class.memory.0, unknown.memory, held.memory.0)),
            Reason::Gpu => {
                let Need { need, have, registered } = ledger.devices.need(demand.gpus, class);
                amount(need, have, (registered, demand.gpus.held_by_others(class), 0))
            }
            Reason::Ports => Detail::Ports {
                taken: ledger.taken_of(&demand.ports),
                need: demand.ports.len() as u64,
                in_use: ledger.ports_in_use() as u64,
            },
            Reason::Eni => amount(
                demand.eni_slots,
                ledger.free_eni_slots().unwrap_or_default(),
                (class.eni_tasks.unwrap_or_default(), 0, held.eni_slots),
            ),
            Reason::MemberOf => Detail::Expressions(self.false_expressions(request, instance)),
            Reason::DistinctInstance => Detail::Group { tasks: self.group_count(instance, request.group) },
        };
        Shortfall { reason, detail }
    }

    fn missing_attributes(&self, request: &Request, instance: InstanceId) -> Vec<(String, Option<String>)> {
        let class = self.instance_class(instance);
        let is_missing =
            |required: &&(String, Option<String>)| !super::has_attribute(class, &required.0, required.1.as_deref());
        let vpc = request.only.network.vpc.iter().filter(|_| !request.only.network.admits_vpc(class));
        let vpc = vpc.map(|vpc| (VPC_ATTRIBUTE.to_owned(), Some(vpc.clone())));
        request.requires_attributes.iter().filter(is_missing).cloned().chain(vpc).collect()
    }

    fn false_expressions(&self, request: &Request, instance: InstanceId) -> Vec<query::Explanation> {
        let facts = InstanceFacts { engine: self, instance };
        let explained = request.member_of.iter().map(|expression: &Expression| expression.explain(&facts));
        explained.filter(|explanation| !explanation.value).collect()
    }

    /// Narrows the candidates by each rule, notes scores and who was outscored where, and answers who is left.
    fn ask_rules(&self, id: RequestId, verdicts: &mut [Verdict], steps: &mut Vec<Step>) -> Vec<InstanceId> {
        let request = self.request(id);
        let mut left: Vec<InstanceId> =
            verdicts.iter().filter(|verdict| verdict.is_candidate()).map(|verdict| verdict.instance).collect();
        let mut is_drawn = false;
        for (position, rule) in request.strategy.0.iter().enumerate() {
            self.score(request, rule, verdicts);
            is_drawn |= *rule == Rule::Random;
            // What follows a draw orders nothing (U-2).
            if !is_drawn {
                left = narrow::keep_best(self, request, rule, left);
                let is_out = |verdict: &&mut Verdict| {
                    verdict.is_candidate()
                        && verdict.outscored_at.is_none()
                        && left.binary_search(&verdict.instance).is_err()
                };
                verdicts.iter_mut().filter(is_out).for_each(|verdict| verdict.outscored_at = Some(position));
            }
            let count = if is_drawn { left.len().min(1) } else { left.len() };
            steps.push(Step { what: Asked::Rule(position), left: count });
        }
        left
    }

    /// Adds the score by one rule to every candidate.
    fn score(&self, request: &Request, rule: &Rule, verdicts: &mut [Verdict]) {
        let counts = match rule {
            Rule::Spread(field) => narrow::bucket_counts(self, request, field),
            Rule::Binpack(_) | Rule::Random | Rule::Custom(_) => Default::default(),
        };
        for verdict in verdicts.iter_mut().filter(|verdict| verdict.is_candidate()) {
            let instance = verdict.instance;
            verdict.scores.push(match rule {
                Rule::Random => Score::Random,
                Rule::Custom(_) => Score::Unscored,
                Rule::Binpack(resource) => {
                    let (left, registered) =
                        narrow::amounts(self.left(instance), self.instance_class(instance), *resource);
                    Score::Binpack { left, registered }
                }
                Rule::Spread(field) => {
                    let tasks = counts.get(&narrow::bucket(self, instance, field)).copied().unwrap_or(0);
                    Score::Spread { bucket: self.bucket_name(field, instance), tasks }
                }
            });
        }
    }

    fn bucket_name(&self, field: &SpreadField, instance: InstanceId) -> Option<Bucket> {
        let SpreadField::Attribute(name) = field else { return None };
        Some(match self.instance_class(instance).attribute(name) {
            None => Bucket::Absent,
            Some(None) => Bucket::NoValue,
            Some(Some(value)) => Bucket::Value(value.to_owned()),
        })
    }
}

/// The zones that a task is held to.
fn zones_of(only: &Only) -> Vec<ZoneId> {
    let of_network = only.network.zones.clone().unwrap_or_default();
    only.zone.map_or(of_network, |zone| vec![zone])
}

/// How many instances there are, and how many each check leaves.
fn check_steps(verdicts: &[Verdict]) -> Vec<Step> {
    let mut steps = vec![Step { what: Asked::Nothing, left: verdicts.len() }];
    let checks = Reason::ALL.into_iter().filter(|reason| reason.is_check());
    steps.extend(checks.map(|check| {
        let passes = |verdict: &&Verdict| verdict.first_failure().is_none_or(|first| first > check);
        Step { what: Asked::Check(check), left: verdicts.iter().filter(passes).count() }
    }));
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::arbitrary::{programs, worlds};
    use crate::engine::proptests::reference_after;

    proptest! {
        /// An explanation says what the engine does: its candidates, its first failures, what its rules leave.
        #[test]
        fn explanations_agree_with_decisions(world in worlds(), program in programs(40)) {
            let engine = reference_after(&world, &program)?;
            for request in (0..world.requests.table.len()).map(RequestId::from_index) {
                let explained = engine.explain(request);
                prop_assert_eq!(&explained.best, &engine.final_candidates(request));
                let candidates = explained.verdicts.iter().filter(|verdict| verdict.is_candidate());
                let candidates: Vec<InstanceId> = candidates.map(|verdict| verdict.instance).collect();
                prop_assert_eq!(&candidates, &engine.candidates(request));
                for verdict in &explained.verdicts {
                    let active = verdict.status == InstanceStatus::Active;
                    let failures = verdict.failures.iter().map(|shortfall| shortfall.reason);
                    let expected: Vec<Reason> = engine.failures(request, verdict.instance).collect();
                    prop_assert_eq!(failures.skip(usize::from(!active)).collect::<Vec<_>>(), expected);
                    let amounts = verdict.failures.iter().filter(|one| matches!(one.detail, Detail::Amount { .. }));
                    for shortfall in amounts {
                        prop_assert!(shortfall.short_by() > 0, "{:?}", shortfall);
                    }
                    let is_best = explained.best.contains(&verdict.instance);
                    prop_assert_eq!(verdict.is_candidate() && verdict.outscored_at.is_none(), is_best);
                }
                if let Some(closest) = explained.closest().filter(|_| candidates.is_empty()) {
                    let (hindrance, told) = (closest.hindrance().unwrap(), engine.clone().refusal(request));
                    // Where the provider has no instance, that is told in place of what the others lack.
                    let of_provider = [Reason::Provider, Reason::Inactive].contains(&hindrance)
                        || [Reason::EmptyCapacityProvider, Reason::NoActiveInstances].contains(&told);
                    prop_assert!(hindrance == told || of_provider, "{hindrance} is not {told}");
                }
                let left: Vec<usize> = explained.steps.iter().map(|step| step.left).collect();
                prop_assert!(left.is_sorted_by(|a, b| a >= b), "{:?}", left);
            }
        }
    }
}
