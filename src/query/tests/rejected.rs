//! Texts that are no expressions: which fault, where the caret goes, and what the message says.

use std::time::Instant;

use super::super::{ErrorCode, Expression, MAX_CHARS, MAX_NESTING, ParseError};
use super::instance::TestInstance;

fn refusal(text: &str) -> ParseError {
    let error = Expression::parse(text).expect_err(text);
    assert!(text.get(error.span.clone()).is_some(), "span {:?} of `{text}`", error.span);
    error
}

/// `caret` is a line below the text, with a `^` under each byte at fault; a single `|` is a place between bytes.
fn check(text: &str, caret: &str, code: ErrorCode, message: &str) {
    let error = refusal(text);
    let start = caret.find(['^', '|']).expect("a caret");
    let end = start + caret.matches('^').count();
    assert_eq!(error.span, start..end, "span of `{text}`: {error}");
    assert_eq!((error.code, error.message.as_str()), (code, message), "`{text}`");
}

fn check_help(text: &str, help: &str) {
    assert_eq!(refusal(text).help.as_deref(), Some(help), "`{text}`");
}

#[test]
#[rustfmt::skip]
fn the_rejected_list_of_the_specification() {
    use ErrorCode as E;
    check("attribute:stack",
          "               |", E::MissingOperator, "`attribute:stack` has no operator");
    check("attribute:stack ==",
          "                  |", E::MissingValue, "`==` has no value after it");
    check("attribute:stack in prod",
          "                   ^^^^", E::MissingList, "`in` has no list after it");
    check("attribute:stack == prod extra",
          "                        ^^^^^", E::UnquotedSpace, "`extra` follows the value `prod` after a space");
    check("attribute:stack exists extra",
          "                       ^^^^^", E::TrailingInput, "`extra` follows a complete expression");
    check("foo == 1",
          "^^^", E::UnknownSubject, "`foo` is not a subject");
    check("(attribute:stack == prod",
          "^", E::Unbalanced, "`(` is not closed");
    check("runningTasksCount == abc",
          "                     ^^^", E::BadNumber, "`abc` is not a whole number");
    check("attribute:stack == Blue Team",
          "                        ^^^^", E::UnquotedSpace, "`Team` follows the value `Blue` after a space");
    check("runningTasksCount =~ 1.*",
          "                  ^^", E::OperatorNotAllowed, "`runningTasksCount` cannot be asked with `=~`");
    check("", "|", E::Empty, "the expression is empty");
    check(" \t\n", "|", E::Empty, "the expression is empty");
}

#[test]
fn more_than_2000_characters_are_refused_and_2000_are_not() {
    let of_chars = |chars: usize| format!("attribute:x == {}", "é".repeat(chars - "attribute:x == ".len()));
    assert!(Expression::parse(&of_chars(MAX_CHARS)).is_ok());
    let text = of_chars(MAX_CHARS + 1);
    let error = refusal(&text);
    assert_eq!((error.code, error.span), (ErrorCode::TooLong, text.len() - "é".len()..text.len()));
    assert_eq!(error.message, "the expression has 2001 characters, and the most are 2000");
}

#[test]
#[rustfmt::skip]
fn structure() {
    use ErrorCode as E;
    check("attribute:a == b)",
          "                ^", E::Unbalanced, "`)` closes nothing");
    check("()",
          " ^", E::MissingPredicate, "a predicate is missing before `)`");
    check("attribute:a == b and",
          "                    |", E::MissingPredicate, "a predicate is missing at the end of the expression");
    check("or attribute:a == b",
          "^^", E::MissingPredicate, "a predicate is missing before `or`");
    check("'attribute:a' == b",
          "^", E::MissingPredicate, "a predicate is missing before `'`");
    check("attribute:a == b & attribute:c == d",
          "                 ^", E::TrailingInput, "`&` follows a complete expression");
    check("attribute:a == b attribute:c == d",
          "                 ^^^^^^^^^^^", E::TrailingInput, "`attribute:c` follows a complete predicate");
    check("attribute:a == b=c",
          "                ^", E::TrailingInput, "`=` cannot stand in a value without quotes");
    check("(attribute:team == Blue Team)",
          "                        ^^^^", E::UnquotedSpace, "`Team` follows the value `Blue` after a space");
    check("attribute:a == b notx",
          "                 ^^^^", E::UnquotedSpace, "`notx` follows the value `b` after a space");
    check_help("attribute:a == New York City and attribute:b == c",
               "quote a value with spaces: 'New York City'; or join predicates by `and` or `or`");
    check_help("attribute:a == b & attribute:c == d", "did you mean `&&`?");
}

#[test]
#[rustfmt::skip]
fn subjects() {
    use ErrorCode as E;
    check("attribute: == b",
          "^^^^^^^^^^", E::BadAttributeName, "`attribute:` has no attribute name after it");
    check("attribute:a@b == c",
          "           ^", E::BadAttributeName, "`@` cannot stand in the name of an attribute");
    check("attribute:ñ == c",
          "          ^^", E::BadAttributeName, "`ñ` cannot stand in the name of an attribute");
    let long = format!("attribute:{} exists", "n".repeat(129));
    assert_eq!((refusal(&long).code, refusal(&long).span), (E::BadAttributeName, 10..139));
    assert!(Expression::parse(&format!("attribute:{} exists", "n".repeat(128))).is_ok());
    check_help("agentConected == true", "did you mean `agentConnected`?");
    check_help("ec2instanceid == i-1", "did you mean `ec2InstanceId`?");
    check_help("task:groups == x", "did you mean `task:group`?");
    check_help("attributes:stack == x", "did you mean `attribute:stack`?");
    check_help("Attribute:stack == x", "did you mean `attribute:stack`?");
    check_help("ecs.instance-type == t2.micro", "did you mean `attribute:ecs.instance-type`?");
    check_help("tag:Name == x", "instance tags cannot be queried; use a custom attribute: `attribute:NAME`");
    check_help("foo == 1", "a custom attribute is written `attribute:NAME`");
}

#[test]
#[rustfmt::skip]
fn operators() {
    use ErrorCode as E;
    check("attribute:a = b",
          "            ^", E::UnknownOperator, "`=` is not an operator");
    check("attribute:a ! in [b]",
          "            ^", E::UnknownOperator, "`!` is not an operator");
    check("attribute:a existsx",
          "            ^^^^^^^", E::UnknownOperator, "`existsx` is not an operator");
    check("attribute:a and attribute:b exists",
          "           |", E::MissingOperator, "`attribute:a` has no operator");
    check("(attribute:a)",
          "            |", E::MissingOperator, "`attribute:a` has no operator");
    check("agentVersion exists",
          "             ^^^^^^", E::OperatorNotAllowed, "`agentVersion` cannot be asked with `exists`");
    for text in [
        "agentConnected > a", "agentConnected exists", "ec2InstanceId < a", "ec2InstanceId !exists",
        "agentVersion in [1.2]", "agentVersion =~ 1.*", "registeredAt !in [2018-06-18]", "registeredAt !~ 2018.*",
        "runningTasksCount in [1]", "runningTasksCount exists", "task:group < a", "task:group >= a",
    ] {
        assert_eq!(refusal(text).code, E::OperatorNotAllowed, "{text}");
    }
    check_help("runningTasksCount in [1]", "`runningTasksCount` takes `==`, `!=`, `>`, `>=`, `<`, `<=`");
    for (written, meant) in [
        ("=", "=="), ("===", "=="), ("<>", "!="), ("=>", ">="), ("=<", "<="), ("~", "=~"), ("eq", "=="), ("EQUALS", "equals"),
        ("equal", "equals"), ("matchs", "matches"), ("IN", "in"), ("exist", "exists"), ("!exist", "!exists"), ("notin", "not_in"),
    ] {
        check_help(&format!("attribute:a {written} b"), &format!("did you mean `{meant}`?"));
    }
}

#[test]
#[rustfmt::skip]
fn values() {
    use ErrorCode as E;
    check("attribute:a == )",
          "               ^", E::MissingValue, "`==` has no value after it");
    check("attribute:a == [b]",
          "               ^", E::MissingValue, "`==` has no value after it");
    check("attribute:a =~ )",
          "               ^", E::MissingValue, "`=~` has no value after it");
    check("attribute:a == 'b",
          "               ^^", E::UnclosedQuote, "the quote ' is not closed");
    check("attribute:a in (b, c)",
          "               ^", E::MissingList, "`in` has no list after it");
    check("attribute:a in",
          "              |", E::MissingList, "`in` has no list after it");
    check("attribute:a in [ ]",
          "               ^^^", E::EmptyList, "the list has no values");
    check("attribute:a in [b,]",
          "                  ^", E::MissingValue, "`,` has no value after it");
    check("attribute:a in [b, c",
          "               ^", E::UnclosedList, "the list is not closed");
    check("attribute:a in [b,",
          "               ^", E::UnclosedList, "the list is not closed");
    check("attribute:a in [b c]",
          "                  ^", E::UnquotedSpace, "`c` follows a value of the list");
    check("attribute:a in [b)",
          "                 ^", E::UnclosedList, "`)` follows a value of the list");
    check("agentVersion < v1.2",
          "               ^^^^", E::BadVersion, "`v1.2` is not a version");
    check("registeredAt < 2018-02-30",
          "               ^^^^^^^^^^", E::BadDate, "`2018-02-30` is not a date");
    check("registeredAt < '18 June'",
          "                ^^^^^^^", E::BadDate, "`18 June` is not a date");
    for number in ["1.0", "+1", "0x1", "''", "9223372036854775808", "1-"] {
        assert_eq!(refusal(&format!("runningTasksCount == {number}")).code, E::BadNumber, "{number}");
    }
}

#[test]
#[rustfmt::skip]
fn patterns() {
    use ErrorCode as E;
    check("attribute:a =~ x(b|c and d exists",
          "                ^", E::BadRegex, "`(` is not closed in the regular expression");
    check("attribute:a =~ 'é(?=b).*'",
          "                  ^^^", E::UnsupportedRegex, "look-ahead is not supported in regular expressions here");
    check("attribute:a =~ ${x}",
          "                ^", E::BadRegex, "`{` does not begin a repetition");
    check("attribute:a =~ b*+c",
          "                 ^", E::UnsupportedRegex, "a possessive quantifier is not supported in regular expressions here");
    check("attribute:a =~ '(\\W{999}){999}'",
          "                ^^^^^^^^^^^^^^", E::BadRegex, "the regular expression `(\\W{999}){999}` is too large once compiled");
}

#[test]
fn nesting_is_bounded() {
    let parentheses = |depth: usize| format!("{}runningTasksCount == 0{}", "(".repeat(depth), ")".repeat(depth));
    let negations = |depth: usize| format!("{}runningTasksCount == 0", "!".repeat(depth));
    assert!(Expression::parse(&parentheses(MAX_NESTING)).is_ok());
    assert!(Expression::parse(&negations(MAX_NESTING)).is_ok());
    for text in
        [parentheses(MAX_NESTING + 1), negations(MAX_NESTING + 1), "(".repeat(MAX_CHARS), "!(".repeat(MAX_CHARS / 2)]
    {
        assert_eq!(refusal(&text).code, ErrorCode::TooDeep, "{text}");
    }
    let both = format!("{}runningTasksCount == 0{}", "!(".repeat(MAX_NESTING / 2), ")".repeat(MAX_NESTING / 2));
    let expression = Expression::parse(&both).expect("as deep as may be");
    assert_eq!(expression.to_string(), format!("{}runningTasksCount == 0", "not ".repeat(MAX_NESTING / 2)));
}

/// The bound is loose, so that a busy machine passes; quadratic or exponential work would miss it by far.
#[test]
#[expect(clippy::disallowed_methods, reason = "the wall clock is what this test is about")]
fn the_worst_texts_take_no_time_worth_mention() {
    let start = Instant::now();
    let subject = "attribute:a =~ ";
    let repeated = |piece: &str| piece.chars().cycle().take(MAX_CHARS - subject.len()).collect::<String>();
    for text in ["(", "!", "not ", "[", "'", "attribute:a in [b,", "\\", "attribute:a == b c "].map(repeated) {
        assert!(Expression::parse(&text).is_err(), "{text}");
    }
    for pattern in ["(", "[", "((a*)*", "(a|", "a{9", "[[a&&", "\\p{L}+x{99}"].map(repeated) {
        assert!(Expression::parse(&format!("{subject}{pattern}")).is_err(), "{pattern}");
    }
    let chain = |piece: &str| format!("{}agentConnected == true", piece.repeat(MAX_CHARS / piece.len() - 2));
    let backtracking = Expression::parse("attribute:a =~ (a*)*(a|a)*(a|aa)+b").expect("valid");
    let instance =
        TestInstance { attributes: [("a".to_owned(), Some("a".repeat(128)))].into(), ..TestInstance::default() };
    assert!(!backtracking.evaluate(&instance));
    for piece in ["attribute:a =~ .{128} or ", "attribute:a =~ \\W{128} or ", "attribute:a =~ (?i).*x.* or "] {
        let many = Expression::parse(&chain(piece)).unwrap_or_else(|error| panic!("{piece}: {error}"));
        assert!(!many.evaluate(&TestInstance::default()), "{piece}");
    }
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn an_error_prints_place_and_remedy() {
    let error = refusal("attribute:a = b");
    assert_eq!(error.to_string(), "`=` is not an operator (at byte 12); did you mean `==`?");
    assert_eq!(error.code.to_string(), "query-unknown-operator");
}
