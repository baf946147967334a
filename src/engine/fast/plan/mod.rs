//! What is worked out once for each kind of request: its candidates as cells, its shape, and the path it takes.
//!
//! A chain is served by indexes if, after dropping rules that cannot change anything, it is at most one
//! `spread(attribute)`, then at most one of `binpack` and `spread(instanceId)`, then at most `random`. Any other chain,
//! and any constraint that depends on single instances or on tasks, is scanned.

pub(crate) mod chain;
mod planner;
mod shapes;

pub(crate) use planner::Plans;

use crate::engine::Reason;
use crate::engine::fast::state::cells::CellSet;
use crate::model::PackedResource;

/// One kind of request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) cpu: u32,
    pub(crate) memory: u32,
    pub(crate) group: u32,
    /// Position among the indexed shapes; meaningless where the path is a scan.
    pub(crate) shape: u32,
    /// Its group and shape among the pairs of the levels or the tracks of a front, where the path needs
    /// one.
    pub(crate) pair: u32,
    /// What it asks of the pack index, where the path needs one.
    pub(crate) wanted: Wanted,
    /// Cells that pass every static check.
    pub(crate) eligible: CellSet,
    /// Cells that pass the checks of the provider, of the location and of required attributes.
    pub(crate) passing: CellSet,
    pub(crate) path: Path,
    pub(crate) distinct: bool,
    /// Position in [`Plans::forms`] of the GPUs, ports and interface slots that it asks for, if it does.
    pub(crate) extras: Option<u32>,
    /// Position of these in [`Plans::packed`], where a pack index is kept for them.
    pub(crate) form: Option<u8>,
    /// The cells with a candidate are found by searching the pack index: the fit index does not follow the shape.
    pub(crate) sought: bool,
    /// Its choices may be drawn.
    pub(crate) draws: bool,
    /// What it asks for of an instance hangs on the tasks there, beyond `distinctInstance`.
    pub(crate) changing: bool,
    /// Some rule or constraint of it asks how many tasks of a group an instance holds.
    pub(crate) counts: bool,
    /// `eligible` and `passing` say all about attributes and `memberOf`.
    pub(crate) settled: bool,
}

/// How an instance is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// By looking at every instance.
    Scan,
    /// By an order over lanes.
    Order,
    /// By indexes.
    Index {
        /// The attribute whose emptiest bucket comes first, as a position in [`Plans::attributes`].
        spread: Option<usize>,
        /// What decides within it.
        core: Core,
        /// What decides in the end.
        tie: Tie,
    },
}

/// The rule that decides among the cells that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Core {
    /// None: all candidates are equal.
    Any,
    /// The least remaining amount.
    Pack(PackedResource),
    /// The fewest tasks of the group on the instance.
    Level,
}

/// How equally good instances are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// The lowest id.
    Lowest,
    /// A uniform draw.
    Uniform,
}

impl Path {
    /// It asks a pack index, which tells of cpu and memory alone.
    pub(crate) fn packs(self) -> bool {
        matches!(self, Self::Index { core: Core::Pack(_), .. })
    }
}

impl Plan {
    /// The rule that decides, where indexes serve the request.
    pub(crate) fn core(&self) -> Option<Core> {
        match self.path {
            Path::Scan | Path::Order => None,
            Path::Index { core, .. } => Some(core),
        }
    }

    /// How far the search for an instance has come is kept in a front.
    #[inline]
    pub(crate) fn is_tracked(&self) -> bool {
        self.distinct && self.path.packs()
    }
}

impl Plan {
    /// Whether an instance that was drawn among equals goes on being the choice for equal tasks while they fit, at a draw
    /// for each: under binpack it has less left than any other from the first task on.
    pub(crate) fn stays(&self) -> bool {
        let Path::Index { spread: None, core: Core::Pack(resource), tie: Tie::Uniform } = self.path else {
            return false;
        };
        let taken = match resource {
            PackedResource::Cpu => self.cpu,
            PackedResource::Memory => self.memory,
        };
        taken > 0 && !self.distinct && self.extras.is_none()
    }
}

/// What a task asks of the pack index: at least this key, at least this rank.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) key: u32,
    pub(crate) rank: u32,
}

impl Wanted {
    /// The same, but only from `key` on.
    pub(crate) fn from(self, key: u32) -> Self {
        Self { key: self.key.max(key), ..self }
    }

    /// The same, but only above `key`.
    pub(crate) fn above(self, key: usize) -> Self {
        Self { key: u32::try_from(key + 1).expect("keys are below 2^32"), ..self }
    }
}

/// The first static check that instances of each class fail, by distinct filter.
#[derive(Clone, Debug)]
pub(crate) struct Failures {
    pub(crate) by_filter: Vec<Vec<Option<Reason>>>,
    /// By request.
    pub(crate) filter_of: Vec<u32>,
}

impl Failures {
    /// By class, for a request.
    pub(crate) fn of(&self, request: usize) -> &[Option<Reason>] {
        &self.by_filter[self.filter_of[request] as usize]
    }
}
