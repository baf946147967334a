//! Uniform draws of instances made ahead of need, so that their memory is there when they are tried.
//!
//! Which position is drawn does not depend on the state of the cluster, so drawing it 16 decisions earlier changes no
//! probability: each is tried against the state of its own moment.

use super::choose::Stream;
use super::prefetch::prefetch;
use super::record::Record;

const AHEAD: usize = 16;

/// The next draws below the number of instances.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookahead {
    ids: [u32; AHEAD],
    at: usize,
    /// The draws are below this many instances.
    instances: usize,
}

impl Lookahead {
    /// Draws anew if there are more instances than when the draws were made. To be asked before [`Self::next`].
    #[inline(always)]
    pub(super) fn prepare(&mut self, records: &[Record], stream: &mut Stream) {
        if self.instances != records.len() {
            self.instances = records.len();
            self.ids = std::array::from_fn(|_| draw(records, stream));
        }
    }

    /// The next draw.
    #[inline(always)]
    pub(super) fn next(&mut self, records: &[Record], stream: &mut Stream) -> u32 {
        self.at = (self.at + 1) % AHEAD;
        std::mem::replace(&mut self.ids[self.at], draw(records, stream))
    }
}

#[inline(always)]
fn draw(records: &[Record], stream: &mut Stream) -> u32 {
    let id = stream.below(u32::try_from(records.len()).expect("fewer than 2^32 instances"));
    prefetch(records.as_ptr().wrapping_add(id as usize));
    id
}
