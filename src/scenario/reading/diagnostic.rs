//! A problem of a file, with its place, as a value that can be drawn.
//!
//! Nothing here knows what a scenario is. Drawing is the work of `annotate-snippets`, the renderer of rustc.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::rules::{Rule, Severity};

/// A text that problems point into: a whole file, or some lines of a long one.
#[derive(Clone)]
pub struct Source {
    /// The file's name as it is shown.
    pub name: String,
    /// The text.
    pub text: String,
    /// The number of its first line.
    pub first_line: usize,
    /// Where its lines start, worked out when the first problem asks: a file may have thousands.
    starts: OnceLock<Vec<usize>>,
}

impl Source {
    /// A text whose first line has this number.
    #[must_use]
    pub fn new(name: &str, text: String, first_line: usize) -> Self {
        Self { name: name.to_owned(), text, first_line, starts: OnceLock::new() }
    }

    /// How many lines start at or before a byte, less one.
    fn line_at(&self, byte: usize) -> usize {
        let newlines = || self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let starts = self.starts.get_or_init(|| std::iter::once(0).chain(newlines()).collect());
        starts.partition_point(|&start| start <= byte) - 1
    }

    /// The whole lines that a range touches, and how many come before them.
    fn lines(&self, range: Range<usize>) -> (Range<usize>, usize) {
        let start = self.text[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[range.end..].find('\n').map_or(self.text.len(), |offset| range.end + offset);
        (start..end, self.line_at(start))
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.text, self.first_line) == (&other.name, &other.text, other.first_line)
    }
}

impl Eq for Source {}

impl fmt::Debug for Source {
    /// The text is left out: every problem of a file shares it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).field("first_line", &self.first_line).finish_non_exhaustive()
    }
}

/// A part of a [`Source`], never across the end of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The text that the place is in.
    pub source: Arc<Source>,
    /// Its bytes, on character boundaries and on one line.
    pub span: Range<usize>,
}

impl Place {
    /// The place of `span`, cut to the first line and to whole characters.
    #[must_use]
    pub fn new(source: Arc<Source>, span: Range<usize>) -> Self {
        let text = &source.text;
        let start = floor_boundary(text, span.start.min(text.len()));
        let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |offset| start + offset);
        let end = ceil_boundary(text, span.end.min(line_end)).max(start);
        Self { span: start..end, source }
    }

    /// Line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.source.first_line + self.source.line_at(self.span.start)
    }

    /// Column in characters, counted from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        let line_start = self.source.text[..self.span.start].rfind('\n').map_or(0, |newline| newline + 1);
        self.source.text[line_start..self.span.start].chars().count() + 1
    }

    /// The whole line, without its end.
    #[must_use]
    pub fn source_line(&self) -> &str {
        let start = self.source.text[..self.span.start].rfind('\n').map_or(0, |newline| newline + 1);
        self.source.text[start..].lines().next().unwrap_or_default()
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// Whether to draw with terminal colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Characters only.
    #[default]
    Plain,
    /// With ANSI escape codes.
    Coloured,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule that is broken.
    pub rule: Rule,
    /// What is wrong, with the subject and the value.
    pub message: String,
    /// The name of the file that it is in.
    pub file: String,
    /// Where; `None` if it concerns the file as a whole.
    pub place: Option<Place>,
    /// What stands at the place.
    pub label: String,
    /// Another place that belongs to the problem, and what stands there.
    pub related: Option<(Place, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Whether the scenario cannot run because of it.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.rule.severity()
    }

    /// The code of its rule, such as `S004`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.rule.code()
    }

    /// Draws the problem: message, place, source line, caret, help. Ends without a line break.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let level = match self.severity() {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(self.message.as_str()).id(self.code());
        let mut group = match &self.place {
            Some(place) => title.element(self.snippet(place)),
            None => title.element(Origin::path(self.file.as_str())),
        };
        if let Some((place, label)) = self.related_elsewhere() {
            let (snippet, offset) = snippet_of(place, place.span.clone());
            group = group.element(snippet.annotation(annotation(AnnotationKind::Context, place, offset, label)));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Coloured => Renderer::styled(),
        };
        renderer.render(&[group])
    }

    fn snippet<'a>(&'a self, place: &'a Place) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let here = self.related.as_ref().filter(|(other, _)| Arc::ptr_eq(&other.source, &place.source));
        let both = here.map_or(place.span.clone(), |(other, _)| {
            place.span.start.min(other.span.start)..place.span.end.max(other.span.end)
        });
        let (snippet, offset) = snippet_of(place, both);
        let snippet = snippet.annotation(annotation(AnnotationKind::Primary, place, offset, &self.label));
        match here {
            Some((other, label)) => snippet.annotation(annotation(AnnotationKind::Context, other, offset, label)),
            None => snippet,
        }
    }

    fn related_elsewhere(&self) -> Option<&(Place, String)> {
        let (related, place) = (self.related.as_ref()?, self.place.as_ref()?);
        (!Arc::ptr_eq(&related.0.source, &place.source)).then_some(related)
    }
}

/// The lines of a range, and the byte of the text that they start at: what is drawn does not grow with the file.
fn snippet_of(place: &Place, range: Range<usize>) -> (Snippet<'_, annotate_snippets::Annotation<'_>>, usize) {
    let source = &place.source;
    let (lines, before) = source.lines(range);
    let offset = lines.start;
    let snippet = Snippet::source(&source.text[lines]).path(source.name.as_str());
    (snippet.line_start(source.first_line + before), offset)
}

/// A mark under a place, in lines that start at the byte `offset` of its text.
fn annotation<'a>(
    kind: AnnotationKind,
    place: &Place,
    offset: usize,
    label: &'a str,
) -> annotate_snippets::Annotation<'a> {
    let label = (!label.is_empty()).then_some(label);
    kind.span(place.span.start - offset..place.span.end - offset).label(label)
}

impl fmt::Display for Diagnostic {
    /// One line: `file:line:column: error[S004]: message`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(place) = &self.place {
            write!(f, ":{}:{}", place.line(), place.column())?;
        }
        let severity = match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, ": {severity}[{}]: {}", self.code(), self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, span: Range<usize>) -> Place {
        Place::new(Arc::new(Source::new("x.toml", text.to_owned(), 1)), span)
    }

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let check = |text: &str, span: Range<usize>, expected: (usize, usize, &str)| {
            let place = place(text, span);
            assert_eq!((place.line(), place.column(), place.source_line()), expected);
        };
        check("a = 1\nbé = 2\n", 0..1, (1, 1, "a = 1"));
        check("a = 1\nbé = 2\n", 10..12, (2, 4, "bé = 2"));
        check("a = 1\r\nb", 7..8, (2, 1, "b"));
        check("", 0..0, (1, 1, ""));
        check("ab", 90..99, (1, 3, "ab"));
    }

    #[test]
    fn a_span_is_cut_to_its_line_and_to_whole_characters() {
        assert_eq!(place("[a]\nb\n", 0..6).span, 0..3);
        assert_eq!(place("é", 1..1).span, 0..2);
    }

    #[test]
    fn a_problem_without_a_place_names_its_file() {
        let problem = Diagnostic {
            rule: Rule::Unreadable,
            message: "cannot read `x.toml`".to_owned(),
            file: "x.toml".to_owned(),
            place: None,
            label: String::new(),
            related: None,
            help: None,
        };
        assert_eq!(problem.to_string(), "x.toml: error[S001]: cannot read `x.toml`");
        assert!(problem.render(Style::Plain).contains("--> x.toml"));
        assert!(problem.render(Style::Coloured).contains('\u{1b}'));
    }
}
