//! Patterns of `=~` and `!~`: where they end in an expression, and what they match.
//!
//! The language's regular expressions are Java's. They run on the crate `regex`, in time linear in the text, after
//! [`java`](super::java) has refused what that crate would read in another way.

use regex::{Regex, RegexBuilder};

use super::{glob, java};
use crate::query::error::{ErrorCode, ParseError};

/// The most bytes that a compiled pattern may take.
///
/// `.{1,128}`, which is as long as values get, fits; and as many patterns as an expression can have compile at once.
const SIZE_LIMIT: usize = 1 << 19;

/// A regular expression that must match a whole value (U-10).
#[derive(Clone, Debug)]
pub(in crate::query) struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles a pattern; spans of errors are those within `text`.
    pub(in crate::query) fn compile(text: &str) -> Result<Self, ParseError> {
        // What comes back has balanced brackets and no comments, so it cannot escape from the group around it.
        let whole = format!("^(?:{})$", java::translate(text)?);
        match RegexBuilder::new(&whole).size_limit(SIZE_LIMIT).build() {
            Ok(regex) => Ok(Self { text: text.to_owned(), regex }),
            Err(error) => {
                let meant = glob::to_pattern(text);
                let is_meant = meant != text && RegexBuilder::new(&meant).size_limit(SIZE_LIMIT).build().is_ok();
                let help = is_meant.then(|| format!("a pattern is no glob; did you mean `{meant}`?"));
                let fault = ParseError::new(ErrorCode::BadRegex, 0..text.len(), describe(text, &error));
                Err(ParseError { help, ..fault })
            }
        }
    }

    /// The text it was compiled from.
    pub(in crate::query) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it matches the whole of `value`.
    pub(in crate::query) fn is_match(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

fn describe(text: &str, error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => format!("the regular expression `{text}` is too large once compiled"),
        // The reason is in the last line, below a drawing of the whole pattern.
        other => {
            let drawing = other.to_string();
            let last = drawing.lines().last().unwrap_or_default();
            let reason = last.strip_prefix("error: ").unwrap_or(last);
            format!("`{text}` is not a regular expression: {reason}")
        }
    }
}

/// How many bytes at the start of `text` are a pattern without quotes, which ends at white space or at a closing
/// bracket, unless that is inside brackets of its own.
///
/// # Errors
/// The position of a bracket in it that is never closed.
pub(in crate::query) fn bare_len(text: &str) -> Result<usize, usize> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let innermost = open.last().map(|(_, bracket)| *bracket);
        let in_class = innermost == Some('[');
        match c {
            '\\' => {
                chars.next_if(|(_, next)| !next.is_whitespace());
            }
            '[' => open.push((at, c)),
            ']' if in_class && open.last().is_some_and(|(start, _)| matches!(&text[*start..at], "[" | "[^")) => {}
            '(' | '{' if !in_class => open.push((at, c)),
            ')' | ']' | '}' if open.is_empty() => return Ok(at),
            ')' | ']' | '}' if innermost.map(closing) == Some(c) => {
                open.pop();
            }
            c if c.is_whitespace() && open.is_empty() => return Ok(at),
            _ => {}
        }
    }
    match open.first() {
        Some((at, _)) => Err(*at),
        None => Ok(text.len()),
    }
}

fn closing(bracket: char) -> char {
    match bracket {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, bare_len};

    #[test]
    fn bare_patterns_end_where_nothing_of_theirs_is_open() {
        let check = |text: &str, expected| assert_eq!(bare_len(text), expected, "{text}");
        check("t2.* and", Ok(4));
        check("t2.*)", Ok(4));
        check("(t2|t3).*) or", Ok(9));
        check("(a b) c", Ok(5));
        check("[)]x) y", Ok(4));
        check("[]a]) y", Ok(4));
        check("[^] ]] y", Ok(5));
        check(r"\(a) y", Ok(3));
        check(r"a\ b", Ok(2));
        check("a{2,3}] y", Ok(6));
        check("(a]b) y", Ok(5));
        check("[[a]b] y", Ok(6));
        check(r"[\[^] y", Ok(5));
        check("", Ok(0));
        check("x(a b", Err(1));
        check("([a b)", Err(0));
    }

    #[test]
    fn patterns_match_whole_values() {
        let check = |pattern, value, expected| {
            let pattern = Pattern::compile(pattern).expect("a pattern");
            assert_eq!(pattern.is_match(value), expected, "{pattern:?} on {value:?}");
        };
        check("g2.*", "g2.2xlarge", true);
        check("g4*", "g4dn.xlarge", false);
        check("a|b", "ab", false);
        check("a|ab", "ab", true);
        check("prod", "prod\n", false);
        check("(?i)prod", "Prod", true);
        check("", "", true);
        check("", "x", false);
        check(r"\d\w\s", "7_ ", true);
        check(r"\D\W\S", "_ 7", true);
        check(r"\w", "é", false);
        check(r"\d", "٣", false);
        check(r"[^\d]", "7", false);
        check(r"[\w-.]", "-", true);
        check(r"[\w&&[^\d]]+", "abc", true);
        check(r"[\w&&[^\d]]+", "ab1", false);
        check(r"[-\d]+", "1-2", true);
        check(r"[^-\d]", "-", false);
        check(r"[a\-\d]+", "a-1", true);
        check(r"\\d", r"\d", true);
    }

    #[test]
    fn patterns_on_every_allowed_length_fit_the_size_limit() {
        for pattern in [r".{1,128}", r"\W{1,128}", r"[\w.@:/-]{1,128}", r"(?i)[a-z]{1,128}"] {
            let compiled = Pattern::compile(pattern);
            assert!(compiled.is_ok(), "{pattern}: {compiled:?}");
        }
    }

    #[test]
    fn a_glob_that_is_no_pattern_is_told_as_one() {
        let help = |text| Pattern::compile(text).expect_err("no pattern").help;
        assert_eq!(help("*medium").as_deref(), Some("a pattern is no glob; did you mean `.*medium`?"));
        assert_eq!(help("medium{2,1}"), None);
    }

    #[test]
    fn huge_patterns_are_refused() {
        for pattern in [r"(\w{1000}){1000}", r"((a{1000}){1000}){1000}"] {
            let error = Pattern::compile(pattern).expect_err("too large");
            assert!(error.message.contains("too large"), "{error}");
        }
    }
}
