//! From Java's regular expressions to those of the crate `regex`.
//!
//! What that crate has not, or would read in another way, is refused by name; what is left means the same on values of
//! ASCII characters, which those of ECS are. Java's `\d`, `\w` and `\s` are ASCII only, so they become classes, which
//! also compile to far less than their Unicode namesakes. Brackets of a translated pattern are balanced.
//!
//! # Sources
//! The documentation of `java.util.regex.Pattern` (Java 17) and that of the crate `regex` (1.13).

use crate::query::error::{ErrorCode, ParseError};

/// Translates a pattern; spans of errors are those within it.
pub(in crate::query) fn translate(pattern: &str) -> Result<String, ParseError> {
    let mut scanner = Scanner {
        pattern,
        at: 0,
        groups: Vec::new(),
        previous: Previous::Other,
        after_dash: None,
        output: String::new(),
        copied: 0,
    };
    while let Some(c) = scanner.peek() {
        scanner.step(c)?;
    }
    match scanner.groups.pop() {
        Some(start) => Err(unclosed(start, '(')),
        None => Ok(scanner.output + &pattern[scanner.copied..]),
    }
}

/// What stands before the cursor, as far as a quantifier cares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Previous {
    Quantifier,
    Other,
}

struct Scanner<'a> {
    pattern: &'a str,
    at: usize,
    /// Where the open groups begin.
    groups: Vec<usize>,
    previous: Previous,
    /// The end of the last `-` in a class that neither is escaped nor begins it.
    after_dash: Option<usize>,
    output: String,
    /// How much of the pattern is in the output, in the same words or others.
    copied: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.pattern[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, text: &str) -> bool {
        let is_next = self.rest().starts_with(text);
        if is_next {
            self.at += text.len();
        }
        is_next
    }

    /// One element outside classes.
    fn step(&mut self, c: char) -> Result<(), ParseError> {
        match c {
            '*' | '+' | '?' => return self.quantifier(c, 1),
            '{' => return self.repetition(),
            '\\' => self.escape(Place::Outside)?,
            '[' => self.class()?,
            '(' => self.group()?,
            ')' if self.groups.pop().is_none() => {
                let span = self.at..self.at + 1;
                return Err(ParseError::new(
                    ErrorCode::BadRegex,
                    span,
                    "`)` closes no group of the regular expression",
                ));
            }
            _ => self.at += c.len_utf8(),
        }
        self.previous = Previous::Other;
        Ok(())
    }

    fn quantifier(&mut self, first: char, len: usize) -> Result<(), ParseError> {
        match (self.previous, first) {
            (Previous::Other, _) => {}
            (Previous::Quantifier, '+') => return Err(self.unsupported(len, "a possessive quantifier")),
            (Previous::Quantifier, _) => {
                let message = "a quantifier cannot follow a quantifier";
                return Err(ParseError::new(ErrorCode::BadRegex, self.at..self.at + len, message));
            }
        }
        self.at += len;
        self.eat("?");
        self.previous = Previous::Quantifier;
        Ok(())
    }

    /// `{2}`, `{2,}` or `{2,3}`.
    fn repetition(&mut self) -> Result<(), ParseError> {
        let inside = self.rest()[1..].split_once('}').map(|(inside, _)| inside);
        match inside {
            Some(inside) if is_repetition(inside) => self.quantifier('{', inside.len() + 2),
            _ => Err(ParseError::new(ErrorCode::BadRegex, self.at..self.at + 1, "`{` does not begin a repetition")
                .with_help(r"a repetition is written `{2}`, `{2,}` or `{2,3}`, the character itself `\{`")),
        }
    }

    fn group(&mut self) -> Result<(), ParseError> {
        let rest = self.rest();
        let refused = GROUPS.iter().find(|(start, _)| rest.starts_with(start));
        if let Some((start, feature)) = refused {
            return Err(self.unsupported(start.len(), feature));
        }
        let is_plain = !rest.starts_with("(?") || rest.starts_with("(?:") || rest.starts_with("(?<");
        self.groups.push(self.at);
        self.at += 1;
        if is_plain { Ok(()) } else { self.flags() }
    }

    /// `?i-s:` or `?i-s)`.
    fn flags(&mut self) -> Result<(), ParseError> {
        self.eat("?");
        while let Some(c) = self.peek() {
            match c {
                'i' | 'm' | 's' | '-' => self.at += 1,
                ':' | ')' => break,
                'x' | 'd' | 'u' | 'U' => return Err(self.unsupported(1, &format!("the flag `{c}`"))),
                other => {
                    let span = self.at..self.at + other.len_utf8();
                    let message = format!("`{other}` is not a flag of a regular expression");
                    return Err(ParseError::new(ErrorCode::BadRegex, span, message));
                }
            }
        }
        Ok(())
    }

    fn class(&mut self) -> Result<(), ParseError> {
        let mut open = Vec::new();
        loop {
            match self.peek() {
                None => return Err(unclosed(open.pop().unwrap_or(self.at), '[')),
                Some('\\') => self.escape(Place::Class)?,
                Some('[') if !open.is_empty() && self.rest().starts_with("[:") => {
                    return Err(self.unsupported(2, "a POSIX class such as `[:alpha:]`"));
                }
                Some('[') => {
                    open.push(self.at);
                    self.at += 1;
                    self.eat("^");
                    // Both stand for themselves at the beginning.
                    if !self.eat("]") && !self.rest().starts_with("--") {
                        self.eat("-");
                    }
                }
                Some(']') => {
                    self.at += 1;
                    open.pop();
                    if open.is_empty() {
                        return Ok(());
                    }
                }
                Some('-') if self.rest().starts_with("--") => return Err(self.unsupported(2, "`--` in a class")),
                Some('~') if self.rest().starts_with("~~") => return Err(self.unsupported(2, "`~~` in a class")),
                Some(c) => {
                    self.at += c.len_utf8();
                    if c == '-' {
                        self.after_dash = Some(self.at);
                    }
                }
            }
        }
    }

    fn escape(&mut self, place: Place) -> Result<(), ParseError> {
        let Some(c) = self.rest().chars().nth(1) else {
            return Err(ParseError::new(ErrorCode::BadRegex, self.at..self.at + 1, "`\\` has nothing to escape"));
        };
        let len = 1 + c.len_utf8();
        match c {
            'd' => self.replace(len, "[0-9]", place)?,
            'D' => self.replace(len, "[^0-9]", place)?,
            'w' => self.replace(len, "[0-9A-Za-z_]", place)?,
            'W' => self.replace(len, "[^0-9A-Za-z_]", place)?,
            's' => self.replace(len, r"[ \t-\r]", place)?,
            'S' => self.replace(len, r"[^ \t-\r]", place)?,
            't' | 'n' | 'r' | 'f' | 'a' | 'x' | 'u' => {}
            'b' if self.rest().starts_with(r"\b{") => return Err(self.unsupported(3, r"the boundary `\b{`")),
            'b' | 'B' | 'A' | 'z' if place == Place::Outside => {}
            'p' | 'P' => return self.property(),
            'Q' | 'E' => return Err(self.unsupported(len, r"quoting by `\Q` and `\E`")),
            'k' | '1'..='9' => return Err(self.unsupported(len, "a back-reference")),
            '0' => return Err(self.unsupported(len, "an octal escape")),
            '<' | '>' => {
                return Err(self.unsupported(len, &format!(r"the escape `\{c}`")).with_help(format!("write `{c}`")));
            }
            c if c.is_ascii_alphabetic() => return Err(self.unsupported(len, &format!(r"the escape `\{c}`"))),
            _ => {}
        }
        self.at += len;
        Ok(())
    }

    /// Has the next `len` bytes replaced by a class.
    fn replace(&mut self, len: usize, class: &str, place: Place) -> Result<(), ParseError> {
        if place == Place::Class && self.after_dash == Some(self.at) {
            let message = "a range cannot end in a class";
            return Err(ParseError::new(ErrorCode::BadRegex, self.at - 1..self.at + len, message)
                .with_help("put `-` first in the class"));
        }
        self.output.push_str(&self.pattern[self.copied..self.at]);
        self.output.push_str(class);
        self.copied = self.at + len;
        Ok(())
    }

    /// `\pL`, `\p{L}` or `\p{Lu}`; the two languages differ in almost all longer names.
    fn property(&mut self) -> Result<(), ParseError> {
        let name = &self.rest()[2..];
        let (name, len) = match name.strip_prefix('{') {
            Some(inside) => inside.split_once('}').map_or((inside, name.len()), |(name, _)| (name, name.len() + 2)),
            None => {
                let len = name.chars().next().map_or(0, char::len_utf8);
                (&name[..len], len)
            }
        };
        let is_category = name.len() <= 2 && name.starts_with(|c| "LMNPSZC".contains(c));
        if !is_category {
            return Err(self.unsupported(2 + len, &format!(r"the character property `\p{{{name}}}`")));
        }
        self.at += 2 + len;
        Ok(())
    }

    fn unsupported(&self, len: usize, feature: &str) -> ParseError {
        let message = format!("{feature} is not supported in regular expressions here");
        ParseError::new(ErrorCode::UnsupportedRegex, self.at..self.at + len, message)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Class,
}

/// Groups that are refused; longer starts first.
const GROUPS: [(&str, &str); 6] = [
    ("(?<=", "look-behind"),
    ("(?<!", "look-behind"),
    ("(?=", "look-ahead"),
    ("(?!", "look-ahead"),
    ("(?>", "an atomic group"),
    ("(?P", "a group named by `(?P`"),
];

fn is_repetition(inside: &str) -> bool {
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && are_digits(least) && are_digits(most)
}

fn unclosed(start: usize, bracket: char) -> ParseError {
    let message = format!("`{bracket}` is not closed in the regular expression");
    ParseError::new(ErrorCode::BadRegex, start..start + 1, message)
        .with_help("quote a pattern that ends too early or too late")
}

#[cfg(test)]
mod tests {
    use crate::query::error::ErrorCode;
    use crate::query::values::pattern::Pattern;

    #[test]
    fn what_both_languages_read_alike_is_accepted() {
        let patterns = [
            "g2.*",
            "(t2|t3).*",
            "t[23].(small|large)",
            "[Pp]rod",
            "(?i)prod",
            "(?i:p)rod",
            "(?s-m:.)",
            "(?:a|b)+?",
            "(?<name>a)",
            r"\d{2}",
            r"a{2,}?b{2,3}",
            r"\w+\.\s*",
            r"[\w.-]+",
            "[]a]",
            "[^]a]",
            "[a-z&&[^b]]",
            r"\p{Lu}",
            r"\pL",
            r"\x41\u0041",
            r"\bprod\B.",
            r"\Aprod\z",
            r"\[\]\{\}\(\)",
            "a}b]",
            "^prod$",
            "a||b",
            "",
        ];
        for pattern in patterns {
            assert!(Pattern::compile(pattern).is_ok(), "{pattern}: {:?}", Pattern::compile(pattern));
        }
    }

    #[test]
    fn java_only_features_are_refused_by_name() {
        let check = |pattern: &str, at: &str, named: &str| {
            let error = Pattern::compile(pattern).expect_err(pattern);
            assert_eq!(error.code, ErrorCode::UnsupportedRegex, "{pattern}: {error}");
            assert_eq!(&pattern[error.span.clone()], at, "{pattern}");
            assert!(error.message.contains(named), "{pattern}: {error}");
        };
        check("(?=a)b", "(?=", "look-ahead");
        check("a(?!b).*", "(?!", "look-ahead");
        check(".*(?<=b)", "(?<=", "look-behind");
        check(".*(?<!b)", "(?<!", "look-behind");
        check("(?>a+)b", "(?>", "atomic group");
        check("(?P<x>a)", "(?P", "(?P");
        check(r"(a)\1", r"\1", "back-reference");
        check(r"(?<x>a)\k<x>", r"\k", "back-reference");
        check("a*+", "+", "possessive");
        check("a++b", "+", "possessive");
        check("a?+", "+", "possessive");
        check("a{1,2}+", "+", "possessive");
        check(r"\p{javaLowerCase}+", r"\p{javaLowerCase}", "javaLowerCase");
        check(r"[\p{Alpha}]", r"\p{Alpha}", "Alpha");
        check(r"\P{IsLatin}", r"\P{IsLatin}", "IsLatin");
        check(r"\Qa.b\E", r"\Q", r"\Q");
        check(r"a\E", r"\E", r"\E");
        check("(?x)a b", "x", "`x`");
        check("(?iu)a", "u", "`u`");
        check("(?U:a)", "U", "`U`");
        check("(?d)a", "d", "`d`");
        check(r"\h+", r"\h", r"`\h`");
        check(r"\v", r"\v", r"`\v`");
        check(r"\R", r"\R", r"`\R`");
        check(r"a\Z", r"\Z", r"`\Z`");
        check(r"\G", r"\G", r"`\G`");
        check(r"\07", r"\0", "octal");
        check(r"\<a\>", r"\<", r"`\<`");
        check(r"\b{g}", r"\b{", r"\b{");
        check(r"[\b]", r"\b", r"`\b`");
        check("[[:alpha:]]", "[:", "POSIX");
        check("[a-z--b]", "--", "`--`");
        check("[--b]", "--", "`--`");
        check("[a~~b]", "~~", "`~~`");
    }

    #[test]
    fn broken_patterns_say_where() {
        let check = |pattern: &str, at: &str, named: &str| {
            let error = Pattern::compile(pattern).expect_err(pattern);
            assert_eq!(error.code, ErrorCode::BadRegex, "{pattern}: {error}");
            assert_eq!(&pattern[error.span.clone()], at, "{pattern}");
            assert!(error.message.contains(named), "{pattern}: {error}");
        };
        check("a)(b", ")", "closes no group");
        check("x(a", "(", "not closed");
        check("x[a", "[", "not closed");
        check("x[[a]", "[", "not closed");
        check("a**", "*", "quantifier");
        check("a{2}{3}", "{3}", "quantifier");
        check("a{,3}", "{", "repetition");
        check("a{", "{", "repetition");
        check(r"a\", r"\", "escape");
        check("(?z)a", "z", "flag");
        check(r"[+-\d]", r"-\d", "range");
        check(r"[\[-\d]", r"-\d", "range");
        check("*a", "*a", "missing expression");
        check(r"\p{L", r"\p{L", "escape");
        check("[z-a]", "[z-a]", "invalid character class range");
        check(r"\xZZ", r"\xZZ", "hexadecimal");
        check("(?<n>a)(?<n>b)", "(?<n>a)(?<n>b)", "duplicate");
    }
}
