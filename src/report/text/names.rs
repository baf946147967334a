//! Names on paper and screens: long ones in little room, and none that does more than be read.

/// Every name as it is where it `fits`, else shortened until it does; different names stay different.
///
/// A shortened name loses its middle. Where that makes two names equal, what they have in common goes instead, and
/// where even that does not help, their number is put in front.
pub(in crate::report) fn shortened(names: &[&str], fits: impl Fn(&str) -> bool) -> Vec<String> {
    let plain: Vec<String> = names.iter().map(|name| without_middle(name, &fits)).collect();
    let apart: Vec<String> = (0..names.len())
        .map(|index| match alike(&plain, index) {
            others if others.is_empty() => plain[index].clone(),
            others => around_difference(names[index], &others.iter().map(|&i| names[i]).collect::<Vec<_>>(), &fits),
        })
        .collect();
    (0..names.len())
        .map(|index| match apart[index].is_empty() || !alike(&apart, index).is_empty() {
            true => without_middle(&format!("#{} {}", index + 1, names[index]), &fits),
            false => apart[index].clone(),
        })
        .collect()
}

/// Whether each name says no more than its place, as those of instances without identities do.
pub(in crate::report) fn is_numbered(names: &[String]) -> bool {
    names.iter().enumerate().all(|(place, name)| *name == format!("i-{place:08}"))
}

/// The other places of the name at `index`.
fn alike(names: &[String], index: usize) -> Vec<usize> {
    (0..names.len()).filter(|&other| other != index && names[other] == names[index]).collect()
}

/// The name, or its start and end around an ellipsis.
pub(in crate::report) fn without_middle(name: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(name) {
        return name.to_owned();
    }
    let letters: Vec<char> = name.chars().collect();
    let kept = |count: usize| {
        let (head, tail) = (count.div_ceil(2), count / 2);
        letters[..head].iter().chain(&['…']).chain(&letters[letters.len() - tail..]).collect::<String>()
    };
    (0..letters.len()).rev().map(kept).find(|text| fits(text)).unwrap_or_default()
}

/// A few first letters, then the name from where it differs from `others`.
fn around_difference(name: &str, others: &[&str], fits: impl Fn(&str) -> bool) -> String {
    const HEAD: usize = 4;
    let letters: Vec<char> = name.chars().collect();
    let common = |other: &str| letters.iter().zip(other.chars()).take_while(|(a, b)| **a == *b).count();
    let start = others.iter().map(|other| common(other)).min().unwrap_or(0).max(HEAD);
    let from_there = |end: usize| {
        let after: &[char] = if end < letters.len() { &['…'] } else { &[] };
        letters[..HEAD.min(letters.len())]
            .iter()
            .chain(&['…'])
            .chain(&letters[start..end])
            .chain(after)
            .collect::<String>()
    };
    (start + 1..=letters.len()).rev().map(from_there).find(|text| fits(text)).unwrap_or_default()
}

/// The text with signs in place of all that could move a cursor, break a line or turn the direction of reading.
pub(in crate::report) fn printable(text: &str) -> String {
    let is_hidden = |c: char| {
        let turns = matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        c.is_control() || turns || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FFFE}' | '\u{FFFF}')
    };
    text.chars().map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], room: usize, expected: &[&str]) {
        assert_eq!(shortened(names, |text| text.chars().count() <= room), expected);
    }

    #[test]
    fn names_that_fit_are_left_alone() {
        check(&["random", "binpack-memory"], 14, &["random", "binpack-memory"]);
    }

    #[test]
    fn long_names_lose_their_middle() {
        check(&["az-balanced-binpack"], 11, &["az-ba…npack"]);
    }

    #[test]
    fn names_that_would_become_equal_show_where_they_differ() {
        check(
            &["spread-then-binpack-cpu-on-everything", "spread-then-binpack-memory-on-everything"],
            16,
            &["spre…cpu-on-eve…", "spre…memory-on-…"],
        );
    }

    #[test]
    fn names_that_differ_nowhere_in_reach_are_numbered() {
        check(&["aaaaaaaaaaaaX", "aaaaaaaaaaaaaaX"], 6, &["aaaa…X", "#2 …aX"]);
        check(&["same-name-same-name", "same-name-same-name"], 9, &["#1 s…name", "#2 s…name"]);
    }
}
