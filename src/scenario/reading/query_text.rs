//! Expressions of the cluster query language inside TOML strings: parsed, and their problems placed to the character.

use std::ops::Range;

use super::context::Problem;
use super::reader::Item;
use super::rules::Rule;
use crate::query::Expression;

const FORM: &str = "an expression is a subject, an operator and a value, such as `attribute:stack == prod`";

/// The expression that an item holds.
pub(crate) fn read_expression(item: &Item<'_>) -> Option<Expression> {
    let text = item.text()?;
    match Expression::parse(text) {
        Ok(expression) => {
            for name in expression.attribute_names() {
                mention(item, text, name);
            }
            item.context().mention_expression(expression.clone(), locate(item, text, 0..text.len()));
            Some(expression)
        }
        Err(error) => {
            let problem = Problem::new(Rule::Expression, format!("wrong expression: {}", error.message));
            let span = locate(item, text, error.span);
            item.context()
                .report(span, problem.label("in this expression").help(error.help.unwrap_or_else(|| FORM.to_owned())));
            None
        }
    }
}

/// Notes the attribute with its first place in the expression.
fn mention(item: &Item<'_>, text: &str, name: &str) {
    let start = text.find(&format!("attribute:{name}"));
    let part = start.map_or(0..text.len(), |start| start..start + "attribute:".len() + name.len());
    item.context().mention_attribute(name, locate(item, text, part));
}

/// Where a part of the text stands in the scenario file; the whole string if that cannot be told.
fn locate(item: &Item<'_>, text: &str, part: Range<usize>) -> Range<usize> {
    let whole = item.span();
    let Some(positions) = item.context().text().get(whole.clone()).and_then(|raw| positions(raw, text)) else {
        return whole;
    };
    let (Some(start), Some(end)) = (positions.get(part.start), positions.get(part.end)) else { return whole };
    whole.start + start..whole.start + end
}

/// For each byte of `text`, and its end, the byte of the TOML string `raw` that it comes from; `None` if `raw` does not
/// spell `text`.
fn positions(raw: &str, text: &str) -> Option<Vec<usize>> {
    let quote = raw.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let triple: String = [quote; 3].iter().collect();
    let is_long = raw.len() >= 6 && raw.starts_with(&triple);
    let fence = if is_long { 3 } else { 1 };
    let inner = raw.get(fence..raw.len().checked_sub(fence)?)?;
    // A line break right after the opening fence is not part of a long string.
    let trimmed =
        if is_long { inner.strip_prefix('\n').or(inner.strip_prefix("\r\n")).unwrap_or(inner) } else { inner };
    let mut at = fence + inner.len() - trimmed.len();
    let mut positions = Vec::with_capacity(text.len() + 1);
    let mut spelled = String::with_capacity(text.len());
    let mut rest = trimmed;
    while let Some(first) = rest.chars().next() {
        let (decoded, length) =
            if first == '\\' && quote == '"' { escape(rest)? } else { (Some(first), first.len_utf8()) };
        if let Some(decoded) = decoded {
            positions.extend(std::iter::repeat_n(at, decoded.len_utf8()));
            spelled.push(decoded);
        }
        at += length;
        rest = rest.get(length..)?;
    }
    positions.push(at);
    (spelled == text).then_some(positions)
}

/// The character of an escape and its length; no character for the end of a line.
fn escape(raw: &str) -> Option<(Option<char>, usize)> {
    let hexadecimal = |digits: usize| {
        let code = u32::from_str_radix(raw.get(2..2 + digits)?, 16).ok()?;
        Some((Some(char::from_u32(code)?), 2 + digits))
    };
    let simple = match raw.chars().nth(1)? {
        'b' => '\u{8}',
        't' => '\t',
        'n' => '\n',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        '"' => '"',
        '\\' => '\\',
        'x' => return hexadecimal(2),
        'u' => return hexadecimal(4),
        'U' => return hexadecimal(8),
        space if space.is_whitespace() => {
            let spaces = raw[1..].len() - raw[1..].trim_start().len();
            return Some((None, 1 + spaces));
        }
        _ => return None,
    };
    Some((Some(simple), 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_string_maps_back_to_its_place() {
        let check = |raw: &str, expected: &[usize]| {
            let document = format!("a = {raw}");
            let table = toml::de::DeTable::parse(&document).unwrap();
            let text = table.get_ref()["a"].get_ref().as_str().unwrap();
            assert_eq!(positions(raw, text).as_deref(), Some(expected), "{raw}");
        };
        check("'abc'", &[1, 2, 3, 4]);
        check("\"abc\"", &[1, 2, 3, 4]);
        check("\"a\\\"b\"", &[1, 2, 4, 5]);
        check("\"\\u0061b\"", &[1, 7, 8]);
        check("\"\\\\\"", &[1, 3]);
        check("'''ab'''", &[3, 4, 5]);
        check("'''\nab'''", &[4, 5, 6]);
        check("\"\"\"a\\\n  b\"\"\"", &[3, 8, 9]);
        check("\"é!\"", &[1, 1, 3, 4]);
        check("''", &[1]);
    }

    #[test]
    fn what_is_no_string_has_no_positions() {
        assert_eq!(positions("12", "12"), None);
        assert_eq!(positions("'a'", "b"), None);
        assert_eq!(positions("'", ""), None);
    }
}
