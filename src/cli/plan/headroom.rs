//! `stowplan plan headroom`.

use super::super::Exit;
use super::args::HeadroomArguments;
use super::{ask, finish};
use crate::planning::Load;
use crate::planning::headroom::{Question, answer, look};

pub(super) fn run(arguments: &HeadroomArguments) -> anyhow::Result<Exit> {
    let subject = ask::subject(&arguments.common)?;
    let scenario = &subject.scenario;
    let load = Load::of(scenario, arguments.common.load);
    let question = Question { together: arguments.task.clone(), deployments: !arguments.no_deployments };
    let answer = ask::work(&arguments.common, |watch| {
        let look = |policy| look(scenario, &load, policy, &question, watch);
        let all: Result<Vec<_>, String> = scenario.policies.iter().map(look).collect();
        all.map(|all| answer(scenario, &load, &all))
    })?;
    finish(&answer.map_err(|why| anyhow::anyhow!(why))?, &subject, &arguments.common)
}
