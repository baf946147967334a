//! `stowplan plan consolidate`.

use super::args::ConsolidateArguments;
use super::{Answered, ask};
use crate::model::LoadFactor;
use crate::planning::AskedLoad;
use crate::planning::consolidate::{Question, answer, consolidate};

pub(super) fn run(arguments: &ConsolidateArguments) -> anyhow::Result<Answered> {
    let subject = ask::subject(&arguments.common)?;
    let scenario = &subject.scenario;
    anyhow::ensure!(
        !scenario.running.is_empty(),
        "nothing runs in `{}`: consolidation is asked of a cluster with its tasks, such as documents of `aws ecs \
         describe-tasks` beside those of its instances, or a scenario with [[running]]",
        scenario.name
    );
    anyhow::ensure!(
        arguments.common.load == AskedLoad::Times(LoadFactor::ONE),
        "--load: consolidation is asked of the tasks that run in `{}` as they stand; ask `plan compact` for another load",
        scenario.name
    );
    let policy = &scenario.policies[0];
    let question = Question { use_empty: arguments.use_empty, move_standalone: arguments.move_standalone };
    let cluster = arguments.common.documents.cluster.clone().unwrap_or_else(|| scenario.name.clone());
    let answer = ask::work(&arguments.common, |watch| {
        let plan = consolidate(scenario, policy, question, watch);
        answer(scenario, policy, &cluster, &plan)
    })?;
    Ok(Answered { answer, subject, packings: Vec::new(), certificates: Vec::new() })
}
