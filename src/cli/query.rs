//! `stowplan query`: the instances that satisfy an expression, and why others do not; or what an expression means.

use std::io::{self, BufWriter, Write as _};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::Exit;
use super::args::{Format, QueryArguments};
use super::kit::{cluster, terminal};
use crate::experiment::{EngineKind, Experiment};
use crate::query::{Expression, ParseError, Warning};
use crate::report::{
    Matches, matches_table, meaning_table, unmet_in_words, write_matches_csv, write_matches_json, write_meaning_csv,
    write_meaning_json,
};
use crate::scenario::Style;

pub(super) fn run(arguments: &QueryArguments) -> anyhow::Result<Exit> {
    let style = terminal::diagnostic_style(&arguments.output);
    let (expression, warnings) = match Expression::parse_strict(&arguments.expression) {
        Ok(parsed) => parsed,
        Err(error) => {
            terminal::say(&format!("{}\n", render(&arguments.expression, &error, style)));
            // Where nothing else was asked, that is the answer.
            anyhow::ensure!(arguments.files.is_empty(), "the expression cannot be asked: {}", error.message);
            return Ok(Exit::AnswerIsNo);
        }
    };
    for warning in &warnings {
        terminal::note(&arguments.output, &format!("warning: {}", warning.message));
    }
    if arguments.files.is_empty() {
        return say_meaning(&expression, &warnings, arguments);
    }
    let mut scenario = cluster::load_listing(&arguments.files, &arguments.documents, &arguments.output)?.scenario;
    cluster::choose_policy(&mut scenario, arguments.policy.as_deref())?;
    cluster::end_at(&mut scenario, arguments.at.as_deref(), &arguments.output)?;
    let moment = cluster::moment(&scenario, arguments.seed, arguments.at.as_deref())?;
    let experiment = Experiment::new(&scenario, EngineKind::Reference);
    let engine = experiment.engine_at(cluster::case(arguments.seed), &moment);
    let matches = Matches::new(&expression, &scenario.fleet, &engine);
    if arguments.output.format != Format::Table {
        engine.unmet(&expression).iter().for_each(|unmet| terminal::note(&arguments.output, &unmet_in_words(unmet)));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.output.format {
        Format::Table => {
            out.write_all(matches_table(&matches, terminal::width(), arguments.explain).as_bytes())?;
        }
        Format::Json => write_matches_json(&mut out, &matches, arguments.explain)?,
        Format::Csv => write_matches_csv(&mut out, &matches, arguments.explain)?,
        Format::Markdown => out.write_all(
            terminal::markdown(|csv| Ok(write_matches_csv(csv, &matches, arguments.explain)?))?.as_bytes(),
        )?,
    }
    out.flush()?;
    Ok(if matches.count() > 0 { Exit::Done } else { Exit::AnswerIsNo })
}

/// What a valid expression asks of an instance.
fn say_meaning(expression: &Expression, warnings: &[Warning], arguments: &QueryArguments) -> anyhow::Result<Exit> {
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.output.format {
        Format::Table => out.write_all(meaning_table(expression, terminal::width()).as_bytes())?,
        Format::Json => write_meaning_json(&mut out, expression, warnings)?,
        Format::Csv => write_meaning_csv(&mut out, expression)?,
        Format::Markdown => {
            out.write_all(terminal::markdown(|csv| Ok(write_meaning_csv(csv, expression)?))?.as_bytes())?
        }
    }
    out.flush()?;
    Ok(Exit::Done)
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
