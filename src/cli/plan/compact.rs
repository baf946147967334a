//! `stowplan plan compact`.

use super::super::Exit;
use super::args::CompactArguments;
use super::{ask, finish};
use crate::model::Policy;
use crate::planning::compact::{Confidence, Question, answer, compact};
use crate::planning::{Load, Tolerance};

pub(super) fn run(arguments: &CompactArguments) -> anyhow::Result<Exit> {
    let subject = ask::subject(&arguments.common)?;
    let load = Load::of(&subject.scenario, arguments.common.load);
    let question = Question {
        tolerance: Tolerance { epsilon: arguments.epsilon, picky: arguments.picky },
        confidence: arguments.sure.map_or(Confidence::P90, Confidence::Sure),
    };
    let policies: Vec<&Policy> = subject.scenario.policies.iter().collect();
    let answer = ask::work(&arguments.common, |watch| {
        let all: Vec<_> = policies.iter().map(|policy| compact(&load, policy, question, watch)).collect();
        answer(&load, &policies, &all)
    })?;
    finish(&answer, &subject, &arguments.common)
}
