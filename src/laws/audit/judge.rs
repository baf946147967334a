//! Whether a decision is right.

use std::cmp::Ordering;
use std::rc::Rc;

use super::draws::Draw;
use super::findings::{Broken, Summary};
use super::node::{Node, Status};
use super::room::{failures, gpus_are_sure};
use super::row::Row;
use super::rules::{Asked, Mode};
use super::state::{Auditor, Found, Kind};
use super::takes::Told;
use crate::engine::Reason;
use crate::model::{PackedResource, Rule, SpreadField, TieBreak};
use crate::query::{Dependence, Expression, Facts};

/// What is wrong with a placement.
struct Wrong {
    broken: Broken,
    what: String,
}

/// What was asked of a placement that is right.
#[derive(Clone, Copy, Default)]
struct Right {
    is_chosen: bool,
    is_first: bool,
    is_drawn: bool,
    /// How full it is was not told, as a daemon's room may be held there.
    is_held: bool,
}

/// The instances that may take a task.
struct Candidates {
    /// Those that may for sure, in order.
    sure: Vec<usize>,
    /// Of no other instance it is unknown.
    is_all: bool,
}

impl Auditor {
    /// A task takes what some task of its group and task definition does, where that is known.
    pub(super) fn judge_size(&self, row: &Row<'_>, kind: &Kind, summary: &mut Summary, found: Found<'_>) {
        if !kind.is_of_other_size {
            return;
        }
        let takes = kind.asked.iter().filter_map(|asked| asked.takes.as_ref());
        let mut known: Vec<String> = takes.map(ToString::to_string).collect();
        known.sort_unstable();
        known.dedup();
        let (task, group, takes) = (row.task, row.group, Told(&kind.demand));
        let what = format!("task {task} of {group} takes {takes}; by the rules it is {}", known.join(", or "));
        self.tell(row, summary, found, Broken::Conservation, what);
    }

    pub(super) fn judge_placed(
        &mut self,
        row: &Row<'_>,
        node: usize,
        kind: &Kind,
        summary: &mut Summary,
        found: Found<'_>,
    ) {
        if self.is_found(row, kind) {
            return summary.skip("where tasks ran that were found running");
        }
        if kind.asked.is_empty() {
            summary.skip("the strategy and constraints of a group that no rules are given of");
        }
        let unknown = Asked::default();
        let known: Vec<&Asked> = if kind.asked.is_empty() { vec![&unknown] } else { kind.asked.iter().collect() };
        let mut first: Option<Wrong> = None;
        let mut right = None;
        for asked in known.into_iter().filter(|asked| asked.mode != Mode::Found) {
            match self.verdict(node, kind, asked) {
                Ok(verdict) => {
                    right = Some((verdict, asked));
                    break;
                }
                Err(wrong) => first = first.or(Some(wrong)),
            }
        }
        if let Some(stream) = kind.asked.iter().find_map(|asked| asked.stream) {
            *self.drawn.entry(stream).or_default() += 1;
        }
        if let Some((right, asked)) = right {
            summary.chosen += u64::from(right.is_chosen);
            summary.ties += u64::from(right.is_first);
            summary.draws += u64::from(right.is_drawn);
            if right.is_held {
                summary.skip("how full an instance is on which a daemon's room may be held back");
            }
            if right.is_chosen && !right.is_drawn && self.is_drawn(asked) {
                summary.skip("a draw of which the run's key, the stream or all candidates are not known");
            }
            return;
        }
        if let Some(Wrong { broken, what }) = first {
            self.tell(row, summary, found, broken, format!("task {} of {}: {what}", row.task, row.group));
        }
    }

    /// Whether a task of a kind may have gone there by what is asked.
    fn verdict(&mut self, chosen: usize, kind: &Kind, asked: &Asked) -> Result<Right, Wrong> {
        if let Some(reason) = self.first_failure(chosen, kind, asked) {
            return Err(Wrong { broken: Broken::Check, what: self.in_words(chosen, kind, reason) });
        }
        let Some(strategy) = asked.strategy.as_ref().filter(|_| asked.mode == Mode::Chosen) else {
            return Ok(Right::default());
        };
        let Candidates { sure: mut others, is_all } = self.candidates(kind, asked);
        others.retain(|&other| other != chosen);
        for (position, rule) in strategy.0.iter().enumerate() {
            if *rule == Rule::Random {
                return self.verdict_of_draw(chosen, asked, others, is_all);
            }
            if matches!(rule, Rule::Custom(_)) {
                return Ok(Right { is_chosen: true, ..Right::default() });
            }
            if matches!(rule, Rule::Binpack(_)) && self.may_be_held(chosen, kind) {
                return Ok(Right { is_held: true, ..Right::default() });
            }
            let scores = Scores::new(self, kind, rule);
            let own = scores.of(self, chosen);
            if let Some(better) =
                others.iter().copied().find(|&other| scores.of(self, other).cmp(&own) == Ordering::Less)
            {
                let (chosen, better) = (&self.nodes[chosen].name, (&self.nodes[better].name, scores.of(self, better)));
                let what = format!(
                    "{chosen} was chosen; rule {} `{rule}` prefers {}: {} against {own}",
                    position + 1,
                    better.0,
                    better.1
                );
                return Err(Wrong { broken: Broken::Rule, what });
            }
            others.retain(|&other| scores.of(self, other).cmp(&own) == Ordering::Equal);
        }
        if self.is_drawn(asked) {
            return self.verdict_of_draw(chosen, asked, others, is_all);
        }
        let is_first = self.rules.takes_the_first();
        match others.first().filter(|&&other| is_first && other < chosen) {
            Some(&earlier) => {
                let (chosen, earlier) = (&self.nodes[chosen].name, &self.nodes[earlier].name);
                let what = format!("{chosen} was chosen; {earlier} is as good by every rule and comes first in order");
                Err(Wrong { broken: Broken::Tie, what })
            }
            None => Ok(Right { is_chosen: true, is_first, ..Right::default() }),
        }
    }

    /// Whether a draw decides, by a rule or a tie.
    fn is_drawn(&self, asked: &Asked) -> bool {
        let by_rule = asked.strategy.as_ref().is_some_and(|strategy| strategy.0.contains(&Rule::Random));
        by_rule || (self.rules.breaks_ties && self.rules.options.tie_break == TieBreak::Random)
    }

    /// Of the chosen instance and others the draw takes the one that it should.
    fn verdict_of_draw(
        &self,
        chosen: usize,
        asked: &Asked,
        mut among: Vec<usize>,
        is_all: bool,
    ) -> Result<Right, Wrong> {
        let (Some(key), Some(name), true) = (self.rules.draws, asked.stream, is_all) else {
            return Ok(Right { is_chosen: true, ..Right::default() });
        };
        among.push(chosen);
        among.sort_unstable();
        let placed = self.drawn.get(&name).copied().unwrap_or(0);
        let right = Draw { key, stream: name, placed }.among(&among, self.nodes.len());
        if right == chosen {
            return Ok(Right { is_chosen: true, is_drawn: true, ..Right::default() });
        }
        let (chosen, right) = (&self.nodes[chosen].name, &self.nodes[right].name);
        let what = format!("{chosen} was chosen; draw {placed} of its group among {} takes {right}", among.len());
        Err(Wrong { broken: Broken::Draw, what })
    }

    /// The instances that may take such a task for sure.
    fn sure(&mut self, kind: &Kind, asked: &Asked) -> Vec<usize> {
        self.candidates(kind, asked).sure
    }

    fn candidates(&mut self, kind: &Kind, asked: &Asked) -> Candidates {
        let (mut sure, mut is_all) = (Vec::new(), true);
        for node in 0..self.nodes.len() {
            if self.first_failure(node, kind, asked).is_some() {
                continue;
            }
            if gpus_are_sure(&self.nodes[node], asked, &kind.demand) && !self.may_be_held(node, kind) {
                sure.push(node);
            } else {
                is_all = false;
            }
        }
        if !self.rules.options.absent_attribute_is_bucket {
            let fields = asked.strategy.iter().flat_map(|strategy| &strategy.0);
            for rule in fields {
                if let Rule::Spread(SpreadField::Attribute(name)) = rule {
                    let has = |node: &usize| self.nodes[*node].attribute(name).is_some();
                    if sure.iter().any(has) {
                        sure.retain(has);
                    }
                }
            }
        }
        Candidates { sure, is_all }
    }

    /// The first check that fails in the order of the reasons in `docs/laws.md`, constraints last.
    fn first_failure(&mut self, node: usize, kind: &Kind, asked: &Asked) -> Option<Reason> {
        if let Some(reason) = failures(&self.nodes[node], asked, &kind.demand).next() {
            return Some(reason);
        }
        self.constraint(node, kind, asked)
    }

    fn constraint(&mut self, node: usize, kind: &Kind, asked: &Asked) -> Option<Reason> {
        if !asked.member_of.iter().all(|expression| self.is_member(expression, node)) {
            return Some(Reason::MemberOf);
        }
        let there = self.groups[kind.group as usize].on[node];
        (asked.distinct_instance && there > 0).then_some(Reason::DistinctInstance)
    }

    fn is_member(&mut self, expression: &Expression, node: usize) -> bool {
        if expression.dependence() != Dependence::Class {
            return expression.evaluate(&Seen { auditor: self, node });
        }
        let text = expression.to_string();
        let known = self.members.get(&text).and_then(|known| known[node]);
        known.unwrap_or_else(|| {
            let holds = expression.evaluate(&Seen { auditor: self, node });
            let count = self.nodes.len();
            self.members.entry(text).or_insert_with(|| vec![None; count])[node] = Some(holds);
            holds
        })
    }

    fn in_words(&self, node: usize, kind: &Kind, reason: Reason) -> String {
        let Node { name, left, .. } = &self.nodes[node];
        let wanted = kind.demand.amounts;
        match reason {
            Reason::Inactive => format!("{name} was chosen and is {:?}", self.nodes[node].status).to_lowercase(),
            Reason::Cpu => format!("{name} was chosen for {} CPU units and has {} left", wanted.cpu, left.cpu),
            Reason::Memory => format!("{name} was chosen for {} MiB and has {} left", wanted.memory, left.memory),
            other => format!("{name} was chosen, where it fails: {other}"),
        }
    }

    pub(super) fn judge_rejected(&mut self, row: &Row<'_>, kind: &Kind, summary: &mut Summary, found: Found<'_>) {
        let chosen: Vec<Asked> = kind.asked.iter().filter(|asked| asked.mode == Mode::Chosen).cloned().collect();
        if chosen.is_empty() {
            return summary.skip("whether nothing fitted, of a group that no rules are given of");
        }
        let mut fitting = None;
        for asked in &chosen {
            let Some(&first) = self.sure(kind, asked).first() else {
                fitting = None;
                break;
            };
            fitting = Some(first);
        }
        summary.refusals += 1;
        if let Some(node) = fitting {
            let what =
                format!("task {} of {} was rejected, and {} may take it", row.task, row.group, self.nodes[node].name);
            self.tell(row, summary, found, Broken::Refusal, what);
            return;
        }
        self.judge_reason(row, kind, &chosen, summary, found);
    }

    /// The reason of a refusal: the check that the best instance fails, constraints asked before resources.
    fn judge_reason(&mut self, row: &Row<'_>, kind: &Kind, asked: &[Asked], summary: &mut Summary, found: Found<'_>) {
        let Some(told) = row.reason.filter(|reason| !reason.is_empty()) else { return };
        let is_known = Reason::from_text(told);
        let is_simple = asked.iter().all(|one| one.provider.is_none());
        let are_gpus = |node: &Node| asked.iter().all(|one| gpus_are_sure(node, one, &kind.demand));
        let is_sure =
            is_simple && (0..self.nodes.len()).all(|node| !self.may_be_held(node, kind) && are_gpus(&self.nodes[node]));
        if !is_sure {
            return summary
                .skip("the reason of a rejection that hangs on a provider, a daemon's room or shares of GPUs");
        }
        let Some(told) = is_known else {
            let what = format!(
                "task {} was rejected for `{told}`, which is no reason of a failed placement (docs/laws.md lists them)",
                row.task
            );
            return self.tell(row, summary, found, Broken::Reason, what);
        };
        let mut right = Vec::new();
        for one in asked {
            right.push(self.furthest(kind, one));
        }
        summary.reasons += 1;
        if !right.contains(&told) {
            let what =
                format!("task {} of {} was rejected for `{told}`; the reason is `{}`", row.task, row.group, right[0]);
            self.tell(row, summary, found, Broken::Reason, what);
        }
    }

    fn furthest(&mut self, kind: &Kind, asked: &Asked) -> Reason {
        let mut best: Option<Reason> = None;
        for node in 0..self.nodes.len() {
            if self.nodes[node].status != Status::Active {
                continue;
            }
            let of_room: Vec<Reason> = failures(&self.nodes[node], asked, &kind.demand).collect();
            let all = of_room.into_iter().chain(self.constraint(node, kind, asked));
            let hindrance = all.min_by_key(|reason| reason.progress());
            best = best.into_iter().chain(hindrance).max_by_key(|reason| reason.progress());
        }
        best.unwrap_or(Reason::NoInstances)
    }
}

/// What a rule looks at: the less the better.
#[derive(Clone, Copy, Debug)]
struct Score {
    amount: i64,
    of: i64,
}

impl Score {
    fn cmp(&self, other: &Self) -> Ordering {
        (i128::from(self.amount) * i128::from(other.of)).cmp(&(i128::from(other.amount) * i128::from(self.of)))
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.of == 1 { write!(f, "{}", self.amount) } else { write!(f, "{}/{}", self.amount, self.of) }
    }
}

/// The scores of every instance by one rule.
enum Scores {
    Packed {
        resource: PackedResource,
        is_share: bool,
    },
    /// Each instance is a bucket.
    Each {
        group: usize,
    },
    /// Counted tasks of the group by bucket, and the bucket of each instance.
    Counted {
        buckets: Rc<[u32]>,
        sums: Vec<i64>,
    },
}

impl Scores {
    fn new(auditor: &mut Auditor, kind: &Kind, rule: &Rule) -> Self {
        let group = kind.group as usize;
        match rule {
            Rule::Binpack(resource) => {
                Self::Packed { resource: *resource, is_share: auditor.rules.options.binpack_by_fraction }
            }
            Rule::Spread(SpreadField::InstanceId) => Self::Each { group },
            Rule::Spread(SpreadField::Attribute(name)) => {
                let buckets = auditor.buckets(name);
                let mut sums = vec![0; buckets.iter().max().map_or(0, |last| *last as usize + 1)];
                let on = &auditor.groups[group].on;
                for ((node, &count), &bucket) in auditor.nodes.iter().zip(on).zip(buckets.iter()) {
                    if auditor.counts(node) {
                        sums[bucket as usize] += i64::from(count);
                    }
                }
                Self::Counted { buckets, sums }
            }
            Rule::Random | Rule::Custom(_) => unreachable!("nothing is asked of what draws or is no rule of ECS"),
        }
    }

    fn of(&self, auditor: &Auditor, position: usize) -> Score {
        let node = &auditor.nodes[position];
        match self {
            Self::Packed { resource, is_share } => {
                let (amount, all) = match resource {
                    PackedResource::Cpu => (node.left.cpu, node.registered.cpu),
                    PackedResource::Memory => (node.left.memory, node.registered.memory),
                };
                Score { amount, of: if *is_share { all.max(1) } else { 1 } }
            }
            Self::Each { group } => {
                let count = i64::from(auditor.groups[*group].on[position]);
                Score { amount: if auditor.counts(node) { count } else { 0 }, of: 1 }
            }
            Self::Counted { buckets, sums } => Score { amount: sums[buckets[position] as usize], of: 1 },
        }
    }
}

impl Auditor {
    /// The bucket of each instance by an attribute: worked out anew when an instance registers.
    fn buckets(&mut self, name: &str) -> Rc<[u32]> {
        if let Some(known) = self.buckets.get(name) {
            return Rc::clone(known);
        }
        let mut values: Vec<Option<Option<&str>>> = Vec::new();
        let mut all: Vec<u32> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let value = node.attribute(name);
            let known = values.iter().position(|known| *known == value);
            let bucket = known.unwrap_or(values.len());
            if known.is_none() {
                values.push(value);
            }
            all.push(u32::try_from(bucket).expect("fewer than 2^32 instances"));
        }
        let all: Rc<[u32]> = all.into();
        self.buckets.insert(name.to_owned(), Rc::clone(&all));
        all
    }

    /// Its tasks count for spread.
    fn counts(&self, node: &Node) -> bool {
        match node.status {
            Status::Active => true,
            Status::Draining => self.rules.options.spread_counts_draining,
            Status::Lost => false,
        }
    }
}

/// An instance as the query language sees it.
struct Seen<'a> {
    auditor: &'a Auditor,
    node: usize,
}

impl Facts for Seen<'_> {
    fn agent_connected(&self) -> bool {
        self.auditor.nodes[self.node].facts.agent_connected.unwrap_or(true)
    }

    fn agent_version(&self) -> Option<&str> {
        self.auditor.nodes[self.node].facts.agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        self.auditor.nodes[self.node].facts.ec2_instance_id.as_deref()
    }

    fn registered_at(&self) -> Option<i64> {
        self.auditor.nodes[self.node].facts.registered_seconds
    }

    fn running_tasks_count(&self) -> u32 {
        let node = &self.auditor.nodes[self.node];
        node.tasks + node.facts.other_tasks
    }

    fn any_task_group(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let mut there = self.auditor.groups.iter().filter(|group| group.on[self.node] > 0);
        there.any(|group| test(&group.name))
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.auditor.nodes[self.node].attribute(name)
    }
}
