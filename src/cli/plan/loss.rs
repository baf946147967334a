//! `stowplan plan zone-loss` and `plan n-plus-one`.

use super::args::LossArguments;
use super::{Answered, ask};
use crate::model::counted;
use crate::planning::Load;
use crate::planning::loss::{Order, Question, Unit, answer, survive};

pub(super) fn run(arguments: &LossArguments, unit: Unit) -> anyhow::Result<Answered> {
    let subject = ask::subject(&arguments.common)?;
    let scenario = &subject.scenario;
    let fleet = &scenario.fleet;
    let mut zones: Vec<_> = fleet.instances.iter().map(|class| fleet.classes[class.index()].zone).collect();
    zones.retain(|&zone| fleet.is_known(zone));
    zones.sort_unstable();
    zones.dedup();
    anyhow::ensure!(
        unit == Unit::Instance || zones.len() > 1,
        "the instances of `{}` are in {}, and a zone can be lost where there are two at least",
        scenario.name,
        counted(zones.len(), "known zone")
    );
    let load = Load::of(scenario, subject.factor);
    let question = Question {
        unit,
        order: if arguments.largest_first { Order::Largest } else { Order::Oldest },
        seeds: arguments.seeds,
        searches: !arguments.no_search,
    };
    let answer = ask::work(&arguments.common, |watch| {
        let all: Vec<_> =
            scenario.policies.iter().map(|policy| survive(scenario, &load, policy, question, watch)).collect();
        answer(scenario, &load, unit, &all)
    })?;
    Ok(Answered { answer, subject, packings: Vec::new(), certificates: Vec::new() })
}
