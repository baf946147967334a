//! A set of positions of which the lowest is wanted: adding one is three writes and no question.
//!
//! # Invariants
//! 1. A bit of `groups` is set exactly if its word of `words` is not 0; a bit of `roots` if its word of `groups` is.
//!
//! # Cost
//! The lowest member is three loads up to 262,144 positions, and one more for each further 262,144. Nothing is counted;
//! where members must be counted or drawn from, [`super::bitgrid`] does it.
//!
//! # Sources
//! As for [`super::bitgrid`].

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(super) struct LowestFirst {
    words: Vec<u64>,
    /// A bit for each word.
    groups: Vec<u64>,
    /// A bit for each word of `groups`.
    roots: Vec<u64>,
}

impl LowestFirst {
    #[inline]
    pub(super) fn contains(&self, position: u32) -> bool {
        let word = self.words.get(position as usize / 64);
        word.is_some_and(|bits| bits >> (position % 64) & 1 == 1)
    }

    /// Adds a position, which may be there already.
    #[inline]
    pub(super) fn insert(&mut self, position: u32) {
        self.insert_all(position, 1 << (position % 64));
    }

    /// Adds some positions of the word of `position`; at least one.
    #[inline]
    pub(super) fn insert_all(&mut self, position: u32, bits: u64) {
        let word = position as usize / 64;
        if word >= self.words.len() {
            self.grow(word + 1);
        }
        self.words[word] |= bits;
        self.groups[word / 64] |= 1 << (word % 64);
        self.roots[word / 4096] |= 1 << (word / 64 % 64);
    }

    #[inline(never)]
    fn grow(&mut self, words: usize) {
        self.words.resize(words, 0);
        self.groups.resize(words.div_ceil(64), 0);
        self.roots.resize(words.div_ceil(4096), 0);
    }

    /// Takes away a member.
    #[inline]
    pub(super) fn remove(&mut self, position: u32) {
        let word = position as usize / 64;
        self.words[word] &= !(1 << (position % 64));
        if self.words[word] == 0 {
            self.word_is_empty(word);
        }
    }

    fn word_is_empty(&mut self, word: usize) {
        self.groups[word / 64] &= !(1 << (word % 64));
        if self.groups[word / 64] == 0 {
            self.roots[word / 4096] &= !(1 << (word / 64 % 64));
        }
    }

    /// The lowest member.
    #[inline]
    pub(super) fn first(&self) -> Option<u32> {
        let word = self.first_word()?;
        Some(position(word) + self.words[word].trailing_zeros())
    }

    /// The first word that is not empty.
    #[inline]
    fn first_word(&self) -> Option<usize> {
        let (root, bits) = self.roots.iter().enumerate().find(|(_, bits)| **bits != 0)?;
        let group = root * 64 + bits.trailing_zeros() as usize;
        Some(group * 64 + self.groups[group].trailing_zeros() as usize)
    }

    /// The lowest member that is kept, where `keep` says of a word of positions which are: words before it, of which
    /// none is, are emptied on the way.
    #[inline]
    pub(super) fn first_kept(&mut self, keep: impl Fn(u32) -> u64) -> Option<u32> {
        loop {
            let word = self.first_word()?;
            let kept = self.words[word] & keep(position(word));
            if kept != 0 {
                return Some(position(word) + kept.trailing_zeros());
            }
            self.words[word] = 0;
            self.word_is_empty(word);
        }
    }

    /// Takes out the first word that is not empty, as the position of its lowest bit and its bits.
    pub(super) fn take_word(&mut self) -> Option<(u32, u64)> {
        let word = self.first_word()?;
        self.word_is_empty(word);
        Some((position(word), std::mem::take(&mut self.words[word])))
    }

    /// Where the word of a position is, to be fetched early.
    #[inline]
    pub(super) fn address(&self, position: u32) -> *const u64 {
        self.words.as_ptr().wrapping_add(position as usize / 64)
    }

    pub(super) fn bytes(&self) -> usize {
        (self.words.capacity() + self.groups.capacity() + self.roots.capacity()) * 8
    }

    /// Recounts the summaries.
    pub(super) fn validate(&self) -> Result<(), String> {
        let check = |(below, above): (&[u64], &[u64])| {
            let bit = |number: usize| above[number / 64] >> (number % 64) & 1 == 1;
            below.iter().enumerate().all(|(number, bits)| bit(number) == (*bits != 0))
        };
        let is_right = [(&*self.words, &*self.groups), (&*self.groups, &*self.roots)].into_iter().all(check);
        if is_right { Ok(()) } else { Err("a set of positions: summaries are wrong".to_owned()) }
    }
}

/// The position of a word's lowest bit.
#[inline]
fn position(word: usize) -> u32 {
    u32::try_from(word * 64).expect("positions are below 2^32")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set_of_integers(
            spread in prop::sample::select(vec![1_u32, 60, 3_000, 90_000]),
            toggles in prop::collection::vec(0..12_u32, 0..60),
        ) {
            let (mut set, mut model) = (LowestFirst::default(), BTreeSet::new());
            for position in toggles.into_iter().map(|position| position * spread) {
                prop_assert_eq!(set.contains(position), model.contains(&position));
                if model.remove(&position) {
                    set.remove(position);
                } else {
                    model.insert(position);
                    set.insert(position);
                    set.insert(position);
                }
                prop_assert_eq!(set.first(), model.first().copied());
                prop_assert_eq!(set.validate(), Ok(()));
            }
            // Odd positions only.
            let odd = model.iter().copied().find(|position| position % 2 == 1);
            prop_assert_eq!(set.clone().first_kept(|_| 0xAAAA_AAAA_AAAA_AAAA), odd);
            let mut words = Vec::new();
            while let Some((start, bits)) = set.take_word() {
                words.extend((0..64).filter(|bit| bits >> bit & 1 == 1).map(|bit| start + bit));
                prop_assert_eq!(set.validate(), Ok(()));
            }
            prop_assert!(words.into_iter().eq(model));
        }
    }
}
