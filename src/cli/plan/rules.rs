//! `stowplan plan rules`.

use super::super::Exit;
use super::args::RulesArguments;
use super::{ask, finish};
use crate::planning::Load;
use crate::planning::rules::{answer, cost};

pub(super) fn run(arguments: &RulesArguments) -> anyhow::Result<Exit> {
    let subject = ask::subject(&arguments.common)?;
    let scenario = &subject.scenario;
    let factor = arguments.common.load;
    let left_out = Load::of(scenario, factor).left_out;
    let answer = ask::work(&arguments.common, |watch| {
        let all: Vec<_> = scenario.policies.iter().map(|policy| cost(scenario, factor, policy, watch)).collect();
        answer(&all, &left_out)
    })?;
    finish(&answer, &subject, &arguments.common)
}
