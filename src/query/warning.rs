//! What the parser accepts but a careful reader would ask about (U-7).

use std::fmt;
use std::ops::Range;

/// Something in an expression that goes beyond the documented language, or is probably not what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The bytes it is about, on character boundaries.
    pub span: Range<usize>,
    /// What is odd, and what to write instead.
    pub message: String,
}

impl Warning {
    pub(in crate::query) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.span.start)
    }
}
