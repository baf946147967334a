//! The distinct demands of the requests that indexes serve, numbered.

use rustc_hash::FxHashMap;

use crate::model::{Demand, Request};

/// Distinct demands of the requests that indexes serve, as many as memory allows.
pub(super) struct ShapeTable<'a> {
    known: FxHashMap<&'a Demand, u32>,
    pub(super) amounts: Vec<(u32, u32)>,
    pub(super) requests: Vec<u32>,
    most: usize,
}

/// The fit index holds one bit for each instance and shape: at most this many bits, but always 64 shapes.
const MOST_FIT_BITS: usize = 1 << 30;
/// Shapes at most, whatever the memory: each change of an instance looks at a bit of every shape.
const MOST_SHAPES: usize = 1 << 14;

impl<'a> ShapeTable<'a> {
    pub(super) fn new(instances: usize) -> Self {
        let most = (MOST_FIT_BITS / instances.max(1)).clamp(64, MOST_SHAPES);
        Self { known: FxHashMap::default(), amounts: Vec::new(), requests: Vec::new(), most }
    }

    pub(super) fn number(&mut self, position: usize, request: &'a Request) -> Option<u32> {
        if let Some(&shape) = self.known.get(&request.demand) {
            return Some(shape);
        }
        if self.amounts.len() >= self.most {
            return None;
        }
        let shape = u32::try_from(self.amounts.len()).expect("shapes are few");
        self.known.insert(&request.demand, shape);
        self.amounts.push((request.demand.cpu.0, request.demand.memory.0));
        self.requests.push(u32::try_from(position).expect("fewer requests than 2^32"));
        Some(shape)
    }
}
