//! Lays a grid out within a width: policies as rows, policies as columns, or blocks of figures.

use comfy_table::{CellAlignment, LineStyle, Table, presets};

use super::grid::{Entry, Grid};
use crate::report::text::names;

/// Whether text may carry ANSI colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    #[default]
    Off,
    /// ANSI escape sequences.
    On,
}

/// Where the table will be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Characters in a line.
    pub width: usize,
    /// Whether there is colour.
    pub colour: Colour,
}

/// Headings are broken into lines of at least this width.
const HEADING_WIDTH: usize = 14;
/// Titles of figures at the left are broken into lines of at least this width.
const FIGURE_WIDTH: usize = 26;
/// Policy names keep at least this many characters.
const LEAST_NAME: usize = 16;
/// Spaces between columns.
const GAP: u16 = 2;

/// Stand for the start and end of a best value until widths are settled; each is one column wide.
const BEST_START: char = '\u{E000}';
const BEST_END: char = '\u{E001}';

/// A table before it is drawn: the heading, then rows; the first column is text, the others are numbers.
struct Cells {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

pub(super) fn fit(grid: &Grid, view: View) -> String {
    let every: Vec<usize> = (0..grid.figures.len()).collect();
    let upright = draw(&policies_as_rows(grid, &every, view.width));
    if width(&upright) <= view.width {
        return paint(&upright, view.colour);
    }
    let turned = draw(&policies_as_columns(grid));
    if width(&turned) <= view.width {
        return paint(&turned, view.colour);
    }
    let count = blocks(grid, view.width, grid.figures.len()).len();
    // The same number of blocks, but none left with a single figure.
    let even = blocks(grid, view.width, grid.figures.len().div_ceil(count));
    let drawn: Vec<String> = even.iter().map(|figures| draw(&policies_as_rows(grid, figures, view.width))).collect();
    paint(&drawn.join("\n"), view.colour)
}

/// As many figures in each block as fit, at least one and never more than `most`.
fn blocks(grid: &Grid, limit: usize, most: usize) -> Vec<Vec<usize>> {
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    for figure in 0..grid.figures.len() {
        if let Some(last) = blocks.last_mut().filter(|last| last.len() < most) {
            last.push(figure);
            if width(&draw(&policies_as_rows(grid, last, limit))) <= limit {
                continue;
            }
            last.pop();
        }
        blocks.push(vec![figure]);
    }
    blocks
}

fn policies_as_rows(grid: &Grid, figures: &[usize], limit: usize) -> Cells {
    let room = LEAST_NAME.max(limit / 3);
    let policies: Vec<&str> = grid.policies.iter().map(String::as_str).collect();
    let names = names::shortened(&policies, |text| text.chars().count() <= room);
    let mut heading = vec!["policy".to_owned()];
    heading.extend(figures.iter().map(|&figure| wrapped(&grid.figures[figure], HEADING_WIDTH) + " "));
    let row = |(name, entries): (String, &Vec<Entry>)| {
        let mut row = vec![name];
        row.extend(figures.iter().map(|&figure| marked(&entries[figure])));
        row
    };
    Cells { heading, rows: names.into_iter().zip(&grid.entries).map(row).collect() }
}

fn policies_as_columns(grid: &Grid) -> Cells {
    let mut heading = vec!["figure".to_owned()];
    heading.extend(grid.policies.iter().map(|name| wrapped(name, HEADING_WIDTH) + " "));
    let row = |(figure, title): (usize, &String)| {
        let mut row = vec![wrapped(title, FIGURE_WIDTH)];
        row.extend(grid.entries.iter().map(|entries| marked(&entries[figure])));
        row
    };
    Cells { heading, rows: grid.figures.iter().enumerate().map(row).collect() }
}

/// The value with room for the mark in every cell, so that digits stand under digits.
fn marked(entry: &Entry) -> String {
    if entry.best { format!("{BEST_START}{}{BEST_END}", entry.text) } else { format!("{} ", entry.text) }
}

fn draw(cells: &Cells) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_header(cells.heading.clone());
    table.add_rows(cells.rows.clone());
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 1 } else { 0 }, GAP));
        column.set_cell_alignment(if index == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    let lines: Vec<String> = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    lines.concat()
}

/// The longest line, in characters.
fn width(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

fn paint(text: &str, colour: Colour) -> String {
    match colour {
        Colour::Off => text.replace(BEST_START, " ").replace(BEST_END, "*"),
        Colour::On => text.replace(BEST_START, " \u{1b}[1;32m").replace(BEST_END, "*\u{1b}[0m"),
    }
}

/// Words (and parts of hyphenated names) in lines of at most `limit` characters where they can be broken.
pub(in crate::report) fn wrapped(text: &str, limit: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for part in text.split_inclusive([' ', '-', '_']) {
        let line = lines.last_mut().expect("there is always a line");
        let fits = line.chars().count() + part.trim_end().chars().count() <= limit;
        if fits || line.is_empty() || part.trim_end().chars().count() == 1 {
            line.push_str(part);
        } else {
            lines.push(part.to_owned());
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}
