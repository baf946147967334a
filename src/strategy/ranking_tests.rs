//! What strategies say of their ranking holds: the fast engine, which relies on it, chooses as the reference engine does.

use proptest::prelude::*;
use proptest::sample::select;

use super::{BASELINES, Custom, Ranking, View};
use crate::engine::arbitrary::{programs, worlds};
use crate::engine::follow_reference;
use crate::model::Rule;

/// Asks for all that a strategy may be told.
#[derive(Debug)]
struct Own;

impl super::Strategy for Own {
    fn name(&self) -> &str {
        "own"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        view.least(|one| {
            (one.group_tasks, view.group_tasks_in_zone(one.class.zone), one.tasks, one.class.cpu, one.memory, one.cpu)
        })
    }
}

fn strategies() -> Vec<Custom> {
    BASELINES.iter().map(|baseline| baseline.strategy()).chain([Custom::new(Own)]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_strategy_with_a_ranking_is_indexed_and_chooses_as_by_a_scan(
        mut world in worlds(),
        program in programs(80),
        custom in select(strategies()),
        rules in 0..3_usize,
    ) {
        for request in &mut world.requests.table {
            let chain = &mut request.strategy.0;
            chain.retain(|rule| *rule != Rule::Random);
            chain.truncate(rules);
            chain.push(Rule::Custom(custom.clone()));
        }
        follow_reference(&world, &program)?;
    }
}

#[test]
fn all_but_those_that_look_at_gpus_say_how_they_rank() {
    let others = BASELINES.iter().filter(|baseline| baseline.strategy().ranking() == Ranking::EachByItself);
    let names: Vec<&str> = others.map(|baseline| baseline.name).collect();
    assert_eq!(names, ["fgd", "fgd-best-fit", "fgd-dot-product"]);
}
