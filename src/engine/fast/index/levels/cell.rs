//! One pair in one cell: its levels, and where the lowest begins that has an instance that fits.
//!
//! # Invariants
//! 1. No instance that fits is at a level and position before `front`; `id` is the instance at that position, if known.
//!
//! # Cost
//! Whoever comes, or starts to fit, is compared with the front. What comes first is nearly always in the word there; else it
//! is searched for, level by level.

use super::Taken;
use super::level::Level;
use crate::engine::fast::index::bitgrid::Column;
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::counts::Held;
use crate::engine::fast::state::memory::prefetch;

/// An instance, and its position in its cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) id: u32,
    pub(super) local: u32,
}

/// A level, and a position of it in the low half, so that the lower level comes first and then the lower position.
type Front = u64;

#[inline]
fn front(level: u32, position: u32) -> Front {
    u64::from(level) << 32 | u64::from(position)
}

/// The lowest level with an instance that fits, the first position of its lowest word with one, and all that fit there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) level: u32,
    pub(crate) start: u32,
    pub(crate) bits: u64,
    /// The instance at the lowest position, if that is known without a look, or [`UNKNOWN`].
    id: u32,
}

/// No instance has this id.
const UNKNOWN: u32 = u32::MAX;

impl Found {
    /// The lowest position.
    #[inline]
    pub(crate) fn local(self) -> u32 {
        self.start + self.bits.trailing_zeros()
    }

    /// The instance there.
    #[inline]
    pub(crate) fn id(self, cell: usize, cluster: &Cluster<'_>) -> u32 {
        if self.id == UNKNOWN { cluster.id(cell, self.local()) } else { self.id }
    }
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct CellLevels {
    levels: Vec<Level>,
    /// A level and a position in it: where the next search begins.
    front: Front,
    /// The instance that stands at the front, or [`UNKNOWN`].
    id: u32,
    /// Instances of the cell.
    positions: usize,
}

impl Default for CellLevels {
    fn default() -> Self {
        Self { levels: Vec::new(), front: 0, id: UNKNOWN, positions: 0 }
    }
}

impl CellLevels {
    /// Makes an instance a member of a level.
    #[inline]
    pub(super) fn enter(&mut self, level: u32, Member { id, local }: Member, fits: bool) {
        let of = self.reach(level);
        of.insert(local, 1 << (local % 64));
        of.count_up(local, u16::from(fits));
        let from = if fits { front(level, local) } else { Front::MAX };
        self.id = if from <= self.front { id } else { self.id };
        self.front = self.front.min(from);
    }

    #[inline]
    fn leave(&mut self, level: u32, local: u32, fits: bool) {
        let level = &mut self.levels[level as usize];
        level.remove(local, 1 << (local % 64));
        level.count_down(local, u16::from(fits));
    }

    /// An instance goes from one level to another.
    #[inline(never)]
    pub(super) fn step(&mut self, held: Held, member: Member, fits: bool) {
        self.leave(held.before, member.local, fits);
        self.enter(held.now, member, fits);
    }

    /// A member of a level starts to fit. Where it is the best now, what its next task will change is fetched.
    #[inline(always)]
    pub(super) fn start_to_fit(&mut self, level: u32, Member { id, local }: Member) {
        self.levels[level as usize].count_up(local, 1);
        let from = front(level, local);
        if from < self.front {
            (self.front, self.id) = (from, id);
            self.expect_from(level, local);
        }
    }

    /// A member of a level ceases to fit.
    #[inline(always)]
    pub(super) fn cease_to_fit(&mut self, level: u32, local: u32) {
        self.levels[level as usize].count_down(local, 1);
    }

    /// The instance that stands at a level and position, which may be the front.
    pub(super) fn know(&mut self, level: u32, Member { id, local }: Member) {
        if self.front == front(level, local) {
            self.id = id;
        }
    }

    /// Has the words of a level and the next fetched, between which an instance moves.
    #[inline]
    pub(super) fn expect_from(&self, level: u32, local: u32) {
        for level in self.levels.iter().skip(level as usize).take(2) {
            prefetch(level.address(local));
        }
    }

    /// Makes some members of the word of a position, all of which fit, members of the next level.
    pub(super) fn raise(&mut self, level: u32, Taken { start, members }: Taken) {
        self.reach(level + 1);
        let count = u16::try_from(members.count_ones()).expect("at most 64");
        let [from, to] = &mut self.levels[level as usize..][..2] else { unreachable!("two levels") };
        from.remove(start, members);
        from.count_down(start, count);
        to.insert(start, members);
        to.count_up(start, count);
    }

    /// A level, made if it is new.
    #[inline]
    fn reach(&mut self, level: u32) -> &mut Level {
        if level as usize >= self.levels.len() {
            self.rise(level as usize);
        }
        &mut self.levels[level as usize]
    }

    #[cold]
    fn rise(&mut self, level: usize) {
        let positions = self.positions;
        self.levels.resize_with(level + 1, || Level::new(positions));
    }

    /// Makes room for positions below `positions`.
    pub(super) fn grow(&mut self, positions: usize) {
        self.positions = self.positions.max(positions);
        self.levels.iter_mut().for_each(|level| level.grow(positions));
    }

    /// A level to be read.
    #[inline]
    pub(super) fn level(&self, level: u32) -> &Level {
        &self.levels[level as usize]
    }

    /// What is found first, the lowest level and there the lowest position.
    #[inline]
    pub(super) fn first(&mut self, fit: Column<'_>) -> Option<Found> {
        let (level, position) = self.front();
        let start = position & !63;
        let bits = self.levels.get(level as usize)?.word_of(start) & fit.word_of(start);
        if bits == 0 {
            return self.search(fit);
        }
        let is_front = front(level, start + bits.trailing_zeros()) == self.front;
        Some(Found { level, start, bits, id: if is_front { self.id } else { UNKNOWN } })
    }

    /// Where a search begins.
    #[inline]
    fn front(&self) -> (u32, u32) {
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of a word")]
        let (level, position) = ((self.front >> 32) as u32, self.front as u32);
        (level, position)
    }

    #[inline(never)]
    fn search(&mut self, fit: Column<'_>) -> Option<Found> {
        let (begin, _) = self.front();
        let mut levels = (begin..).zip(&self.levels[begin as usize..]);
        let (level, of) = levels.find(|(_, level)| !level.is_empty())?;
        let (start, bits) = of.first(fit).expect("the level has a member that fits");
        let found = Found { level, start, bits, id: UNKNOWN };
        (self.front, self.id) = (front(level, found.local()), UNKNOWN);
        Some(found)
    }

    /// The levels of which a position is a member.
    pub(super) fn levels_of(&self, local: u32) -> Vec<u32> {
        let levels = (0..).zip(&self.levels).filter(|(_, level)| level.contains(local));
        levels.map(|(level, _)| level).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        self.levels.iter().map(Level::bytes).sum()
    }

    /// Recounts every level.
    pub(super) fn validate(&self, fit: Column<'_>) -> Result<(), String> {
        self.levels.iter().try_for_each(|level| level.validate(fit))
    }

    /// A place where an instance fits is not before the front.
    pub(super) fn validate_place(&self, level: u32, local: u32) -> Result<(), String> {
        match front(level, local) {
            place if place < self.front => Err(format!("front {:x}, an instance fits at {place:x}", self.front)),
            _ => Ok(()),
        }
    }

    /// Whoever is known to stand at the front does.
    pub(super) fn validate_front(&self, cell: usize, cluster: &Cluster<'_>) -> Result<(), String> {
        let (level, position) = self.front();
        if self.id != UNKNOWN && cluster.id(cell, position) != self.id {
            return Err(format!("instance {} does not stand at the front, {position} of level {level}", self.id));
        }
        Ok(())
    }
}
