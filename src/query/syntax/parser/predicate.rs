//! One predicate: a subject, an operator that it has, and what the operator takes.

use super::operand::Literal;
use super::{Parser, Result};
use crate::query::error::{ErrorCode, ParseError};
use crate::query::syntax::ast::{AttributeTest, Comparison, GroupTest, Matcher, Predicate, Relation, TextTest};
use crate::query::syntax::cursor::{Word, is_bare_char, is_name_char, is_operator_char, run};
use crate::query::syntax::vocabulary::{self, ATTRIBUTE_PREFIX, Operator, Subject};
use crate::query::warning::Warning;

/// The most characters of the name of an attribute.
const MAX_NAME_CHARS: usize = 128;

/// An operator and who is asked, for messages.
struct Question<'a> {
    subject: Word<'a>,
    operator: Operator,
    word: Word<'a>,
}

impl<'a> Parser<'a> {
    pub(super) fn predicate(&mut self) -> Result<Predicate> {
        let (kind, subject) = self.subject()?;
        let (operator, word) = self.operator(&subject)?;
        let question = Question { subject, operator, word };
        match kind {
            Subject::AgentConnected => {
                let test = self.text_test(kind, &question)?;
                self.warn_of_impossible(&test, &question);
                Ok(Predicate::AgentConnected(test))
            }
            Subject::Ec2InstanceId => self.text_test(kind, &question).map(Predicate::Ec2InstanceId),
            Subject::AgentVersion => self.comparison(kind, &question).map(Predicate::AgentVersion),
            Subject::RegisteredAt => self.comparison(kind, &question).map(Predicate::RegisteredAt),
            Subject::RunningTasksCount => self.comparison(kind, &question).map(Predicate::RunningTasksCount),
            Subject::TaskGroup => self.group_test(kind, &question).map(Predicate::TaskGroup),
            Subject::Attribute(name) => {
                let test = self.attribute_test(kind, &question)?;
                Ok(Predicate::Attribute { name: name.to_owned(), test })
            }
        }
    }

    fn subject(&mut self) -> Result<(Subject<'a>, Word<'a>)> {
        let word = self.cursor.take_while(is_bare_char);
        match Subject::named(word.text) {
            Some(Subject::Attribute(name)) => check_name(name, &word).map(|()| (Subject::Attribute(name), word)),
            Some(subject) => Ok((subject, word)),
            None if word.text.is_empty() || is_connective(word.text) => Err(self.missing_predicate(word)),
            None => Err(unknown_subject(&word)),
        }
    }

    fn missing_predicate(&self, word: Word<'a>) -> ParseError {
        let found = if word.text.is_empty() { self.cursor.lump() } else { word };
        let message = match found.text {
            "" => "a predicate is missing at the end of the expression".to_owned(),
            text => format!("a predicate is missing before `{text}`"),
        };
        ParseError::new(ErrorCode::MissingPredicate, found.span, message)
            .with_help("a predicate is a subject, an operator and a value, such as `runningTasksCount == 0`")
    }

    fn operator(&mut self, subject: &Word<'a>) -> Result<(Operator, Word<'a>)> {
        self.cursor.skip_space();
        if let Some(found) = self.operator_word() {
            return Ok(found);
        }
        let symbols = run(self.cursor.rest(), is_operator_char);
        match Operator::symbol_at(symbols) {
            Some((symbol, operator)) if !vocabulary::is_foreign(symbols) => {
                let word = self.cursor.take(symbol.len());
                self.warn_of_missing_space(&word);
                Ok((operator, word))
            }
            _ => Err(self.no_operator(subject)),
        }
    }

    /// A word, which may begin with `!`, that no name character follows.
    fn operator_word(&mut self) -> Option<(Operator, Word<'a>)> {
        let mut ahead = self.cursor;
        let bang = ahead.eat("!").map_or(0, |bang| bang.text.len());
        let len = bang + ahead.take_while(is_name_char).text.len();
        let operator = Operator::word(&self.cursor.rest()[..len])?;
        Some((operator, self.cursor.take(len)))
    }

    fn no_operator(&self, subject: &Word<'a>) -> ParseError {
        let mut ahead = self.cursor;
        let bang = ahead.eat("!").map_or(0, |bang| bang.text.len());
        let bare = ahead.take_while(is_bare_char).text.len();
        let mut cursor = self.cursor;
        let found = if bare > 0 { cursor.take(bang + bare) } else { cursor.lump() };
        let is_operator = found.text.starts_with(|c| is_bare_char(c) || is_operator_char(c));
        if !is_operator || is_connective(found.text) {
            let end = subject.span.end;
            let message = format!("`{}` has no operator", subject.text);
            let help = format!("such as `{0} == VALUE`", subject.text);
            return ParseError::new(ErrorCode::MissingOperator, end..end, message).with_help(help);
        }
        let message = format!("`{}` is not an operator", found.text);
        let error = ParseError::new(ErrorCode::UnknownOperator, found.span, message);
        match (vocabulary::nearest_operator(found.text), Subject::named(subject.text)) {
            (Some(meant), _) => error.with_help(format!("did you mean `{meant}`?")),
            (None, Some(kind)) => error.with_help(format!("`{}` takes {}", subject.text, kind.operators())),
            (None, None) => error,
        }
    }

    fn warn_of_missing_space(&mut self, operator: &Word<'a>) {
        let is_spaced = self.cursor.before()[..operator.span.start].ends_with(char::is_whitespace)
            && self.cursor.rest().starts_with(char::is_whitespace);
        if !is_spaced && !self.cursor.rest().is_empty() {
            let message = format!("no documented expression lacks spaces around `{}`", operator.text);
            self.warnings.push(Warning::new(operator.span.clone(), message));
        }
    }

    fn warn_of_impossible(&mut self, test: &TextTest, question: &Question<'a>) {
        let values = match &test.matcher {
            Matcher::Equals(value) => std::slice::from_ref(value),
            Matcher::OneOf(values) => values,
            Matcher::Matches(_) => return,
        };
        if values.iter().any(|value| value != "true" && value != "false") {
            let span = question.subject.span.start..self.cursor.at();
            self.warnings.push(Warning::new(span, "`agentConnected` is only ever `true` or `false`"));
        }
    }

    fn comparison<T: Literal>(&mut self, kind: Subject<'a>, question: &Question<'a>) -> Result<Comparison<T>> {
        let relation = match question.operator {
            Operator::Equality(sense) => Relation::Equality(sense),
            Operator::Order(order) => Relation::Order(order),
            _ => return Err(not_allowed(kind, question)),
        };
        let value = self.literal(&question.word)?;
        Ok(Comparison { relation, value })
    }

    fn text_test(&mut self, kind: Subject<'a>, question: &Question<'a>) -> Result<TextTest> {
        let (sense, matcher) = match question.operator {
            Operator::Equality(sense) => (sense, Matcher::Equals(self.value(&question.word)?.text.to_owned())),
            Operator::Match(sense) => (sense, Matcher::Matches(self.pattern(&question.word)?)),
            Operator::Membership(sense) => (sense, Matcher::OneOf(self.list(&question.word)?)),
            Operator::Order(_) | Operator::Existence(_) => return Err(not_allowed(kind, question)),
        };
        Ok(TextTest { sense, matcher })
    }

    fn group_test(&mut self, kind: Subject<'a>, question: &Question<'a>) -> Result<GroupTest> {
        match question.operator {
            Operator::Existence(sense) => Ok(GroupTest::Exists(sense)),
            _ => self.text_test(kind, question).map(GroupTest::Text),
        }
    }

    fn attribute_test(&mut self, kind: Subject<'a>, question: &Question<'a>) -> Result<AttributeTest> {
        match question.operator {
            Operator::Existence(sense) => Ok(AttributeTest::Exists(sense)),
            Operator::Order(order) => {
                let value = self.value(&question.word)?;
                Ok(AttributeTest::Order(order, value.text.to_owned()))
            }
            _ => self.text_test(kind, question).map(AttributeTest::Text),
        }
    }
}

fn is_connective(word: &str) -> bool {
    ["and", "or", "&&", "||"].iter().any(|connective| word.eq_ignore_ascii_case(connective))
}

fn check_name(name: &str, word: &Word<'_>) -> Result<()> {
    let error = |span, message: String| Err(ParseError::new(ErrorCode::BadAttributeName, span, message));
    let start = word.span.end - name.len();
    if name.is_empty() {
        return error(word.span.clone(), format!("`{ATTRIBUTE_PREFIX}` has no attribute name after it"));
    }
    if let Some((at, c)) = name.char_indices().find(|(_, c)| !is_name_char(*c)) {
        let span = start + at..start + at + c.len_utf8();
        let help = "letters, digits and `-`, `_`, `.`, `/`, `\\` can";
        let message = format!("`{c}` cannot stand in the name of an attribute");
        return error(span, message).map_err(|error| error.with_help(help));
    }
    if name.len() > MAX_NAME_CHARS {
        let message = format!("the attribute name has {} characters, and the most are {MAX_NAME_CHARS}", name.len());
        return error(start..word.span.end, message);
    }
    Ok(())
}

fn unknown_subject(word: &Word<'_>) -> ParseError {
    let message = format!("`{}` is not a subject", word.text);
    let help = match vocabulary::nearest_subject(word.text) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if word.text.starts_with("tag:") || word.text.starts_with("aws:") => {
            format!("instance tags cannot be queried; use a custom attribute: `{ATTRIBUTE_PREFIX}NAME`")
        }
        None => format!("a custom attribute is written `{ATTRIBUTE_PREFIX}NAME`"),
    };
    ParseError::new(ErrorCode::UnknownSubject, word.span.clone(), message).with_help(help)
}

fn not_allowed(kind: Subject<'_>, question: &Question<'_>) -> ParseError {
    let (subject, word) = (question.subject.text, &question.word);
    let message = format!("`{subject}` cannot be asked with `{}`", word.text);
    ParseError::new(ErrorCode::OperatorNotAllowed, word.span.clone(), message)
        .with_help(format!("`{subject}` takes {}", kind.operators()))
}
