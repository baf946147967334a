//! Bounds against optima that another solver proved with another model: HiGHS 1.15.1, by
//! `tests/reference/highs_optima.py`, which makes the same loads.

use super::worked::packing;
use super::{Bounds, exact};

/// Seed, tasks, shapes, and the fewest instances as HiGHS proves them.
pub(super) const PROVED: [(u64, usize, u64, u64); 8] = [
    (1, 40, 6, 18),
    (2, 80, 8, 32),
    (3, 80, 12, 33),
    (8, 60, 4, 24),
    (10, 30, 12, 12),
    (11, 24, 8, 9),
    (12, 48, 10, 18),
    (13, 60, 8, 21),
];

pub(super) const CAPACITY: [u64; 2] = [8192, 32768];

/// The load of a seed: shapes first, then the shape of each task.
pub(super) fn load(seed: u64, tasks: usize, shapes: u64) -> Vec<[u64; 2]> {
    let mut state = seed;
    let mut below = |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    let kinds: Vec<[u64; 2]> = (0..shapes).map(|_| [256 * (1 + below(20)), 512 * (1 + below(40))]).collect();
    (0..tasks).map(|_| kinds[usize::try_from(below(shapes)).expect("some tens")]).collect()
}

#[test]
fn no_bound_is_above_the_optimum_and_none_is_far_below() {
    for (seed, tasks, shapes, optimum) in PROVED {
        let packing = packing(CAPACITY, &load(seed, tasks, shapes));
        let bounds = Bounds::at(&packing, 0);
        assert!(bounds.best() <= optimum, "seed {seed}: {optimum} suffice, {bounds:?}");
        // Cut tasks pack into one instance less at most here, so that a bound that is right and useless is seen too.
        assert!(bounds.columns.is_some_and(|columns| columns + 1 >= optimum), "seed {seed}: {optimum}, {bounds:?}");
        if let Some((fewest, true)) = bounds.exact {
            assert_eq!(fewest, optimum, "seed {seed}: what is called an optimum is one");
        }
    }
}

#[test]
fn our_own_solver_proves_the_small_ones() {
    for (seed, tasks, shapes, optimum) in PROVED.into_iter().filter(|(_, tasks, ..)| *tasks <= 30) {
        let exact = exact::solve(&packing(CAPACITY, &load(seed, tasks, shapes)), 0).unwrap();
        assert_eq!((exact.bound, exact.is_optimum), (optimum, true), "seed {seed}");
    }
}
