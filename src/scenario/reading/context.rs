//! What all readers of one scenario share: its text, the problems found so far, the defaults used.
//!
//! Readers report and go on with a stand-in, so that one pass finds every problem; a scenario with an error among its
//! problems is never handed out, and so no stand-in is ever seen.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::bytes::{self, GZIP};
use super::defaults::Default;
use super::diagnostic::{Diagnostic, Place, Source};
use super::rules::{Rule, Severity};
use crate::query::Expression;
use crate::strategy::Custom;

/// A problem before it has a place.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) rule: Rule,
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
    pub(crate) related: Option<(Range<usize>, String)>,
}

impl Problem {
    pub(crate) fn new(rule: Rule, message: impl Into<String>) -> Self {
        Self { rule, message: message.into(), label: String::new(), help: None, related: None }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The help, or if there is none the other.
    pub(crate) fn help_or(self, help: Option<String>, otherwise: impl Into<String>) -> Self {
        self.help(help.unwrap_or_else(|| otherwise.into()))
    }

    pub(crate) fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related = Some((span, label.into()));
        self
    }

    fn at(self, source: &Arc<Source>, span: Range<usize>) -> Diagnostic {
        let place = |span| Place::new(Arc::clone(source), span);
        Diagnostic {
            rule: self.rule,
            message: self.message,
            file: source.name.clone(),
            place: Some(place(span)),
            label: self.label,
            related: self.related.map(|(span, label)| (place(span), label)),
            help: self.help,
        }
    }
}

/// The state of one reading.
pub(crate) struct Context {
    source: Arc<Source>,
    folder: PathBuf,
    problems: RefCell<Vec<Diagnostic>>,
    defaults: RefCell<Vec<&'static Default>>,
    digest: RefCell<Sha256>,
    files: RefCell<Vec<PathBuf>>,
    attributes: RefCell<Vec<(String, Range<usize>)>>,
    expressions: RefCell<Vec<(Expression, Range<usize>)>>,
    strategies: Vec<Custom>,
    files_from: RefCell<Option<String>>,
    inputs: RefCell<Vec<Input>>,
}

/// A file that a scenario names, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name in the scenario.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Context {
    /// A reading of `text`, whose files are named relative to `folder`.
    pub(crate) fn new(name: &str, text: &str, folder: &Path) -> Self {
        let context = Self {
            source: Arc::new(Source::new(name, text.to_owned(), 1)),
            folder: folder.to_owned(),
            problems: RefCell::default(),
            defaults: RefCell::default(),
            digest: RefCell::default(),
            files: RefCell::default(),
            attributes: RefCell::default(),
            expressions: RefCell::default(),
            strategies: Vec::new(),
            files_from: RefCell::default(),
            inputs: RefCell::default(),
        };
        context.digest(text.as_bytes());
        context
    }

    /// The same reading, in which policies may name these strategies too.
    pub(crate) fn with_strategies(self, strategies: &[Custom]) -> Self {
        Self { strategies: strategies.to_vec(), ..self }
    }

    /// Strategies that policies may name beside the published ones.
    pub(crate) fn strategies(&self) -> &[Custom] {
        &self.strategies
    }

    /// Notes where people get the files that the scenario names.
    pub(crate) fn files_come_from(&self, place: &str) {
        *self.files_from.borrow_mut() = Some(place.to_owned());
    }

    /// Where people get the files that the scenario names, if the scenario says so.
    pub(crate) fn files_from(&self) -> Option<String> {
        self.files_from.borrow().clone()
    }

    /// The text of the scenario.
    pub(crate) fn text(&self) -> &str {
        &self.source.text
    }

    /// Notes a problem of the scenario file.
    pub(crate) fn report(&self, span: Range<usize>, problem: Problem) {
        let diagnostic = problem.at(&self.source, span);
        self.problems.borrow_mut().push(diagnostic);
    }

    /// Notes a problem of one line of another file.
    pub(crate) fn report_line(&self, line: Source, span: Range<usize>, problem: Problem) {
        let diagnostic = problem.at(&Arc::new(line), span);
        self.problems.borrow_mut().push(diagnostic);
    }

    /// Notes that a file is not UTF-8 from the byte `valid_up_to` on.
    pub(crate) fn report_not_utf8(&self, file: &str, bytes: &[u8], valid_up_to: usize) {
        let (good, rest) = bytes.split_at(valid_up_to);
        let start = good.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |newline| valid_up_to + newline);
        let text = String::from_utf8_lossy(&bytes[start..end]).into_owned();
        let first_line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        let span = valid_up_to - start..valid_up_to - start + char::REPLACEMENT_CHARACTER.len_utf8();
        let problem = Problem::new(Rule::NotUtf8, format!("`{file}` is not UTF-8")).label("the first byte that is not");
        let help = match bytes.starts_with(&GZIP) {
            true => "it is packed by gzip: unpack it with `gunzip`",
            false => "save the file as UTF-8, or convert it with `iconv -t UTF-8`",
        };
        self.report_line(Source::new(file, text, first_line), span, problem.help(help));
    }

    /// Notes a problem of another file as a whole.
    pub(crate) fn report_file(&self, file: &str, problem: Problem) {
        let Problem { rule, message, label, help, .. } = problem;
        let file = file.to_owned();
        self.problems.borrow_mut().push(Diagnostic { rule, message, file, place: None, label, related: None, help });
    }

    /// The line, counted from 1, of a byte of the scenario file.
    pub(crate) fn line_of(&self, byte: usize) -> usize {
        Place::new(Arc::clone(&self.source), byte..byte).line()
    }

    /// Notes that the scenario speaks of an attribute of instances.
    pub(crate) fn mention_attribute(&self, name: &str, span: Range<usize>) {
        self.attributes.borrow_mut().push((name.to_owned(), span));
    }

    /// The attributes that the scenario speaks of, and where.
    pub(crate) fn mentioned_attributes(&self) -> Vec<(String, Range<usize>)> {
        self.attributes.borrow().clone()
    }

    /// Notes an expression that tasks are held to.
    pub(crate) fn mention_expression(&self, expression: Expression, span: Range<usize>) {
        self.expressions.borrow_mut().push((expression, span));
    }

    /// The expressions that tasks are held to, and where they stand.
    pub(crate) fn mentioned_expressions(&self) -> Vec<(Expression, Range<usize>)> {
        self.expressions.borrow().clone()
    }

    /// Notes that a default was used; each is noted once.
    pub(crate) fn use_default(&self, default: &'static Default) {
        let mut used = self.defaults.borrow_mut();
        if !used.contains(&default) {
            used.push(default);
        }
    }

    /// Reads a file of the scenario, and makes it part of the digest.
    pub(crate) fn read_file(&self, name: &str) -> std::io::Result<Vec<u8>> {
        let bytes = bytes::read(&self.folder.join(name))?;
        self.files.borrow_mut().push(self.folder.join(name));
        self.digest(&bytes);
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        self.inputs.borrow_mut().push(Input { name: name.to_owned(), sha256 });
        Ok(bytes)
    }

    /// The files that were read so far, in order.
    pub(crate) fn inputs(&self) -> Vec<Input> {
        self.inputs.borrow().clone()
    }

    fn digest(&self, bytes: &[u8]) {
        let mut digest = self.digest.borrow_mut();
        // The length keeps the end of one file and the start of the next apart.
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    }

    /// The files of the scenario that were read, itself not among them.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.files.borrow().clone()
    }

    /// The digest of all that was read, in hexadecimal.
    pub(crate) fn digest_hex(&self) -> String {
        hexadecimal(&self.digest.borrow().clone().finalize())
    }

    /// The defaults used, as (key, value, source), by key.
    pub(crate) fn defaults(&self) -> Vec<(String, String, String)> {
        let mut used = self.defaults.borrow().clone();
        used.sort_unstable_by_key(|default| default.key);
        let row = |default: &Default| {
            (default.key.into(), default.value.text().trim_matches('\'').into(), default.source.into())
        };
        used.into_iter().map(row).collect()
    }

    /// Whether a problem of severity error was noted.
    pub(crate) fn has_errors(&self) -> bool {
        self.error_count() > 0
    }

    fn error_count(&self) -> usize {
        self.problems.borrow().iter().filter(|problem| problem.severity() == Severity::Error).count()
    }

    /// Calls `read`, and tells whether it noted no errors.
    pub(crate) fn watch_errors<T>(&self, read: impl FnOnce() -> T) -> (T, bool) {
        let before = self.error_count();
        let value = read();
        (value, self.error_count() == before)
    }

    /// Keeps the problems that `keep` holds for.
    pub(crate) fn retain(&self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.problems.borrow_mut().retain(keep);
    }

    /// All problems: those of the scenario file by place, then those of other files in reading order.
    pub(crate) fn into_problems(self) -> Vec<Diagnostic> {
        let mut problems = self.problems.into_inner();
        let order = |problem: &Diagnostic| match &problem.place {
            Some(place) if Arc::ptr_eq(&place.source, &self.source) => (0, place.span.start),
            _ => (1, 0),
        };
        problems.sort_by_key(order);
        problems
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
