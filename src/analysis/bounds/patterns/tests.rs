//! Worked examples, and bounds and fleets against every way to hold a few tasks.

use super::*;
use proptest::prelude::*;

fn kind(demand: [u64; 2], count: u64, offers: &[Offer]) -> Kind {
    let most = |offer: &Offer| {
        (0..2).map(|r| offer.capacity[r].checked_div(demand[r]).unwrap_or(count)).min().unwrap_or(0).min(count)
    };
    Kind {
        demand: demand.to_vec(),
        count,
        most: offers.iter().map(most).collect(),
        conflicts: Vec::new(),
        in_zones: Vec::new(),
    }
}

fn offer(capacity: [u64; 2], price: u64) -> Offer {
    Offer { capacity: capacity.to_vec(), price, ..Offer::default() }
}

fn check(offers: &[Offer], tasks: &[([u64; 2], u64)], bound: u128, cost: u128) {
    let kinds: Vec<Kind> = tasks.iter().map(|&(demand, count)| kind(demand, count, offers)).collect();
    let solved = solve(&kinds, offers, Limits::default());
    assert_eq!((solved.bound(), solved.cost), (Some(bound), cost), "{tasks:?}");
}

#[test]
fn b8_counts_of_one_type_are_those_of_the_method() {
    let ten = [offer([10, 100], 1)];
    check(&ten, &[([6, 0], 4)], 4, 4);
    check(&ten, &[([7, 0], 3), ([4, 0], 3)], 5, 5);
    check(&[offer([100, 1], 1)], &[([34, 0], 5)], 3, 3);
    check(&[offer([10, 10], 1)], &[([8, 1], 1), ([3, 6], 2)], 3, 3);
}

/// No task takes cpu from one type and memory from another: pooled resources would cost 2.
#[test]
fn b8_sees_which_type_holds_a_task() {
    let offers = [offer([8, 1], 1), offer([1, 8], 1), offer([4, 4], 3)];
    check(&offers, &[([4, 4], 2)], 6, 6);
}

#[test]
fn b8_a_task_that_fits_nowhere_has_no_price() {
    let offers = [offer([4, 4], 1)];
    let solved = solve(&[kind([5, 1], 1, &offers)], &offers, Limits::default());
    assert_eq!((solved.proof, solved.fleet), (None, None));
    assert_eq!(solve(&[], &offers, Limits::default()).proof.map(|proof| proof.bound), Some(0));
}

#[test]
fn b8_one_task_of_a_group_on_an_instance() {
    let offers = [offer([10, 10], 7)];
    let alone = |demand| Kind { conflicts: vec![0], most: vec![1], ..kind(demand, 2, &offers) };
    let solved = solve(&[alone([1, 1]), alone([2, 1])], &offers, Limits::default());
    assert_eq!((solved.proof.map(|proof| proof.bound), solved.cost), (Some(28), 28));
}

/// The least cost by trying every way to hold tasks one after another.
fn optimum(tasks: &[[u64; 2]], offers: &[Offer], open: &mut Vec<[u64; 2]>, cost: u128, best: &mut u128) {
    if cost >= *best {
        return;
    }
    let Some((task, rest)) = tasks.split_first() else {
        *best = cost;
        return;
    };
    for at in 0..open.len() {
        let left = open[at];
        if (0..2).all(|r| task[r] <= left[r]) && !open[..at].contains(&left) {
            open[at] = [left[0] - task[0], left[1] - task[1]];
            optimum(rest, offers, open, cost, best);
            open[at] = left;
        }
    }
    for offer in offers.iter().filter(|offer| (0..2).all(|r| task[r] <= offer.capacity[r])) {
        open.push([offer.capacity[0] - task[0], offer.capacity[1] - task[1]]);
        optimum(rest, offers, open, cost + u128::from(offer.price), best);
        open.pop();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// The bound is never above the optimum, the fleet never below, and cut short it is true all the same.
    #[test]
    fn b8_is_a_bound_and_its_fleet_is_a_fleet(
        sizes in prop::collection::vec(([2_u64..12, 2_u64..12], 1_u64..9), 1..4),
        drawn in prop::collection::vec(([0_u64..7, 0_u64..7], 1_u64..4), 1..4),
        is_counted: bool,
    ) {
        let offers: Vec<Offer> =
            sizes.iter().map(|&(size, price)| offer(size, if is_counted { 1 } else { price })).collect();
        let kinds: Vec<Kind> = drawn.iter().map(|&(demand, count)| kind(demand, count, &offers)).collect();
        let tasks: Vec<[u64; 2]> =
            drawn.iter().flat_map(|&(demand, count)| (0..count).map(move |_| demand)).collect();
        let mut best = u128::MAX;
        optimum(&tasks, &offers, &mut Vec::new(), 0, &mut best);
        for limits in [Limits::default(), Limits { rounds: 1, steps: 2, cells: 0 }] {
            let solved = solve(&kinds, &offers, limits);
            prop_assert_eq!(solved.proof.is_some(), best < u128::MAX);
            if let Some(bound) = solved.bound() {
                prop_assert!(bound <= best && best <= solved.cost, "{bound} {best} {}", solved.cost);
                prop_assert!(solved.proof.is_some_and(|proof| proof.bound <= bound));
            }
        }
    }
}

/// Tasks one after another on what is open or is opened, with supplies and zones: the least cost of any way.
struct Every<'a> {
    kinds: &'a [Kind],
    offers: &'a [Offer],
    tasks: Vec<usize>,
    open: Vec<(usize, Vec<u64>)>,
    best: Option<u128>,
}

impl Every<'_> {
    fn go(&mut self, at: usize, cost: u128, standing: &mut Vec<Vec<u64>>) {
        if self.best.is_some_and(|best| cost >= best) {
            return;
        }
        if at == self.tasks.len() {
            let stands =
                |kind: usize| (self.kinds[kind].in_zones.iter().zip(&standing[kind])).all(|(least, has)| has >= least);
            if (0..self.kinds.len()).all(stands) {
                self.best = Some(cost);
            }
            return;
        }
        let kind = self.tasks[at];
        for on in 0..self.open.len() {
            if self.open[..on].contains(&self.open[on]) {
                continue;
            }
            self.put(at, on, cost, standing);
        }
        for offer in 0..self.offers.len() {
            let used = self.open.iter().filter(|(of, _)| *of == offer).count() as u64;
            if self.kinds[kind].most[offer] > 0 && self.offers[offer].supply.is_none_or(|supply| used < supply) {
                self.open.push((offer, self.offers[offer].capacity.clone()));
                self.put(at, self.open.len() - 1, cost + u128::from(self.offers[offer].price), standing);
                self.open.pop();
            }
        }
    }

    fn put(&mut self, at: usize, on: usize, cost: u128, standing: &mut Vec<Vec<u64>>) {
        let kind = self.tasks[at];
        let (offer, left) = self.open[on].clone();
        let less: Option<Vec<u64>> =
            left.iter().zip(&self.kinds[kind].demand).map(|(left, demand)| left.checked_sub(*demand)).collect();
        let Some(less) = less.filter(|_| self.kinds[kind].most[offer] > 0) else { return };
        let zone = self.offers[offer].zone;
        self.open[on].1 = less;
        standing[kind][zone] += 1;
        self.go(at + 1, cost, standing);
        standing[kind][zone] -= 1;
        self.open[on].1 = left;
    }
}

fn cheapest(kinds: &[Kind], offers: &[Offer]) -> Option<u128> {
    let tasks = kinds.iter().enumerate().flat_map(|(at, kind)| (0..kind.count).map(move |_| at)).collect();
    let mut every = Every { kinds, offers, tasks, open: Vec::new(), best: None };
    every.go(0, 0, &mut vec![vec![0; 2]; kinds.len()]);
    every.best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// With numbers of instances, instances that cost nothing, and tasks that must stand in zones.
    #[test]
    fn b8_with_supplies_and_zones_is_a_bound_and_its_fleet_is_a_fleet(
        sizes in prop::collection::vec(([2_u64..9, 2_u64..9], 0_u64..7, prop::option::of(0_u64..4), 0_usize..2), 1..5),
        drawn in prop::collection::vec(([1_u64..6, 1_u64..6], 1_u64..4, any::<bool>()), 1..3),
    ) {
        let offers: Vec<Offer> = sizes
            .iter()
            .map(|&(size, price, supply, zone)| {
                let supply = if price == 0 { supply.or(Some(1)) } else { supply };
                Offer { supply, zone, ..offer(size, price) }
            })
            .collect();
        let kinds: Vec<Kind> = drawn
            .iter()
            .map(|&(demand, count, is_even)| {
                let in_zones = if is_even { vec![count / 2; 2] } else { Vec::new() };
                Kind { in_zones, ..kind(demand, count, &offers) }
            })
            .collect();
        let best = cheapest(&kinds, &offers);
        let solved = solve(&kinds, &offers, Limits::default());
        if let Some(fleet) = &solved.fleet {
            prop_assert!(best.is_some_and(|best| best <= solved.cost), "{best:?} {fleet:?}");
            let lasts = |(offer, count): (&Offer, &u64)| offer.supply.is_none_or(|supply| *count <= supply);
            prop_assert!(offers.iter().zip(fleet).all(lasts), "{fleet:?}");
        }
        if let (Some(best), Some(bound)) = (best, solved.bound()) {
            prop_assert!(bound <= best, "{bound} is above {best}");
        }
    }
}

#[test]
fn b8_what_one_owns_costs_nothing_and_the_rest_is_bought() {
    // Three tasks of half an instance: one instance is there, one is bought.
    let offers = [Offer { supply: Some(1), ..offer([4, 4], 0) }, offer([4, 4], 5)];
    let solved = solve(&[kind([2, 2], 3, &offers)], &offers, Limits::default());
    assert_eq!((solved.bound(), solved.cost, solved.fleet), (Some(5), 5, Some(vec![1, 1])));
    // Of the cheap type there are two: the third is dear.
    let offers = [Offer { supply: Some(2), ..offer([2, 2], 1) }, offer([2, 2], 10)];
    let solved = solve(&[kind([2, 2], 3, &offers)], &offers, Limits::default());
    assert_eq!((solved.bound(), solved.cost), (Some(12), 12));
}

#[test]
fn b8_what_must_stand_in_a_zone_pays_for_that_zone() {
    // Zone 1 has the dear type alone: two of four tasks must stand there, four would fit on one cheap instance.
    let offers = [offer([8, 8], 2), Offer { zone: 1, ..offer([8, 8], 9) }];
    let free = kind([2, 2], 4, &offers);
    let solved = solve(std::slice::from_ref(&free), &offers, Limits::default());
    assert_eq!((solved.bound(), solved.cost), (Some(2), 2));
    let solved = solve(&[Kind { in_zones: vec![2, 2], ..free }], &offers, Limits::default());
    assert_eq!((solved.bound(), solved.cost, solved.fleet), (Some(11), 11, Some(vec![1, 1])));
}

/// What the bound is worth: over 300 random cases it is never above the optimum by trying every way, and lies on average
/// at most 3 % below, in price and in count of mixed types (0.2 % and 0 when this was written).
#[test]
fn b8_is_near_the_optimum_in_the_mean() {
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    // By price and by count: parts of a million of the optimum, added up.
    let (mut shares, mut cases) = ([0_u128; 2], 0);
    while cases < 300 {
        let sizes: Vec<([u64; 2], u64)> = (0..3).map(|_| ([4 + draw(12), 4 + draw(12)], 10 + draw(30))).collect();
        let tasks: Vec<[u64; 2]> = (0..8).map(|_| [1 + draw(6), 1 + draw(6)]).collect();
        let fits = |task: &[u64; 2]| sizes.iter().any(|(size, _)| (0..2).all(|r| task[r] <= size[r]));
        if !tasks.iter().all(fits) {
            continue;
        }
        cases += 1;
        for (of, is_counted) in [(0, false), (1, true)] {
            let offers: Vec<Offer> =
                sizes.iter().map(|&(size, price)| offer(size, if is_counted { 1 } else { price })).collect();
            let kinds: Vec<Kind> = tasks.iter().map(|&task| kind(task, 1, &offers)).collect();
            let bound = solve(&kinds, &offers, Limits::default()).bound().expect("every task fits somewhere");
            let mut best = u128::MAX;
            optimum(&tasks, &offers, &mut Vec::new(), 0, &mut best);
            assert!(bound <= best, "{bound} is above {best}: {tasks:?} on {offers:?}");
            shares[of] += bound * 1_000_000 / best;
        }
    }
    let below = shares.map(|share| 1_000_000 - share / cases);
    assert!(
        below.iter().all(|&below| below <= 30_000),
        "millionths below the optimum, by price and by count: {below:?}"
    );
}

/// Far beyond what a search can prove: 4,000 tasks of 20 shapes over 12 types, and the best known fleet is at most 2 %
/// above the bound. The larger case is a bench.
#[test]
fn b8_and_its_fleet_are_near_each_other_where_tasks_are_many() {
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let offers: Vec<Offer> = (0..12)
        .map(|of| {
            let (cpu, gib) = (2 << (of % 4), [2, 4, 8][of % 3]);
            offer([cpu * 1_024, cpu * gib * 1_024], cpu * (20_000 + 6_000 * gib) + draw(20_000))
        })
        .collect();
    let kinds: Vec<Kind> = (0..20).map(|_| kind([256 * (1 + draw(12)), 512 * (1 + draw(24))], 200, &offers)).collect();
    let solved = solve(&kinds, &offers, Limits::default());
    let bound = solved.bound().expect("every task fits somewhere");
    assert!(bound <= solved.cost && solved.cost * 100 <= bound * 102, "{bound} {}", solved.cost);
}
