//! `stowplan plan rules`.

use super::args::RulesArguments;
use super::{Answered, ask};
use crate::planning::Load;
use crate::planning::rules::{answer, cost};

pub(super) fn run(arguments: &RulesArguments) -> anyhow::Result<Answered> {
    let subject = ask::subject(&arguments.common)?;
    let scenario = &subject.scenario;
    let factor = subject.factor;
    let left_out = Load::of(scenario, factor).left_out;
    let answer = ask::work(&arguments.common, |watch| {
        let all: Vec<_> = scenario.policies.iter().map(|policy| cost(scenario, factor, policy, watch)).collect();
        answer(&all, &left_out)
    })?;
    Ok(Answered { answer, subject, packings: Vec::new(), certificates: Vec::new() })
}
