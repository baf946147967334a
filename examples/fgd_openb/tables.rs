//! The tables: every curve, their means beside the published ones, and how far off each is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Run;
use crate::cases::{CASES, Case};
use crate::load::Order;
use crate::measure::Curve;

/// Means and standard deviations over the authors' ten seeds, from their `experiments/analysis/expected_results`,
/// workload `openb_pod_list_default`.
pub(crate) const PUBLISHED: &str = include_str!("published.csv");

/// What the paper's figures and text are about: allocated at the end, fragmented on the way.
const FIGURES: [(usize, u64); 5] = [(0, 100), (0, 130), (1, 50), (1, 80), (1, 90)];
const NAMES: [&str; 2] = ["allocated_percent", "fragmented_percent"];

/// Mean and standard deviation over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Over {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
    seeds: usize,
}

impl Over {
    #[expect(clippy::cast_precision_loss, reason = "ten seeds")]
    fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Self { mean, deviation: (squares / (count - 1.0)).sqrt(), seeds: values.len() }
    }

    /// The difference to another mean in standard errors of it, by Welch.
    #[expect(clippy::cast_precision_loss, reason = "ten seeds")]
    fn standard_errors_from(&self, other: &Self) -> f64 {
        let square = |over: &Self| over.deviation * over.deviation / over.seeds as f64;
        (self.mean - other.mean) / (square(self) + square(other)).sqrt()
    }
}

/// A figure of a case over its seeds.
pub(crate) fn over(curves: &BTreeMap<Run, Curve>, case: usize, figure: usize, at: u64) -> Option<Over> {
    let mine = curves.range(Run { case, seed: 0 }..=Run { case, seed: u64::MAX });
    let values: Vec<f64> = mine.filter_map(|(_, curve)| Some(curve.get(&at)?[figure])).collect();
    (!values.is_empty()).then(|| Over::of(&values))
}

/// A published figure of a policy.
pub(crate) fn published(policy: &str, figure: usize, at: u64) -> Option<Over> {
    let line = |line: &'static str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |cell: usize| cells.get(cell)?.parse::<f64>().ok();
        let is_it = cells[0] == policy && cells.get(1)?.parse::<u64>().ok()? == at;
        let seeds = cells.get(2)?.parse().ok()?;
        is_it.then_some(Over { mean: number(3 + 2 * figure)?, deviation: number(4 + 2 * figure)?, seeds })
    };
    PUBLISHED.lines().skip(1).find_map(line)
}

/// Every point of every run.
pub(crate) fn curve(curves: &BTreeMap<Run, Curve>) -> String {
    let mut text = "policy,variant,seed,asked_percent,allocated_percent,fragmented_percent\n".to_owned();
    for (run, curve) in curves {
        let case = CASES[run.case];
        for (asked, [allocated, fragmented]) in curve.iter().filter(|(asked, _)| **asked % 5 == 0) {
            let (policy, variant) = (case.policy, quoted(case.variant));
            let _ = writeln!(text, "{policy},{variant},{},{asked},{allocated:.4},{fragmented:.4}", run.seed);
        }
    }
    text
}

fn quoted(words: &str) -> String {
    if words.contains(',') { format!("\"{words}\"") } else { words.to_owned() }
}

/// The figures of the paper, case by case, beside what was published.
pub(crate) fn summary(curves: &BTreeMap<Run, Curve>) -> String {
    let mut text = "policy,variant,figure,asked_percent,seeds,mean,standard_deviation,published_mean,\
                    published_standard_deviation,difference,difference_in_standard_errors\n"
        .to_owned();
    for (position, case) in CASES.iter().enumerate() {
        for (figure, at) in FIGURES {
            let Some(found) = over(curves, position, figure, at) else { continue };
            let (policy, variant, name) = (case.policy, quoted(case.variant), NAMES[figure]);
            let Over { mean, deviation, seeds } = found;
            let _ = write!(text, "{policy},{variant},{name},{at},{seeds},{mean:.3},{deviation:.3}");
            let _ = match published(case.policy, figure, at) {
                Some(paper) => writeln!(
                    text,
                    ",{:.3},{:.3},{:+.3},{:+.2}",
                    paper.mean,
                    paper.deviation,
                    mean - paper.mean,
                    found.standard_errors_from(&paper)
                ),
                None => writeln!(text, ",,,,"),
            };
        }
    }
    text
}

/// A table of 80 columns.
pub(crate) fn for_people(curves: &BTreeMap<Run, Curve>) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{:<42}{:>12}{:>24}", "", "allocated at", "fragmented at");
    let _ = writeln!(text, "{:<42}{:>12}{:>8}{:>8}{:>8}", "", "130 %", "50 %", "80 %", "90 %");
    for (position, case) in CASES.iter().enumerate() {
        if case.variant == "authors" {
            let paper = |figure, at| published(case.policy, figure, at);
            line(&mut text, &format!("{}: published", case.policy), paper);
        }
        line(&mut text, &label(case), |figure, at| over(curves, position, figure, at));
    }
    text
}

fn label(case: &Case) -> String {
    match (case.variant, case.order) {
        ("authors", _) => "  their code, here".to_owned(),
        (variant, Order::Trace) => format!("  {variant}"),
        ("stowplan", _) => "  stowplan's".to_owned(),
        (variant, _) => format!("  theirs, but {variant}"),
    }
}

fn line(text: &mut String, label: &str, of: impl Fn(usize, u64) -> Option<Over>) {
    let cell = |figure, at| of(figure, at).map_or_else(String::new, |over| format!("{:.1}", over.mean));
    let allocated = of(0, 130).map_or_else(String::new, |over| format!("{:.1} ±{:.1}", over.mean, over.deviation));
    let [at_50, at_80, at_90] = [50, 80, 90].map(|at| cell(1, at));
    let _ = writeln!(text, "{label:<42}{allocated:>12}{at_50:>8}{at_80:>8}{at_90:>8}");
}
