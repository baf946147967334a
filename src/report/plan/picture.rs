//! The picture of an answer as SVG: the probability of a fit against the size of the fleet, price against instances, what
//! each loss does, dollars by rule.
//!
//! Everything drawn stands in a table of the answer too: a picture is for the eye, and says in words what it shows.

use std::fmt::Write as _;

use super::value;
use crate::analysis::catalogue::Unit;
use crate::planning::{Answer, Table, Value};
use crate::report::plot::scale::Scale;
use crate::report::text::humane::Style;

const WIDTH: f64 = 720.0;
/// Room for names at the left of bars.
const NAMES: f64 = 210.0;
/// At most so many bars are drawn, and so many curves.
const BARS: usize = 24;
const CURVES: usize = 6;
/// Colours that are told apart without red and green; dashes tell them apart without colours.
const COLOURS: [&str; CURVES] = ["#0b5394", "#b45309", "#117a65", "#6c3483", "#7b241c", "#424949"];
const DASHES: [&str; CURVES] = ["none", "7 3", "2 3", "9 3 2 3", "1 2", "12 4"];

/// The pictures of an answer; none where there is nothing to see.
pub(super) fn pictures(answer: &Answer) -> Vec<String> {
    let table = |key: &str| answer.tables.iter().find(|table| table.key == key);
    let picture = match &*answer.plan {
        "compact" => table("orders").and_then(fits),
        "mix" => table("mixes").and_then(|of| bars(of, "$ an hour by mix; the mark is what it costs at least", &MIX)),
        "zone-loss" | "n-plus-one" => {
            table("losses").and_then(|of| bars(of, "tasks by what is lost; dark is what finds no room", &LOSS))
        }
        "rules" => table("rules").and_then(|of| {
            let by_price = bars(of, "$ an hour that each rule costs", &RULES);
            by_price.or_else(|| bars(of, "instances that each rule costs", &RULES_IN_INSTANCES))
        }),
        "consolidate" => table("steps").and_then(|of| price(of, answer)),
        "headroom" => answer.tables.first().and_then(|of| bars(of, "how many more of each fit now", &HEADROOM)),
        _ => None,
    };
    picture.into_iter().collect()
}

/// Which columns of a table are drawn.
struct Bars {
    name: &'static str,
    length: &'static str,
    /// A part of the bar that is dark, or a mark on it.
    part: Option<&'static str>,
    is_mark: bool,
}

const MIX: Bars = Bars { name: "mix", length: "usd_per_hour", part: Some("usd_bound"), is_mark: true };
const LOSS: Bars = Bars { name: "", length: "tasks_lost", part: Some("tasks_left_out"), is_mark: false };
const RULES: Bars = Bars { name: "rule", length: "usd_per_hour", part: None, is_mark: false };
const RULES_IN_INSTANCES: Bars = Bars { name: "rule", length: "instances_p90", part: None, is_mark: false };
const HEADROOM: Bars = Bars { name: "", length: "copies", part: None, is_mark: false };

fn position(table: &Table, key: &str) -> Option<usize> {
    if key.is_empty() { Some(0) } else { table.columns.iter().position(|column| column.key == key) }
}

#[expect(clippy::cast_precision_loss, reason = "a picture has no more than a few thousand points")]
fn number(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Count(count) => *count as f64,
        Value::Change(change) => *change as f64,
        Value::Usd(micro) => *micro as f64 / 1e6,
        Value::UsdChange(micro) => *micro as f64 / 1e6,
        Value::Share(ratio) => ratio.to_f64(),
        Value::Absent | Value::Text(_) | Value::Flag(_) => return None,
    })
}

/// What a row is called: with its policy, where there are several.
fn names(table: &Table, name: usize) -> impl Fn(&[Value]) -> String {
    let policy = position(table, "policy")
        .filter(|&policy| policy != name && table.rows.iter().any(|row| row[policy] != table.rows[0][policy]));
    move |row| match policy {
        Some(policy) => format!("{}, {}", value::text(&row[name]), value::text(&row[policy])),
        None => value::text(&row[name]),
    }
}

/// A bar for each row that has a length.
fn bars(table: &Table, title: &str, of: &Bars) -> Option<String> {
    let (name, length) = (position(table, of.name)?, position(table, of.length)?);
    let part = of.part.and_then(|key| position(table, key));
    let rows: Vec<&Vec<Value>> = table.rows.iter().filter(|row| number(&row[length]).is_some()).take(BARS).collect();
    let ends = |row: &&Vec<Value>| number(&row[length]).unwrap_or(0.0);
    let most = rows.iter().map(ends).fold(0.0, f64::max);
    let least = rows.iter().map(ends).fold(0.0, f64::min);
    if rows.is_empty() || most - least <= 0.0 {
        return None;
    }
    let height = 22.0 * as_f64(rows.len()) + 36.0;
    let x = |value: f64| NAMES + (value - least) / (most - least) * (WIDTH - NAMES - 110.0);
    let mut svg = open(title, height);
    let _ = write!(svg, "<text x=\"4\" y=\"14\">{}</text>", escaped(title));
    let name_of = names(table, name);
    for (row, at) in rows.iter().zip(0..) {
        let y = 30.0 + 22.0 * f64::from(at);
        let end = ends(row);
        let (from, to) = (x(end.min(0.0)), x(end.max(0.0)));
        let _ = write!(
            svg,
            "<text class=\"name\" x=\"{:.0}\" y=\"{:.0}\">{}</text><rect class=\"bar\" x=\"{from:.1}\" y=\"{y:.0}\" \
             width=\"{:.1}\" height=\"15\"/>",
            NAMES - 8.0,
            y + 12.0,
            escaped(&shortened(&name_of(row), 32)),
            to - from
        );
        let inner = part.and_then(|part| number(&row[part]));
        if let Some(inner) = inner.filter(|inner| *inner > 0.0) {
            let (at, width, class) =
                if of.is_mark { (x(inner) - 1.0, 2.0, "mark") } else { (from, x(inner) - x(0.0), "part") };
            let _ =
                write!(svg, "<rect class=\"{class}\" x=\"{at:.1}\" y=\"{y:.0}\" width=\"{width:.1}\" height=\"15\"/>");
        }
        let shown = escaped(&value::text(&row[length]));
        let _ = write!(svg, "<text x=\"{:.1}\" y=\"{:.0}\">{shown}</text>", to + 6.0, y + 12.0);
    }
    Some(svg + "</svg>")
}

/// One curve of a chart: its name, and points from left to right, between which it is level.
struct Curve {
    name: String,
    points: Vec<(f64, f64)>,
}

/// The share of orders that fit on so many instances, by policy.
fn fits(table: &Table) -> Option<String> {
    let (policy, size) = (position(table, "policy")?, position(table, "instances")?);
    let mut curves: Vec<Curve> = Vec::new();
    let mut names: Vec<String> = table.rows.iter().map(|row| value::text(&row[policy])).collect();
    names.dedup();
    for name in names.into_iter().take(CURVES) {
        let of = table.rows.iter().filter(|row| value::text(&row[policy]) == name);
        let mut sizes: Vec<f64> = of.clone().filter_map(|row| number(&row[size])).collect();
        sizes.sort_by(f64::total_cmp);
        let all = as_f64(of.count());
        let points = sizes.iter().zip(1..).map(|(&size, count)| (size, f64::from(count) / all * 100.0)).collect();
        curves.push(Curve { name, points });
    }
    chart("share of orders that fit, by number of instances", "instances", "% of orders", curves)
}

/// What the fleet costs after each step.
fn price(table: &Table, answer: &Answer) -> Option<String> {
    let saves = position(table, "usd_per_hour")?;
    let now = answer.facts.iter().find(|fact| fact.key == "usd_now").and_then(|fact| number(&fact.value))?;
    let left = answer.facts.iter().find(|fact| fact.key == "instances_left").and_then(|fact| number(&fact.value))?;
    let mut cost = now;
    let mut instances = left + as_f64(table.rows.len());
    let mut points = vec![(instances, cost)];
    for row in &table.rows {
        cost -= number(&row[saves])?;
        instances -= 1.0;
        points.push((instances, cost));
    }
    points.reverse();
    let curve = Curve { name: "plan".to_owned(), points };
    chart("$ an hour by instances left, step after step", "instances", "$ an hour", vec![curve])
}

fn chart(title: &str, across: &str, upwards: &str, curves: Vec<Curve>) -> Option<String> {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let all = points().map(of);
        (all.clone().fold(f64::INFINITY, f64::min), all.fold(f64::NEG_INFINITY, f64::max))
    };
    let ((left, right), (_, top)) = (range(|point| point.0), range(|point| point.1));
    if !left.is_finite() || top <= 0.0 {
        return None;
    }
    let (from_x, to_x, from_y, to_y) = (60.0, WIDTH - 210.0, 250.0, 30.0);
    let (wide, high) = (Scale::around_counts((left - 1.0).max(0.0), right + 1.0, 6), Scale::around(0.0, top, 5));
    let x = |value: f64| wide.place(value, from_x, to_x);
    let y = |value: f64| high.place(value, from_y, to_y);
    let mut svg = open(title, 296.0);
    let style = Style::of(Unit::Count, right, 0.0);
    for (tick, label) in high.ticks().into_iter().zip(high.labels(style)) {
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{from_x} {:.1}H{to_x}\"/><text class=\"name\" x=\"{}\" y=\"{:.1}\">{label}</text>",
            y(tick),
            from_x - 6.0,
            y(tick) + 4.0
        );
    }
    for (tick, label) in wide.ticks().into_iter().zip(wide.labels(style)) {
        let _ = write!(svg, "<text class=\"middle\" x=\"{:.1}\" y=\"267\">{label}</text>", x(tick));
    }
    let _ = write!(svg, "<text class=\"middle\" x=\"{:.1}\" y=\"286\">{across}</text>", (from_x + to_x) / 2.0);
    let _ = write!(svg, "<text x=\"4\" y=\"12\">{upwards}</text>");
    for ((curve, colour), (dash, number)) in curves.iter().zip(COLOURS).zip(DASHES.into_iter().zip(0..)) {
        let Some(&(first, _)) = curve.points.first() else { continue };
        let mut path = format!("M{from_x} {:.1}H{:.1}", y(0.0), x(first));
        if curves.len() == 1 && curve.name == "plan" {
            path = format!("M{:.1} {:.1}", x(first), y(curve.points[0].1));
        }
        for &(at, value) in &curve.points {
            let _ = write!(path, "H{:.1}V{:.1}", x(at), y(value));
        }
        let _ = write!(path, "H{to_x}");
        let label = 24.0 + 20.0 * f64::from(number);
        let _ = write!(
            svg,
            "<path class=\"curve\" stroke=\"{colour}\" stroke-dasharray=\"{dash}\" d=\"{path}\"/><path class=\"curve\" \
             stroke=\"{colour}\" stroke-dasharray=\"{dash}\" d=\"M{} {label}h22\"/><text x=\"{}\" y=\"{}\">{}</text>",
            to_x + 8.0,
            to_x + 36.0,
            label + 4.0,
            escaped(&shortened(&curve.name, 24))
        );
    }
    Some(svg + "</svg>")
}

fn open(title: &str, height: f64) -> String {
    format!(
        "<svg role=\"img\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\" \
         aria-label=\"{0}\"><title>{0}</title>",
        escaped(title)
    )
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand rows at most")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

fn shortened(name: &str, most: usize) -> String {
    if name.chars().count() <= most { name.to_owned() } else { name.chars().take(most - 1).chain(['…']).collect() }
}

/// Text that stands in HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(name: &str, points: &[(f64, f64)]) -> Curve {
        Curve { name: name.to_owned(), points: points.to_vec() }
    }

    #[test]
    fn a_tick_stands_where_it_says_and_counts_have_no_halves() {
        let points = [(20.0, 10.0), (21.0, 60.0), (24.0, 100.0)];
        let svg = chart("fits", "instances", "%", vec![curve("az-balanced-spread", &points)]).unwrap();
        // From 19 to 25, so that 20 is a sixth of the way from 60 to 510.
        assert!(svg.contains(">20</text>") && svg.contains("x=\"135.0\" y=\"267\">20<"), "{svg}");
        assert!(svg.contains("H135.0V"), "the curve rises at 20: {svg}");
        assert!(svg.contains(">az-balanced-spread</text>"), "{svg}");
        let cheap = chart("price", "instances", "$", vec![curve("plan", &[(1.0, 0.4), (2.0, 0.9)])]).unwrap();
        assert!(cheap.contains(">0.2</text>") && cheap.contains(">1.0</text>"), "{cheap}");
    }

    #[test]
    fn bars_of_several_policies_say_whose_they_are() {
        let mut table = Table::new("losses", "", &[("zone", "zone"), ("tasks_lost", "tasks"), ("policy", "policy")]);
        let row = |zone: &str, policy: &str| vec![Value::text(zone), Value::Count(3), Value::text(policy)];
        table.rows = vec![row("a", "one"), row("a", "two")];
        let svg = bars(&table, "lost", &LOSS).unwrap();
        assert!(svg.contains(">a, one<") && svg.contains(">a, two<"), "{svg}");
        table.rows.pop();
        let svg = bars(&table, "lost", &LOSS).unwrap();
        assert!(svg.contains(">a<") && svg.contains(">lost</text>"), "{svg}");
    }
}
