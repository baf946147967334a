//! The report: one HTML file with all figures, charts and data, which opens from disk and asks no network.
//!
//! Words that must be there without JavaScript (the verdict, the definitions) are written here; charts and sortable
//! tables are drawn in the browser by `assets/js` from the JSON that [`data`] makes.
//!
//! # Invariants
//! 1. The same records give the same bytes.
//! 2. Names never become markup: the template escapes them, and the JSON has no `<`.
//! 3. A policy has the colour of the other pictures.
//!
//! # Sources
//! Charts over time: uPlot 1.6.32, MIT; see `assets/uPlot-LICENSE.txt`.

mod data;
mod films;
mod glossary;
mod page;
mod sentences;
mod verdict;

use std::fmt::Write as _;

pub(super) use glossary::entries as definitions;

use super::folder::Completeness;
use super::manifest::Manifest;
use super::plot::look;
use crate::analysis::catalogue::position;
use crate::analysis::compare::Plan;
use crate::analysis::record::RunRecord;
use crate::analysis::summary::SummaryRow;
use crate::model::counted;
use crate::report::{Planned, plan_section};

const CSS: &str = include_str!("assets/report.css");
/// The parts of the script, each a file, in the order in which they build on one another.
const JS: [&str; 8] = [
    include_str!("assets/js/kit.js"),
    include_str!("assets/js/table.js"),
    include_str!("assets/js/dots.js"),
    include_str!("assets/js/lines.js"),
    include_str!("assets/js/scatter.js"),
    include_str!("assets/js/film.js"),
    include_str!("assets/js/fleet.js"),
    include_str!("assets/js/page.js"),
];
const VENDOR_CSS: &str = include_str!("assets/uPlot.min.css");
const VENDOR_JS: &str = include_str!("assets/uPlot.iife.min.js");

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub struct Experiment<'a> {
    /// The experiment.
    pub manifest: &'a Manifest,
    /// One record a run, in plan order.
    pub records: &'a [RunRecord],
    /// Statistics over the seeds of each policy.
    pub summary: &'a [SummaryRow],
    /// Answers of plans about the same scenario.
    pub plans: &'a [Planned],
    /// Whether all runs are there.
    pub completeness: Completeness,
}

impl<'a> Experiment<'a> {
    /// How policies are compared; the plain plan where the folder names a figure that this version does not know.
    fn plan(&self) -> Plan<'a> {
        let plan = self.manifest.comparison.plan();
        if position(plan.primary).is_some() { plan } else { Plan::default() }
    }
}

/// The whole file.
#[must_use]
pub fn report(experiment: Experiment<'_>) -> String {
    let Experiment { manifest, records, .. } = experiment;
    let page = page::Page {
        title: &manifest.scenario.name,
        description: &manifest.scenario.description,
        version: &manifest.version,
        file: &manifest.scenario.file,
        sha256: &manifest.scenario.sha256,
        scope: format!(
            "{} × {}, {}",
            counted(manifest.policies.len(), "policy"),
            counted(manifest.seeds.len(), "seed"),
            counted(records.len(), "run")
        ),
        complete: experiment.completeness == Completeness::Complete,
        verdict: verdict::of(experiment),
        plans: plan_section(experiment.plans),
        glossary: glossary::entries(),
        data: data::json(experiment).replace('<', "\\u003c"),
        css: CSS.replace("{{light}}", &colours(manifest.policies.len(), "#222")).replace("{{dark}}", &dark(manifest)),
        js: format!("\"use strict\";\n(() => {{\n{}}})();\n", JS.concat()),
        vendor_css: VENDOR_CSS,
        vendor_js: VENDOR_JS,
    };
    page.render()
}

/// The colour of each policy as a CSS variable.
fn colours(policies: usize, black: &str) -> String {
    let mut css = String::new();
    for place in 0..policies {
        let colour = look(place).colour;
        let text = match (colour.0, colour.1, colour.2) {
            (0, 0, 0) => black.to_owned(),
            (red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        };
        write!(css, "--p{place}:{text};").expect("a string takes everything");
    }
    css
}

/// Black turns white on a dark page.
fn dark(manifest: &Manifest) -> String {
    colours(manifest.policies.len(), "#f2f2f2")
}

#[cfg(test)]
mod tests;
