//! The smallest size that works, where working is not monotone: bisection, then a window on both sides (3.2).
//!
//! Greedy packing has anomalies: one instance more can turn a task away. A plain bisection finds some boundary and says
//! nothing of it. Here every size of a window around it is tried: a smaller one that works is named and not taken, a
//! larger one that fails moves the answer above it.

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The smallest size such that every tried size above it works too.
    pub size: usize,
    /// Smaller sizes that work although a size between them and the answer does not, ascending.
    pub smaller_work: Vec<usize>,
    /// Sizes above the first boundary that fail, ascending.
    pub larger_fail: Vec<usize>,
    /// The window was looked at up to here; `size` where none was needed.
    pub tried_up_to: usize,
}

/// Whether every size needs to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// What works works with more: the boundary is the answer.
    Monotone,
    /// Anything may be.
    Unknown,
}

/// What is known before the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// No size up to this one works.
    pub ruled_out: usize,
    /// This size works.
    pub works: usize,
    /// No larger size can be tried.
    pub most: usize,
}

/// The smallest size of a bracket that works. `None` if `fits` answers so, which ends the search.
pub fn smallest(
    Bracket { ruled_out, works, most }: Bracket,
    shape: Shape,
    mut fits: impl FnMut(usize) -> Option<bool>,
) -> Option<Found> {
    let (mut fails, mut size) = (ruled_out, works);
    while size - fails > 1 {
        let middle = fails + (size - fails) / 2;
        if fits(middle)? { size = middle } else { fails = middle }
    }
    if shape == Shape::Monotone {
        return Some(Found { size, smaller_work: Vec::new(), larger_fail: Vec::new(), tried_up_to: size });
    }
    let window = |size: usize| 3.max(size.div_ceil(50));
    let (mut smaller_work, mut larger_fail) = (Vec::new(), Vec::new());
    for below in (size.saturating_sub(window(size)).max(ruled_out + 1))..size.saturating_sub(1) {
        if fits(below)? {
            smaller_work.push(below);
        }
    }
    let mut tried = size;
    // Once from the boundary, and wider from where a gap moved it to.
    for width in [1, 2] {
        let end = (size + width * window(size)).min(most);
        let mut last = None;
        while tried < end {
            tried += 1;
            if !fits(tried)? {
                last = Some(tried);
                larger_fail.push(tried);
            }
        }
        let Some(last) = last else { break };
        size = last + 1;
        while size > tried && tried < most {
            tried += 1;
            if !fits(tried)? {
                larger_fail.push(tried);
                size = tried + 1;
            }
        }
        if size > most {
            return Some(Found { size, smaller_work, larger_fail, tried_up_to: most });
        }
    }
    Some(Found { size, smaller_work, larger_fail, tried_up_to: tried })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches among sizes of which these fail.
    fn check(fails: &[usize], [ruled_out, works, most]: [usize; 3], expected: (usize, &[usize], &[usize])) {
        let found =
            smallest(Bracket { ruled_out, works, most }, Shape::Unknown, |size| Some(!fails.contains(&size))).unwrap();
        assert_eq!((found.size, &found.smaller_work[..], &found.larger_fail[..]), expected, "{fails:?}");
    }

    #[test]
    fn a_monotone_boundary_is_found_from_every_bracket() {
        for boundary in 1..40_usize {
            let fails: Vec<usize> = (0..boundary).collect();
            for works in [boundary, 40, 64] {
                check(&fails, [0, works, 64], (boundary, &[], &[]));
            }
        }
    }

    #[test]
    fn a_smaller_size_that_works_is_named_and_not_taken() {
        check(&[1, 2, 3, 5, 6], [0, 20, 20], (7, &[4], &[]));
    }

    #[test]
    fn a_larger_size_that_fails_moves_the_answer_above_it() {
        check(&[1, 2, 3, 5], [0, 8, 20], (6, &[], &[5]));
        // A second gap is looked for, wider, and once.
        check(&[1, 2, 3, 5, 9, 12], [0, 4, 20], (13, &[], &[5, 9, 12]));
        check(&[1, 2, 3, 5, 6, 7], [0, 4, 20], (8, &[], &[5, 6, 7]));
    }

    #[test]
    fn nothing_beyond_the_most_is_asked_and_what_never_works_is_told() {
        let mut asked = Vec::new();
        let found = smallest(Bracket { ruled_out: 0, works: 3, most: 4 }, Shape::Unknown, |size| {
            asked.push(size);
            Some(size >= 2)
        });
        assert_eq!(found.unwrap().size, 2);
        assert!(asked.iter().all(|&size| (1..=4).contains(&size)), "{asked:?}");
        let found =
            smallest(Bracket { ruled_out: 0, works: 3, most: 4 }, Shape::Unknown, |size| Some(size == 3)).unwrap();
        assert!(found.size > 4);
    }

    #[test]
    fn a_search_that_is_interrupted_has_no_answer() {
        let mut left = 3;
        let found = smallest(Bracket { ruled_out: 0, works: 1_000, most: 1_000 }, Shape::Unknown, |_| {
            left -= 1;
            (left > 0).then_some(true)
        });
        assert_eq!(found, None);
    }
}
