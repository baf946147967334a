//! B1, the continuous bound L1: all that is asked of a resource over what the largest instance has of it.

use super::Packing;

/// The bound over both resources.
pub(crate) fn bound(packing: &Packing) -> u64 {
    let of = |r: usize| {
        let (sizes, capacity) = packing.sizes_of(r);
        let total: u128 = sizes.iter().map(|size| u128::from(size.demand) * u128::from(size.count)).sum();
        if capacity == 0 { 0 } else { total.div_ceil(u128::from(capacity)) }
    };
    u64::try_from(of(0).max(of(1))).unwrap_or(u64::MAX)
}
