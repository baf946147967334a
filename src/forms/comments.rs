//! JSON with comments and commas at the ends of lists, as editors and `tsconfig`-like tools allow it.

/// The text without its comments and its commas before a closing bracket; `None` if it has neither.
pub(super) fn strip(text: &str) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[', '/', '#']) {
        return None;
    }
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_changed = false;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '/' if rest.starts_with("//") => 0,
            '#' => 0,
            '/' if rest.starts_with("/*") => {
                is_changed = true;
                rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
                continue;
            }
            ',' if is_before_end(&rest[1..]) => {
                is_changed = true;
                rest = &rest[1..];
                continue;
            }
            other => other.len_utf8(),
        };
        if length == 0 {
            is_changed = true;
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        }
        bare.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    is_changed.then_some(bare)
}

/// The length of the quoted text at the start, its quotes included; all of it where it does not end.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (position, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return position + 1,
            _ => {}
        }
    }
    text.len()
}

/// Whether nothing but space stands before the end of a list or an object.
fn is_before_end(rest: &str) -> bool {
    rest.trim_start().starts_with([']', '}'])
}
