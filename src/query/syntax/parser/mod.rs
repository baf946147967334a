//! From text to tree by recursive descent: `or`, `and`, `not` and parentheses here, predicates in [`predicate`],
//! values in [`operand`].
//!
//! # Invariants
//! 1. Spans of errors and warnings are on character boundaries inside the text.
//! 2. Recursion is bounded by [`MAX_NESTING`], and so is the depth of the tree: `and` and `or` chains are flat.

mod operand;
mod predicate;

use std::ops::Range;

use super::ast::Node;
use super::cursor::{Cursor, Word, is_bare_char};
use super::vocabulary::Subject;
use crate::query::error::{ErrorCode, ParseError};
use crate::query::warning::Warning;

/// The most characters of an expression.
pub const MAX_CHARS: usize = 2000;
/// The deepest nesting of parentheses and negations.
pub const MAX_NESTING: usize = 200;

type Result<T> = std::result::Result<T, ParseError>;

/// Reads a whole expression.
pub(in crate::query) fn parse(text: &str) -> Result<(Node, Vec<Warning>)> {
    check_length(text)?;
    let mut parser = Parser { cursor: Cursor::new(text), nesting: 0, bare: None, group: None, warnings: Vec::new() };
    let root = parser.disjunction()?;
    parser.cursor.skip_space();
    match parser.cursor.peek() {
        None => Ok((root, parser.warnings)),
        Some(_) => Err(parser.trailing()),
    }
}

fn check_length(text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(ParseError::new(ErrorCode::Empty, 0..0, "the expression is empty")
            .with_help("such as `attribute:ecs.instance-type =~ t2.*`"));
    }
    match text.char_indices().nth(MAX_CHARS) {
        None => Ok(()),
        Some((limit, _)) => {
            let message =
                format!("the expression has {} characters, and the most are {MAX_CHARS}", text.chars().count());
            Err(ParseError::new(ErrorCode::TooLong, limit..text.len(), message))
        }
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    nesting: usize,
    /// The last value or pattern without quotes, for a better message about what follows it.
    bare: Option<Range<usize>>,
    /// The last pair of parentheses that was read.
    group: Option<Range<usize>>,
    warnings: Vec<Warning>,
}

impl<'a> Parser<'a> {
    fn disjunction(&mut self) -> Result<Node> {
        let mut parts = vec![self.conjunction()?];
        while self.eat_connective("||", "or") {
            parts.push(self.conjunction()?);
        }
        Ok(Node::any_of(parts))
    }

    fn conjunction(&mut self) -> Result<Node> {
        let mut parts = vec![self.negation()?];
        while self.eat_connective("&&", "and") {
            parts.push(self.negation()?);
        }
        Ok(Node::all_of(parts))
    }

    fn eat_connective(&mut self, symbol: &str, word: &str) -> bool {
        self.cursor.skip_space();
        self.cursor.eat(symbol).is_some() || self.cursor.eat_word(word).is_some()
    }

    fn negation(&mut self) -> Result<Node> {
        self.cursor.skip_space();
        match self.cursor.eat("!").or_else(|| self.cursor.eat_word("not")) {
            None => self.primary(Context::Plain),
            Some(operator) => self.nested(operator.span, |parser| {
                parser.cursor.skip_space();
                // `not (…)` is the documented way of negating one predicate.
                let operand = if parser.cursor.peek() == Some('(') {
                    parser.primary(Context::Negated)
                } else {
                    parser.negation()
                };
                operand.map(Node::negated)
            }),
        }
    }

    fn primary(&mut self, context: Context) -> Result<Node> {
        self.cursor.skip_space();
        let Some(open) = self.cursor.eat("(") else {
            return self.predicate().map(Node::Predicate);
        };
        self.cursor.skip_space();
        let start = self.cursor.at();
        let inside = self.nested(open.span.clone(), Self::disjunction)?;
        let end = self.cursor.before().trim_end().len();
        self.cursor.skip_space();
        let Some(close) = self.cursor.eat(")") else {
            return Err(self.unclosed(open));
        };
        let is_doubled = self.group == Some(start..end);
        let group = open.span.start..close.span.end;
        if is_doubled || context == Context::Plain && matches!(inside, Node::Predicate(_)) {
            self.warnings.push(Warning::new(group.clone(), "these parentheses are not needed"));
        }
        self.group = Some(group);
        Ok(inside)
    }

    /// Goes one level deeper; `at` is what does so.
    fn nested<T>(&mut self, at: Range<usize>, inside: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.nesting == MAX_NESTING {
            let message = format!("more than {MAX_NESTING} parentheses and negations are nested");
            return Err(ParseError::new(ErrorCode::TooDeep, at, message));
        }
        self.nesting += 1;
        let result = inside(self);
        self.nesting -= 1;
        result
    }

    /// What is wrong where a `)` should be.
    fn unclosed(&self, open: Word<'_>) -> ParseError {
        match self.cursor.peek() {
            None => ParseError::new(ErrorCode::Unbalanced, open.span, "`(` is not closed"),
            Some(_) => self.trailing(),
        }
    }

    /// What is wrong with whatever follows a complete expression.
    fn trailing(&self) -> ParseError {
        let next = self.cursor.lump();
        let bare = self.bare.clone().filter(|bare| bare.end == self.cursor.before().trim_end().len());
        let error = |code, message: String| ParseError::new(code, next.span.clone(), message);
        if next.text == ")" {
            return error(ErrorCode::Unbalanced, "`)` closes nothing".to_owned());
        }
        if Subject::named(next.text).is_some() {
            let message = format!("`{}` follows a complete predicate", next.text);
            return error(ErrorCode::TrailingInput, message).with_help("join predicates by `and` or `or`");
        }
        match bare {
            Some(bare) if bare.end < next.span.start && next.text.starts_with(is_bare_char) => {
                let value = &self.cursor.before()[bare.clone()];
                let message = format!("`{}` follows the value `{value}` after a space", next.text);
                let help = format!(
                    "quote a value with spaces: '{}'; or join predicates by `and` or `or`",
                    self.phrase(bare.start)
                );
                error(ErrorCode::UnquotedSpace, message).with_help(help)
            }
            Some(bare) if bare.end == next.span.start && !matches!(next.text, "&" | "|") => {
                let message = format!("`{}` cannot stand in a value without quotes", next.text);
                error(ErrorCode::TrailingInput, message).with_help("quote the value")
            }
            _ => {
                let message = format!("`{}` follows a complete expression", next.text);
                let help = match next.text {
                    "&" => "did you mean `&&`?",
                    "|" => "did you mean `||`?",
                    _ => "join predicates by `and` or `or`",
                };
                error(ErrorCode::TrailingInput, message).with_help(help)
            }
        }
    }

    /// The words from `start` on that may have been meant as one value, of which the first have been read.
    fn phrase(&self, start: usize) -> String {
        let mut cursor = self.cursor;
        let mut end = cursor.at();
        loop {
            let word = cursor.take_while(is_bare_char);
            let is_connective = ["and", "or"].iter().any(|it| word.text.eq_ignore_ascii_case(it));
            if word.text.is_empty() || is_connective {
                break;
            }
            end = word.span.end;
            cursor.skip_space();
        }
        cursor.before()[start..end].to_owned()
    }
}

/// Where a pair of parentheses stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Plain,
    Negated,
}
