//! The table of a sweep whose runs answer a question of planning: `answers.csv`, one row a point and policy.

use std::io;

use super::super::csv::Row;
use super::rows::Columns;
use super::summary::{Block, BlockFigure};
use crate::analysis::catalogue::{Better, Metric, Unit};
use crate::model::MicroUsdPerHour;
use crate::planning::compact::Compaction;
use crate::planning::loss::Survival;
use crate::sweep::{Place, Plan};

const fn metric(column: &'static str, title: &'static str, unit: Unit, better: Better) -> Metric {
    Metric { id: "", column, title, unit, better, headline: true }
}

/// What `compact` answers.
const COMPACT: [Metric; 6] = [
    metric("instances", "instances that hold the load", Unit::Count, Better::Lower),
    metric("usd_per_hour", "price of them", Unit::UsdPerHour, Better::Lower),
    metric("instances_min", "fewest of all orders", Unit::Count, Better::Lower),
    metric("instances_max", "most of all orders", Unit::Count, Better::Lower),
    metric("instances_bound", "no placement needs fewer", Unit::Count, Better::Neither),
    metric("orders", "orders tried", Unit::Count, Better::Neither),
];

/// What `zone-loss` answers.
const ZONE_LOSS: [Metric; 6] = [
    metric("zones", "zones", Unit::Count, Better::Neither),
    metric("zones_that_may_go", "zones that may be lost", Unit::Count, Better::Higher),
    metric("tasks_left_out_worst", "tasks left out, worst zone", Unit::Count, Better::Lower),
    metric("instances_to_survive", "instances of which any zone may be lost", Unit::Count, Better::Lower),
    metric("usd_per_hour_to_survive", "price of them", Unit::UsdPerHour, Better::Lower),
    metric("instances_without_loss", "instances that hold the load", Unit::Count, Better::Lower),
];

/// The figures of a question's answers, by its word.
#[must_use]
pub fn figures_of(question: &str) -> &'static [Metric] {
    if question == "zone-loss" { &ZONE_LOSS } else { &COMPACT }
}

/// The first line of the table.
pub(super) fn header(plan: &Plan, question: &str) -> Vec<String> {
    let figures = figures_of(question).iter().map(|metric| metric.column);
    let names = ["run", "scenario"].into_iter().chain(plan.keys()).chain(["policy"]).chain(figures);
    names.chain(["is_yes", "failure"]).map(str::to_owned).collect()
}

/// An answer to one question, as figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// One a figure of the question; absent where there is none.
    figures: Vec<Figure>,
    is_yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    Count(Option<u64>),
    Price(Option<u128>),
}

fn count(value: Option<usize>) -> Figure {
    Figure::Count(value.map(|value| value as u64))
}

impl From<&Compaction> for Answered {
    fn from(one: &Compaction) -> Self {
        let sizes = || one.trials.iter().filter_map(|trial| trial.size);
        let bound = one.count.as_ref().and_then(|solved| solved.bound()).and_then(|bound| u64::try_from(bound).ok());
        let answer = one.answer.as_ref();
        let figures = vec![
            count(answer.map(|answer| answer.size)),
            Figure::Price(answer.and_then(|answer| answer.price)),
            count(sizes().min()),
            count(sizes().max()),
            Figure::Count(bound),
            count(Some(one.trials.len())),
        ];
        Self { figures, is_yes: answer.is_some_and(|answer| answer.size <= one.fleet_size) }
    }
}

impl From<&Survival> for Answered {
    fn from(one: &Survival) -> Self {
        let may_go = one.rows.iter().filter(|row| row.loss.passes()).count();
        let smallest = one.smallest.as_ref();
        let without = one.without.as_ref().and_then(|without| without.answer.as_ref());
        let figures = vec![
            count(Some(one.rows.len())),
            count(Some(may_go)),
            Figure::Count(one.rows.iter().map(|row| row.loss.left()).max()),
            count(smallest.and_then(|found| found.size)),
            Figure::Price(smallest.and_then(|found| found.price)),
            count(without.map(|answer| answer.size)),
        ];
        Self { figures, is_yes: one.passes() }
    }
}

/// The row of an answer, or of why there is none.
///
/// # Errors
/// Never: rows are written into memory.
pub fn answer_text(plan: &Plan, place: Place, answer: Result<&Answered, &str>) -> io::Result<String> {
    let planned = &plan.scenarios[place.scenario];
    let mut row = Row::default();
    row.cell(place.run)?;
    row.cell(planned.name.as_str())?;
    plan.cells(place).iter().try_for_each(|cell| row.cell(cell.as_str()))?;
    row.cell(planned.policies[place.policy].name.as_str())?;
    match answer {
        Ok(answer) => {
            for figure in &answer.figures {
                match *figure {
                    Figure::Count(value) => row.cell(value)?,
                    Figure::Price(value) => {
                        row.cell(value.and_then(|micro| u64::try_from(micro).ok()).map(MicroUsdPerHour))?;
                    }
                }
            }
            row.cell(u32::from(answer.is_yes))?;
            row.cell("")?;
        }
        Err(why) => {
            let figures = figures_of(plan.question.as_deref().unwrap_or_default()).len();
            (0..=figures).try_for_each(|_| row.cell(""))?;
            row.cell(why)?;
        }
    }
    row.text()
}

/// A row as a block, for pictures.
pub(super) fn block_of(plan: &Plan, columns: Columns, row: &csv::StringRecord) -> Block {
    let figures = figures_of(plan.question.as_deref().unwrap_or_default());
    let first = columns.policy() + 1;
    let figure = |(place, metric): (usize, &'static Metric)| {
        let mean = row.get(first + place)?.parse().ok()?;
        Some(BlockFigure { metric: metric.column, mean, interval: None })
    };
    Block {
        scenario: row[Columns::SCENARIO].to_owned(),
        values: columns.keys().map(|column| row[column].to_owned()).collect(),
        policy: row[columns.policy()].to_owned(),
        failed: u32::from(row.iter().next_back().is_some_and(|failure| !failure.is_empty())),
        figures: figures.iter().enumerate().filter_map(figure).collect(),
    }
}
