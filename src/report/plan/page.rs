//! The answer of a plan as one HTML page that opens from disk, or as a section of a report: the sentence, the picture,
//! every table, and the command.

use std::fmt::Write as _;

use super::picture::{escaped, pictures};
use super::{Asked, Planned, value};
use crate::planning::{Answer, Table};
use crate::report::text::names::printable;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.3rem;line-height:1.35}h2{font-size:1.05rem;margin-top:2rem}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.2rem .7rem;text-align:left;border-bottom:1px solid #d0d7de}\
td.n,th.n{text-align:right}td.n,td:first-child{white-space:nowrap}.scroll{overflow-x:auto}pre{background:#f3f5f7;padding:.7rem;overflow-x:auto}";

/// What pictures need wherever they stand.
const PICTURES: &str = ".plan figure{margin:1rem 0;background:#fff}.plan svg{max-width:100%;height:auto;font:12px system-ui,sans-serif}\
.plan svg text{fill:#1b1f24}.plan .name{text-anchor:end}.plan .middle{text-anchor:middle}.plan .bar{fill:#8fb3d9}.plan .part{fill:#7b241c}\
.plan .mark{fill:#1b1f24}.plan .grid{stroke:#d0d7de;fill:none}.plan .curve{fill:none;stroke-width:2}\
.plan pre{overflow-x:auto;font-size:13px}";

/// How headings of an answer stand to those around it.
#[derive(Clone, Copy)]
struct Headings {
    answer: u8,
    part: u8,
}

/// The whole page.
#[must_use]
pub fn plan_page(answer: &Answer, asked: &Asked) -> String {
    let mut page = String::new();
    let title = format!("plan {}: {}", answer.plan, asked.scenario);
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{}</title>\n<style>{STYLE}{PICTURES}</style></head>\n<body><main class=\"plan\">\n",
        escaped(&title),
    );
    write_answer(&mut page, answer, asked, Headings { answer: 1, part: 2 });
    page.push_str("</main></body></html>\n");
    page
}

/// A section of a report that has these answers; nothing where there is none.
#[must_use]
pub fn plan_section(plans: &[Planned]) -> String {
    if plans.is_empty() {
        return String::new();
    }
    let mut section =
        format!("<section id=\"plans\" class=\"plan\"><style>{PICTURES}</style><h2>Capacity planning</h2>\n");
    for Planned { asked, answer } in plans {
        write_answer(&mut section, answer, asked, Headings { answer: 3, part: 4 });
    }
    section + "</section>\n"
}

fn write_answer(page: &mut String, answer: &Answer, asked: &Asked, headings: Headings) {
    let Headings { answer: level, part } = headings;
    let _ = write!(
        page,
        "<h{level}>{}</h{level}>\n<p><b>{}</b>: {}</p>\n",
        text(&answer.headline),
        answer.kind.word(),
        text(answer.kind.statement())
    );
    if answer.is_interrupted {
        page.push_str("<p>interrupted: this is what was known</p>\n");
    }
    for picture in pictures(answer) {
        let _ = writeln!(page, "<figure>{picture}</figure>");
    }
    if !answer.facts.is_empty() {
        page.push_str("<table>");
        for fact in &answer.facts {
            let shown = text(&value::text(&fact.value));
            let _ = write!(page, "<tr><th scope=\"row\">{}</th><td class=\"n\">{shown}</td></tr>", text(&fact.title));
        }
        page.push_str("</table>\n");
    }
    answer.tables.iter().filter(|table| !table.rows.is_empty()).for_each(|table| draw(page, table, part));
    if !answer.commands.is_empty() {
        let commands = answer.commands.iter().map(|command| text(command)).collect::<Vec<_>>().join("\n");
        let _ = writeln!(
            page,
            "<h{part}>commands, to be looked at and run by hand</h{part}>\n<pre tabindex=\"0\">{commands}</pre>"
        );
    }
    if let Some(why) = &answer.may_not_act {
        let _ = writeln!(page, "<p>no commands: {}</p>", text(why));
    }
    if !answer.notes.is_empty() {
        let _ = write!(page, "<h{part}>notes</h{part}>\n<ul>");
        answer.notes.iter().for_each(|note| page.push_str(&format!("<li>{}</li>", text(note))));
        page.push_str("</ul>\n");
    }
    let _ = write!(
        page,
        "<h{part}>again</h{part}>\n<pre tabindex=\"0\">{}</pre>\n<p>scenario {}, SHA-256 {}, stowplan {}</p>\n",
        text(&asked.command),
        text(&asked.scenario),
        asked.digest,
        crate::VERSION
    );
}

fn text(text: &str) -> String {
    escaped(&printable(text))
}

fn draw(page: &mut String, table: &Table, part: u8) {
    let title = if table.title.is_empty() { &*table.key } else { table.title.as_str() };
    let shown = text(title);
    // What only those ask for who want to know it all is folded.
    let (open, close) = match table.is_detail {
        true => (format!("<details><summary>{shown}</summary>"), "</details>"),
        false => (format!("<h{part}>{shown}</h{part}>"), ""),
    };
    let _ = write!(
        page,
        "{open}\n<div class=\"scroll\" role=\"group\" aria-label=\"{shown}\" tabindex=\"0\"><table><thead><tr>"
    );
    let is_number = |column: usize| table.rows.iter().all(|row| value::is_number(&row[column]));
    let class = |column: usize| if is_number(column) { " class=\"n\"" } else { "" };
    for (column, of) in table.columns.iter().enumerate() {
        let _ = write!(page, "<th scope=\"col\"{}>{}</th>", class(column), text(&of.title));
    }
    page.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        page.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let _ = write!(page, "<td{}>{}</td>", class(column), text(&value::text(cell)));
        }
        page.push_str("</tr>\n");
    }
    let _ = writeln!(page, "</tbody></table></div>{close}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::{Kind, Value};

    fn page(answer: &Answer) -> String {
        let asked = Asked { command: "stowplan plan".into(), scenario: "<s>".into(), digest: "0".into() };
        plan_page(answer, &asked)
    }

    #[test]
    fn what_people_wrote_is_no_markup_and_every_value_stands_there() {
        let mut answer = Answer::new("rules", "a <b> & c", Kind::Exact("so".into()));
        let mut table = Table::new("rules", "", &[("rule", "rule"), ("usd_per_hour", "$/h")]);
        table.rows.push(vec![Value::text("<script>"), Value::UsdChange(-2_000_000)]);
        table.rows.push(vec![Value::text("spread"), Value::UsdChange(3_000_000)]);
        answer.tables.push(table);
        let page = page(&answer);
        assert!(page.contains("a &lt;b&gt; &amp; c") && !page.contains("<script>") && page.contains("&lt;script&gt;"));
        // One bar to the left of nothing and one to its right.
        assert_eq!(page.matches("class=\"bar\"").count(), 2);
    }

    #[test]
    fn the_share_of_orders_that_fit_rises_to_all() {
        let mut answer = Answer::new("compact", "h", Kind::Exact("so".into()));
        let mut table = Table::new("orders", "", &[("policy", "policy"), ("instances", "instances")]);
        let rows = [("a", 4), ("a", 6), ("b", 9)];
        table.rows = rows.map(|(policy, size)| vec![Value::text(policy), Value::Count(size)]).to_vec();
        answer.tables.push(table);
        let page = page(&answer);
        assert!(page.contains("share of orders that fit") && page.matches("class=\"curve\"").count() == 4, "{page}");
    }

    #[test]
    fn a_report_has_a_section_of_answers_only_where_there_are_some() {
        assert_eq!(plan_section(&[]), "");
        let asked = Asked { command: "stowplan plan".into(), scenario: "s".into(), digest: "0".into() };
        let answer = Answer::new("compact", "3 & more", Kind::Exact("so".into()));
        let planned = Planned { asked, answer };
        let section = plan_section(&[planned.clone(), planned]);
        assert_eq!(section.matches("<h3>3 &amp; more</h3>").count(), 2);
        assert!(section.starts_with("<section id=\"plans\"") && !section.contains("<h1>"), "{section}");
    }

    #[test]
    fn an_answer_without_figures_has_no_picture() {
        assert!(!page(&Answer::new("mix", "no", Kind::Exact("so".into()))).contains("<svg"));
    }
}
