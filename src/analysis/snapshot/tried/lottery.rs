//! Tasks drawn from the reference mix, each as one of the requests that are of its shape.
//!
//! Draw `n` of a key is the same under every policy, because requests are numbered alike, so policies are tried out
//! with the same tasks in the same order. Of several requests of the drawn shape, one is drawn evenly; where there
//! are more than [`MOST_REQUESTS`], as when every row of a trace has a group of its own, so many of them stand for all.

use crate::analysis::snapshot::Subject;
use crate::engine::Draws;
use crate::model::RequestId;

/// Requests of one shape that are drawn. Thousands of groups with a task or two each would fill up the memory of an
/// engine that keeps an order of instances for every group, and take 30 times as long.
const MOST_REQUESTS: usize = 8;

/// The requests of the mix and how likely each is.
#[derive(Clone, Debug)]
pub(in crate::analysis::snapshot) struct Lottery {
    /// For each shape that needs anything: the sum of weights up to it, and the requests that run it.
    shapes: Vec<(u64, Vec<RequestId>)>,
}

impl Lottery {
    /// The lottery of a run. Shapes that need neither cpu nor memory nor GPUs fill nothing and are left out.
    pub(in crate::analysis::snapshot) fn of(subject: Subject<'_>) -> Self {
        let total: u128 = subject.mix.shapes.iter().map(|shape| u128::from(shape.weight)).sum();
        // Weights that add up to more than 31 bits lose what a draw of 32 bits could not tell apart.
        let shift = (128 - total.leading_zeros()).saturating_sub(31);
        let mut requests: Vec<Vec<RequestId>> = vec![Vec::new(); subject.scenario.definitions.len()];
        for (index, request) in subject.requests.table.iter().enumerate() {
            requests[request.definition.index()].push(RequestId::from_index(index));
        }
        let (mut shapes, mut sum) = (Vec::new(), 0);
        for shape in &subject.mix.shapes {
            let demand = &shape.demand;
            let of_definition = requests[shape.definition.index()].iter().copied();
            let alike: Vec<_> = of_definition.filter(|&id| subject.requests[id].demand == *demand).collect();
            let requests = some(&alike);
            let needs_something = demand.cpu.0 > 0 || demand.memory.0 > 0 || !demand.gpus.is_none();
            let weight = (shape.weight >> shift).max(1);
            if needs_something && !requests.is_empty() {
                sum += weight;
                shapes.push((sum, requests));
            }
        }
        Self { shapes }
    }

    /// The same with other numbers for the requests.
    pub(super) fn renumbered(&self, number: impl Fn(RequestId) -> RequestId) -> Self {
        let renumber =
            |(sum, requests): &(u64, Vec<RequestId>)| (*sum, requests.iter().map(|&id| number(id)).collect());
        Self { shapes: self.shapes.iter().map(renumber).collect() }
    }

    /// Nothing can be drawn.
    pub(in crate::analysis::snapshot) fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Every request that can be drawn.
    pub(in crate::analysis::snapshot) fn requests(&self) -> impl Iterator<Item = RequestId> {
        self.shapes.iter().flat_map(|(_, requests)| requests).copied()
    }

    /// Task `number` of a key.
    ///
    /// # Panics
    /// If nothing can be drawn.
    pub(in crate::analysis::snapshot) fn draw(&self, key: u64, number: u64) -> RequestId {
        let draws = Draws::new(key);
        let (total, _) = self.shapes.last().expect("a lottery with shapes");
        let ticket = draws.below(2 * number, usize::try_from(*total).expect("weights of 32 bits or so")) as u64;
        let (_, requests) = &self.shapes[self.shapes.partition_point(|&(sum, _)| sum <= ticket)];
        match requests[..] {
            [only] => only,
            _ => requests[draws.below(2 * number + 1, requests.len())],
        }
    }
}

/// All of them, or [`MOST_REQUESTS`] at even distances.
fn some(requests: &[RequestId]) -> Vec<RequestId> {
    let kept = requests.len().min(MOST_REQUESTS);
    (0..kept).map(|index| requests[index * requests.len() / kept]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_support::{Fixture, scenario};

    #[test]
    fn requests_are_drawn_as_often_as_their_shapes_weigh() {
        let services = [("a", 1, 1, 3), ("none", 0, 0, 9), ("b", 1, 1, 1)];
        let fixture = Fixture::new(scenario(1, &[(0, 9, 9, None)], &services));
        let Fixture { scenario, requests, mix } = &fixture;
        let lottery = Lottery::of(Subject { scenario, requests, mix });
        let mut counts = [0_u32; 3];
        (0..4_000).for_each(|number| counts[lottery.draw(7, number).index()] += 1);
        // 4.9 standard deviations of 4,000 draws at 3/4.
        assert!(counts[1] == 0 && counts[0] + counts[2] == 4_000 && counts[0].abs_diff(3_000) < 135, "{counts:?}");
    }

    #[test]
    fn a_few_requests_stand_for_many() {
        let many: Vec<_> = (0..1_000).map(RequestId).collect();
        assert_eq!(some(&many[..3]), many[..3]);
        assert_eq!(
            some(&many).iter().map(|request| request.0).collect::<Vec<_>>(),
            [0, 125, 250, 375, 500, 625, 750, 875]
        );
        assert!(some(&[]).is_empty());
    }
}
