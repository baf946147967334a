//! Which instances may serve a kind, read from the masks of an order.

use crate::model::columns::BLOCK;

/// Those with some bits in their mask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks<'a> {
    /// So many words for each instance.
    pub(crate) masks: &'a [u64],
    pub(crate) words: usize,
    pub(crate) word: usize,
    pub(crate) bits: u64,
}

impl Marks<'_> {
    #[inline]
    pub(super) fn has(&self, id: u32) -> bool {
        self.masks[id as usize * self.words + self.word] & self.bits != 0
    }

    /// Those of all instances, a bit each.
    pub(super) fn write(&self, words: &mut Vec<u64>) {
        let Self { masks, words: width, word, bits } = *self;
        let has = |set: u64, (at, mask): (usize, &[u64])| set | u64::from(mask[word] & bits != 0) << at;
        let marked = |block: &[u64]| block.chunks_exact(width).enumerate().fold(0, has);
        words.clear();
        words.extend(masks.chunks(BLOCK * width).map(marked));
    }
}
