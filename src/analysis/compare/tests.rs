//! What may be said of differences, case by case.

use super::super::catalogue::position;
use super::super::record::Figure;
use super::super::test_support::record;
use super::*;

fn check(column: &str, pairs: &[(Figure, Figure)]) -> Comparison {
    let runs = (1..).zip(pairs).flat_map(|(seed, &(policy, baseline))| {
        [record("base", seed, column, baseline), record("new", seed, column, policy)]
    });
    compare(&runs.collect::<Vec<_>>(), "base", Plan::default()).swap_remove(position(column).unwrap())
}

fn counts(pairs: &[(u64, u64)]) -> Vec<(Figure, Figure)> {
    pairs.iter().map(|&(a, b)| (Figure::Count(a), Figure::Count(b))).collect()
}

/// Differences 1 2 0 1 1.
#[test]
fn worked_example_of_the_method() {
    let row = check("instances_in_use_peak", &counts(&[(11, 10), (12, 10), (20, 20), (8, 7), (9, 8)]));
    assert_eq!((row.n, row.unpaired, row.mean), (5, 0, Some(1.0)));
    let close = |found: Option<f64>, expected: f64| {
        assert!((found.unwrap() - expected).abs() < 5e-7, "{found:?}, expected {expected}");
    };
    close(row.deviation, std::f64::consts::FRAC_1_SQRT_2);
    close(row.low, 0.122_011);
    close(row.high, 1.877_989);
    assert_eq!(row.tally, Some(Tally { wins: 0, ties: 1, losses: 4 }));
    assert_eq!((row.method, row.verdict), (Some(Method::T), Verdict::Worse));
}

#[test]
fn higher_is_a_win_where_higher_is_better() {
    let pairs = counts(&[(3, 1), (1, 1), (0, 1)]);
    let row = check("packing_time_mean", &pairs);
    assert_eq!(row.tally, Some(Tally { wins: 1, ties: 1, losses: 1 }));
    assert_eq!(row.verdict, Verdict::NotToldApart);
    assert_eq!(check("attempts", &pairs).tally, None);
}

#[test]
fn seeds_without_a_partner_are_counted_and_left_out() {
    let (one, absent) = (Figure::Count(1), Figure::Absent);
    let row = check("instances_in_use_peak", &[(one, absent), (one, one), (absent, absent)]);
    assert_eq!((row.n, row.unpaired, row.mean, row.low), (1, 1, Some(0.0), None));
}

/// Case 62, `cens3`: on every seed one policy leaves tasks waiting for more than two hours, the other none.
#[test]
fn case_62_waits_that_did_not_end_are_told_apart_where_their_sign_is_certain() {
    let more = Figure::MoreThanMs(7_200_000);
    let row = check("wait_s_max", &[(more, Figure::Count(0)); 7]);
    assert_eq!((row.n, row.censored, row.untold, row.unpaired), (7, 7, 0, 0));
    assert_eq!((row.mean, row.low, row.method), (None, None, None));
    assert_eq!(row.tally, Some(Tally { wins: 0, ties: 0, losses: 7 }));
    assert_eq!(row.verdict, Verdict::Worse);
    assert!((row.p_sign.unwrap() - 2.0 / 128.0).abs() < 1e-12);
    let turned = check("wait_s_max", &[(Figure::Count(0), more); 7]);
    assert_eq!((turned.verdict, turned.mean), (Verdict::Better, None));

    // Both wait to the end: who waits longer is not known, and counts against both.
    let untold = check("wait_s_max", &[vec![(more, Figure::Count(0)); 6], vec![(more, more); 3]].concat());
    assert_eq!((untold.n, untold.untold, untold.verdict), (9, 3, Verdict::NotToldApart));
    assert_eq!(untold.tally, Some(Tally { wins: 0, ties: 0, losses: 6 }));
    assert_eq!(check("wait_s_max", &[(more, more); 9]).verdict, Verdict::NotToldApart);
}

fn fixed(policy: &str, seed: u32, count: u64) -> RunRecord {
    RunRecord { is_fixed: true, ..record(policy, seed, PRIMARY, Figure::Count(count)) }
}

fn of_primary(records: &[RunRecord]) -> Comparison {
    compare(records, "base", Plan::default()).swap_remove(position(PRIMARY).unwrap())
}

/// Case 64: nothing draws, so that eleven seeds are one observation.
#[test]
fn case_64_copies_give_one_difference_and_no_statistics() {
    let copies = (1..=11).flat_map(|seed| [fixed("base", seed, 10), fixed("new", seed, 9)]);
    let row = of_primary(&copies.collect::<Vec<_>>());
    assert_eq!((row.n, row.mean, row.verdict), (1, Some(-1.0), Verdict::Exact));
    assert_eq!((row.low, row.p_sign, row.p_holm, row.tally), (None, None, None, None));
    let row = of_primary(&[fixed("base", 1, 10), fixed("new", 1, 10)]);
    assert_eq!((row.mean, row.verdict), (Some(0.0), Verdict::Equal));
}

/// One run of a policy that draws nothing pairs with every seed of one that does.
#[test]
fn case_64_a_single_run_pairs_with_every_seed() {
    let drawn = (1..=5).zip([11, 12, 10, 11, 11]);
    let mut records: Vec<RunRecord> =
        drawn.map(|(seed, count)| record("new", seed, PRIMARY, Figure::Count(count))).collect();
    records.push(fixed("base", 1, 10));
    let row = of_primary(&records);
    assert_eq!((row.n, row.unpaired, row.mean, row.verdict), (5, 0, Some(1.0), Verdict::Worse));
    assert_eq!(row.tally, Some(Tally { wins: 0, ties: 1, losses: 4 }));
}

#[test]
fn a_policy_leads_where_every_other_is_told_apart_and_worse() {
    let leading = |records: &[RunRecord]| {
        let mut summary = super::super::summary::summarise(records);
        mark_leaders(&mut summary, records, Plan::default());
        let rows = summary.into_iter().filter(|row| row.leads && row.metric == PRIMARY);
        rows.map(|row| row.policy).collect::<Vec<_>>()
    };
    let of = |policy: &str, counts: [u64; 5]| -> Vec<RunRecord> {
        let runs = (1..).zip(counts);
        runs.map(|(seed, count)| record(policy, seed, PRIMARY, Figure::Count(count))).collect()
    };
    let (a, b) = (of("a", [10, 14, 9, 12, 11]), of("b", [12, 16, 12, 14, 13]));
    assert_eq!(leading(&[a.clone(), b.clone()].concat()), ["a"], "their means' intervals overlap");
    assert_eq!(leading(&[a.clone(), b, of("c", [10, 15, 8, 12, 11])].concat()), [""; 0]);
    assert_eq!(leading(&a), [""; 0], "nobody to lead");
    assert_eq!(leading(&[fixed("a", 1, 3), fixed("b", 1, 9)]), [""; 0], "one observation");
}

#[test]
fn no_baseline_no_comparison() {
    assert_eq!(compare(&[record("p", 1, "attempts", Figure::Count(1))], "base", Plan::default()), Vec::new());
}

#[test]
fn equal_differences_have_no_interval() {
    let row = check("instances_in_use_peak", &counts(&[(9, 10); 8]));
    assert_eq!((row.mean, row.method, row.low, row.verdict), (Some(-1.0), None, None, Verdict::Better));
    assert_eq!(check("instances_in_use_peak", &counts(&[(9, 10); 3])).verdict, Verdict::NotToldApart);
    assert_eq!(check("instances_in_use_peak", &counts(&[(9, 9); 3])).verdict, Verdict::Equal);
}

#[test]
fn ratios_are_resampled_from_twelve_seeds_on() {
    let pairs = |n: u64| counts(&(0..n).map(|i| (i * i, 3)).collect::<Vec<_>>());
    assert_eq!(check("packing_time_mean", &pairs(11)).method, Some(Method::T));
    assert_eq!(check("packing_time_mean", &pairs(12)).method, Some(Method::Bca));
    assert_eq!(check("cpu_packing_time_mean", &pairs(12)).method, Some(Method::T), "only headline figures");
}

#[test]
fn more_policies_ask_for_more_evidence() {
    let record = |policy: &str, seed: u32, count| record(policy, seed, PRIMARY, Figure::Count(count));
    // p = 0.034 for one policy alone.
    let mut records: Vec<RunRecord> = Vec::new();
    for (seed, more) in (1..).zip([1, 2, 0, 1, 1]) {
        records.push(record("base", seed, 10));
        records.push(record("a", seed, 10 + more));
    }
    let verdict = |records: &[RunRecord]| {
        let row = compare(records, "base", Plan { primary: PRIMARY, smallest_effect: Some(0.5) });
        let row = row.into_iter().find(|row| row.policy == "a" && row.metric == PRIMARY).unwrap();
        (row.verdict, row.p_holm.unwrap())
    };
    assert_eq!(verdict(&records).0, Verdict::Worse);
    for (seed, more) in (1..).zip([1, 2, 0, 1, 1]) {
        records.push(record("b", seed, 10 + more));
    }
    let (verdict, p) = verdict(&records);
    assert_eq!(verdict, Verdict::NotToldApart);
    assert!((p - 2.0 * 0.034_109_423_167_409_63).abs() < 1e-9, "{p}");
}

#[test]
fn a_clear_difference_may_be_too_small_to_matter() {
    let pairs: Vec<_> = (0..8).map(|i| (Figure::ratio(1000 + i % 2, 10).to_owned(), Figure::Count(100))).collect();
    let records: Vec<RunRecord> = (1..)
        .zip(&pairs)
        .flat_map(|(seed, &(a, b))| [record("base", seed, PRIMARY, b), record("a", seed, PRIMARY, a)])
        .collect();
    let verdict = |least| {
        compare(&records, "base", Plan { primary: PRIMARY, smallest_effect: Some(least) })[position(PRIMARY).unwrap()]
            .verdict
    };
    assert_eq!(verdict(0.5), Verdict::TooSmallToMatter);
    assert_eq!(verdict(0.01), Verdict::Worse);
}

/// An interval that ends at 0 holds it.
#[test]
fn an_interval_that_touches_0_tells_nothing_apart() {
    let counts = |policy, base| (Figure::Count(policy), Figure::Count(base));
    let row = check(PRIMARY, &[counts(1, 2), counts(1, 3), counts(2, 3)]);
    let with = |low, high| {
        let mean = Some(f64::midpoint(low, high));
        let row = Comparison { mean, low: Some(low), high: Some(high), ..row.clone() };
        verdict(&row, Better::Lower, &Differences { paired: Vec::new(), unpaired: 0 })
    };
    assert_eq!([with(-2.0, 0.0), with(0.0, 2.0), with(-2.0, 0.5)], [Verdict::NotToldApart; 3]);
    assert_eq!(with(-2.0, -0.5), Verdict::Better);
}

/// Counts are resampled only where their differences are skewed.
#[test]
fn skewed_counts_are_resampled_and_even_ones_are_not() {
    let method = |differences: [u64; 14]| {
        check(PRIMARY, &differences.map(|by| (Figure::Count(10 + by), Figure::Count(10)))).method
    };
    assert_eq!(method([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 40]), Some(Method::Bca));
    assert_eq!(method([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 1, 1]), Some(Method::T));
}

#[test]
fn two_experiments_are_paired_by_policy_and_seed() {
    let record = |policy: &str, seed, count| record(policy, seed, PRIMARY, Figure::Count(count));
    let before = [record("p", 1, 10), record("p", 2, 20), record("gone", 1, 1)];
    let after = [record("p", 2, 21), record("p", 1, 12), record("new", 1, 1)];
    let rows = compare_experiments(&before, &after, Plan::default());
    assert_eq!(rows.len(), METRICS.len());
    assert_eq!(rows[position(PRIMARY).unwrap()].mean, Some(1.5));
}
