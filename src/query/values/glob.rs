//! A glob, which people write for a pattern, as the pattern that was meant.

/// `*` and `?` that follow nothing they could repeat, or a plain character, stand for any characters and for one.
pub(in crate::query) fn to_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        let is_repetition = pattern.ends_with(['.', ')', ']', '}']);
        match c {
            '*' if !is_repetition => pattern.push_str(".*"),
            '?' if !is_repetition => pattern.push('.'),
            other => pattern.push(other),
        }
    }
    pattern
}
