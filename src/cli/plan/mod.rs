//! `stowplan plan …`: capacity planning.

pub(super) mod args;
mod ask;
pub(super) mod bundle;
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
use crate::planning::certificate::Certificate;
use crate::planning::loss::Unit;
use crate::report::{Folder, PlanAsked, plan_page, plan_text, write_plan_csv, write_plan_json};
use args::PlanCommand;
pub(super) use ask::Subject;
use bundle::Laid;

/// An answer, what it is of, and the packings that it rests on.
pub(super) struct Answered {
    pub(super) answer: Answer,
    pub(super) subject: Subject,
    pub(super) packings: Vec<Laid>,
    pub(super) certificates: Vec<Certificate>,
}

/// Asks a question, and says the answer by the exit code.
///
/// # Errors
/// If it could not be asked.
pub(super) fn run(command: &PlanCommand) -> anyhow::Result<Exit> {
    let common = command.common();
    if let Some(folder) = &common.bundle {
        bundle::make_room(folder)?;
    }
    if let Some(folder) = &common.results {
        Folder::open(folder)?;
    }
    let answered = answered(command)?;
    let Answered { answer, subject, .. } = &answered;
    let asked = asked(subject);
    if let Some(folder) = common.bundle.as_ref().filter(|_| !answer.is_interrupted) {
        bundle::write(folder, &answered, &asked, common)?;
    }
    if let Some(page) = &common.html {
        fs_err::write(page, plan_page(answer, &asked))?;
    }
    if let Some(folder) = common.results.as_ref().filter(|_| !answer.is_interrupted) {
        super::report::add_plan(folder, answer, &asked)?;
    }
    print(answer, &asked, &common.output, common.all)?;
    Ok(match (answer.is_interrupted, answer.is_yes) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::AnswerIsNo,
    })
}

/// Works an answer out.
pub(super) fn answered(command: &PlanCommand) -> anyhow::Result<Answered> {
    let mut answered = match command {
        PlanCommand::Compact(arguments) => compact::run(arguments),
        PlanCommand::Headroom(arguments) => headroom::run(arguments),
        PlanCommand::ZoneLoss(arguments) => loss::run(arguments, Unit::Zone),
        PlanCommand::Mix(arguments) => mix::run(arguments),
        PlanCommand::Rules(arguments) => rules::run(arguments),
        PlanCommand::Consolidate(arguments) => consolidate::run(arguments),
        PlanCommand::NPlusOne(arguments) => loss::run(arguments, Unit::Instance),
    }?;
    answered.answer.notes.splice(0..0, std::mem::take(&mut answered.subject.notes));
    Ok(answered)
}

/// Where an answer comes from.
pub(super) fn asked(subject: &Subject) -> PlanAsked {
    PlanAsked { command: ask::command_line(), scenario: subject.scenario.name.clone(), digest: subject.digest.clone() }
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
