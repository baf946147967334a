//! The answer of a plan for people: the sentence first, then what it rests on, figures, tables, notes, and the command
//! that gives it again.

use comfy_table::{CellAlignment, LineStyle, presets};

use super::{Asked, value};
use crate::planning::{Answer, Table, Value};
use crate::report::text::names::printable;

/// Rows of a table that are shown unless all are wanted.
const SHOWN: usize = 20;
/// Notes that are shown unless all are wanted.
const NOTES: usize = 12;

/// Everything but details, within so many columns; with `all` details, every row and every note.
#[must_use]
pub fn plan_text(answer: &Answer, asked: &Asked, width: usize, all: bool) -> String {
    let mut text = String::new();
    paragraph(&mut text, "", &answer.headline, width);
    let kind = format!("{}: {}", answer.kind.word(), answer.kind.statement());
    paragraph(&mut text, "", &kind, width);
    if answer.is_interrupted {
        paragraph(&mut text, "", "interrupted: this is what was known", width);
    }
    facts(&mut text, answer);
    for table in answer.tables.iter().filter(|table| (all || !table.is_detail) && !table.rows.is_empty()) {
        text.push('\n');
        if !table.title.is_empty() {
            paragraph(&mut text, "", &table.title, width);
        }
        draw(&mut text, table, width, all);
    }
    commands(&mut text, answer, width);
    notes(&mut text, answer, width, all);
    text.push_str(&format!("\nagain: {}\n", asked.command));
    text
}

/// Each note once, whatever number of policies it holds under.
fn notes(text: &mut String, answer: &Answer, width: usize, all: bool) {
    let mut notes: Vec<&String> = Vec::new();
    for note in &answer.notes {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let shown = if all { notes.len() } else { NOTES.min(notes.len()) };
    if shown > 0 {
        text.push('\n');
    }
    notes[..shown].iter().for_each(|note| paragraph(text, "note: ", note, width));
    if shown < notes.len() {
        paragraph(text, "note: ", &format!("and {} more; `--all` shows them", notes.len() - shown), width);
    }
}

fn facts(text: &mut String, answer: &Answer) {
    let longest = answer.facts.iter().map(|fact| fact.title.chars().count()).max().unwrap_or(0);
    for fact in &answer.facts {
        let gap = longest - fact.title.chars().count();
        text.push_str(&format!("  {}{}  {}\n", fact.title, " ".repeat(gap), printable(&value::text(&fact.value))));
    }
}

fn commands(text: &mut String, answer: &Answer, width: usize) {
    if let Some(why) = &answer.may_not_act {
        text.push('\n');
        paragraph(text, "no commands: ", why, width);
    } else if !answer.commands.is_empty() {
        text.push('\n');
        answer.commands.iter().for_each(|command| text.push_str(&format!("{command}\n")));
    }
}

/// Words in lines of at most `width`, further lines indented.
fn paragraph(text: &mut String, before: &str, words: &str, width: usize) {
    let mut line = before.to_owned();
    let mut is_empty = true;
    for word in printable(words).split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
            text.push_str(line.trim_end());
            text.push('\n');
            line = "  ".to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    text.push_str(&line);
    text.push('\n');
}

/// As a table where it is narrow enough; where there are few rows a figure a line; else without its last columns.
fn draw(text: &mut String, table: &Table, width: usize, all: bool) {
    let shown = if all { table.rows.len() } else { table.rows.len().min(SHOWN) };
    let rows = &table.rows[..shown];
    let is_told = |at: &usize| rows.iter().any(|row| !is_blank(&row[*at]));
    let mut columns: Vec<usize> = (0..table.columns.len()).filter(is_told).collect();
    // Rows of several policies say first whose they are.
    if let Some(at) = columns.iter().position(|&at| table.columns[at].key == "policy" && differs(rows, at)) {
        columns[..=at].rotate_right(1);
    }
    // A long name may not push the figures out: JSON and CSV have it whole.
    let most = if widest(&upright(table, rows, &columns)) > width { width / 2 } else { usize::MAX };
    let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(|value| cut(value, most)).collect()).collect();
    let rows = rows.as_slice();
    let mut drawn = upright(table, rows, &columns);
    if widest(&drawn) > width && rows.len() <= 6 {
        let turned = turned(table, rows, &columns);
        if widest(&turned) <= width {
            drawn = turned;
        }
    }
    let mut without = Vec::new();
    while widest(&drawn) > width && columns.len() > 1 {
        without.extend(columns.pop());
        drawn = upright(table, rows, &columns);
    }
    text.push_str(&drawn);
    if !without.is_empty() {
        let names: Vec<&str> = without.iter().rev().map(|&at| &*table.columns[at].title).collect();
        paragraph(text, " ", &format!("(not shown for want of width: {})", names.join(", ")), width);
    }
    if shown < table.rows.len() {
        text.push_str(&format!(" and {} more; `--all` shows them\n", table.rows.len() - shown));
    }
}

/// A text in at most so many letters.
fn cut(value: &Value, most: usize) -> Value {
    match value {
        Value::Text(text) if text.chars().count() > most => {
            Value::Text(text.chars().take(most - 1).chain(['…']).collect())
        }
        other => other.clone(),
    }
}

fn differs(rows: &[Vec<Value>], at: usize) -> bool {
    rows.iter().any(|row| row[at] != rows[0][at])
}

fn is_blank(value: &Value) -> bool {
    matches!(value, Value::Absent) || matches!(value, Value::Text(text) if text.is_empty())
}

fn upright(table: &Table, rows: &[Vec<Value>], columns: &[usize]) -> String {
    let heading = columns.iter().map(|&at| table.columns[at].title.to_string()).collect();
    let cells = rows.iter().map(|row| columns.iter().map(|&at| printable(&value::text(&row[at]))).collect()).collect();
    let is_right: Vec<bool> = columns.iter().map(|&at| rows.iter().all(|row| value::is_number(&row[at]))).collect();
    lines(heading, cells, &is_right)
}

fn turned(table: &Table, rows: &[Vec<Value>], columns: &[usize]) -> String {
    let Some((&first, rest)) = columns.split_first() else { return String::new() };
    let mut heading = vec![table.columns[first].title.to_string()];
    heading.extend(rows.iter().map(|row| printable(&value::text(&row[first]))));
    let line = |&at: &usize| {
        let mut line = vec![table.columns[at].title.to_string()];
        line.extend(rows.iter().map(|row| printable(&value::text(&row[at]))));
        line
    };
    let mut is_right = vec![true; rows.len() + 1];
    is_right[0] = false;
    lines(heading, rest.iter().map(line).collect(), &is_right)
}

fn lines(heading: Vec<String>, rows: Vec<Vec<String>>, is_right: &[bool]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_header(heading);
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 1 } else { 0 }, 2));
        let is_right = is_right.get(index).copied().unwrap_or(false);
        column.set_cell_alignment(if is_right { CellAlignment::Right } else { CellAlignment::Left });
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::Kind;

    fn asked() -> Asked {
        Asked { command: "stowplan plan x".into(), scenario: "s".into(), digest: "d".into() }
    }

    fn answer(columns: usize, rows: usize) -> Answer {
        const NAMES: [(&str, &str); 8] = [
            ("a", "first column"),
            ("b", "second column"),
            ("c", "third column"),
            ("d", "fourth column"),
            ("e", "fifth column"),
            ("f", "sixth column"),
            ("g", "seventh column"),
            ("h", "eighth column"),
        ];
        let mut answer = Answer::new("x", "yes", Kind::Exact("it is so".into()));
        let mut table = Table::new("t", "", &NAMES[..columns]);
        table.rows = (0..rows).map(|row| vec![Value::Count(row as u64); columns]).collect();
        answer.tables.push(table);
        answer
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_nothing_is_hidden_silently() {
        for (columns, rows) in [(2, 3), (8, 3), (8, 40), (3, 40)] {
            let text = plan_text(&answer(columns, rows), &asked(), 80, false);
            assert!(widest(&text) <= 80, "{text}");
            assert_eq!(text.contains("not shown for want of width"), columns == 8 && rows == 40, "{text}");
            assert_eq!(text.contains("20 more"), rows == 40, "{text}");
        }
    }

    #[test]
    fn rows_of_several_policies_say_first_whose_they_are_and_notes_are_told_once() {
        let mut answer = answer(2, 1);
        let mut table = Table::new("t", "", &[("left", "left"), ("policy", "policy"), ("why", "why")]);
        table.rows = ["one", "two"].map(|name| vec![Value::Count(1), Value::text(name), Value::text("because")]).into();
        answer.tables = vec![table];
        answer.notes = vec!["the same".into(), "the same".into()];
        let text = plan_text(&answer, &asked(), 80, false);
        assert!(text.contains("\n policy   left   why\n"), "{text}");
        assert_eq!(text.matches("note: the same").count(), 1, "{text}");
        answer.tables[0].rows.pop();
        let text = plan_text(&answer, &asked(), 80, false);
        assert!(text.contains("\n left   policy   why\n"), "one policy stays where it is: {text}");
    }

    #[test]
    fn a_long_name_does_not_push_the_figures_out() {
        let mut answer = answer(2, 1);
        answer.tables[0].rows[0][0] = Value::text("a-long-name-".repeat(20));
        let text = plan_text(&answer, &asked(), 80, false);
        assert!(widest(&text) <= 80 && text.contains("second column") && text.contains("a-long-name-a"), "{text}");
    }

    #[test]
    fn details_are_for_those_who_ask() {
        let mut detailed = answer(2, 2);
        detailed.tables[0].is_detail = true;
        assert!(!plan_text(&detailed, &asked(), 80, false).contains("first column"));
        assert!(plan_text(&detailed, &asked(), 80, true).contains("first column"));
    }

    #[test]
    fn a_plan_that_may_not_act_has_no_commands() {
        let mut acting = answer(1, 1);
        acting.commands = vec!["aws ecs x".into()];
        assert!(plan_text(&acting, &asked(), 80, false).contains("\naws ecs x\n"));
        acting.may_not_act = Some("tasks are missing".into());
        let text = plan_text(&acting, &asked(), 80, false);
        assert!(!text.contains("aws ecs x") && text.contains("no commands: tasks are missing"), "{text}");
    }
}
