//! What operators take: values, typed values, lists, patterns.

use std::ops::Range;

use super::{Parser, Result};
use crate::query::error::{ErrorCode, ParseError};
use crate::query::syntax::cursor::{Word, is_bare_char};
use crate::query::values::instant::Instant;
use crate::query::values::pattern::{self, Pattern};
use crate::query::values::version::Version;
use crate::query::warning::Warning;

/// A value that is more than its text.
pub(super) trait Literal: Sized {
    const CODE: ErrorCode;
    /// What it is, in a message.
    const KIND: &'static str;
    /// Its accepted forms.
    const FORMS: &'static str;

    fn read(text: &str) -> Option<Self>;
}

impl Literal for i64 {
    const CODE: ErrorCode = ErrorCode::BadNumber;
    const KIND: &'static str = "a whole number";
    const FORMS: &'static str = "digits such as `3`";

    fn read(text: &str) -> Option<Self> {
        // `parse` would take a leading plus sign.
        if text.starts_with('+') { None } else { text.parse().ok() }
    }
}

impl Literal for Version {
    const CODE: ErrorCode = ErrorCode::BadVersion;
    const KIND: &'static str = "a version";
    const FORMS: &'static str = "numbers with points between them such as `1.14.5`";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Literal for Instant {
    const CODE: ErrorCode = ErrorCode::BadDate;
    const KIND: &'static str = "a date";
    const FORMS: &'static str =
        "`2018-06-18`, `2018-06-18T22:28:28`, `2018-06-18T22:28:28Z` or `2018-06-18T22:28:28+00:00`";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl<'a> Parser<'a> {
    pub(super) fn literal<T: Literal>(&mut self, operator: &Word<'a>) -> Result<T> {
        let value = self.value(operator)?;
        T::read(value.text).ok_or_else(|| {
            let message = format!("`{}` is not {}", value.text, T::KIND);
            ParseError::new(T::CODE, value.span, message).with_help(format!("write {}", T::FORMS))
        })
    }

    /// A value, of which the span does not include quotes; `before` is what asks for it.
    pub(super) fn value(&mut self, before: &Word<'a>) -> Result<Word<'a>> {
        self.cursor.skip_space();
        if let Some(quoted) = self.quoted()? {
            return Ok(quoted);
        }
        let value = self.cursor.take_while(is_bare_char);
        if value.text.is_empty() {
            return Err(self.missing_value(before));
        }
        self.bare = Some(value.span.clone());
        Ok(value)
    }

    fn quoted(&mut self) -> Result<Option<Word<'a>>> {
        let Some(quote) = self.cursor.eat("'").or_else(|| self.cursor.eat("\"")) else {
            return Ok(None);
        };
        let Some(len) = self.cursor.rest().find(quote.text) else {
            let span = quote.span.start..quote.span.end + self.cursor.rest().len();
            let message = format!("the quote {} is not closed", quote.text);
            return Err(ParseError::new(ErrorCode::UnclosedQuote, span, message));
        };
        let inside = self.cursor.take(len);
        let closing = self.cursor.take(quote.text.len());
        if quote.text == "\"" {
            let span = quote.span.start..closing.span.end;
            self.warnings.push(Warning::new(span, "double quotes are not documented; use single quotes"));
        }
        Ok(Some(inside))
    }

    fn missing_value(&self, before: &Word<'a>) -> ParseError {
        let found = self.cursor.lump();
        let message = format!("`{}` has no value after it", before.text);
        let error = ParseError::new(ErrorCode::MissingValue, found.span, message);
        match found.text {
            "" => error,
            "[" => error.with_help("only `in` and `!in` take a list"),
            _ => error.with_help(format!("quote a value that contains `{}`", found.text)),
        }
    }

    pub(super) fn list(&mut self, operator: &Word<'a>) -> Result<Vec<String>> {
        self.cursor.skip_space();
        let Some(open) = self.cursor.eat("[") else {
            return Err(self.missing_list(operator));
        };
        self.cursor.skip_space();
        if let Some(close) = self.cursor.eat("]") {
            let span = open.span.start..close.span.end;
            return Err(ParseError::new(ErrorCode::EmptyList, span, "the list has no values"));
        }
        let mut values = Vec::new();
        let mut before = open.clone();
        loop {
            self.expect_more(&open)?;
            values.push(self.value(&before)?.text.to_owned());
            self.cursor.skip_space();
            match self.cursor.eat(",") {
                Some(comma) => before = comma,
                None => break,
            }
        }
        self.close_list(&open)?;
        Ok(values)
    }

    /// A list that the end of the text cuts off is not closed, whatever else it lacks.
    fn expect_more(&mut self, open: &Word<'a>) -> Result<()> {
        self.cursor.skip_space();
        match self.cursor.peek() {
            Some(_) => Ok(()),
            None => Err(unclosed_list(open.span.clone())),
        }
    }

    fn close_list(&mut self, open: &Word<'a>) -> Result<()> {
        self.expect_more(open)?;
        if self.cursor.eat("]").is_some() {
            return Ok(());
        }
        let found = self.cursor.lump();
        let message = format!("`{}` follows a value of the list", found.text);
        let code =
            if found.text.starts_with(is_bare_char) { ErrorCode::UnquotedSpace } else { ErrorCode::UnclosedList };
        Err(ParseError::new(code, found.span, message)
            .with_help("separate values by `,`, close the list by `]`, and quote a value with spaces"))
    }

    fn missing_list(&self, operator: &Word<'a>) -> ParseError {
        let found = self.cursor.lump();
        let message = format!("`{}` has no list after it", operator.text);
        let example = if found.text.starts_with(is_bare_char) { found.text } else { "a, b" };
        ParseError::new(ErrorCode::MissingList, found.span, message)
            .with_help(format!("a list is written in square brackets: `[{example}]`"))
    }

    pub(super) fn pattern(&mut self, operator: &Word<'a>) -> Result<Pattern> {
        self.cursor.skip_space();
        let word = match self.quoted()? {
            Some(quoted) => quoted,
            None => self.bare_pattern(operator)?,
        };
        Pattern::compile(word.text).map_err(|error| error.shifted(word.span.start))
    }

    fn bare_pattern(&mut self, operator: &Word<'a>) -> Result<Word<'a>> {
        let len = pattern::bare_len(self.cursor.rest()).map_err(|bracket| self.unclosed_bracket(bracket))?;
        if len == 0 {
            return Err(self.missing_value(operator));
        }
        let word = self.cursor.take(len);
        self.bare = Some(word.span.clone());
        self.warn_of_bare_pattern(&word);
        Ok(word)
    }

    fn unclosed_bracket(&self, offset: usize) -> ParseError {
        let bracket = self.cursor.rest()[offset..].chars().next().unwrap_or('(');
        let start = self.cursor.at() + offset;
        let message = format!("`{bracket}` is not closed in the regular expression");
        ParseError::new(ErrorCode::BadRegex, start..start + 1, message)
            .with_help("a pattern without quotes runs on until its brackets are closed; quote it or escape the bracket")
    }

    fn warn_of_bare_pattern(&mut self, word: &Word<'a>) {
        let message = if word.text.contains("&&") || word.text.contains("||") {
            "a pattern without quotes ends at a space, so this operator is part of it; put a space before it"
        } else if word.text.contains('(') {
            "parentheses in a pattern without quotes are not documented; quote the pattern"
        } else {
            return;
        };
        self.warnings.push(Warning::new(word.span.clone(), message));
    }
}

fn unclosed_list(open: Range<usize>) -> ParseError {
    ParseError::new(ErrorCode::UnclosedList, open, "the list is not closed").with_help("close it by `]`")
}
