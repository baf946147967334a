//! What is wrong with an expression, and where.

use std::fmt;
use std::ops::Range;

/// The first fault of a text that is not an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseError {
    /// The bytes of the text that are at fault, on character boundaries; empty where something is missing.
    pub span: Range<usize>,
    /// What is wrong, with the offending text in backticks.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
    /// The kind of fault.
    pub code: ErrorCode,
}

impl ParseError {
    pub(in crate::query) fn new(code: ErrorCode, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None, code }
    }

    pub(in crate::query) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same error in a text that begins `offset` bytes earlier.
    pub(in crate::query) fn shifted(self, offset: usize) -> Self {
        Self { span: self.span.start + offset..self.span.end + offset, ..self }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.span.start)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The kinds of [`ParseError`]; [`ErrorCode::as_str`] names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
        }

        impl ErrorCode {
            /// Its name in diagnostics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

error_codes! {
    /// There is nothing but white space.
    Empty = "query-empty",
    /// It has more than [`MAX_CHARS`](super::MAX_CHARS) characters.
    TooLong = "query-too-long",
    /// Parentheses and negations are nested deeper than [`MAX_NESTING`](super::MAX_NESTING).
    TooDeep = "query-too-deep",
    /// A predicate is expected and something else, or nothing, is there.
    MissingPredicate = "query-missing-predicate",
    /// A predicate is about something that instances do not have.
    UnknownSubject = "query-unknown-subject",
    /// The name of an attribute is empty, too long, or has a character that names cannot have.
    BadAttributeName = "query-bad-attribute-name",
    /// A subject stands alone.
    MissingOperator = "query-missing-operator",
    /// What follows the subject is no operator.
    UnknownOperator = "query-unknown-operator",
    /// The subject does not have that operator.
    OperatorNotAllowed = "query-operator-not-allowed",
    /// An operator, or a place in a list, has no value.
    MissingValue = "query-missing-value",
    /// `in` or `!in` is not followed by a list.
    MissingList = "query-missing-list",
    /// A list has no values.
    EmptyList = "query-empty-list",
    /// A list does not end.
    UnclosedList = "query-unclosed-list",
    /// A quoted value does not end.
    UnclosedQuote = "query-unclosed-quote",
    /// The value is not a whole number.
    BadNumber = "query-bad-number",
    /// The value is not a dotted version.
    BadVersion = "query-bad-version",
    /// The value is not a date or an instant.
    BadDate = "query-bad-date",
    /// The pattern is not a regular expression, or a huge one.
    BadRegex = "query-bad-regex",
    /// The pattern uses a feature of Java's regular expressions that is not supported.
    UnsupportedRegex = "query-unsupported-regex",
    /// A parenthesis has no partner.
    Unbalanced = "query-unbalanced",
    /// A value without quotes is followed by a word; probably they are one value.
    UnquotedSpace = "query-unquoted-space",
    /// Something else follows where the expression could end.
    TrailingInput = "query-trailing-input",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
