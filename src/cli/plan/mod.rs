//! `stowplan plan …`: capacity planning.

pub(super) mod args;
mod ask;
mod compact;
mod consolidate;
mod headroom;
mod loss;
mod mix;
mod rules;

use std::io::{self, BufWriter, Write as _};

use super::Exit;
use super::args::{Format, Output};
use super::kit::terminal;
use crate::planning::Answer;
use crate::planning::loss::Unit;
use crate::report::{PlanAsked, plan_text, write_plan_csv, write_plan_json};
use args::{Common, PlanCommand};
use ask::Subject;

/// Answers the question.
///
/// # Errors
/// If it could not be asked.
pub(super) fn run(command: &PlanCommand) -> anyhow::Result<Exit> {
    match command {
        PlanCommand::Compact(arguments) => compact::run(arguments),
        PlanCommand::Headroom(arguments) => headroom::run(arguments),
        PlanCommand::ZoneLoss(arguments) => loss::run(arguments, Unit::Zone),
        PlanCommand::Mix(arguments) => mix::run(arguments),
        PlanCommand::Rules(arguments) => rules::run(arguments),
        PlanCommand::Consolidate(arguments) => consolidate::run(arguments),
        PlanCommand::NPlusOne(arguments) => loss::run(arguments, Unit::Instance),
    }
}

/// Prints an answer, and says it by the exit code.
fn finish(answer: &Answer, subject: &Subject, common: &Common) -> anyhow::Result<Exit> {
    let asked = PlanAsked {
        command: ask::command_line(),
        scenario: subject.scenario.name.clone(),
        digest: subject.digest.clone(),
    };
    print(answer, &asked, &common.output, common.all)?;
    Ok(match (answer.is_interrupted, answer.is_yes) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::AnswerIsNo,
    })
}

fn print(answer: &Answer, asked: &PlanAsked, output: &Output, all: bool) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match output.format {
        Format::Table => out.write_all(plan_text(answer, asked, terminal::width(), all).as_bytes())?,
        Format::Json => write_plan_json(&mut out, answer, asked)?,
        Format::Csv => write_plan_csv(&mut out, answer)?,
        Format::Markdown => {
            out.write_all(terminal::markdown(|csv| Ok(write_plan_csv(csv, answer)?))?.as_bytes())?;
        }
    }
    out.flush()?;
    Ok(())
}
