//! Keys as they are kept: in 64 bits where those of an order are no longer, and in 128 elsewhere.
//!
//! # Cost
//! Short keys take half the room, and half the time of whatever compares, moves or takes them apart.

use std::fmt::Debug;

use super::parts::Key;

/// A key as a shelf keeps it.
pub(crate) trait Stored: Copy + Ord + Debug {
    /// Above every key of an instance.
    const NONE: Self;
    /// Not above any.
    const LEAST: Self;
    /// A key that is too long becomes [`Self::NONE`].
    fn of(key: Key) -> Self;
    fn key(self) -> Key;
    /// The key after this one.
    fn next(self) -> Self;
    /// The number in so many of its bits, from one on.
    ///
    /// # Panics
    /// If it has more than 64 bits.
    fn number(self, from: u32, bits: u32) -> u64;
}

impl Stored for u64 {
    const NONE: Self = Self::MAX;
    const LEAST: Self = 0;

    #[inline(always)]
    fn of(key: Key) -> Self {
        Self::try_from(key).unwrap_or(Self::NONE)
    }

    #[inline(always)]
    fn key(self) -> Key {
        Key::from(self)
    }

    #[inline(always)]
    fn next(self) -> Self {
        self.saturating_add(1)
    }

    #[inline(always)]
    fn number(self, from: u32, bits: u32) -> u64 {
        self >> from & ((1 << bits) - 1)
    }
}

impl Stored for u128 {
    const NONE: Self = Self::MAX;
    const LEAST: Self = 0;

    #[inline(always)]
    fn of(key: Key) -> Self {
        key
    }

    #[inline(always)]
    fn key(self) -> Key {
        self
    }

    #[inline(always)]
    fn next(self) -> Self {
        self.saturating_add(1)
    }

    #[inline(always)]
    fn number(self, from: u32, bits: u32) -> u64 {
        u64::try_from(self >> from & ((1 << bits) - 1)).expect("what is asked for has 64 bits at most")
    }
}
