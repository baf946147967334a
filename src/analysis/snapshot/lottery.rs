//! Tasks drawn from the reference mix, each as one of the requests that run its definition.
//!
//! Draw `n` of a key is the same under every policy, because requests are numbered alike, so policies are tried out
//! with the same tasks in the same order. Of several requests with the drawn definition, one is drawn evenly.

use super::Subject;
use crate::engine::Draws;
use crate::model::RequestId;

/// The requests of the mix and how likely each is.
#[derive(Clone, Debug)]
pub(super) struct Lottery {
    /// For each shape that needs anything: the sum of weights up to it, and the requests that run it.
    shapes: Vec<(u64, Vec<RequestId>)>,
}

impl Lottery {
    /// The lottery of a run. Shapes that need neither cpu nor memory nor GPUs fill nothing and are left out.
    pub(super) fn of(subject: Subject<'_>) -> Self {
        let total: u128 = subject.mix.shapes.iter().map(|shape| u128::from(shape.weight)).sum();
        // Weights that add up to more than 31 bits lose what a draw of 32 bits could not tell apart.
        let shift = (128 - total.leading_zeros()).saturating_sub(31);
        let mut requests = vec![Vec::new(); subject.scenario.definitions.len()];
        for (index, request) in subject.requests.table.iter().enumerate() {
            requests[request.definition.index()].push(RequestId::from_index(index));
        }
        let (mut shapes, mut sum) = (Vec::new(), 0);
        for shape in &subject.mix.shapes {
            let demand = &subject.scenario.definitions[shape.definition.index()].demand;
            let requests = std::mem::take(&mut requests[shape.definition.index()]);
            let needs_something = demand.cpu.0 > 0 || demand.memory.0 > 0 || demand.gpus > 0;
            let weight = (shape.weight >> shift).max(1);
            if needs_something && !requests.is_empty() {
                sum += weight;
                shapes.push((sum, requests));
            }
        }
        Self { shapes }
    }

    /// Nothing can be drawn.
    pub(super) fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Every request that can be drawn.
    pub(super) fn requests(&self) -> impl Iterator<Item = RequestId> {
        self.shapes.iter().flat_map(|(_, requests)| requests).copied()
    }

    /// Task `number` of a key.
    ///
    /// # Panics
    /// If nothing can be drawn.
    pub(super) fn draw(&self, key: u64, number: u64) -> RequestId {
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
