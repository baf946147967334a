//! `report.html` of a sweep: the pictures and a table of the headline figures, in one file that needs nothing else.

use super::super::plot::Drawing;
use super::summary::{Block, BlockFigure};
use crate::analysis::catalogue::Metric;
use crate::report::text::humane::{Style, counted};
use crate::sweep::Plan;

/// So many rows are in the page; the tables have all.
const MOST_ROWS: usize = 2_000;

const STYLE: &str = "\
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
figure { margin: 1rem 0; } figure img { max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; }
caption { text-align: left; padding: .25rem 0; color: #555; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }
th.word, td.word { text-align: left; } thead th { border-bottom: 2px solid #999; }
code { font-size: .9em; }";

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
        scenarios: counted(plan.scenarios.len() as u64, "scenario"),
        failed: blocks.iter().map(|block| block.failed).sum(),
        pictures: pictures.iter().map(shown).collect(),
        more_pictures: wanted.saturating_sub(pictures.len()),
        headings: headings.chain(metrics.iter().map(|metric| Cell::number(metric.title))).collect(),
        rows: blocks.iter().take(MOST_ROWS).map(|block| row(block, &metrics)).collect(),
        more_rows: blocks.len().saturating_sub(MOST_ROWS),
    };
    page.render()
}

impl Page<'_> {
    fn render(&self) -> String {
        let name = escaped(self.name);
        let parts = [
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n".to_owned(),
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n".to_owned(),
            format!(
                "<title>{name}: a sweep</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>\n<h1>{name}</h1>\n"
            ),
            self.about(),
            self.figures(),
            self.table(),
            "</main>\n</body>\n</html>\n".to_owned(),
        ];
        parts.concat()
    }

    fn about(&self) -> String {
        let description = match self.description {
            "" => String::new(),
            text => format!("<p>{}</p>\n", escaped(text)),
        };
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(
                " <strong>{} failed</strong>: the column <code>failure</code> of the table of rows says why.",
                counted(u64::from(failed), "run")
            ),
        };
        let (scenarios, hash, version) = (&self.scenarios, self.hash, self.version);
        let runs = counted(self.runs, "run");
        format!("{description}<p>{runs} of {scenarios}; plan <code>{hash}</code>, stowplan {version}.{failed}</p>\n")
    }

    fn figures(&self) -> String {
        let mut text = "<h2>Figures over what is varied</h2>\n".to_owned();
        for Shown { title, data, width, height } in &self.pictures {
            let title = escaped(title);
            text.push_str(&format!(
                "<figure><img src=\"{data}\" width=\"{width}\" height=\"{height}\" alt=\"{title}: the headline figures of \
                 every policy; the table below has the numbers\"><figcaption>{title}</figcaption></figure>\n"
            ));
        }
        if self.more_pictures > 0 {
            text.push_str(&format!(
                "<p>{} not drawn; the tables have all numbers.</p>\n",
                counted(self.more_pictures as u64, "more picture")
            ));
        }
        if self.pictures.is_empty() {
            text.push_str("<p>There is nothing to draw a curve over; the tables have all numbers.</p>\n");
        }
        text
    }

    fn table(&self) -> String {
        let cell = |tag: &str, cell: &Cell| {
            let class = if cell.is_word { " class=\"word\"" } else { "" };
            let scope = if tag == "th" { " scope=\"col\"" } else { "" };
            format!("<{tag}{scope}{class}>{}</{tag}>", escaped(&cell.words))
        };
        let row = |tag: &str, cells: &[Cell]| {
            format!("<tr>{}</tr>\n", cells.iter().map(|one| cell(tag, one)).collect::<String>())
        };
        let more = match self.more_rows {
            0 => String::new(),
            more => format!(" The tables have {}.", counted(more as u64, "more row")),
        };
        let rows: String = self.rows.iter().map(|cells| row("td", cells)).collect();
        format!(
            "<h2>Headline figures</h2>\n\
             <div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Headline figures\">\n<table>\n\
             <caption>Mean over the seeds, and its 95 % interval where anything is drawn.{more}</caption>\n\
             <thead>{}</thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n",
            row("th", &self.headings)
        )
    }
}

/// Words that are no markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
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
