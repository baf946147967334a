//! The fleet of one run at the snapshot: an instance a cell, by zone, coloured by how full it is.

use super::Drawing;
use super::drawing::{Anchor, Area, Point, Stroke, Text};
use super::font::{Weight, width};
use super::frame::{Canvas, LINE, MARGIN, Page, as_f64, heading, small};
use super::paint::{EMPTY, INK, MUTED, WHITE, ramp};
use crate::analysis::record::{FleetCell, RunRecord};
use crate::report::Manifest;
use crate::report::text::humane::{Style, count, counted};
use crate::report::text::names::without_middle;

const WIDTH: f64 = 1_160.0;
/// The width for fleets of at most `FEW` instances, which would be lost on a wider page.
const NARROW_WIDTH: f64 = 800.0;
const FEW: usize = 60;
/// The height that cells may take together.
const CELLS_HEIGHT: f64 = 560.0;
const LARGEST_CELL: f64 = 44.0;
const SMALLEST_CELL: f64 = 4.0;
/// Cells from this size on carry their share as a number.
const NUMBERED_CELL: f64 = 34.0;

/// A fleet of more cells is not worth an SVG: its file would be megabytes of rectangles.
pub const MAX_SVG_CELLS: usize = 5_000;

/// What a cell shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fullness {
    /// The reserved share of its fuller resource.
    Share(f64),
    /// No task.
    Empty,
    /// No capacity: lost.
    Gone,
}

/// The instances of one zone, `bundle` of them to a cell.
struct Zone<'a> {
    name: &'a str,
    instances: Vec<&'a FleetCell>,
    /// What people call each of them; empty where that is not told.
    names: Vec<&'a str>,
}

/// How cells are laid out, alike in all zones.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cells {
    side: f64,
    columns: usize,
    /// Instances in a cell.
    bundle: usize,
}

/// The fleet at the snapshot of one run; `None` when the run recorded no fleet.
///
/// Fleets too large for cells of their own show several neighbours in one cell, and say so.
#[must_use]
pub fn fleet(manifest: &Manifest, record: &RunRecord, canvas: Canvas) -> Option<Drawing> {
    if record.fleet.is_empty() {
        return None;
    }
    let zones = zones(manifest, record);
    let page_width = if record.fleet.len() > FEW { WIDTH } else { NARROW_WIDTH };
    let title = format!("Fleet under {} – {}", record.policy, manifest.scenario.name);
    let mut page = Page::new(&title, canvas.width_or(page_width), canvas);
    let cells = fitting(&zones, page.width());
    page.note(&subtitle(record));
    page.note("Instances of a zone stand in the order of fleet.csv, which has their names in full.");
    legend(&mut page, record, cells.bundle);
    for zone in &zones {
        draw_zone(&mut page, zone, cells);
    }
    Some(page.finish())
}

fn zones<'a>(manifest: &'a Manifest, record: &'a RunRecord) -> Vec<Zone<'a>> {
    let mut zones: Vec<Zone<'_>> =
        manifest.zones.iter().map(|name| Zone { name, instances: Vec::new(), names: Vec::new() }).collect();
    // Cells and rows are of the same instances, in the order of their ids.
    let name = |at: usize| record.names.get(record.instances.get(at)?.instance as usize).map(String::as_str);
    for (at, cell) in record.fleet.iter().enumerate() {
        if let Some(zone) = zones.get_mut(cell.zone as usize) {
            zone.instances.push(cell);
            zone.names.push(name(at).unwrap_or_default());
        }
    }
    zones.retain(|zone| !zone.instances.is_empty());
    zones
}

/// The largest cells that fit; only where the smallest do not, several instances to a cell.
fn fitting(zones: &[Zone<'_>], width: f64) -> Cells {
    let fits = |cells: &Cells| {
        let rows = zones.iter().map(|zone| rows(zone, *cells));
        as_f64(rows.sum()) * cells.side <= CELLS_HEIGHT.max(as_f64(zones.len()) * cells.side)
    };
    let with = |side: f64, bundle| Cells { side, columns: columns(width, side), bundle };
    let mut side = LARGEST_CELL;
    while side > SMALLEST_CELL && !fits(&with(side, 1)) {
        side -= 1.0;
    }
    let mut cells = with(side, 1);
    while !fits(&cells) {
        cells.bundle += 1;
    }
    cells
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number of columns")]
fn columns(width: f64, side: f64) -> usize {
    (width / side).floor().max(1.0) as usize
}

fn rows(zone: &Zone<'_>, cells: Cells) -> usize {
    zone.instances.len().div_ceil(cells.bundle).div_ceil(cells.columns)
}

fn fullness(instances: &[&FleetCell]) -> Fullness {
    let sum = |pick: fn(&FleetCell) -> u32| instances.iter().map(|cell| f64::from(pick(cell))).sum::<f64>();
    let share = |registered: f64, reserved: f64| (registered > 0.0).then(|| reserved / registered);
    let cpu = share(sum(|cell| cell.cpu.0), sum(|cell| cell.cpu.1));
    let memory = share(sum(|cell| cell.memory.0), sum(|cell| cell.memory.1));
    match (cpu, memory) {
        (None, None) => Fullness::Gone,
        _ if instances.iter().all(|cell| cell.tasks == 0) => Fullness::Empty,
        (cpu, memory) => Fullness::Share(cpu.unwrap_or(0.0).max(memory.unwrap_or(0.0))),
    }
}

fn subtitle(record: &RunRecord) -> String {
    let cells: Vec<&FleetCell> = record.fleet.iter().collect();
    let in_use = cells.iter().filter(|cell| cell.tasks > 0).count();
    let sum = |pick: fn(&FleetCell) -> u32| cells.iter().map(|cell| f64::from(pick(cell))).sum::<f64>();
    let percent = |registered: f64, reserved: f64| {
        let style = Style::of(crate::analysis::catalogue::Unit::Share, 0.5, 0.0);
        if registered > 0.0 { style.show(reserved / registered) } else { "–".to_owned() }
    };
    #[expect(clippy::cast_precision_loss, reason = "a time for people")]
    let seconds = record.snapshot_ms as f64 / 1_000.0;
    format!(
        "Seed {} at {}: {} of {} in use, {} of cpu and {} of memory reserved.",
        record.seed,
        Style::seconds(seconds).show(seconds),
        count(in_use as u64),
        counted(cells.len() as u64, "instance"),
        percent(sum(|cell| cell.cpu.0), sum(|cell| cell.cpu.1)),
        percent(sum(|cell| cell.memory.0), sum(|cell| cell.memory.1)),
    )
}

/// The colour bar, the swatches of cells without a share, and what a cell is.
fn legend(page: &mut Page, record: &RunRecord, bundle: usize) {
    const BAR: f64 = 200.0;
    const STEPS: usize = 50;
    page.y += 12.0;
    let (top, bottom) = (page.y, page.y + 12.0);
    for step in 0..STEPS {
        let left = MARGIN + BAR * as_f64(step) / as_f64(STEPS);
        // Steps reach under the next one, so that no seam shows.
        let area = Area { left, top, right: (left + 2.0 * BAR / as_f64(STEPS)).min(MARGIN + BAR), bottom };
        page.drawing.fill(area, ramp((as_f64(step) + 0.5) / as_f64(STEPS)).into());
    }
    for (share, words) in [(0.0, "0"), (0.5, "50"), (1.0, "100 %")] {
        let at = Point::new(MARGIN + BAR * share, bottom + 15.0);
        let anchor = if share > 0.0 { Anchor::Middle } else { Anchor::Start };
        page.drawing.text(small(at, words, anchor, MUTED));
    }
    let mut x = MARGIN + BAR + 16.0;
    let (mut top, mut bottom, right) = (top, bottom, page.width() - MARGIN);
    let mut words = vec![(None, "reserved share of the fuller of cpu and memory".to_owned())];
    words.push((Some(Fullness::Empty), "no task".to_owned()));
    if record.fleet.iter().any(|cell| fullness(&[cell]) == Fullness::Gone) {
        words.push((Some(Fullness::Gone), "lost".to_owned()));
    }
    for (swatch, words) in words {
        let swatch_width = if swatch.is_some() { 18.0 } else { 0.0 };
        let words_width = small(Point::new(0.0, 0.0), words.as_str(), Anchor::Start, INK).area().width();
        if x + swatch_width + words_width > right {
            // Below the numbers of the bar.
            (x, top, bottom) = (MARGIN, bottom + 22.0, bottom + 34.0);
        }
        if let Some(fullness) = swatch {
            draw_cell(page, Area { left: x, top, right: x + 12.0, bottom }, fullness);
        }
        x += swatch_width;
        page.drawing.text(small(Point::new(x, bottom - 1.5), words, Anchor::Start, INK));
        x += words_width + 20.0;
    }
    page.y = bottom + 16.0;
    if bundle > 1 {
        page.note(&format!("Each cell is {} neighbours in the fleet, drawn as one.", count(bundle as u64)));
    }
}

fn draw_zone(page: &mut Page, zone: &Zone<'_>, cells: Cells) {
    page.y += LINE + 14.0;
    let in_use = zone.instances.iter().filter(|cell| cell.tasks > 0).count();
    let title = heading(Point::new(MARGIN, page.y - 8.0), super::font::fit(zone.name, 13.0, Weight::Bold, 500.0));
    let after = Point::new(title.area().right + 12.0, page.y - 8.0);
    page.drawing.text(title);
    let words = format!("{} of {} in use", count(in_use as u64), counted(zone.instances.len() as u64, "instance"));
    page.drawing.text(small(after, words, Anchor::Start, MUTED));
    let gap = if cells.side >= 10.0 { 1.5 } else { 0.5 };
    for (index, bundle) in zone.instances.chunks(cells.bundle).enumerate() {
        let left = MARGIN + as_f64(index % cells.columns) * cells.side;
        let top = page.y + as_f64(index / cells.columns) * cells.side;
        let area = Area { left, top, right: left + cells.side - gap, bottom: top + cells.side - gap };
        draw_cell(page, area, fullness(bundle));
        if cells.bundle == 1 && area.width() > NUMBERED_CELL {
            draw_name(page, area, zone.names[index], fullness(bundle));
        }
    }
    page.y += as_f64(rows(zone, cells)) * cells.side;
}

fn draw_cell(page: &mut Page, area: Area, fullness: Fullness) {
    match fullness {
        Fullness::Share(share) => {
            page.drawing.fill(area, ramp(share).into());
            if area.width() > NUMBERED_CELL {
                number(page, area, share);
            }
        }
        Fullness::Empty => page.drawing.fill(area, EMPTY.into()),
        Fullness::Gone => {
            let stroke = Stroke { width: 0.75, paint: MUTED.into() };
            let Area { left, top, right, bottom } = area;
            page.drawing.line([Point::new(left, bottom), Point::new(right, top)], stroke);
            page.drawing.line([Point::new(left, top), Point::new(right, bottom)], stroke);
        }
    }
}

/// What an instance is called, below the number of its cell; a long name loses its middle.
fn draw_name(page: &mut Page, area: Area, name: &str, fullness: Fullness) {
    const SIZE: f64 = 7.0;
    let fits = |text: &str| width(text, SIZE, Weight::Regular) <= area.width() - 3.0;
    let words = without_middle(name, fits);
    let at = Point::new((area.left + area.right) / 2.0, area.bottom - 3.0);
    let is_dark = matches!(fullness, Fullness::Share(share) if share >= 0.4);
    let colour = if is_dark { WHITE } else { INK };
    page.drawing.text(Text { at, words, size: SIZE, weight: Weight::Regular, anchor: Anchor::Middle, colour });
}

/// The share in percent, in whichever of black and white reads better on its cell.
fn number(page: &mut Page, area: Area, share: f64) {
    let style = Style::of(crate::analysis::catalogue::Unit::Share, share, 0.0).with_decimals(0);
    let at = Point::new((area.left + area.right) / 2.0, area.top + area.height() / 2.0 + 4.0);
    let colour = if share < 0.4 { INK } else { WHITE };
    let (words, weight) = (style.number(share), Weight::Regular);
    page.drawing.text(Text { at, words, size: 11.5, weight, anchor: Anchor::Middle, colour });
}
