//! What a sweep came to, as a short table for people: the figure that ranks, a row a point.
//!
//! Policies are columns where that fits; else a row names the best of them and the worst.

use comfy_table::{CellAlignment, Table, presets};

use super::answers::figures_of;
use super::comparison::last_of;
use super::pictures::{bound_of, distinct, lowest_word, spot_of};
use super::summary::Block;
use crate::analysis::catalogue::{Better, METRICS, Metric, position};
use crate::analysis::compare::PRIMARY;
use crate::report::plot::Spot;
use crate::report::text::humane::{Style, counted};
use crate::report::text::names::printable;
use crate::report::text::wrap::wrapped;
use crate::sweep::Plan;

/// So many points are printed; the tables have all.
const MOST_POINTS: usize = 24;

/// The figure by which the policies of a plan are ranked.
pub(super) fn ranking_figure(plan: &Plan) -> &'static Metric {
    if let Some(question) = &plan.question {
        return &figures_of(question)[0];
    }
    let named = plan.scenarios.iter().find_map(|planned| planned.comparison.primary.as_deref());
    &METRICS[named.and_then(position).or_else(|| position(PRIMARY)).expect("a figure of the catalogue")]
}

/// The figure that ranks at every point, each line within `width` where names allow it.
#[must_use]
pub fn overview(plan: &Plan, blocks: &[Block], width: usize) -> String {
    let metric = ranking_figure(plan);
    let points: Vec<&[Block]> = blocks.chunk_by(|a, b| (&a.scenario, &a.values) == (&b.scenario, &b.values)).collect();
    let shown = &points[..points.len().min(MOST_POINTS)];
    let of =
        Overview { plan, metric, points: shown, policies: distinct(blocks.iter().map(|block| block.policy.as_str())) };
    let fits = |table: &String| table.lines().all(|line| line.chars().count() <= width);
    let table = Some(of.by_policy()).filter(fits).unwrap_or_else(|| of.by_rank());
    let mut notes = vec![format!("{}: {}", metric.title, lowest_word(metric))];
    if blocks.iter().any(|block| spot_of(block, metric.column).is_some_and(|spot| spot.interval.is_some())) {
        notes.push("mean ± half-width of the 95 % interval over the seeds".to_owned());
    }
    if points.len() > shown.len() {
        notes.push(format!("the tables have {}", counted((points.len() - shown.len()) as u64, "more point")));
    }
    let note =
        |line: &String| format!("  {}\n", wrapped(line, width.saturating_sub(4)).trim_end().replace('\n', "\n    "));
    table + &notes.iter().map(note).collect::<String>()
}

struct Overview<'a> {
    plan: &'a Plan,
    metric: &'static Metric,
    points: &'a [&'a [Block]],
    policies: Vec<String>,
}

impl Overview<'_> {
    /// `scenario count │ spread  binpack │ lower bound`.
    fn by_policy(&self) -> String {
        let names = self.policies.iter().map(|policy| printable(policy));
        let header: Vec<String> = names.chain(self.bound_title()).collect();
        let row = |point: &&[Block]| -> Vec<String> {
            let cell = |policy: &String| {
                let block = point.iter().find(|block| block.policy == *policy);
                block.map_or_else(|| "–".to_owned(), |block| self.shown(block))
            };
            let bound = self.bound_title().map(|_| self.bound(point));
            self.policies.iter().map(cell).chain(bound).collect()
        };
        self.table(&header, &self.points.iter().map(row).collect::<Vec<_>>(), &[])
    }

    /// `scenario count │ best │ its figure │ lower bound │ worst │ its figure`.
    fn by_rank(&self) -> String {
        let header = ["best", "", "worst", ""].map(str::to_owned);
        let header: Vec<String> = header.into_iter().chain(self.bound_title()).collect();
        let row = |point: &&[Block]| -> Vec<String> {
            let mut ranked: Vec<(&Block, f64)> =
                point.iter().filter_map(|block| Some((block, spot_of(block, self.metric.column)?.mean))).collect();
            ranked.sort_by(|(_, a), (_, b)| a.total_cmp(b));
            if self.metric.better == Better::Higher {
                ranked.reverse();
            }
            let end = |end: Option<&(&Block, f64)>| -> [String; 2] {
                let Some((block, mean)) = end else { return ["–".to_owned(), "–".to_owned()] };
                let alike = ranked.iter().filter(|(_, other)| other.total_cmp(mean).is_eq()).count() - 1;
                let more = if alike > 0 { format!(" (+{alike})") } else { String::new() };
                [format!("{}{more}", printable(&block.policy)), self.shown(block)]
            };
            let bound = self.bound_title().map(|_| self.bound(point));
            end(ranked.first()).into_iter().chain(end(ranked.last())).chain(bound).collect()
        };
        self.table(&header, &self.points.iter().map(row).collect::<Vec<_>>(), &[0, 2])
    }

    /// Rows with their point in the first columns; the other columns are numbers but those named.
    fn table(&self, header: &[String], rows: &[Vec<String>], words: &[usize]) -> String {
        let many = self.points.iter().any(|point| point[0].scenario != self.points[0][0].scenario);
        let keys = self.plan.keys();
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let place = many.then(|| "scenario".to_owned()).into_iter().chain(keys.iter().map(|key| last_of(key)));
        table.set_header(place.chain(header.iter().cloned()));
        for (point, row) in self.points.iter().zip(rows) {
            let scenario = many.then(|| printable(&point[0].scenario));
            let values = point[0].values.iter().map(|value| printable(value));
            table.add_row(scenario.into_iter().chain(values).chain(row.iter().cloned()));
        }
        let first = usize::from(many) + keys.len();
        for column in (0..header.len()).filter(|column| !words.contains(column)) {
            if let Some(column) = table.column_mut(first + column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    fn bound_column(&self) -> Option<&'static str> {
        bound_of(self.metric.column)
    }

    fn bound_title(&self) -> Option<String> {
        self.bound_column().map(|_| "lower bound".to_owned())
    }

    /// The least bound of all policies, which may have placed different tasks.
    fn bound(&self, point: &[Block]) -> String {
        let column = self.bound_column().unwrap_or_default();
        let least = point.iter().filter_map(|block| Some(spot_of(block, column)?.mean)).min_by(f64::total_cmp);
        least.map_or_else(|| "–".to_owned(), |mean| Style::of(self.metric.unit, mean, 0.0).show(mean))
    }

    /// `20.7 ± 1.4`; that all runs of a block failed is said in place of it.
    fn shown(&self, block: &Block) -> String {
        let Some(Spot { mean, interval }) = spot_of(block, self.metric.column) else {
            return if block.failed > 0 { "failed" } else { "–" }.to_owned();
        };
        let spread = interval.map(|(low, high)| (high - low) / 2.0);
        let style = Style::of(self.metric.unit, mean, spread.unwrap_or(0.0));
        let spread = spread.map_or_else(String::new, |spread| format!(" ± {}", style.number(spread)));
        format!("{}{spread}", style.show(mean))
    }
}

#[cfg(test)]
mod tests {
    use super::super::summary::BlockFigure;
    use super::*;
    use crate::sweep::part::tests::plan;

    fn block(scenario: &str, policy: &str, mean: f64) -> Block {
        let of = |metric, mean| BlockFigure { metric, mean, interval: Some((mean - 1.5, mean + 1.5)) };
        let bound = BlockFigure { interval: None, ..of(bound_of(PRIMARY).unwrap(), 7.0) };
        let figures = vec![of(PRIMARY, mean), bound];
        Block { scenario: scenario.into(), values: Vec::new(), policy: policy.into(), failed: 0, figures }
    }

    #[test]
    fn policies_are_columns_where_they_fit_and_else_the_ends_are_named() {
        let blocks =
            [block("a", "spread", 9.0), block("a", "pack", 8.0), block("b", "spread", 9.5), block("b", "pack", 9.5)];
        let wide = overview(&plan(4), &blocks, 80);
        assert!(
            wide.lines().next().unwrap().split_whitespace().eq(["scenario", "spread", "pack", "lower", "bound"]),
            "{wide}"
        );
        assert!(wide.contains("9.0 ± 1.5") && wide.lines().all(|line| line.chars().count() <= 80), "{wide}");
        let narrow = overview(&plan(4), &blocks, 20);
        assert!(
            narrow.lines().nth(1).unwrap().split_whitespace().eq("a pack 8.0 ± 1.5 spread 9.0 ± 1.5 7".split(' ')),
            "{narrow}"
        );
        assert!(narrow.contains("(+1)"), "{narrow}");
    }

    #[test]
    fn what_failed_and_what_is_left_out_is_said() {
        let mut blocks: Vec<Block> = (0..30).map(|place| block(&format!("s{place:02}"), "p", 9.0)).collect();
        blocks[0].figures.clear();
        blocks[0].failed = 2;
        let text = overview(&plan(4), &blocks, 80);
        assert!(text.contains("failed") && text.contains("s23") && !text.contains("s24"), "{text}");
        assert!(text.contains("6 more points"), "{text}");
    }
}
