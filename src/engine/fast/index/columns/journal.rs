//! Which instances have changed, in order, for readers that catch up when they are asked and not at every change.
//!
//! # Invariants
//! 1. What a reader is told holds every instance that has changed since, or it is told that it is too far behind.
//!
//! # Cost
//! A store at a change; an instance stands there as often as it has changed. As many as a thirty-second of
//! the instances are remembered: to catch up with more costs as much as to look at all.

/// How far a reader has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    /// Before all that is remembered.
    pub(crate) const NEVER: Self = Self(u64::MAX);
}

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    /// Changes that are remembered no more.
    forgotten: u64,
    changed: Vec<u32>,
}

/// One change for so many instances is remembered.
const INSTANCES_A_CHANGE: usize = 32;
/// And so many in any case.
const LEAST: usize = if cfg!(test) { 4 } else { 64 };

impl Journal {
    /// One of so many instances has changed.
    #[inline]
    pub(crate) fn note(&mut self, id: u32, instances: usize) {
        let most = instances / INSTANCES_A_CHANGE + LEAST;
        if self.changed.len() >= 2 * most {
            self.forgotten += (self.changed.len() - most) as u64;
            self.changed.drain(..self.changed.len() - most);
        }
        self.changed.push(id);
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.forgotten + self.changed.len() as u64)
    }

    /// What has changed since, an instance perhaps more than once; `None` if that is not remembered any more.
    pub(crate) fn since(&self, Moment(moment): Moment) -> Option<&[u32]> {
        let from = usize::try_from(moment.checked_sub(self.forgotten)?).ok()?;
        self.changed.get(from..)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.changed.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_told_all_or_that_it_is_too_far_behind() {
        let mut journal = Journal::default();
        let start = journal.now();
        (0..8).for_each(|id| journal.note(id, 1));
        assert_eq!(journal.since(start), Some(&[0, 1, 2, 3, 4, 5, 6, 7][..]));
        let later = journal.now();
        assert_eq!(journal.since(later), Some(&[][..]));
        journal.note(7, 1);
        assert_eq!(journal.since(start), None);
        assert_eq!(journal.since(later), Some(&[7][..]));
        (0..10_000).for_each(|id| journal.note(id, 1));
        assert_eq!(journal.since(later), None);
        assert_eq!(journal.since(Moment::NEVER), None);
        assert!(journal.bytes() <= 4 * 16);
    }
}
