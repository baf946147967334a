//! The page around what the report says: `report.html` with its places filled, and the parts that repeat.
//!
//! A place is `{{name}}`. What comes from people goes through [`escaped`]; the rest is markup or script of this program.

use std::fmt::Write as _;

use super::glossary::Entry;
use super::verdict::{Place, Verdict};

const TEMPLATE: &str = include_str!("report.html");
const PARTIAL: &str = "<p class=\"warning\" role=\"status\">Some runs are missing from this folder; every figure below is \
                       over the runs that are there.</p>";

/// What the places of the page hold; texts are escaped here, all else is markup.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    pub(super) version: &'a str,
    pub(super) file: &'a str,
    pub(super) sha256: &'a str,
    pub(super) scope: String,
    pub(super) complete: bool,
    pub(super) verdict: Verdict,
    pub(super) plans: String,
    pub(super) glossary: Vec<Entry>,
    pub(super) data: String,
    pub(super) css: String,
    pub(super) js: String,
    pub(super) vendor_css: &'a str,
    pub(super) vendor_js: &'a str,
}

impl Page<'_> {
    pub(super) fn render(&self) -> String {
        let lead = match self.description {
            "" => String::new(),
            text => format!("<p class=\"lead\">{}</p>", escaped(text)),
        };
        filled(TEMPLATE, |name| match name {
            "title" => escaped(self.title),
            "lead" => lead.clone(),
            "version" => escaped(self.version),
            "file" => escaped(self.file),
            "sha256" => escaped(self.sha256),
            "scope" => escaped(&self.scope),
            "partial" => if self.complete { "" } else { PARTIAL }.to_owned(),
            "headline" => escaped(&self.verdict.headline),
            "ranking" => ranking(&self.verdict),
            "facts" => self.verdict.facts.iter().map(|fact| format!("<li>{}</li>", escaped(fact))).collect(),
            "plans" => self.plans.clone(),
            "plans-link" => if self.plans.is_empty() { "" } else { "<a href=\"#plans\">Capacity</a>" }.to_owned(),
            "glossary" => self.glossary.iter().map(definition).collect(),
            "data" => self.data.clone(),
            "css" => self.css.clone(),
            "js" => self.js.clone(),
            "vendor-css" => self.vendor_css.to_owned(),
            "vendor-js" => self.vendor_js.to_owned(),
            other => unreachable!("`{other}` is no place of the page, a test renders them all"),
        })
    }
}

/// The template with each `{{name}}` replaced, in one go: what is filled in is not looked at again.
fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut page = String::new();
    let mut parts = template.split("{{");
    page.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = part.split_once("}}").expect("a place that begins ends");
        page.push_str(&value(name));
        page.push_str(rest);
    }
    page
}

/// The table of policies by the primary figure; nothing where none has it.
fn ranking(verdict: &Verdict) -> String {
    if verdict.ranking.is_empty() {
        return String::new();
    }
    let column = |words: &str| format!("<th scope=\"col\" class=\"n\">{words}</th>");
    let linked = |id: &str, words: &str| column(&format!("<a href=\"#d-{}\">{}</a>", escaped(id), escaped(words)));
    let mut table = "<div class=\"scroll\" data-name=\"ranking\"><table class=\"ranking\">\n<thead><tr>\
                     <th scope=\"col\">rank</th><th scope=\"col\">policy</th>"
        .to_owned();
    table.push_str(&linked(verdict.primary_id, verdict.primary_title));
    if verdict.has_intervals {
        table.push_str(&column("95&nbsp;% interval"));
    }
    for (id, words) in [("M26", "over the bound"), ("M22", "never placed"), ("M24", "price in use")] {
        table.push_str(&linked(id, words));
    }
    if verdict.ranking.len() > 1 {
        table.push_str("<th scope=\"col\">against the first</th>");
    }
    table.push_str("</tr></thead>\n<tbody>");
    verdict.ranking.iter().for_each(|place| table.push_str(&row(verdict, place)));
    table + "</tbody></table></div>"
}

fn row(verdict: &Verdict, place: &Place) -> String {
    let strategy = match &place.strategy {
        strategy if *strategy == place.policy => String::new(),
        strategy => format!("<br><small class=\"muted\">{}</small>", escaped(strategy)),
    };
    let mut row = format!(
        "<tr><td class=\"muted\">{}</td><th scope=\"row\"><span class=\"policy\"><span data-swatch=\"{}\"></span>{}</span>\
         {strategy}</th><td class=\"n\"><b>{}</b></td>",
        place.place,
        place.colour,
        escaped(&place.policy),
        escaped(&place.value),
    );
    let interval = verdict.has_intervals.then_some(&place.interval);
    for value in interval.into_iter().chain([&place.gap, &place.never_placed, &place.price]) {
        write!(row, "<td class=\"n\">{}</td>", escaped(value)).expect("a string takes everything");
    }
    if verdict.ranking.len() > 1 {
        write!(row, "<td>{}</td>", escaped(&place.verdict)).expect("a string takes everything");
    }
    row + "</tr>\n"
}

fn definition(entry: &Entry) -> String {
    let (id, titles, text) = (escaped(entry.id), escaped(&entry.titles), escaped(entry.text));
    format!("<dt id=\"d-{id}\">{id} <span>{titles}</span></dt><dd>{text}</dd>")
}

/// A text that may stand between tags and inside the quotes of an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&#38;"),
            '<' => out.push_str("&#60;"),
            '>' => out.push_str("&#62;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_not_looked_at_again() {
        let value = |name: &str| if name == "a" { "{{b}}".to_owned() } else { "B".to_owned() };
        assert_eq!(filled("<{{a}}|{{b}}>", value), "<{{b}}|B>");
        assert_eq!(filled("nothing", value), "nothing");
    }

    #[test]
    fn no_sign_of_markup_is_left() {
        assert_eq!(escaped("<a href=\"x\">'&'</a> é"), "&#60;a href=&#34;x&#34;&#62;&#39;&#38;&#39;&#60;/a&#62; é");
    }
}
