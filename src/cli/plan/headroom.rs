//! `stowplan plan headroom`.

use super::args::HeadroomArguments;
use super::{Answered, ask};
use crate::planning::Load;
use crate::planning::headroom::{Question, answer, look};

pub(super) fn run(arguments: &HeadroomArguments) -> anyhow::Result<Answered> {
    let subject = ask::subject(&arguments.common)?;
    let scenario = &subject.scenario;
    let load = Load::of(scenario, subject.factor);
    let question = Question {
        together: arguments.task.clone(),
        deployments: !arguments.no_deployments,
        two_at_once: arguments.two_at_once,
    };
    let answer = ask::work(&arguments.common, |watch| {
        let look = |policy| look(scenario, &load, policy, &question, watch);
        let all: Result<Vec<_>, String> = scenario.policies.iter().map(look).collect();
        all.map(|all| answer(&load, &all))
    })?;
    let answer = answer.map_err(|why| anyhow::anyhow!(why))?;
    Ok(Answered { answer, subject, packings: Vec::new(), certificates: Vec::new() })
}
