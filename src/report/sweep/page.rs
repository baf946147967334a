//! `report.html` of a sweep: the pictures and a table of the headline figures, in one file that needs nothing else.

use askama::Template;

use super::super::humane::Style;
use super::super::plot::Drawing;
use super::summary::{Block, BlockFigure};
use crate::analysis::catalogue::Metric;
use crate::sweep::Plan;

/// So many rows are in the page; the tables have all.
const MOST_ROWS: usize = 2_000;

#[derive(Template)]
#[template(path = "page.html", config = "src/report/sweep/askama.toml")]
struct Page<'a> {
    name: &'a str,
    description: &'a str,
    hash: &'a str,
    version: &'a str,
    runs: u64,
    scenarios: String,
    failed: u32,
    pictures: Vec<Shown<'a>>,
    more_pictures: usize,
    headings: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
    more_rows: usize,
}

struct Shown<'a> {
    title: &'a str,
    data: String,
    width: f64,
    height: f64,
}

struct Cell {
    words: String,
    is_word: bool,
}

impl Cell {
    fn word(words: impl Into<String>) -> Self {
        Self { words: words.into(), is_word: true }
    }

    fn number(words: impl Into<String>) -> Self {
        Self { words: words.into(), is_word: false }
    }
}

/// The page of a sweep with its pictures, of which there might be more than are drawn.
///
/// # Panics
/// Never: the template is checked when it is compiled.
pub(super) fn page(plan: &Plan, blocks: &[Block], pictures: &[Drawing], wanted: usize) -> String {
    let shown_here = super::pictures::shown(plan);
    let metrics: Vec<&Metric> = shown_here.into_iter().filter(|metric| is_known(blocks, metric)).collect();
    let headings = ["scenario"].into_iter().chain(plan.keys()).chain(["policy"]).map(Cell::word);
    let page = Page {
        name: &plan.name,
        description: &plan.description,
        hash: &plan.hash[..8],
        version: &plan.version,
        runs: plan.runs(),
        scenarios: super::super::humane::counted(plan.scenarios.len() as u64, "scenario"),
        failed: blocks.iter().map(|block| block.failed).sum(),
        pictures: pictures.iter().map(shown).collect(),
        more_pictures: wanted.saturating_sub(pictures.len()),
        headings: headings.chain(metrics.iter().map(|metric| Cell::number(metric.title))).collect(),
        rows: blocks.iter().take(MOST_ROWS).map(|block| row(block, &metrics)).collect(),
        more_rows: blocks.len().saturating_sub(MOST_ROWS),
    };
    page.render().expect("the template is checked when it is compiled")
}

fn is_known(blocks: &[Block], metric: &Metric) -> bool {
    blocks.iter().any(|block| block.figures.iter().any(|figure| figure.metric == metric.column))
}

fn shown(drawing: &Drawing) -> Shown<'_> {
    let (width, height) = drawing.size();
    Shown { title: drawing.title(), data: uri(&drawing.svg()), width, height }
}

/// A picture as an address: letters that mean something in addresses are written by their numbers.
fn uri(svg: &str) -> String {
    let mut uri = "data:image/svg+xml,".to_owned();
    for byte in svg.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b' ' | b'/' | b':' | b'=' | b',' | b';' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn row(block: &Block, metrics: &[&Metric]) -> Vec<Cell> {
    let figure = |metric: &Metric| block.figures.iter().find(|figure| figure.metric == metric.column);
    let place = std::iter::once(&block.scenario).chain(&block.values).chain([&block.policy]);
    let cells = metrics.iter().map(|metric| Cell::number(figure(metric).map_or("–".to_owned(), |at| said(metric, at))));
    place.map(|word| Cell::word(word.as_str())).chain(cells).collect()
}

/// `12.3 (11.9 .. 12.7)`.
fn said(metric: &Metric, figure: &BlockFigure) -> String {
    let spread = figure.interval.map_or(0.0, |(low, high)| (high - low) / 2.0);
    let style = Style::of(metric.unit, figure.mean, spread);
    let interval = figure.interval.map(|(low, high)| format!(" ({} .. {})", style.number(low), style.number(high)));
    format!("{}{}", style.show(figure.mean), interval.unwrap_or_default())
}
