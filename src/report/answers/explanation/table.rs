//! The explanation as tables for people, in whatever width there is.

use std::collections::BTreeMap;

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, Width as ComfyWidth, presets,
};

use super::{Explained, Outcome, shortage_in_words, unmet_in_words};
use crate::engine::Reason;
use crate::engine::reference::{Asked, Shortfall, Verdict};
use crate::model::{Constraint, Demand, InstanceId};
use crate::report::text::humane::{count, counted};
use crate::report::text::names::printable;
use crate::report::text::wrap::{hanging, wrapped};

/// How many instances are shown where not all are.
const SHOWN: usize = 20;

impl Explained<'_> {
    /// What the task is: its size, group, strategy and constraints.
    fn heading(&self) -> String {
        let request = self.request();
        let group = &self.requests.groups[request.group.index()];
        let constraints: Vec<String> = request.constraints().iter().map(Constraint::to_string).collect();
        let constraints = if constraints.is_empty() { "no constraint".to_owned() } else { constraints.join(", ") };
        let (definition, group) = (printable(self.definition), printable(group));
        format!(
            "one task of `{definition}` in the group {group}: {}\npolicy `{}`: {}; {}; ties by {}\n",
            demand(&request.demand),
            printable(self.policy),
            request.strategy,
            printable(&constraints),
            self.tie_break,
        )
    }

    /// What was there before: tasks that ran, and where earlier ones of this call went.
    fn before(&self) -> String {
        let mut text = format!("{} on the cluster before\n", counted(self.running, "task"));
        for held in self.held {
            let room = demand(&self.requests[held.request].demand);
            let (service, count) = (printable(held.service), counted(held.instances as u64, "instance"));
            text.push_str(&format!("held back for the daemon `{service}` on {count}: {room} each\n"));
        }
        if self.earlier.is_empty() {
            return text;
        }
        let mut counts: BTreeMap<InstanceId, u64> = BTreeMap::new();
        self.earlier.iter().for_each(|&instance| *counts.entry(instance).or_default() += 1);
        let named =
            |(&instance, &tasks): (&InstanceId, &u64)| format!("{tasks} to {}", printable(&self.fleet.label(instance)));
        let shown: Vec<String> = counts.iter().take(SHOWN).map(named).collect();
        let more = if counts.len() > SHOWN { ", …" } else { "" };
        let placed = counted(self.earlier.len() as u64, "task");
        text.push_str(&format!("{placed} placed first: {}{more}\n", shown.join(", ")));
        text
    }

    fn steps(&self, width: usize) -> String {
        let mut table = table(&["asked", "left"], width);
        let mut before = None;
        for step in &self.explanation.steps {
            let name = match step.what {
                Asked::Nothing => "container instances".to_owned(),
                // A check that keeps everything is no news.
                Asked::Check(_) if before == Some(step.left) => continue,
                Asked::Check(reason) => reason.text().to_owned(),
                Asked::Rule(position) => {
                    format!("{}. {}", position + 1, printable(&self.request().strategy.0[position].to_string()))
                }
            };
            before = Some(step.left);
            let left = count(step.left as u64);
            // Two columns with a space on either side of each.
            let room = width.saturating_sub(left.len().max("left".len()) + 4);
            table.add_row([hanging(&name, room, 3), left]);
        }
        if let Some(column) = table.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        drawn(&table)
    }

    /// The answer in a sentence, and what would help where it is no.
    fn verdict(&self) -> String {
        let number = match self.earlier.len() {
            0 => "it".to_owned(),
            earlier => format!("task {}", count(earlier as u64 + 1)),
        };
        if let Some(chosen) = self.chosen {
            let best = self.explanation.best.len() as u64;
            let tie = if best > 1 { format!(", one of {} equally good", count(best)) } else { String::new() };
            return format!("{number} goes to {}{tie}\n", printable(&self.fleet.called(chosen)));
        }
        if self.explanation.verdicts.is_empty() {
            return format!("{}\n", Reason::NoInstances);
        }
        let mut text = format!("{number} fits on no instance\n");
        for unmet in self.unmet {
            text.push_str(&format!("  {}\n", printable(&unmet_in_words(unmet))));
        }
        if let Some(closest) = self.explanation.closest() {
            let cures: Vec<String> = closest.failures.iter().map(|shortfall| self.cure(shortfall)).collect();
            text.push_str(&format!(
                "  closest is {}: {}\n",
                printable(&self.fleet.called(closest.instance)),
                cures.join("; and ")
            ));
        }
        if let Some(event) = self.event() {
            text.push_str(&format!("  the event of ECS: {}\n", printable(&event)));
        }
        for (reason, alone, closest) in self.explanation.sole_failures() {
            text.push_str(&format!(
                "  {} alone keeps it off {}; the closest, {}: {}\n",
                reason.text().trim_end_matches('.'),
                counted(alone as u64, "instance"),
                printable(&self.fleet.called(closest.instance)),
                shortage_in_words(&closest.failures[0])
            ));
        }
        text
    }

    fn instances(&self, width: usize, all: bool) -> String {
        let mut verdicts: Vec<(Outcome, &Verdict)> =
            self.explanation.verdicts.iter().map(|verdict| (self.outcome(verdict), verdict)).collect();
        verdicts.sort_by_key(|(outcome, verdict)| (*outcome, verdict.failures.len(), verdict.instance));
        let shown = if all { verdicts.len() } else { verdicts.len().min(SHOWN) };
        let cells = |(outcome, verdict): &(Outcome, &Verdict)| {
            [
                printable(&self.fleet.label(verdict.instance)),
                printable(self.zone(verdict)),
                self.instance_type(verdict).map_or_else(|| "–".to_owned(), printable),
                count(u64::from(verdict.tasks)),
                self.outcome_name(*outcome, verdict),
                printable(&self.why(verdict)),
            ]
        };
        let rows: Vec<[String; 6]> = verdicts[..shown].iter().map(cells).collect();
        let rest = verdicts.len() - shown;
        let rest = match rest {
            0 => String::new(),
            rest => format!("  … and {} more; `--all` shows them\n", count(rest as u64)),
        };
        instance_rows(&rows, width) + &rest
    }

    fn outcome_name(&self, outcome: Outcome, verdict: &Verdict) -> String {
        match outcome {
            Outcome::Chosen => "chosen".to_owned(),
            Outcome::Tied => "as good".to_owned(),
            Outcome::Outscored(_) => format!("behind by rule {}", verdict.outscored_at.unwrap_or_default() + 1),
            Outcome::Refused(std::cmp::Reverse(Reason::Provider)) => self.not_of_provider(),
            // The column is narrow, and the word tells the constraint.
            Outcome::Refused(reason) => match reason.0.text().split_once(" placement constraint") {
                Some((kind, _)) => kind.to_owned(),
                None => reason.0.text().to_owned(),
            },
        }
    }

    /// The scores of a candidate, or every check that fails, first the one that ECS would name.
    fn why(&self, verdict: &Verdict) -> String {
        if verdict.is_candidate() {
            return self.scores(verdict).join("; ");
        }
        let named = |(position, shortfall): (usize, &Shortfall)| match position {
            0 => shortage_in_words(shortfall),
            _ => format!("{}: {}", shortfall.reason.text().trim_end_matches('.'), shortage_in_words(shortfall)),
        };
        verdict.failures.iter().enumerate().map(named).collect::<Vec<_>>().join("; ")
    }
}

/// What the task is, what each check and rule leaves, where it goes, and every instance with its score or its failing
/// checks; without `all`, the first few instances, best first.
#[must_use]
pub fn explanation_table(explained: &Explained<'_>, width: usize, all: bool) -> String {
    if explained.explanation.verdicts.is_empty() {
        // No step and no instance is left to show.
        return wrapped(&(explained.heading() + "\n" + &explained.verdict()), width);
    }
    let parts = [
        wrapped(&(explained.heading() + &explained.before()), width),
        explained.steps(width),
        wrapped(&explained.verdict(), width),
        explained.instances(width, all),
    ];
    parts.join("\n")
}

fn demand(demand: &Demand) -> String {
    let mut parts = vec![demand.cpu.to_string(), demand.memory.to_string()];
    if !demand.gpus.is_none() {
        parts.push(demand.gpus.to_string());
    }
    if !demand.ports.is_empty() {
        parts.push(format!("ports {}", super::ports(&demand.ports)));
    }
    if demand.eni_slots > 0 {
        parts.push("a network interface".to_owned());
    }
    parts.join(", ")
}

/// Rows of instances as a table whose last column alone is broken, or below one another where that would be too narrow.
fn instance_rows(rows: &[[String; 6]], width: usize) -> String {
    const HEADING: [&str; 6] = ["instance", "zone", "type", "tasks", "outcome", "why"];
    /// Fewer characters of the last column are no text.
    const NARROWEST: usize = 24;
    let widest = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).chain([HEADING[column].len()]).max().unwrap_or_default()
    };
    let of_others: usize = (0..5).map(|column| widest(column) + 2).sum();
    let reasons = widest(5) + 2;
    if of_others + reasons.min(NARROWEST + 2) > width {
        let entry = |[instance, zone, kind, tasks, outcome, why]: &[String; 6]| {
            let noun = if tasks == "1" { "task" } else { "tasks" };
            let head = format!("{instance} ({zone}, {kind}, {tasks} {noun}): {outcome}\n");
            let why = if why.is_empty() { String::new() } else { format!("    {why}\n") };
            wrapped(&(head + &why), width)
        };
        return rows.iter().map(entry).collect();
    }
    let mut table = table(&HEADING, width);
    rows.iter().for_each(|row| {
        table.add_row(row);
    });
    for column in 0..5 {
        let fixed = u16::try_from(widest(column) + 2).unwrap_or(u16::MAX);
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::Absolute(ComfyWidth::Fixed(fixed)));
        }
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    drawn(&table)
}

pub(in crate::report) fn table(heading: &[&str], width: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(heading.iter().copied());
    table
}

pub(in crate::report) fn drawn(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
