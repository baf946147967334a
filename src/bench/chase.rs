//! The floor: a chain of dependent loads, one line of 64 bytes for each instance in random order.
//!
//! An engine that must touch one instance that it cannot foresee takes at least this long. `u` is the chase over 1,000
//! lines (the second cache level), `P` that over 1,000,000 (memory).

use super::clock::timed;
use super::rng::Rng;
use crate::engine::fast::memory::ask_for_huge_pages;

/// A line that holds the number of the next.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line {
    next: u32,
    _rest: [u32; 15],
}

const STEPS: usize = 2_000_000;

/// Nanoseconds for one load of a chase over `lines` lines, the median of five.
pub(super) fn chase_ns(lines: usize) -> f64 {
    let chain = cycle(lines);
    let mut times: Vec<f64> = (0..5).map(|_| once(&chain)).collect();
    times.sort_unstable_by(f64::total_cmp);
    times[2]
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a few milliseconds")]
fn once(chain: &[Line]) -> f64 {
    let (ns, end) = timed(|| (0..STEPS).fold(0, |line, _| chain[line as usize].next));
    std::hint::black_box(end);
    ns as f64 / STEPS as f64
}

/// One cycle through all lines in random order (Sattolo).
fn cycle(lines: usize) -> Vec<Line> {
    let mut order: Vec<u32> = (0..u32::try_from(lines).expect("fewer than 2^32 lines")).collect();
    let mut rng = Rng::new(1);
    for last in (1..lines).rev() {
        order.swap(last, rng.below(last));
    }
    let mut chain = Vec::with_capacity(lines);
    // So that the chase measures memory and not the walk through page tables.
    ask_for_huge_pages(&chain);
    chain.resize(lines, Line { next: 0, _rest: [0; 15] });
    for pair in order.windows(2) {
        chain[pair[0] as usize].next = pair[1];
    }
    if let (Some(&first), Some(&last)) = (order.first(), order.last()) {
        chain[last as usize].next = first;
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_visits_every_line_once() {
        let chain = cycle(100);
        let mut line = 0;
        let mut seen = [false; 100];
        for _ in 0..100 {
            line = chain[line].next as usize;
            assert!(!std::mem::replace(&mut seen[line], true));
        }
        assert_eq!(line, 0);
    }
}
