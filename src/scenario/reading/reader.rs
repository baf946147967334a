//! A TOML tree read key by key: types, ranges, unknown and missing keys, each problem with its place.
//!
//! Every reading answers `None` after it has reported why, so that callers go on with a stand-in and one pass finds all
//! problems of a file.

use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::context::{Context, Problem};
use super::defaults;
use super::keys::{self, Shape};
use super::nearest::{nearest, suggestion};
use super::quantity;
use super::rules::Rule;
use crate::model::SimSpan;

/// One value of the file, or of the table of defaults.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    context: &'a Context,
    value: &'a DeValue<'a>,
    key: &'a str,
    start: usize,
    end: usize,
}

/// A table whose keys are known to be those of its shape.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    context: &'a Context,
    entries: &'a DeTable<'a>,
    shape: &'static Shape,
    start: usize,
    end: usize,
}

/// What was read, with the table it was read from.
pub(crate) struct FromTable<'a, T> {
    pub(crate) what: T,
    pub(crate) table: Table<'a>,
}

impl<'a> Item<'a> {
    /// An item at a place of the scenario file.
    pub(crate) fn new(context: &'a Context, key: &'a str, span: Range<usize>, value: &'a DeValue<'a>) -> Self {
        Self { context, value, key, start: span.start, end: span.end }
    }

    pub(crate) fn context(&self) -> &'a Context {
        self.context
    }

    pub(crate) fn value(&self) -> &'a DeValue<'a> {
        self.value
    }

    /// The key that the item belongs to.
    pub(crate) fn key(&self) -> &'a str {
        self.key
    }

    /// Its bytes in the scenario file.
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Notes a problem at the item.
    pub(crate) fn report(&self, problem: Problem) {
        self.context.report(self.span(), problem);
    }

    fn wrong_type<T>(&self, expected: &str, help: Option<String>) -> Option<T> {
        let found = type_name(self.value);
        let message = format!("`{}` must be {expected}, not {found}", self.key);
        self.report(
            Problem::new(Rule::WrongType, message)
                .label(format!("this is {found}"))
                .help_or(help, format!("write {expected}")),
        );
        None
    }

    /// The text, as written, empty or not.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) => Some(text),
            other => {
                let plain = matches!(other, DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_));
                let written = self.context.text().get(self.span()).filter(|_| plain);
                self.wrong_type("a string", written.map(|written| format!("write `\"{written}\"`")))
            }
        }
    }

    /// The text if `is_allowed` holds; `form` describes what is.
    pub(crate) fn text_of(&self, form: &str, is_allowed: impl FnOnce(&str) -> bool) -> Option<&'a str> {
        let text = self.text()?;
        if is_allowed(text) {
            return Some(text);
        }
        self.malformed(form);
        None
    }

    /// A text that is not empty.
    pub(crate) fn name(&self) -> Option<&'a str> {
        self.text_of("a name of 1 to 255 characters", |text| !text.trim().is_empty() && text.chars().count() <= 255)
    }

    /// An operating system family, such as `LINUX` or `WINDOWS_SERVER_2022_CORE`.
    pub(crate) fn os_family(&self) -> Option<&'a str> {
        let is_word = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        };
        self.text_of("a family such as `LINUX` or `WINDOWS_SERVER_2022_CORE`", is_word)
    }

    /// Notes that the text does not have the form.
    pub(crate) fn malformed(&self, form: &str) {
        let shown = self.value.as_str().map_or_else(String::new, |text| format!(" `{}`", text.escape_debug()));
        let message = format!("`{}` is not of the right form:{shown}", self.key);
        self.report(Problem::new(Rule::Malformed, message).label("not in this form").help(format!("write {form}")));
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type("`true` or `false`", None),
        }
    }

    /// A whole number within `range`.
    pub(crate) fn integer(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let DeValue::Integer(integer) = self.value else {
            let unquoted = self.value.as_str().filter(|text| text.parse::<u64>().is_ok());
            return self.wrong_type("a whole number", unquoted.map(|text| format!("write `{text}` without quotes")));
        };
        // A number that not even 128 bits hold is out of every range.
        let value = i128::from_str_radix(integer.as_str(), integer.radix()).ok();
        let value = value.and_then(|value| u64::try_from(value).ok()).filter(|value| range.contains(value));
        if value.is_none() {
            self.out_of_range(&integer.to_string(), range.start(), range.end());
        }
        value
    }

    /// A whole number within `range`.
    pub(crate) fn integer_u32(&self, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.integer(u64::from(*range.start())..=u64::from(*range.end()))?;
        Some(u32::try_from(value).expect("the range ends within 32 bits"))
    }

    /// A real number within `range`, whole or not.
    pub(crate) fn real(&self, range: RangeInclusive<f64>) -> Option<f64> {
        let written = self.number()?;
        let value = written.parse::<f64>().ok().filter(|value| range.contains(value));
        if value.is_none() {
            self.out_of_range(written, range.start(), range.end());
        }
        value
    }

    /// A decimal times 10^`places`, exactly.
    pub(crate) fn scaled(&self, places: usize, range: RangeInclusive<u64>) -> Option<u64> {
        let written = self.number()?;
        match quantity::scaled(written, places) {
            Ok(value) if range.contains(&value) => Some(value),
            Ok(_) => {
                let unit = 10_u64.pow(u32::try_from(places).expect("a few decimals"));
                self.out_of_range(
                    written,
                    &quantity::shown(*range.start(), unit),
                    &quantity::shown(*range.end(), unit),
                );
                None
            }
            Err(refusal) => {
                let message = format!("`{}` = {written} is not a number for this key", self.key);
                let form = format!("write digits with at most {places} decimals and no sign or exponent");
                self.report(Problem::new(Rule::OutOfRange, message).label(refusal).help(form));
                None
            }
        }
    }

    /// The digits of a number.
    fn number(&self) -> Option<&'a str> {
        match self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str()),
            DeValue::Float(float) => Some(float.as_str()),
            _ => {
                let unquoted = self.value.as_str().filter(|text| text.parse::<f64>().is_ok());
                self.wrong_type("a number", unquoted.map(|text| format!("write `{text}` without quotes")))
            }
        }
    }

    fn out_of_range(&self, written: &str, low: &impl ToString, high: &impl ToString) {
        let message = format!("`{}` = {written} is out of range", self.key);
        let help = format!("write a number from {} to {}", low.to_string(), high.to_string());
        self.report(Problem::new(Rule::OutOfRange, message).label("out of range").help(help));
    }

    /// A length of time.
    pub(crate) fn span_of_time(&self) -> Option<SimSpan> {
        let text = match self.value {
            DeValue::String(text) => text,
            DeValue::Integer(integer) => {
                let help = format!("write it with a unit, such as `\"{}s\"`", integer.as_str());
                return self.wrong_type("a length of time", Some(help));
            }
            _ => return self.wrong_type("a length of time", Some("write a string such as `\"90s\"`".to_owned())),
        };
        let refusal = match quantity::span(text) {
            Ok(span) => return Some(span),
            Err(refusal) => refusal,
        };
        let message = format!("`{}` = `{}`: {refusal}", self.key, text.escape_debug());
        let help = "write a number and a unit of ms, s, m, h, d or w, such as `\"90s\"`, `\"4m\"`, `\"1.5h\"`";
        self.report(Problem::new(Rule::Malformed, message).label("not a length of time here").help(help));
        None
    }

    /// A length of time above 0.
    pub(crate) fn positive_span(&self) -> Option<SimSpan> {
        let span = self.span_of_time()?;
        if span.0 == 0 {
            let message = format!("`{}` must be above 0", self.key);
            self.report(
                Problem::new(Rule::OutOfRange, message)
                    .label("no time at all")
                    .help("write a length of time such as `\"4m\"`"),
            );
            return None;
        }
        Some(span)
    }

    /// One of a few words.
    pub(crate) fn choice<T: Clone>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let message = format!("`{}` cannot be `{}`", self.key, text.escape_debug());
            let help = suggestion(text, choices.iter().map(|(word, _)| *word));
            self.report(
                Problem::new(Rule::UnknownChoice, message)
                    .label("not one of the words here")
                    .help_or(help, "see the JSON Schema"),
            );
        }
        found.map(|(_, value)| value.clone())
    }

    /// The elements of a list.
    pub(crate) fn list(&self) -> Option<Vec<Self>> {
        let DeValue::Array(array) = self.value else {
            let double = || format!("write `[[{}]]` for each table of a list", self.key);
            return self.wrong_type("a list", self.value.is_table().then(double));
        };
        Some(array.iter().map(|element| Self::new(self.context, self.key, element.span(), element.get_ref())).collect())
    }

    /// A table of a shape; unknown and missing keys are reported here.
    pub(crate) fn table(&self, shape: &'static Shape) -> Option<Table<'a>> {
        let table = Table { shape, ..self.any_table()? };
        table.check_keys();
        Some(table)
    }

    /// A table whose shape hangs on the word under `tag`.
    pub(crate) fn tagged(
        &self,
        tag: &'static str,
        shapes: &[(&str, &'static Shape)],
    ) -> Option<(&'static Shape, Table<'a>)> {
        let table = self.any_table()?;
        let Some(word) = table.get(tag) else {
            table.missing(tag, self.key);
            return None;
        };
        let shape = word.choice(shapes)?;
        Some((shape, self.table(shape)?))
    }

    /// The keys and values of a table with free keys, in key order.
    pub(crate) fn free_table(&self) -> Option<Vec<Self>> {
        let table = self.any_table()?;
        let entry = |(key, value): (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>)| {
            Self::new(self.context, key.get_ref(), value.span(), value.get_ref())
        };
        Some(table.entries.iter().map(entry).collect())
    }

    fn any_table(&self) -> Option<Table<'a>> {
        let DeValue::Table(entries) = self.value else {
            return self.wrong_type("a table", None);
        };
        const NO_SHAPE: &Shape = &Shape { title: "", path: "", required: &[], optional: &[] };
        Some(Table { context: self.context, entries, shape: NO_SHAPE, start: self.start, end: self.end })
    }
}

impl<'a> Table<'a> {
    /// The whole file.
    pub(crate) fn root(context: &'a Context, entries: &'a DeTable<'a>, shape: &'static Shape) -> Self {
        let table = Self { context, entries, shape, start: 0, end: 0 };
        table.check_keys();
        table
    }

    pub(crate) fn context(&self) -> &'a Context {
        self.context
    }

    /// Its header or braces in the scenario file.
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Notes a problem at the table's header.
    pub(crate) fn report(&self, problem: Problem) {
        self.context.report(self.span(), problem);
    }

    fn check_keys(&self) {
        let is_known = |name: &str| self.shape.keys().any(|known| known == name);
        let mut meant = Vec::new();
        for key in self.entries.keys() {
            let name: &str = key.get_ref();
            if !is_known(name) {
                let near = nearest(name, self.shape.keys());
                meant.extend(near);
                let message = format!("unknown key `{}` in {}", name.escape_debug(), self.shape.title);
                let home = self.home_of(name).filter(|_| near.is_none());
                let help = home.or_else(|| suggestion(name, self.shape.keys()));
                let problem =
                    Problem::new(Rule::UnknownKey, message).label("not a key here").help_or(help, "leave it out");
                self.context.report(key.span(), problem);
            }
        }
        for key in self.shape.required {
            // A key with a spelling mistake is not missing as well.
            if self.get(key).is_none() && !meant.contains(key) {
                self.missing(key, self.shape.title);
            }
        }
    }

    /// Where a key that stands at the top of the file belongs, if it is one of a service.
    fn home_of(&self, name: &str) -> Option<String> {
        let is_misplaced = self.shape == &keys::ROOT && keys::SERVICE.keys().any(|known| known == name);
        is_misplaced.then(|| format!("`{name}` is a key of a service: write it in its {}", keys::SERVICE.title))
    }

    /// Notes that a key is not there, unless another one seems to mean it.
    pub(crate) fn missing(&self, key: &str, title: &str) {
        let is_unknown = |name: &&str| !self.shape.keys().any(|known| known == *name);
        let mut unknown = self.entries.keys().map(|name| name.get_ref().as_ref()).filter(is_unknown);
        if unknown.any(|name| nearest(name, self.shape.keys()) == Some(key)) {
            return;
        }
        let problem = Problem::new(Rule::MissingKey, format!("{title} has no `{key}`"));
        self.report(problem.label(format!("`{key}` is missing")).help(format!("add `{key}`")));
    }

    /// The value of a key, if it is written.
    pub(crate) fn get(&self, key: &'static str) -> Option<Item<'a>> {
        let (written, value) = self.entries.get_key_value(key)?;
        Some(Item::new(self.context, written.get_ref(), value.span(), value.get_ref()))
    }

    /// The value of a key, or its default, which is noted as used.
    pub(crate) fn or_default(&self, key: &'static str) -> Item<'a> {
        self.get(key).unwrap_or_else(|| {
            let path = self.path(key);
            self.context.use_default(defaults::of(&path));
            Item::new(self.context, key, self.span(), defaults::value_of(&path))
        })
    }

    /// The value of a key whose absence means something that no value stands for; the absence is noted.
    pub(crate) fn or_absent(&self, key: &'static str) -> Option<Item<'a>> {
        let item = self.get(key);
        if item.is_none() {
            self.context.use_default(defaults::of(&self.path(key)));
        }
        item
    }

    fn path(&self, key: &str) -> String {
        if self.shape.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.shape.path) }
    }

    /// The table under a key, or an empty one.
    pub(crate) fn table_or_empty(&self, key: &'static str, shape: &'static Shape) -> Option<Self> {
        static EMPTY: LazyLock<DeTable<'static>> = LazyLock::new(DeTable::new);
        match self.get(key) {
            Some(item) => item.table(shape),
            None => Some(Self { entries: &EMPTY, shape, ..*self }),
        }
    }

    /// The tables of a list under a key; absent is empty.
    pub(crate) fn tables(&self, key: &'static str, shape: &'static Shape) -> Vec<Self> {
        let items = self.get(key).and_then(|item| item.list()).unwrap_or_default();
        items.iter().filter_map(|item| item.table(shape)).collect()
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
