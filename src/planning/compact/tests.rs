//! Compactions against what is known of them: P56, the anomalies of 2.4, and the optimum of small cases.

use proptest::prelude::*;

use super::{Compaction, Confidence, Even, Question, compact, why_homeless};
use crate::analysis::bounds::patterns;
use crate::model::{Identity, LoadFactor, Others, Port, RequestId, Requests, Rule, Scenario, SpreadField, TieBreak};
use crate::planning::test_support::{binpack, by_zone, scenario};
use crate::planning::{Load, Tolerance, Watch};

fn compacted(scenario: &Scenario) -> Compaction {
    let load = Load::of(scenario, LoadFactor::ONE);
    let question = Question { tolerance: Tolerance::NONE, confidence: Confidence::P90 };
    compact(&load, &load.scenario().policies[0], question, &Watch::default())
}

fn sizes(compaction: &Compaction) -> Vec<Option<usize>> {
    compaction.trials.iter().map(|trial| trial.size).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// P56: the peak of one unlimited run is what the search finds. A tie-break that chooses alike asks for the search.
    #[test]
    fn p56_the_peak_of_one_run_is_what_bisection_finds(
        tasks in prop::collection::vec((1_u32..7, 0_u32..5), 3),
        count in 6_usize..14,
    ) {
        let names = ["a", "b", "c"];
        let services: Vec<_> = names.iter().zip(&tasks).map(|(&name, &(cpu, wanted))| (name, cpu, 1, wanted)).collect();
        let exact = scenario(&vec![(0, 10, 100, 5); count], &services, binpack());
        let mut searched = exact.clone();
        // A price apart makes two classes of instances, and those are not told equal.
        searched.fleet.classes[0].memory = crate::model::MemoryMib(100);
        searched.fleet.classes.push(crate::model::InstanceClass { memory: crate::model::MemoryMib(101), ..searched.fleet.classes[0].clone() });
        let (exact, searched) = (compacted(&exact), compacted(&searched));
        prop_assert!(exact.is_exact && !searched.is_exact);
        prop_assert_eq!(sizes(&exact)[0], sizes(&searched)[0]);
    }

    /// On small cases: the bound is never above the optimum, the optimum never above the answer, the gap never negative.
    #[test]
    fn the_gap_is_true_and_never_negative(
        tasks in prop::collection::vec((1_u32..7, 1_u32..7, 1_u32..3), 3),
        large in prop::bool::ANY,
        chain in 0_usize..3,
    ) {
        let names = ["a", "b", "c"];
        let services: Vec<_> =
            names.iter().zip(&tasks).map(|(&name, &(cpu, memory, wanted))| (name, cpu, memory, wanted)).collect();
        let chain = [binpack(), by_zone(binpack()), vec![Rule::Spread(SpreadField::InstanceId)]][chain].clone();
        let machines: Vec<_> =
            (0..8).map(|at| if large && at % 2 == 0 { (at % 3, 14, 9, 13) } else { (at % 3, 8, 8, 8) }).collect();
        let found = compacted(&scenario(&machines, &services, chain));
        let demands: Vec<[u32; 2]> =
            tasks.iter().flat_map(|&(cpu, memory, wanted)| (0..wanted).map(move |_| [cpu, memory])).collect();
        // Half of the eight are large, where there are large ones.
        let offers: &[([u32; 2], u64)] = if large { &[([8, 8], 8), ([14, 9], 13)] } else { &[([8, 8], 8)] };
        let supply = 8 / offers.len();
        let (mut fewest, mut cheapest) = (u64::MAX, u64::MAX);
        let mut every = Every { offers, supply, open: Vec::new(), fewest, cheapest };
        every.go(&demands, 0, 0);
        (fewest, cheapest) = (every.fewest, every.cheapest);
        let count = found.count.as_ref().unwrap();
        let bound = count.bound().unwrap();
        prop_assert!(bound <= u128::from(fewest) && u128::from(fewest) <= count.cost, "{bound} {fewest} {}", count.cost);
        let price = found.price.as_ref().unwrap();
        let least = price.bound().unwrap();
        prop_assert!(least <= u128::from(cheapest) && u128::from(cheapest) <= price.cost, "{least} {cheapest} {}", price.cost);
        if let Some(answer) = &found.answer {
            prop_assert!(answer.size as u64 >= fewest);
            prop_assert!(answer.price.unwrap() >= u128::from(cheapest));
        }
    }
}

/// The fewest instances and the least price, by trying every way to hold tasks one after another.
struct Every<'a> {
    offers: &'a [([u32; 2], u64)],
    /// How many there are of each.
    supply: usize,
    open: Vec<(usize, [u32; 2])>,
    fewest: u64,
    cheapest: u64,
}

impl Every<'_> {
    fn go(&mut self, tasks: &[[u32; 2]], count: u64, price: u64) {
        if count >= self.fewest && price >= self.cheapest {
            return;
        }
        let Some((task, rest)) = tasks.split_first() else {
            (self.fewest, self.cheapest) = (self.fewest.min(count), self.cheapest.min(price));
            return;
        };
        for at in 0..self.open.len() {
            let (offer, left) = self.open[at];
            if task[0] <= left[0] && task[1] <= left[1] && !self.open[..at].contains(&self.open[at]) {
                self.open[at].1 = [left[0] - task[0], left[1] - task[1]];
                self.go(rest, count, price);
                self.open[at] = (offer, left);
            }
        }
        for (offer, &(size, cost)) in self.offers.iter().enumerate() {
            let used = self.open.iter().filter(|(of, _)| *of == offer).count();
            if task[0] <= size[0] && task[1] <= size[1] && used < self.supply {
                self.open.push((offer, [size[0] - task[0], size[1] - task[1]]));
                self.go(rest, count + 1, price + cost);
                self.open.pop();
            }
        }
    }
}

/// 2.4, adding an instance never hurts: on 2 9 6 7 tasks of 3 4 5 3 4 3 all fit; with one of 5 more the last does not.
/// Where that one comes last in the order, four instances work, five do not, and six are the answer.
#[test]
fn anomalies_are_found_and_named() {
    let machines = [2, 9, 6, 7, 5].map(|cpu| (0, cpu, 100, 1));
    let services = [("a", 3, 1, 1), ("b", 4, 1, 1), ("c", 5, 1, 1), ("d", 3, 1, 1), ("e", 4, 1, 1), ("f", 3, 1, 1)];
    let found = compacted(&scenario(&machines, &services, binpack()));
    let named = found.trials.iter().filter(|trial| trial.larger_fail.contains(&5) && trial.size == Some(6));
    assert!(named.count() > 0, "{:?}", found.trials);
}

#[test]
fn a_fleet_that_is_too_small_is_cloned_and_the_answer_is_no() {
    let found = compacted(&scenario(&[(0, 10, 10, 7); 2], &[("a", 6, 1, 5)], binpack()));
    assert_eq!(found.answer.as_ref().map(|answer| (answer.size, answer.price)), Some((5, Some(35))));
    assert!(!found.answer_fits() && found.fleet_size == 2);
    let hopeless = compacted(&scenario(&[(0, 10, 10, 7); 2], &[("a", 6, 1, 11)], binpack()));
    assert_eq!((hopeless.answer, hopeless.unplaced.len()), (None, 1));
    let homeless = compacted(&scenario(&[(0, 10, 10, 7); 2], &[("a", 11, 1, 1)], binpack()));
    assert!(homeless.homeless.is_some() && homeless.answer.is_none());
}

/// Of two instances of 10, so much is held back for tasks that are in no file: their clones are whole.
fn held_back(of_each: u32, services: &[crate::planning::test_support::Wanted]) -> Scenario {
    let mut found = scenario(&[(0, 10 - of_each, 10, 7); 2], services, binpack());
    let others = Others { cpu: of_each, ..Others::default() };
    let identity = |name: &str| Identity { name: name.to_owned(), others, ..Identity::default() };
    found.fleet.identities = vec![identity("x"), identity("y")];
    found
}

#[test]
fn clones_are_what_instances_registered_and_not_what_is_left_of_them() {
    let found = compacted(&held_back(8, &[("a", 6, 1, 3)]));
    // Nothing fits on the two, and one task on each clone.
    assert_eq!((found.homeless, found.answer.as_ref().map(|answer| answer.size)), (None, Some(5)));
    let load = Load::of(&held_back(8, &[("a", 6, 1, 3)]), LoadFactor::ONE);
    let told = super::answer(&load, &[&load.scenario().policies[0]], &[found]);
    assert!(told.notes.iter().any(|note| note.starts_with("of 2 instances a part is held back")), "{:?}", told.notes);
    // Of those that there are, there are two and not ten.
    let small = compacted(&held_back(8, &[("a", 2, 1, 2), ("b", 10, 1, 2)]));
    assert_eq!(small.answer.map(|answer| answer.size), Some(4));
    assert_eq!(small.count.as_ref().and_then(patterns::Solved::bound), Some(3));
}

#[test]
fn what_is_held_back_is_named_where_it_is_why_nothing_fits() {
    let why = |found: &Scenario| {
        let load = Load::of(found, LoadFactor::ONE);
        why_homeless(&load, &Requests::compile(load.scenario(), &load.scenario().policies[0]), RequestId(0))
    };
    let told = why(&held_back(8, &[("a", 6, 1, 1)]));
    assert!(told.contains("it needs 6 CPU units, at most 2 are left of 10, as the rest is held back"), "{told}");
    let told = why(&held_back(8, &[("a", 11, 1, 1)]));
    assert!(told.contains("the largest instance has 10, 1 too few"), "{told}");
    let mut by_port = held_back(0, &[("a", 1, 1, 1)]);
    by_port.definitions[0].demand.ports = vec![Port::tcp(80)];
    let class = &mut by_port.fleet.classes[0];
    (class.reserved_ports, class.other_ports) = (vec![Port::tcp(80)], vec![Port::tcp(80)]);
    let told = why(&by_port);
    assert!(told.contains("RESOURCE:PORTS on 2 instances, where ports or GPUs are held back"), "{told}");
}

#[test]
fn a_random_tie_break_asks_for_a_search() {
    let mut drawn = scenario(&[(0, 10, 10, 7); 6], &[("a", 4, 1, 6)], binpack());
    assert!(compacted(&drawn).is_exact);
    drawn.options.tie_break = TieBreak::Random;
    let found = compacted(&drawn);
    assert!(!found.is_exact);
    assert_eq!(found.answer.map(|answer| answer.size), Some(3));
}

#[test]
fn a_plan_that_is_interrupted_says_so() {
    let load = Load::of(&scenario(&[(0, 10, 10, 7); 6], &[("a", 4, 1, 6)], vec![Rule::Random]), LoadFactor::ONE);
    let question = Question { tolerance: Tolerance::NONE, confidence: Confidence::P90 };
    let watch = Watch::default();
    watch.control.cancelled.store(true, std::sync::atomic::Ordering::Relaxed);
    let found = compact(&load, &load.scenario().policies[0], question, &watch);
    assert!(found.is_interrupted && found.answer.is_none());
}

/// The certificate can be checked by anyone: its prices and worths give the bound again.
#[test]
fn the_certificate_gives_the_bound_again() {
    let found = compacted(&scenario(&[(0, 10, 10, 7); 6], &[("a", 4, 1, 6), ("b", 1, 7, 3)], binpack()));
    let proof = found.count.unwrap().proof.unwrap();
    let total: u128 = [6_u128, 3].iter().zip(&proof.prices).map(|(count, &price)| count * u128::from(price)).sum();
    assert_eq!(total.div_ceil(u128::from(proof.worth[0])), proof.bound);
    assert_eq!(patterns::Limits::default().rounds, 200);
}

/// Eight small tasks on one large instance and eight small ones: the bound knows that there is one large instance. Kept
/// even over zones, four of them must stand where the large one is not.
#[test]
fn the_bound_knows_how_many_there_are_and_what_even_zones_need() {
    let machines: Vec<_> = std::iter::once((0, 8, 8, 80)).chain(vec![(1, 1, 1, 1); 8]).collect();
    let found = compacted(&scenario(&machines, &[("a", 1, 1, 8)], by_zone(binpack())));
    let bound = |solved: &Option<patterns::Solved>| solved.as_ref().and_then(patterns::Solved::bound);
    // By count the large one alone, by price the small ones alone.
    assert_eq!((bound(&found.count), bound(&found.price)), (Some(1), Some(8)));
    assert_eq!(found.even, Some(Even { count: Some(5), price: Some(84) }));
    let more = compacted(&scenario(&machines, &[("a", 1, 1, 14)], binpack()));
    assert_eq!((bound(&more.count), bound(&more.price), more.even), (Some(7), Some(86), None));
}
