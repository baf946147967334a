//! B3, dual feasible functions, on each resource alone: sizes are changed so that whatever fitted together still does,
//! and the continuous bound of the changed sizes is taken.
//!
//! With x the share of an instance, u_k(x) = x if (k + 1) x is whole, else floor((k + 1) x) / k; k from 1 to 20.
//!
//! # Sources
//! Fekete and Schepers, "New classes of lower bounds for bin packing problems", 2001 (arXiv cs/0402044); surveyed by
//! Clautiaux, Alves and Valério de Carvalho, 2010.

use super::{Alike, Packing};

/// The largest k.
const MOST: u64 = 20;

/// The bound over both resources and every k.
pub(crate) fn bound(packing: &Packing) -> u64 {
    (0..2).map(|r| packing.sizes_of(r)).map(|(sizes, capacity)| of_every_k(&sizes, capacity)).max().unwrap_or(0)
}

/// The best of every k for sizes of one resource, each with how many tasks have it.
pub(super) fn of_every_k(sizes: &[Alike<u64>], capacity: u64) -> u64 {
    (1..=MOST).map(|k| of_one(sizes, capacity, k)).max().unwrap_or(0)
}

/// The bound of u_k, as an exact fraction until it is rounded up.
fn of_one(sizes: &[Alike<u64>], capacity: u64, k: u64) -> u64 {
    if capacity == 0 {
        return 0;
    }
    let (capacity, k) = (u128::from(capacity), u128::from(k));
    // Parts of 1 / k, and parts of 1 / (k + 1): where (k + 1) x is a whole number j, x itself is j / (k + 1).
    let (mut parts, mut whole) = (0, 0);
    for &Alike { demand: size, count } in sizes {
        let scaled = (k + 1) * u128::from(size).min(capacity);
        let sum = if scaled.is_multiple_of(capacity) { &mut whole } else { &mut parts };
        *sum += scaled / capacity * u128::from(count);
    }
    u64::try_from((parts * (k + 1) + whole * k).div_ceil(k * (k + 1))).unwrap_or(u64::MAX)
}

/// One u_k on cpu alone, for tests.
#[cfg(test)]
pub(super) fn of_cpu(packing: &Packing, k: u64) -> u64 {
    let (sizes, capacity) = packing.sizes_of(0);
    of_one(&sizes, capacity, k)
}
