//! Tests of a text that were probably meant: the same in another letter case, a glob as a regular expression, the
//! nearest value.

use super::{affirmed, is_met};
use crate::query::syntax::ast::{Matcher, Sense, TextTest};
use crate::query::values::glob::to_pattern;
use crate::query::values::pattern::Pattern;

/// Names of one thing in other places, and here.
const SYNONYMS: [(&str, &str); 6] = [
    ("aarch64", "arm64"),
    ("amd64", "x86_64"),
    ("x64", "x86_64"),
    ("x86-64", "x86_64"),
    ("win", "windows"),
    ("amazon-linux", "linux"),
];

/// Tests that some of the values pass and that are like this one, the likeliest first.
pub(in crate::query) fn tests(test: &TextTest, values: &[String]) -> Vec<TextTest> {
    if test.sense == Sense::Denied {
        return Vec::new();
    }
    let found: Vec<TextTest> = match &test.matcher {
        Matcher::Equals(wanted) => of_value(wanted, values),
        Matcher::OneOf(wanted) => of_values(wanted, values),
        Matcher::Matches(pattern) => of_pattern(pattern.text()).into_iter().map(affirmed).collect(),
    };
    found.into_iter().filter(|test| is_met(test, values)).collect()
}

/// The names that are near, the nearest first.
pub(in crate::query) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(usize, &str)> = known.filter_map(|known| Some((distance(name, known)?, known))).collect();
    near.sort_unstable();
    near.into_iter().map(|(_, known)| known).collect()
}

/// Edits from one name to the other; `None` if they are too many. What differs in case, or in a prefix such as `ecs.` or
/// `service:`, is nearest.
fn distance(wanted: &str, known: &str) -> Option<usize> {
    let (low, known_low) = (wanted.to_lowercase(), known.to_lowercase());
    if low.trim() == known_low || SYNONYMS.contains(&(low.as_str(), known_low.as_str())) {
        return Some(0);
    }
    if !low.is_empty() && (known_low.ends_with(&format!(".{low}")) || known_low.ends_with(&format!(":{low}"))) {
        return Some(1);
    }
    let is_start = low.chars().count() >= 3 && known_low.starts_with(&low);
    let edits = if is_start { 1 } else { strsim::damerau_levenshtein(&low, &known_low) };
    (edits * 3 <= wanted.chars().count().max(3)).then_some(edits + 1)
}

fn of_value(wanted: &str, values: &[String]) -> Vec<TextTest> {
    let mut tests: Vec<TextTest> = Vec::new();
    let alike = nearest(wanted, values.iter().map(String::as_str));
    if wanted.contains(['*', '?']) {
        tests.extend(of_pattern(wanted).into_iter().map(affirmed));
    }
    tests.extend(alike.into_iter().map(|value| affirmed(Matcher::Equals(value.to_owned()))));
    tests
}

/// The list with the nearest in place of each value, or one pattern where it holds some.
fn of_values(wanted: &[String], values: &[String]) -> Vec<TextTest> {
    if wanted.iter().any(|value| value.contains('*')) {
        let as_patterns: Vec<String> = wanted.iter().map(|value| to_pattern(value)).collect();
        let pattern = Pattern::compile(&as_patterns.join("|"));
        return pattern.into_iter().map(Matcher::Matches).map(affirmed).collect();
    }
    let near = |value: &String| {
        let known = nearest(value, values.iter().map(String::as_str));
        known.first().map_or_else(|| value.clone(), |known| (*known).to_owned())
    };
    let mut meant: Vec<String> = Vec::new();
    for value in wanted.iter().map(near) {
        if !meant.contains(&value) {
            meant.push(value);
        }
    }
    vec![affirmed(Matcher::OneOf(meant))]
}

/// The pattern read as a glob, as a part of the value, and both in any letter case.
fn of_pattern(text: &str) -> Vec<Matcher> {
    let glob = to_pattern(text);
    let mut forms = vec![text.to_owned(), glob];
    for form in forms.clone() {
        forms.push(format!("{form}.*"));
        forms.push(format!(".*{form}"));
        forms.push(format!(".*{form}.*"));
    }
    let lower: Vec<String> = forms.iter().map(|form| form.to_lowercase()).collect();
    let any_case: Vec<String> = forms.iter().map(|form| format!("(?i){form}")).collect();
    let all = forms.into_iter().chain(lower).chain(any_case);
    all.filter_map(|form| Pattern::compile(&form).ok()).map(Matcher::Matches).collect()
}
