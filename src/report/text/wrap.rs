//! Text within a width: lines broken at spaces, and words that are longer than a line broken where they have joints.

/// Where a word that is too long for a line may be broken: after these.
const JOINTS: [char; 4] = [':', '(', '/', ','];

/// Lines within a width, broken at spaces; what is broken off is indented by four more than its line.
pub(in crate::report) fn wrapped(text: &str, width: usize) -> String {
    text.lines().map(|line| hanging(line, width, line.len() - line.trim_start().len() + 4) + "\n").collect()
}

/// One line within a width; what is broken off is indented by `indent`. A word without a joint may still be too long.
pub(in crate::report) fn hanging(line: &str, width: usize, indent: usize) -> String {
    let start = line.len() - line.trim_start().len();
    let mut out = line[..start].to_owned();
    let mut used = start;
    for (position, word) in line[start..].split(' ').enumerate() {
        let is_long = indent + length(word) > width;
        let pieces: Vec<&str> = if is_long { word.split_inclusive(JOINTS).collect() } else { vec![word] };
        for (place, piece) in pieces.iter().enumerate() {
            let space = usize::from(position > 0 && place == 0);
            let is_first = position == 0 && place == 0;
            if !is_first && used + space + length(piece) > width {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                used = indent;
            } else if space > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(piece);
            used += length(piece);
        }
    }
    out
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_spaces_and_long_words_at_their_joints() {
        let check = |text: &str, width, expected: &str| assert_eq!(wrapped(text, width), expected);
        check("a short line", 40, "a short line\n");
        check("one two three", 8, "one two\n    three\n");
        check("  one two", 8, "  one\n      two\n");
        let spread = "policy: spread(attribute:ecs.availability-zone), binpack(memory)";
        check(spread, 40, "policy: spread(attribute:\n    ecs.availability-zone),\n    binpack(memory)\n");
        check(spread, 60, "policy: spread(attribute:ecs.availability-zone),\n    binpack(memory)\n");
        check("word-without-a-joint", 8, "word-without-a-joint\n");
    }
}
