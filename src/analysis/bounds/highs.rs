//! B6 for what is too large or too hard for the solver of [`exact`](super::exact): the same model, solved by HiGHS.
//!
//! The file is compiled with the cargo feature `highs` only, which is off by default. HiGHS is given one thread, a fixed
//! seed and a number of nodes, and no clock, so that its answer is the same on every run and for any number of threads
//! of ours. Where the nodes run out, its dual bound is the answer, as a bound and no optimum: tables then name it `branch
//! and bound`, and `instances_optimum_by_cpu_and_memory_peak` stays empty. Packings that it finds are added up again in integers.
//!
//! # Building
//!
//! ```text
//! apt-get install cmake g++ libclang-dev      # Debian 12: cmake 3.25, g++ 12, libclang 14
//! cargo build --release --features highs      # compiles HiGHS once: some 15 minutes of one core
//! ```
//!
//! The program then needs `libstdc++` as well. Its version ends in `+highs`, in the manifest too, since it writes bounds
//! that a build without HiGHS leaves empty.
//!
//! # Cost
//! 16 questions about loads of 24 to 80 tasks: 1.2 s of processor time together. One node of 180 tasks of 18 shapes takes
//! seconds. A case with more than [`MOST_COUNTS`] counts is not tried.
//!
//! # Sources
//! Huangfu and Hall, "Parallelizing the dual revised simplex method", 2018: <https://highs.dev>.

use std::ops::RangeInclusive;

use highs::{Col, HighsModelStatus, HighsStatus, Model, RowProblem, Sense};

use super::Alike;
use super::exact::{Answer, added_up, proved_by, real, room, rounded};

/// Shapes times instances; more are not given to the solver.
const MOST_COUNTS: usize = 4_000;
/// Nodes of the search after which the solver gives up.
const MOST_NODES: i32 = 2_000;
/// The objective is a whole number: a smaller gap is none.
const LARGEST_GAP: f64 = 0.9;

/// The model count[shape][instance] with at least `least` and at most `most` instances.
pub(super) fn ask(shapes: &[Alike<[u64; 2]>], size: [u64; 2], instances: RangeInclusive<u64>) -> Answer {
    within(MOST_NODES, shapes, size, instances)
}

fn within(nodes: i32, shapes: &[Alike<[u64; 2]>], size: [u64; 2], range: RangeInclusive<u64>) -> Answer {
    let (least, most) = range.into_inner();
    let Ok(instances) = usize::try_from(most) else { return Answer::Nothing };
    if shapes.len().saturating_mul(instances) > MOST_COUNTS {
        return Answer::Nothing;
    }
    if least > most {
        return Answer::None;
    }
    let (problem, counts) = problem(shapes, size, least, instances);
    let Ok(solved) = prepared(problem, nodes).and_then(Model::try_solve) else { return Answer::Nothing };
    match solved.status() {
        HighsModelStatus::Infeasible => Answer::None,
        HighsModelStatus::Optimal => {
            let solution = solved.get_solution();
            let found: Vec<Vec<u64>> =
                counts.iter().map(|on| on.iter().map(|&column| rounded(solution[column])).collect()).collect();
            added_up(shapes, size, &found).map_or(Answer::Nothing, Answer::Fewest)
        }
        // The nodes ran out, or the memory did.
        _ => match solved.double_info_value(c"mip_dual_bound") {
            Ok(bound) if bound.is_finite() => Answer::AtLeast(proved_by(bound).max(least)),
            _ => Answer::Nothing,
        },
    }
}

/// The rows, and the column of each shape on each instance.
fn problem(shapes: &[Alike<[u64; 2]>], size: [u64; 2], least: u64, most: usize) -> (RowProblem, Vec<Vec<Col>>) {
    let mut problem = RowProblem::default();
    let used: Vec<Col> = (0..most).map(|_| problem.add_integer_column(1.0, 0.0..=1.0)).collect();
    let counts: Vec<Vec<Col>> = shapes
        .iter()
        .map(|&Alike { demand, count }| {
            let room = real(room(demand, count, size));
            used.iter().map(|_| problem.add_integer_column(0.0, 0.0..=room)).collect()
        })
        .collect();
    for (&Alike { count, .. }, on) in shapes.iter().zip(&counts) {
        problem.add_row(real(count)..=real(count), on.iter().map(|&column| (column, 1.0)));
    }
    for (instance, &used) in used.iter().enumerate() {
        for r in (0..2).filter(|&r| size[r] > 0) {
            // In shares of the instance, so that no coefficient is far from 1.
            let share = |demand: [u64; 2]| real(demand[r]) / real(size[r]);
            let takes = shapes.iter().zip(&counts).map(|(shape, on)| (on[instance], share(shape.demand)));
            problem.add_row(..=0.0, takes.chain([(used, -1.0)]));
        }
    }
    for pair in used.windows(2) {
        problem.add_row(0.0.., [(pair[0], 1.0), (pair[1], -1.0)]);
    }
    problem.add_row(real(least).., used.iter().map(|&used| (used, 1.0)));
    (problem, counts)
}

/// The model with every option that decides what comes out.
fn prepared(problem: RowProblem, nodes: i32) -> Result<Model, HighsStatus> {
    let mut model = problem.try_optimise(Sense::Minimise)?;
    model.make_quiet();
    let set = [
        model.try_set_option("threads", 1),
        model.try_set_option("parallel", "off"),
        model.try_set_option("random_seed", 0),
        model.try_set_option("mip_max_nodes", nodes),
        model.try_set_option("mip_rel_gap", 0.0),
        model.try_set_option("mip_abs_gap", LARGEST_GAP),
    ];
    if set.iter().all(Result::is_ok) { Ok(model) } else { Err(HighsStatus::Error) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::highs_optima::{CAPACITY, PROVED, load};
    use super::super::worked::packing;
    use super::super::{Bounds, Packing, exact};
    use super::*;

    fn case(seed: u64, tasks: usize, shapes: u64) -> Packing {
        packing(CAPACITY, &load(seed, tasks, shapes))
    }

    /// What one solver proved through Python with a model of its own, this one proves with ours, from no bound at all.
    #[test]
    fn the_proved_optima_are_proved_here_too() {
        for (seed, tasks, shapes, optimum) in PROVED {
            let shapes = case(seed, tasks, shapes).shapes();
            assert_eq!(ask(&shapes, CAPACITY, 0..=optimum + 1), Answer::Fewest(optimum), "seed {seed}");
            assert_eq!(ask(&shapes, CAPACITY, 0..=optimum - 1), Answer::None, "seed {seed}: on one less there is none");
        }
    }

    #[test]
    fn large_cases_have_an_optimum_or_a_bound_that_is_no_optimum() {
        for (seed, tasks, shapes) in [(21, 120, 6), (22, 200, 8), (23, 300, 5)] {
            let bounds = Bounds::at(&case(seed, tasks, shapes), 0);
            let (fewest, _) = bounds.exact.expect("beyond 50 tasks, and still an answer");
            assert!(fewest >= bounds.columns.unwrap_or(0) && fewest == bounds.best(), "seed {seed}: {bounds:?}");
        }
    }

    /// One node is enough for some; for the others the answer is a bound, never above an optimum that is known.
    #[test]
    fn where_the_nodes_run_out_the_dual_bound_is_the_answer() {
        let mut bounds = 0;
        let known = PROVED.map(|(seed, tasks, shapes, optimum)| (seed, tasks, shapes, Some(optimum)));
        for (seed, tasks, shapes, optimum) in known.into_iter().chain([(41, 150, 14, None), (42, 180, 18, None)]) {
            let shapes = case(seed, tasks, shapes).shapes();
            let most = optimum.map_or(tasks as u64 / 2, |optimum| optimum + 3);
            match within(1, &shapes, CAPACITY, 0..=most) {
                Answer::AtLeast(bound) => {
                    bounds += 1;
                    assert!(bound > 0 && bound <= optimum.unwrap_or(most), "seed {seed}: {bound}, optimum {optimum:?}");
                }
                Answer::Fewest(fewest) => assert_eq!(fewest, optimum.unwrap_or(fewest), "seed {seed}"),
                other => panic!("seed {seed}: {other:?}"),
            }
        }
        assert!(bounds > 0, "one node was enough for all: nothing was cut off");
    }

    #[test]
    fn threads_of_ours_change_no_answer() {
        let shapes = case(24, 90, 9).shapes();
        let size = CAPACITY;
        let one = |range| ask(&shapes, size, range);
        let alone = one(0..=45);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| one(0..=45))).collect();
            threads.into_iter().for_each(|thread| assert_eq!(thread.join().expect("no panic"), alone));
        });
    }

    #[test]
    fn what_is_too_large_is_not_tried() {
        assert_eq!(ask(&[Alike { demand: [1, 1], count: 100_000 }], [2, 2], 1..=100_000), Answer::Nothing);
        assert_eq!(ask(&[Alike { demand: [1, 1], count: 1 }], [2, 2], RangeInclusive::new(2, 1)), Answer::None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Two solvers, one answer.
        #[test]
        fn highs_and_our_own_solver_agree(tasks in prop::collection::vec([1..=10_u64, 1..=12_u64], 1..14)) {
            let packing = packing([10, 12], &tasks);
            let own = exact::solve(&packing, 0).expect("a small case");
            prop_assert!(own.is_optimum);
            let answer = ask(&packing.shapes(), [10, 12], 0..=packing.tasks());
            prop_assert_eq!(answer, Answer::Fewest(own.bound));
        }
    }
}
