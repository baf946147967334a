//! `stowplan query`: the instances that satisfy an expression, and why others do not.

use std::io::{self, BufWriter, Write as _};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::args::{Format, QueryArguments};
use super::{Exit, cluster, terminal};
use crate::experiment::{EngineKind, Experiment};
use crate::query::{Expression, ParseError};
use crate::report::{Matches, matches_table, write_matches_csv, write_matches_json};
use crate::scenario::Style;

pub(super) fn run(arguments: &QueryArguments) -> anyhow::Result<Exit> {
    let style = terminal::diagnostic_style(&arguments.output);
    let (expression, warnings) = Expression::parse_strict(&arguments.expression).map_err(|error| {
        terminal::say(&format!("{}\n", render(&arguments.expression, &error, style)));
        anyhow::anyhow!("the expression cannot be asked: {}", error.message)
    })?;
    for warning in warnings {
        terminal::note(&arguments.output, &format!("warning: {}", warning.message));
    }
    let mut scenario = cluster::load_listing(&arguments.files, &arguments.output)?.scenario;
    scenario.policies.truncate(1);
    cluster::end_at(&mut scenario, arguments.at.as_deref())?;
    let moment = cluster::moment(&scenario, arguments.seed, arguments.at.as_deref())?;
    let experiment = Experiment::new(&scenario, EngineKind::Reference);
    let engine = experiment.engine_at(cluster::case(arguments.seed), &moment);
    let matches = Matches::new(&expression, &scenario.fleet, &engine);
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.output.format {
        Format::Table => {
            out.write_all(matches_table(&matches, terminal::width(), arguments.explain).as_bytes())?;
        }
        Format::Json => write_matches_json(&mut out, &matches, arguments.explain)?,
        Format::Csv => write_matches_csv(&mut out, &matches, arguments.explain)?,
    }
    out.flush()?;
    Ok(if matches.count() > 0 { Exit::Done } else { Exit::AnswerIsNo })
}

/// The fault with a caret under it.
fn render(text: &str, error: &ParseError, style: Style) -> String {
    // Tabs and line breaks would move the caret; each is one byte, as is what stands for it.
    let shown: String = text.chars().map(|c| if c.is_ascii_control() { ' ' } else { c }).collect();
    let annotation = AnnotationKind::Primary.span(error.span.clone());
    let title = Level::ERROR.primary_title(error.message.as_str()).id(error.code.as_str());
    let mut group = title.element(Snippet::source(shown.as_str()).annotation(annotation));
    if let Some(help) = &error.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    renderer.render(&[group])
}
