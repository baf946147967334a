//! `stowplan plan compact`.

use super::args::CompactArguments;
use super::bundle::Laid;
use super::{Answered, ask};
use crate::model::Policy;
use crate::planning::compact::{Compaction, Confidence, Question, answer, compact};
use crate::planning::{Load, Tolerance};

pub(super) fn run(arguments: &CompactArguments) -> anyhow::Result<Answered> {
    let subject = ask::subject(&arguments.common)?;
    let load = Load::of(&subject.scenario, subject.factor);
    let question = Question {
        tolerance: Tolerance { epsilon: arguments.epsilon, picky: arguments.picky },
        confidence: arguments.sure.map_or(Confidence::P90, Confidence::Sure),
    };
    let policies: Vec<&Policy> = subject.scenario.policies.iter().collect();
    let (answer, packings, certificates) = ask::work(&arguments.common, |watch| {
        let all: Vec<_> = policies.iter().map(|policy| compact(&load, policy, question, watch)).collect();
        let certificates = all.iter().flat_map(|one| one.certificates.clone()).collect();
        (answer(&load, &policies, &all), packings(&all, question), certificates)
    })?;
    Ok(Answered { answer, subject, packings, certificates })
}

/// The packing that each order was answered by.
fn packings(all: &[Compaction], question: Question) -> Vec<Laid> {
    let of_policy = |(policy, one): (usize, &Compaction)| -> Vec<Laid> {
        let trials = one.trials.iter().filter_map(|trial| Some((trial.seed, trial.size?)));
        trials.map(|(seed, size)| Laid { policy, seed, size, tolerance: question.tolerance }).collect()
    };
    all.iter().enumerate().flat_map(of_policy).collect()
}
