//! The load of an offline heuristic: what arrives at one moment, the largest first.
//!
//! It changes the order within a moment and nothing else: the same tasks arrive with the same lives, and moments stay
//! where they are.
//!
//! # Cost
//! The tasks of one moment are held and sorted; a load that arrives all at once is held whole.

use std::cmp::Reverse;
use std::iter::Peekable;

use super::Arrival;

/// Arrivals with those of each moment sorted.
#[derive(Clone, Debug)]
pub struct Decreasing<I: Iterator<Item = Arrival>> {
    arrivals: Peekable<I>,
    /// By request.
    sizes: Vec<u128>,
    /// What is left of the moment, the next one last.
    moment: Vec<Arrival>,
}

impl<I: Iterator<Item = Arrival>> Decreasing<I> {
    /// Sorts `arrivals` by the size of their requests; equal sizes keep their order.
    pub fn new(arrivals: I, sizes: Vec<u128>) -> Self {
        Self { arrivals: arrivals.peekable(), sizes, moment: Vec::new() }
    }
}

impl<I: Iterator<Item = Arrival>> Iterator for Decreasing<I> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        if self.moment.is_empty() {
            let first = self.arrivals.next()?;
            self.moment.push(first);
            while let Some(arrival) = self.arrivals.next_if(|arrival| arrival.at == first.at) {
                self.moment.push(arrival);
            }
            self.moment.sort_by_key(|arrival| Reverse(self.sizes[arrival.request.index()]));
            self.moment.reverse();
        }
        self.moment.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RequestId, SimSpan, SimTime};

    #[test]
    fn the_largest_of_a_moment_come_first_and_moments_stay() {
        let arrival =
            |(at, request, life)| Arrival { at: SimTime(at), request: RequestId(request), life: Some(SimSpan(life)) };
        let given = [(0, 0, 1), (0, 1, 2), (0, 0, 3), (0, 2, 4), (5, 0, 5), (5, 2, 6), (9, 1, 7)].map(arrival);
        let sorted: Vec<Arrival> = Decreasing::new(given.into_iter(), vec![1, 10, 10]).collect();
        assert_eq!(
            sorted,
            [(0, 1, 2), (0, 2, 4), (0, 0, 1), (0, 0, 3), (5, 2, 6), (5, 0, 5), (9, 1, 7)].map(arrival),
            "equal sizes keep their order, and a life stays with its task"
        );
    }
}
