//! Numbers drawn one after another from a key: the same key gives the same numbers on every machine.

/// A generator of numbers: SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The dice of a case: a function of both numbers.
    pub(crate) fn new(seed: u64, case: u64) -> Self {
        let mut dice = Self(seed);
        let key = dice.bits() ^ case.wrapping_mul(0xd134_2543_de82_ef95);
        Self(key)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `count`, which is not 0.
    pub(crate) fn below(&mut self, count: u32) -> u32 {
        let wide = u128::from(self.bits()) * u128::from(count);
        u32::try_from(wide >> 64).expect("below a u32")
    }

    /// A position in something of this length, which is not 0.
    pub(crate) fn position(&mut self, length: usize) -> usize {
        self.below(u32::try_from(length).expect("short lists")) as usize
    }

    /// True once in `count` times.
    pub(crate) fn one_in(&mut self, count: u32) -> bool {
        self.below(count) == 0
    }

    /// One of some values.
    pub(crate) fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.position(values.len())].clone()
    }
}
