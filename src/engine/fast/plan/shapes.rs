//! The distinct demands of the requests that indexes serve, numbered.

use rustc_hash::FxHashMap;

use crate::engine::fast::state::shapes::Shape;
use crate::model::{Demand, Request};

/// Distinct demands of the requests that indexes serve, as many as memory allows.
pub(super) struct ShapeTable<'a> {
    known: FxHashMap<&'a Demand, u32>,
    pub(super) amounts: Vec<Shape>,
    pub(super) requests: Vec<u32>,
    /// The fit index follows the shape.
    pub(super) fitted: Vec<bool>,
    fitted_count: usize,
    most_fitted: usize,
}

/// The fit index holds one bit for each instance and shape: at most this many bits, but always 64 shapes.
const MOST_FIT_BITS: usize = 1 << 30;
/// Shapes at most: each change of an instance looks at a bit of every shape that the fit index follows.
const MOST_SHAPES: usize = 1 << 14;

impl<'a> ShapeTable<'a> {
    pub(super) fn new(instances: usize) -> Self {
        let most = (MOST_FIT_BITS / instances.max(1)).clamp(64, MOST_SHAPES);
        let known = FxHashMap::default();
        Self {
            known,
            amounts: Vec::new(),
            requests: Vec::new(),
            fitted: Vec::new(),
            fitted_count: 0,
            most_fitted: most,
        }
    }

    /// The number of the shape of a request; `None` if there are too many. A pack index alone serves those of plans that
    /// are `packed`, as far as it can.
    pub(super) fn number(&mut self, position: usize, request: &'a Request, is_packed: bool) -> Option<u32> {
        let known = self.known.get(&request.demand).copied();
        let is_fitted = known.is_some_and(|shape| self.fitted[shape as usize]);
        let becomes_fitted = !is_packed && !is_fitted;
        if (becomes_fitted && self.fitted_count >= self.most_fitted)
            || (known.is_none() && self.amounts.len() >= MOST_SHAPES)
        {
            return None;
        }
        self.fitted_count += usize::from(becomes_fitted);
        if let Some(shape) = known {
            self.fitted[shape as usize] |= !is_packed;
            return Some(shape);
        }
        let shape = u32::try_from(self.amounts.len()).expect("shapes are few");
        self.known.insert(&request.demand, shape);
        self.amounts.push(Shape::of(&request.demand));
        self.fitted.push(!is_packed);
        self.requests.push(u32::try_from(position).expect("fewer requests than 2^32"));
        Some(shape)
    }
}
