//! What strategies say of their ranking holds: the fast engine, which relies on it, chooses as the reference engine does.

use proptest::prelude::*;
use proptest::sample::select;

use super::{BASELINES, Baseline, Ranking};
use crate::engine::arbitrary::{programs, worlds};
use crate::engine::follow_reference;
use crate::model::Rule;

fn ranked() -> Vec<&'static Baseline> {
    BASELINES.iter().filter(|baseline| baseline.strategy().ranking() != Ranking::EachByItself).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_strategy_with_a_ranking_is_indexed_and_chooses_as_by_a_scan(
        mut world in worlds(),
        program in programs(80),
        baseline in select(ranked()),
        rules in 0..3_usize,
    ) {
        for request in &mut world.requests.table {
            let chain = &mut request.strategy.0;
            chain.retain(|rule| *rule != Rule::Random);
            chain.truncate(rules);
            chain.push(Rule::Custom(baseline.strategy()));
        }
        follow_reference(&world, &program)?;
    }
}

#[test]
fn five_strategies_are_indexed() {
    let names: Vec<&str> = ranked().iter().map(|baseline| baseline.name).collect();
    let expected = ["first-fit", "best-fit", "worst-fit", "first-fit-decreasing", "best-fit-decreasing"];
    assert_eq!(names, expected);
}
