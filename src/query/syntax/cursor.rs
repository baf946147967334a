//! Reads an expression character by character and word by word.
//!
//! There is no token stream: what a character means depends on where it stands (a `)` ends a value but may belong to a
//! pattern), so the parser asks for what it expects next.

use std::ops::Range;

/// A stretch of the text and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::query) struct Word<'a> {
    pub(in crate::query) text: &'a str,
    pub(in crate::query) span: Range<usize>,
}

/// A position in the text.
#[derive(Clone, Copy, Debug)]
pub(in crate::query) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(in crate::query) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The position, in bytes.
    pub(in crate::query) fn at(self) -> usize {
        self.at
    }

    /// The text before the cursor.
    pub(in crate::query) fn before(self) -> &'a str {
        &self.text[..self.at]
    }

    /// The text from the cursor on.
    pub(in crate::query) fn rest(self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next character.
    pub(in crate::query) fn peek(self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes on to the next character that is not white space.
    pub(in crate::query) fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes the next `len` bytes, which must end on a character boundary.
    pub(in crate::query) fn take(&mut self, len: usize) -> Word<'a> {
        let start = self.at;
        self.at += len;
        Word { text: &self.text[start..self.at], span: start..self.at }
    }

    /// Takes characters as long as they are of the kind.
    pub(in crate::query) fn take_while(&mut self, is_kind: fn(char) -> bool) -> Word<'a> {
        self.take(run(self.rest(), is_kind).len())
    }

    /// Takes `symbol` if it is next.
    pub(in crate::query) fn eat(&mut self, symbol: &str) -> Option<Word<'a>> {
        self.rest().starts_with(symbol).then(|| self.take(symbol.len()))
    }

    /// Takes `word`, in any letter case, if it is next and no name character follows it.
    pub(in crate::query) fn eat_word(&mut self, word: &str) -> Option<Word<'a>> {
        let next = run(self.rest(), is_name_char);
        next.eq_ignore_ascii_case(word).then(|| self.take(word.len()))
    }

    /// What is next, for a message: a word, some symbols, or one other character. Empty at the end.
    pub(in crate::query) fn lump(mut self) -> Word<'a> {
        match self.peek() {
            Some(c) if is_bare_char(c) => self.take_while(is_bare_char),
            Some(c) if is_operator_char(c) => self.take_while(is_operator_char),
            Some(c) => self.take(c.len_utf8()),
            None => self.take(0),
        }
    }
}

/// The longest start of `text` that consists of characters of the kind.
pub(in crate::query) fn run(text: &str, is_kind: fn(char) -> bool) -> &str {
    text.find(|c| !is_kind(c)).map_or(text, |end| &text[..end])
}

/// Characters of attribute names.
pub(in crate::query) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '\\')
}

/// Characters of values without quotes.
pub(in crate::query) fn is_bare_char(c: char) -> bool {
    !c.is_whitespace() && !is_operator_char(c) && !matches!(c, '(' | ')' | '[' | ']' | ',' | '\'' | '"')
}

/// Characters of operators that are not words.
pub(in crate::query) fn is_operator_char(c: char) -> bool {
    matches!(c, '&' | '|' | '<' | '>' | '=' | '!' | '~')
}
