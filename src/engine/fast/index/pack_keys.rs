//! Remaining amounts of one resource as small dense numbers, for the pack index.
//!
//! # Invariants
//! 1. Keys keep the order of the amounts that can occur.
//! 2. The key of a demanded amount is the least key whose amounts cover it.
//!
//! # Cost
//! One load from a table of at most 2^17 entries; a division and a short search where amounts are too odd for one.

/// Remaining amounts as dense numbers in the same order: all amounts that can occur are a registered amount less a
/// multiple of the greatest common divisor of the demanded ones.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    divisor: u32,
    /// Registered amounts modulo the divisor, ascending.
    residues: Vec<u32>,
    /// All amounts that occur are multiples of 2^shift.
    shift: u32,
    /// Key by `amount >> shift`, up to the largest registered amount; empty if that were too long.
    table: Vec<u32>,
    /// How many keys there may be.
    pub(crate) count: usize,
}

const LONGEST_KEY_TABLE: usize = 1 << 17;

impl Keys {
    pub(crate) fn new(registered: &[u32], demanded: impl Iterator<Item = u32>) -> Self {
        let (divisor, demanded_bits) =
            demanded.fold((0, 0), |(divisor, bits), amount| (gcd(divisor, amount), bits | amount));
        let divisor = if divisor == 0 { u32::MAX } else { divisor };
        let mut residues: Vec<u32> = registered.iter().map(|amount| amount % divisor).collect();
        residues.sort_unstable();
        residues.dedup();
        let largest = registered.iter().copied().max().unwrap_or(0);
        let steps = (largest / divisor) as usize + 1;
        let shift = registered.iter().fold(demanded_bits, |bits, amount| bits | amount).trailing_zeros().min(31);
        let mut keys = Self { divisor, count: steps * residues.len(), residues, shift, table: Vec::new() };
        let length = (largest >> shift) as usize + 1;
        if length <= LONGEST_KEY_TABLE {
            keys.table = (0..=largest >> shift).map(|position| keys.compute(position << shift)).collect();
        }
        keys
    }

    /// The key of an amount; for a demanded amount, the least key that covers it.
    #[inline]
    pub(crate) fn key(&self, amount: u32) -> u32 {
        match self.table.get(amount.wrapping_shr(self.shift) as usize) {
            Some(&key) => key,
            None => self.compute(amount),
        }
    }

    #[inline(never)]
    fn compute(&self, amount: u32) -> u32 {
        let (steps, residue) = (amount / self.divisor, amount % self.divisor);
        let key = steps as usize * self.residues.len() + self.residues.partition_point(|&other| other < residue);
        u32::try_from(key).expect("keys are below 2^32")
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
