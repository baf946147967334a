//! Counts in words: messages speak of one thing as of one.

use std::fmt;

/// A count and what is counted.
///
/// # Examples
///
/// ```
/// use stowplan::model::counted;
///
/// assert_eq!([counted(1, "task"), counted(2, "task")], ["1 task", "2 tasks"]);
/// assert_eq!([counted(1_u64, "policy"), counted(0_u64, "policy")], ["1 policy", "0 policies"]);
/// ```
#[must_use]
pub fn counted<N: fmt::Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let noun = noun_of(&count, noun);
    format!("{count} {noun}")
}

/// The noun for so many: as it is for one, else its plural.
#[must_use]
pub fn noun_of<N: PartialEq + From<u8>>(count: &N, noun: &str) -> String {
    let is_vowel = |letter: char| "aeiou".contains(letter);
    match noun.strip_suffix('y') {
        _ if *count == N::from(1) => noun.to_owned(),
        Some(stem) if !stem.ends_with(is_vowel) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_is_plural() {
        let check = |count: u32, noun: &str, expected: &str| assert_eq!(counted(count, noun), expected);
        check(0, "instance", "0 instances");
        check(1, "instance", "1 instance");
        check(21, "CPU unit", "21 CPU units");
        check(1, "history", "1 history");
        check(3, "history", "3 histories");
        check(3, "day", "3 days");
    }
}
