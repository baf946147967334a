//! Where one task goes and why not elsewhere, for people and for programs.
//!
//! The words for a check that fails, and for what would cure it, stand here once; table, JSON and CSV share them.

mod csv;
mod json;
mod table;

pub use self::csv::write_explanation_csv;
pub(super) use self::json::Expression;
pub use self::json::write_explanation_json;
pub use self::table::explanation_table;
pub(super) use self::table::{drawn, table};

use std::borrow::Cow;

use crate::engine::reference::{Bucket, Detail, Explanation, GpuQuestion, Score, Shortfall, Verdict};
use crate::engine::{InstanceStatus, Reason};
use crate::model::{
    Fleet, GpuDemand, InstanceId, MAX_PORTS_PER_INSTANCE, Request, RequestId, Requests, counted, noun_of,
};
use crate::query::Unmet;

/// The explanation of one decision, and what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Explained<'a> {
    /// The instances.
    pub fleet: &'a Fleet,
    /// The kinds of request.
    pub requests: &'a Requests,
    /// The kind of the task.
    pub request: RequestId,
    /// Its task definition, as it was asked for.
    pub definition: &'a str,
    /// The policy.
    pub policy: &'a str,
    /// How ties end.
    pub tie_break: &'a str,
    /// Names of the capacity providers.
    pub providers: &'a [String],
    /// Tasks that were on the cluster before the first was asked for.
    pub running: u64,
    /// Room that is kept for daemons.
    pub held: &'a [HeldRoom<'a>],
    /// Where the tasks before this one went.
    pub earlier: &'a [InstanceId],
    /// The decision.
    pub explanation: &'a Explanation,
    /// Parts of its constraints that hold on no instance, and what would.
    pub unmet: &'a [Unmet],
    /// The chosen instance; `None` if there is none.
    pub chosen: Option<InstanceId>,
}

/// Room that is kept for the tasks of a DAEMON service which do not run yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldRoom<'a> {
    /// The service.
    pub service: &'a str,
    /// Its task.
    pub request: RequestId,
    /// On how many instances.
    pub instances: usize,
}

/// What became of an instance in a decision, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Chosen,
    /// As good as the chosen one; the tie-break, or a draw, took another.
    Tied,
    /// The rule at this position, counted from the last one, preferred others.
    Outscored(usize),
    /// A check fails; the later it is in the order of the reasons in `docs/laws.md`, the better.
    Refused(std::cmp::Reverse<Reason>),
}

impl Explained<'_> {
    fn request(&self) -> &Request {
        &self.requests[self.request]
    }

    fn name(&self, instance: InstanceId) -> Cow<'_, str> {
        self.fleet.name(instance)
    }

    fn zone(&self, verdict: &Verdict) -> &str {
        &self.fleet.zones[self.fleet.classes[verdict.class.index()].zone.index()]
    }

    fn instance_type(&self, verdict: &Verdict) -> Option<&str> {
        self.fleet.classes[verdict.class.index()].instance_type.as_deref()
    }

    fn ec2_instance_id(&self, instance: InstanceId) -> Option<&str> {
        self.fleet.ec2_instance_id(instance)
    }

    fn outcome(&self, verdict: &Verdict) -> Outcome {
        match (verdict.first_failure(), verdict.outscored_at) {
            (Some(reason), _) => Outcome::Refused(std::cmp::Reverse(reason)),
            (None, Some(rule)) => Outcome::Outscored(verdict.scores.len() - rule),
            (None, None) if self.chosen == Some(verdict.instance) => Outcome::Chosen,
            (None, None) => Outcome::Tied,
        }
    }

    /// The event that ECS writes of a service whose task it cannot place. The instance that it calls the closest need not be
    /// one that could be made to take the task (U-15).
    fn event(&self) -> Option<String> {
        let group = &self.requests.groups[self.request().group.index()];
        let service = group.strip_prefix("service:").filter(|_| self.chosen.is_none())?;
        let reason = match self.explanation.closest_of_events() {
            Some((closest, reason)) => reason.of_event(&self.name(closest.instance)),
            None => format!("Reason: {}", Reason::NoInstances),
        };
        let what = "was unable to place a task because no container instance met all of its requirements.";
        Some(format!("(service {service}) {what} {reason}"))
    }

    /// Our own word for an instance that is not of the capacity provider of the task: ECS has none.
    fn not_of_provider(&self) -> String {
        let name = self.request().only.provider.and_then(|provider| self.providers.get(provider.index()));
        name.map_or_else(|| Reason::Provider.text().to_owned(), |name| format!("not of provider {name}"))
    }

    /// Why a rule preferred others, or how the instance scores by each rule.
    fn scores(&self, verdict: &Verdict) -> Vec<String> {
        verdict.scores.iter().map(score).collect()
    }

    /// The change of one failing check that would make the task pass it, as a request to the reader.
    fn cure(&self, shortfall: &Shortfall) -> String {
        match &shortfall.detail {
            Detail::Status(_) => "set it to ACTIVE".to_owned(),
            Detail::Agent => "reconnect its agent".to_owned(),
            Detail::Provider { .. } => "send the task through another capacity provider".to_owned(),
            Detail::Elsewhere(_) => "give the task a subnet in its zone".to_owned(),
            Detail::Attributes(missing) => format!("give it {}", attributes(missing)),
            Detail::Amount { registered: 0, others: 0, gpus: Some(asked), .. } => {
                format!("take an instance that has {}", asked_of_gpus(asked.wanted))
            }
            Detail::Amount { need, have, registered, .. } => {
                let short = need - have;
                let unit = |count| unit(shortfall, count);
                let ask = match shortfall.reason {
                    Reason::Gpu | Reason::Eni if *have == 0 => String::new(),
                    _ => format!(", or ask for at most {have}"),
                };
                match (need > registered, shortfall.reason) {
                    (true, Reason::Eni) => "enable trunking, or take a larger type".to_owned(),
                    (true, _) => format!("take a larger instance ({registered} {} when empty){ask}", unit(*registered)),
                    (false, _) => format!("free {short} {}{ask}", unit(short)),
                }
            }
            Detail::Ports { taken, .. } if taken.is_empty() => "ask for fewer static ports".to_owned(),
            Detail::Ports { taken, .. } => format!("free {}, or use a dynamic port", ports(taken)),
            Detail::Expressions(all) => {
                let texts: Vec<String> = all.iter().map(|one| format!("`{}`", one.text)).collect();
                format!("drop or change {}", texts.join(" and "))
            }
            Detail::Group { .. } => "stop the task of its group there, or drop distinctInstance".to_owned(),
        }
    }
}

/// A part of an expression that holds on no instance, and what would, in a sentence.
#[must_use]
pub fn unmet_in_words(unmet: &Unmet) -> String {
    let instead = unmet.instead.as_ref().map_or_else(String::new, |instead| format!("; did you mean `{instead}`?"));
    format!("`{}` holds on no instance: {}{instead}", unmet.part, unmet.why)
}

/// What is wrong, with the figures of it.
#[must_use]
pub fn shortage_in_words(shortfall: &Shortfall) -> String {
    match &shortfall.detail {
        Detail::Status(status) => format!("its status is {}", status_name(*status)),
        Detail::Agent => "its agent is not connected".to_owned(),
        Detail::Provider { found: None, .. } => "it is of no capacity provider".to_owned(),
        Detail::Provider { .. } => "it is of another capacity provider".to_owned(),
        Detail::Elsewhere(_) => "it is in another zone".to_owned(),
        Detail::Attributes(missing) => format!("it lacks {}", attributes(missing)),
        Detail::Amount { registered: 0, others: 0, gpus: Some(asked), .. } => wrong_gpus(asked),
        Detail::Amount { need, have, registered, others, held, .. } => {
            let (short, unit) = (need - have, unit(shortfall, *need));
            let beside = match (others, held) {
                (0, 0) => String::new(),
                (0, held) => format!(" beside {held} held for daemons"),
                (others, 0) => format!(" ({others} held back)"),
                (others, held) => format!(" ({others} held back) beside {held} held for daemons"),
            };
            format!("needs {need} {unit}, has {have} of {registered}{beside}, short by {short}")
        }
        Detail::Ports { taken, need, in_use } if taken.is_empty() => {
            format!("needs {}, {in_use} of {MAX_PORTS_PER_INSTANCE} are in use", counted(*need, "port"))
        }
        Detail::Ports { taken, .. } => {
            format!("{} {} taken", ports(taken), if taken.len() == 1 { "is" } else { "are" })
        }
        Detail::Expressions(all) => all.iter().map(why_false).collect::<Vec<_>>().join("; "),
        Detail::Group { tasks } => format!("{tasks} of its group run there"),
    }
}

/// The part of an expression that makes it false, as deep as that is one part.
fn why_false(explanation: &crate::query::Explanation) -> String {
    let mut at = explanation;
    while let Some(only) = only_false(at) {
        at = only;
    }
    match &at.observed {
        Some(observed) => format!("`{}` is false: {observed}", at.text),
        None => format!("`{}` is {}", at.text, at.value),
    }
}

/// The one part on which the value of the whole hangs, if there is one.
fn only_false(explanation: &crate::query::Explanation) -> Option<&crate::query::Explanation> {
    let mut false_ones = explanation.parts.iter().filter(|part| !part.value);
    let first = false_ones.next().filter(|_| !explanation.value && explanation.parts.len() > 1)?;
    false_ones.next().is_none().then_some(first)
}

fn score(score: &Score) -> String {
    match score {
        Score::Random => "any".to_owned(),
        Score::Unscored => "no score".to_owned(),
        Score::Binpack { left, registered } => format!("{left} of {registered} left"),
        Score::Spread { bucket, tasks } => {
            let tasks = counted(*tasks, "task");
            match bucket {
                None => format!("{tasks} here"),
                Some(Bucket::Absent) => format!("{tasks} without it"),
                Some(Bucket::NoValue) => format!("{tasks} with no value"),
                Some(Bucket::Value(value)) => format!("{tasks} in {value}"),
            }
        }
    }
}

/// What so many of a check's amount are called.
fn unit(shortfall: &Shortfall, count: u64) -> String {
    let wanted = match &shortfall.detail {
        Detail::Amount { gpus: Some(asked), .. } => asked.wanted,
        _ => GpuDemand::None,
    };
    let noun = |noun: &str| noun_of(&count, noun);
    match (shortfall.reason, wanted) {
        (Reason::Gpu, GpuDemand::Memory(_)) => "MiB of one GPU".to_owned(),
        (Reason::Gpu, GpuDemand::Share(_)) => format!("{} of one GPU", noun("thousandth")),
        (Reason::Gpu, GpuDemand::Slice(slice)) => format!("{} of {}", noun("GPU slice"), slice.text()),
        (Reason::Gpu, GpuDemand::All) => noun("idle GPU"),
        (Reason::Gpu, _) => noun("GPU"),
        (Reason::Cpu, _) => noun("CPU unit"),
        (Reason::Memory, _) => "MiB".to_owned(),
        _ => noun("network interface"),
    }
}

/// What a task asks of GPUs, in words.
fn asked_of_gpus(wanted: GpuDemand) -> String {
    match wanted {
        GpuDemand::Slice(slice) => format!("a GPU slice of {}", slice.text()),
        GpuDemand::Memory(memory) => format!("a GPU of {} MiB, its memory known", memory.0),
        GpuDemand::All => "a GPU".to_owned(),
        GpuDemand::Whole(_) | GpuDemand::Share(_) | GpuDemand::None => wanted.to_string(),
    }
}

/// No GPU of the instance is of the form that is asked for.
fn wrong_gpus(asked: &GpuQuestion) -> String {
    let GpuQuestion { wanted, count, slice } = asked;
    let needs = match wanted {
        GpuDemand::Slice(slice) => format!("needs a GPU slice of {}", slice.text()),
        wanted => format!("needs {wanted}"),
    };
    match (count, slice, wanted) {
        (0, ..) => format!("{needs} and has no GPU"),
        (_, Some(slice), _) => format!("{needs}, and its GPUs are slices of {}", slice.text()),
        (_, None, GpuDemand::Memory(_)) => format!("{needs}, and the memory of its GPUs is not known"),
        _ => format!("{needs}, and its GPUs are whole"),
    }
}

pub(super) fn status_name(status: InstanceStatus) -> &'static str {
    match status {
        InstanceStatus::Active => "ACTIVE",
        InstanceStatus::Draining => "DRAINING",
        InstanceStatus::Lost => "INACTIVE",
    }
}

fn ports(ports: &[crate::model::Port]) -> String {
    ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn attributes(missing: &[(String, Option<String>)]) -> String {
    let one = |(name, value): &(String, Option<String>)| match value {
        Some(value) => format!("`{name}` = `{value}`"),
        None => format!("`{name}`"),
    };
    missing.iter().map(one).collect::<Vec<_>>().join(", ")
}
