//! For `distinctInstance` with `binpack`: how far the search for an instance without a task of a group has come, so that
//! what it passed over is not looked at again.
//!
//! A *track* is a group, a shape and a pack index. The search goes through the instances of a cell that fit, in the order
//! of the index: by key, then by id. Nearly always one of the first will do, and nothing is kept. After a long search,
//! the cell gets a *front*: a position up to which all is known, and the few instances before it that are free, which
//! means that they fit and hold no task of the group.
//!
//! # Invariants
//! 1. `free` of a front holds exactly the instances before its `bound` that are free, those with higher positions first.
//! 2. `fronts` of a cell and shape holds the fronts of that cell whose tracks have the shape; `places` says where in it,
//!    and `kept` which shapes have any.
//!
//! # Cost
//! A front is kept only while that pays: every change of an instance that fits its shape is a few comparisons for it, and
//! when those have cost about as much as the search that a choice from it spares, it is given up. So all fronts together
//! cost no more than about twice the searches without them; and a refusal, which would look at every instance that fits,
//! is a look at a front that has come to the end.
//!
//! # Sources
//! When to give up: the rule for renting or buying skis, as in Karlin et al., "Competitive Snoopy Caching",
//! Algorithmica 1988.

use super::fit::FitIndex;
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::counts::GroupCounts;
use crate::engine::fast::state::record::{InCell, Record, Slot};
use crate::engine::fast::state::shapes::{Ranks, Shapes};

/// Where an instance stands in the order of a pack index: its key, then its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(u64);

impl Position {
    pub(crate) const START: Self = Self(0);
    /// After every instance.
    pub(crate) const END: Self = Self(u64::MAX);

    #[inline]
    pub(crate) fn new(key: u32, id: u32) -> Self {
        Self(u64::from(key) << 32 | u64::from(id))
    }

    #[inline]
    pub(crate) fn key(self) -> u32 {
        u32::try_from(self.0 >> 32).expect("32 bits are left")
    }

    #[inline]
    pub(crate) fn id(self) -> u32 {
        u32::try_from(self.0 & u64::from(u32::MAX)).expect("32 bits are left")
    }

    /// After every instance with its key.
    #[inline]
    pub(crate) fn end_of_key(self) -> Self {
        Self(self.0 | u64::from(u32::MAX))
    }

    /// The position after this one, which is not the end.
    #[inline]
    pub(crate) fn after(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Keys of an instance in the pack indexes by cpu and by memory; 0 where there is none.
pub(crate) type Keys = [u32; 2];

/// An instance and its keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    pub(crate) id: u32,
    pub(crate) keys: Keys,
}

/// Where a search in a cell begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begin {
    pub(crate) at: Position,
    /// It is a free instance that is listed: nothing need be searched.
    pub(crate) is_free: bool,
}

/// What an instance has left, as the indexes see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left {
    pub(crate) ranks: Ranks,
    pub(crate) keys: Keys,
}

/// A search that has passed over so many instances in a cell is long.
const LONG: u32 = 16;
/// To follow so many changes costs as much as to pass over one instance.
const CHANGES_A_STEP: u32 = 16;
/// So many steps for each task of a batch are few.
const FEW: u32 = 4;
/// So many free instances are listed at most.
const MOST_FREE: usize = 64;

/// See the [module](self).
#[derive(Clone, Debug)]
struct Front {
    track: u32,
    group: u32,
    /// Position of the pack index.
    pack: usize,
    bound: Position,
    free: Vec<Position>,
    /// About how many instances before the bound fit and are not free: what a search from the start would pass over.
    passed: u32,
    /// So many more changes are followed before it is given up, unless a choice is made from it.
    credit: u32,
}

impl Front {
    /// Where an instance is listed, or would be.
    #[inline]
    fn place(&self, position: Position) -> usize {
        match self.free.last() {
            Some(&lowest) if lowest == position => self.free.len() - 1,
            _ => self.free.partition_point(|&other| other > position),
        }
    }

    /// An instance before the bound is free no more.
    #[inline]
    fn take(&mut self, position: Position) {
        let place = self.place(position);
        assert!(self.free.get(place) == Some(&position), "a free instance is not listed");
        self.free.remove(place);
    }

    /// An instance before the bound is free.
    #[inline]
    fn put(&mut self, position: Position) {
        if self.free.last().is_none_or(|&lowest| position < lowest) {
            self.free.push(position);
        } else {
            self.free.insert(self.free.partition_point(|&other| other > position), position);
        }
        if self.free.len() > MOST_FREE {
            self.draw_back();
        }
    }

    /// An instance that is listed stands elsewhere now.
    #[inline]
    fn shift(&mut self, from: Position, to: Position) {
        let mut place = self.place(from);
        while let Some(&lower) = self.free.get(place + 1).filter(|&&lower| lower > to) {
            self.free[place] = lower;
            place += 1;
        }
        while let Some(&higher) = place.checked_sub(1).map(|above| &self.free[above]).filter(|&&higher| higher < to) {
            self.free[place] = higher;
            place -= 1;
        }
        self.free[place] = to;
    }

    /// Forgets what is known of the upper half of the list.
    #[cold]
    fn draw_back(&mut self) {
        self.bound = self.free[MOST_FREE / 2];
        self.free.drain(..=MOST_FREE / 2);
        self.passed /= 2;
    }

    /// A choice was made, or none, after passing over some instances; before `to`, none is free that is not listed.
    fn walked(&mut self, to: Position, passed: u32) {
        if self.free.is_empty() {
            self.bound = self.bound.max(to);
        }
        self.passed = self.passed.saturating_add(passed);
        self.credit = self.passed.max(LONG).saturating_mul(CHANGES_A_STEP);
    }

    /// An instance has moved that holds a task of the group or does not, as before.
    #[inline]
    fn moved(&mut self, is_held: bool, from: Position, to: Position) {
        match (from < self.bound, to < self.bound) {
            (was_in, is_in) if is_held => self.count_passed(was_in, is_in),
            (true, true) => self.shift(from, to),
            (true, false) => self.take(from),
            (false, true) => self.put(to),
            (false, false) => {}
        }
    }

    /// An instance that fits holds a task of the group from now on, or ceases to.
    fn stepped(&mut self, is_held: bool, position: Position) {
        if position < self.bound {
            self.count_passed(!is_held, is_held);
            if is_held { self.take(position) } else { self.put(position) }
        }
    }

    #[inline]
    fn count_passed(&mut self, before: bool, now: bool) {
        self.passed = self.passed.saturating_add(u32::from(now)).saturating_sub(u32::from(before));
    }
}

/// A group and a shape, and the pack index that orders it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Track {
    group: u32,
    shape: u32,
    pack: usize,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Fronts {
    cells: usize,
    shapes: usize,
    tracks: Vec<Track>,
    /// Tracks, by group.
    by_group: Vec<Vec<u32>>,
    /// By track, then cell.
    places: Vec<u32>,
    /// By cell, then shape.
    fronts: Vec<Vec<Front>>,
    /// By cell, then word of a mask of shapes.
    kept: Vec<u64>,
    /// How many fronts there are.
    count: usize,
}

/// In `places`: no front.
const NOWHERE: u32 = u32::MAX;

impl Fronts {
    /// No track yet.
    pub(crate) fn new(groups: usize, cells: usize, shapes: usize) -> Self {
        Self {
            cells,
            shapes,
            tracks: Vec::new(),
            by_group: vec![Vec::new(); groups],
            places: Vec::new(),
            fronts: vec![Vec::new(); cells * shapes],
            kept: vec![0; cells * shapes.div_ceil(64)],
            count: 0,
        }
    }

    /// The number of the track, made if it is new.
    pub(crate) fn track(&mut self, group: u32, shape: u32, pack: usize) -> u32 {
        let track = Track { group, shape, pack };
        let known = &self.by_group[group as usize];
        if let Some(&known) = known.iter().find(|&&known| self.tracks[known as usize] == track) {
            return known;
        }
        let number = u32::try_from(self.tracks.len()).expect("no more tracks than requests");
        self.tracks.push(track);
        self.by_group[group as usize].push(number);
        self.places.resize(self.tracks.len() * self.cells, NOWHERE);
        number
    }

    /// There is no front.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    #[inline]
    fn at(&self, track: u32, cell: usize) -> Option<&Front> {
        let place = self.places[track as usize * self.cells + cell];
        (place != NOWHERE).then(|| &self.of_track(track, cell)[place as usize])
    }

    fn of_track(&self, track: u32, cell: usize) -> &[Front] {
        &self.fronts[cell * self.shapes + self.tracks[track as usize].shape as usize]
    }

    /// The first free instance of a cell that is listed, or else where to search on.
    #[inline]
    pub(crate) fn start(&self, track: u32, cell: usize) -> Begin {
        let Some(front) = self.at(track, cell) else { return Begin { at: Position::START, is_free: false } };
        match front.free.last() {
            Some(&lowest) => Begin { at: lowest, is_free: true },
            None => Begin { at: front.bound, is_free: false },
        }
    }

    /// The listed free instances of a cell with this key, and the position from which on none is listed.
    pub(crate) fn with_key(&self, track: u32, cell: usize, key: u32) -> (impl Iterator<Item = u32>, Position) {
        let front = self.at(track, cell);
        let free = front.map_or(&[][..], |front| &front.free);
        let ids =
            free.iter().rev().skip_while(move |other| other.key() < key).take_while(move |other| other.key() == key);
        (ids.map(|other| other.id()), front.map_or(Position::START, |front| front.bound))
    }

    /// A search through a cell has passed over some instances and come to `to`: before it, nothing is free that is not
    /// listed.
    #[inline]
    pub(crate) fn walked(&mut self, track: u32, cell: usize, to: Position, passed: u32) {
        let place = self.places[track as usize * self.cells + cell];
        if place != NOWHERE {
            let shape = self.tracks[track as usize].shape as usize;
            self.fronts[cell * self.shapes + shape][place as usize].walked(to, passed);
        } else if passed > LONG {
            self.begin(track, cell, to, passed);
        }
    }

    #[cold]
    fn begin(&mut self, track: u32, cell: usize, bound: Position, passed: u32) {
        let Track { group, shape, pack } = self.tracks[track as usize];
        let mut front = Front { track, group, pack, bound, free: Vec::new(), passed: 0, credit: 0 };
        front.walked(bound, passed);
        let fronts = &mut self.fronts[cell * self.shapes + shape as usize];
        self.places[track as usize * self.cells + cell] = u32::try_from(fronts.len()).expect("no more than tracks");
        fronts.push(front);
        self.kept[cell * self.shapes.div_ceil(64) + shape as usize / 64] |= 1 << (shape % 64);
        self.count += 1;
    }

    /// Some request of the group may have a front.
    pub(crate) fn watches(&self, group: u32) -> bool {
        !self.by_group[group as usize].is_empty()
    }

    /// An instance that has these keys holds a task of a group from now on (`true`), or ceases to.
    #[inline(never)]
    pub(crate) fn stepped(&mut self, group: u32, is_held: bool, Slot { cell, local }: Slot, own: Own, fit: &FitIndex) {
        for &track in &self.by_group[group as usize] {
            let Track { shape, pack, .. } = self.tracks[track as usize];
            let place = self.places[track as usize * self.cells + cell];
            if place != NOWHERE && fit.contains(cell, shape, local) {
                let front = &mut self.fronts[cell * self.shapes + shape as usize][place as usize];
                front.stepped(is_held, Position::new(own.keys[pack], own.id));
            }
        }
    }

    /// What an instance of a cell has left has changed. Its counts are those of now, and known.
    #[inline]
    pub(crate) fn moved(&mut self, at: InCell, counts: &GroupCounts, shapes: &Shapes, before: Left, now: Left) {
        match counts {
            GroupCounts::Dense(dense) => self.moved_with(at, dense.of(at.id), shapes, before, now),
            GroupCounts::Sparse(sparse) => self.moved_with(at, |group| sparse.get(at.id, group), shapes, before, now),
        }
    }

    #[inline]
    fn moved_with(
        &mut self,
        InCell { id, cell }: InCell,
        count: impl Fn(u32) -> u32,
        shapes: &Shapes,
        before: Left,
        now: Left,
    ) {
        for word in 0..shapes.words() {
            let (old, new) = (shapes.fitting(before.ranks, word), shapes.fitting(now.ranks, word));
            let mut concerned = (old | new) & self.kept[cell * shapes.words() + word];
            while concerned != 0 {
                let bit = concerned.trailing_zeros();
                concerned &= concerned - 1;
                let at = cell * self.shapes + word * 64 + bit as usize;
                // An instance that does not fit stands where no bound is.
                let stand = |mask: u64, keys: Keys| {
                    let fits = mask >> bit & 1 == 1;
                    let position = |key: u32| if fits { Position::new(key, id) } else { Position::END };
                    [position(keys[0]), position(keys[1])]
                };
                self.fits_moved(at, &count, stand(old, before.keys), stand(new, now.keys));
            }
        }
    }

    /// As [`Self::moved`], for the fronts of one cell and shape.
    #[inline]
    fn fits_moved(&mut self, at: usize, count: impl Fn(u32) -> u32, before: [Position; 2], now: [Position; 2]) {
        let mut is_any_spent = false;
        for front in &mut self.fronts[at] {
            let (from, to) = (before[front.pack], now[front.pack]);
            front.credit -= 1;
            is_any_spent |= front.credit == 0;
            if from != to && from.min(to) < front.bound {
                front.moved(count(front.group) > 0, from, to);
            }
        }
        if is_any_spent {
            self.give_up(at);
        }
    }

    /// A batch of equal tasks is over: gives up the fronts that spare few steps a task, which the next such batch will
    /// find again.
    pub(crate) fn settle_batch(&mut self, track: u32, tasks: u32) {
        let shape = self.tracks[track as usize].shape as usize;
        for cell in 0..self.cells {
            let (place, at) = (self.places[track as usize * self.cells + cell], cell * self.shapes + shape);
            if place != NOWHERE && self.fronts[at][place as usize].passed / FEW <= tasks {
                self.fronts[at][place as usize].credit = 0;
                self.give_up(at);
            }
        }
    }

    /// Gives up those fronts of a cell and shape that have cost too much.
    #[cold]
    fn give_up(&mut self, at: usize) {
        let (cell, shape) = (at / self.shapes, at % self.shapes);
        let fronts = &mut self.fronts[at];
        self.count -= fronts.len();
        fronts.iter().for_each(|front| self.places[front.track as usize * self.cells + cell] = NOWHERE);
        fronts.retain(|front| front.credit > 0);
        for (place, front) in (0..).zip(&*fronts) {
            self.places[front.track as usize * self.cells + cell] = place;
        }
        self.count += fronts.len();
        if fronts.is_empty() {
            self.kept[cell * self.shapes.div_ceil(64) + shape / 64] &= !(1 << (shape % 64));
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let free: usize = self.fronts.iter().flatten().map(|front| front.free.capacity() * size_of::<Position>()).sum();
        let fronts: usize = self.fronts.iter().map(|fronts| fronts.capacity() * size_of::<Front>()).sum();
        free + fronts + self.places.len() * 4
    }

    /// Looks for the free instances of every front anew.
    pub(crate) fn validate(
        &self,
        cluster: &Cluster<'_>,
        fit: &FitIndex,
        keys: impl Fn(Record) -> Keys,
    ) -> Result<(), String> {
        let mut count = 0;
        for (number, track) in (0..).zip(&self.tracks) {
            for cell in 0..self.cells {
                let Some(front) = self.at(number, cell) else { continue };
                count += 1;
                let is_free = |(id, record): &(u32, &Record)| {
                    let fits = record.cell() == cell && fit.contains(cell, track.shape, record.local);
                    fits && cluster.group_count(*id, track.group) == 0
                };
                let free = (0..).zip(&cluster.records).filter(is_free);
                let mut free: Vec<Position> = free
                    .map(|(id, record)| Position::new(keys(*record)[track.pack], id))
                    .filter(|&position| position < front.bound)
                    .collect();
                free.sort_unstable_by(|a, b| b.cmp(a));
                let mask = self.kept[cell * self.shapes.div_ceil(64) + track.shape as usize / 64];
                let is_kept = mask >> (track.shape % 64) & 1 == 1;
                if front.track != number || front.credit == 0 || !is_kept || free != front.free {
                    return Err(format!("front of track {number} in cell {cell}: {front:?}, free are {free:?}"));
                }
            }
        }
        if count != self.count || count != self.fronts.iter().map(Vec::len).sum::<usize>() {
            return Err(format!("fronts: {count} are found, {} are counted", self.count));
        }
        Ok(())
    }
}
