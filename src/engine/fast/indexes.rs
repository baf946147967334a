//! All indexes over the cluster, and how they hear of a change.

use super::buckets::Buckets;
use super::cells::{CellSet, members};
use super::cluster::Cluster;
use super::counts::MOST_DENSE_GROUPS;
use super::distinct::Taken;
use super::extras::asks_for_extras;
use super::fit::FitIndex;
use super::front::{Fronts, Keys, Left};
use super::levels::Levels;
use super::pack::PackIndex;
use super::plan::{Core, Plan, Plans};
use super::reasons::ActiveByRank;
use super::record::Record;
use super::shapes::{Ranks, Shapes};
use crate::engine::Setup;
use crate::model::{ClassId, PackedResource};

/// Caches over a [`Cluster`].
#[derive(Clone, Debug)]
pub(super) struct Indexes {
    pub(super) shapes: Shapes,
    pub(super) fit: FitIndex,
    /// By cpu, by memory: where some request packs.
    pub(super) packs: [Option<PackIndex>; 2],
    pub(super) levels: Levels,
    pub(super) taken: Taken,
    pub(super) fronts: Fronts,
    pub(super) buckets: Buckets,
    pub(super) active: ActiveByRank,
    /// Some index follows every task, not only what starts and ceases to fit.
    pub(super) follow_every_change: bool,
    /// Levels or counts of what is taken follow every shape that an instance starts or ceases to fit.
    follow_flips: bool,
}

/// No group is lifted.
const NO_GROUP: u32 = u32::MAX;

/// Position in [`Indexes::packs`].
pub(super) fn pack_position(resource: PackedResource) -> usize {
    match resource {
        PackedResource::Cpu => 0,
        PackedResource::Memory => 1,
    }
}

impl Indexes {
    /// Indexes over no instance. Completes the plans with their places in the indexes.
    ///
    /// `counts` says that the tasks of each group are counted by instance.
    pub(super) fn new(setup: &Setup<'_>, plans: &mut Plans, counts: bool) -> Self {
        let (groups, cells) = (setup.requests.groups.len(), plans.partition.count());
        let shapes = Shapes::new(plans.shapes.clone());
        let demand = |request: u32| &setup.requests.table[request as usize].demand;
        let with_extras = (0..).zip(&plans.shape_requests).map(|(shape, &request)| (shape, demand(request).clone()));
        let with_extras = with_extras.filter(|(_, demand)| asks_for_extras(demand)).collect();
        let mut fit = FitIndex::new(cells, &shapes, with_extras);
        let mut sizes = vec![0; cells];
        setup.fleet.instances.iter().for_each(|&class| sizes[plans.partition.cell(class)] += 1);
        sizes.iter().enumerate().for_each(|(cell, &instances)| fit.reserve(cell, instances));
        let pack = |resource| {
            let is_used = plans.table.iter().any(|plan| plan.core() == Some(Core::Pack(resource)));
            is_used.then(|| PackIndex::new(resource, setup.fleet, setup.requests, (cells, &shapes)))
        };
        let packs = [pack(PackedResource::Cpu), pack(PackedResource::Memory)];
        let classes = (0..setup.fleet.classes.len()).map(ClassId::from_index);
        let connected = classes.filter(|class| setup.fleet.classes[class.index()].agent_connected);
        let connected = connected.fold(0, |set, class| set | 1 << plans.partition.cell(class));
        let mut indexes = Self {
            follow_every_change: counts || fit.has_extras() || packs.iter().any(Option::is_some),
            follow_flips: false,
            fit,
            packs,
            levels: Levels::new(groups, shapes.len(), cells),
            taken: Taken::new(groups, shapes.len(), cells),
            fronts: Fronts::new(cells, shapes.len()),
            buckets: Buckets::new(groups, std::mem::take(&mut plans.attributes)),
            active: ActiveByRank::new(cells, &shapes, connected),
            shapes,
        };
        plans.table.iter_mut().for_each(|plan| indexes.enter(plan));
        indexes
    }

    /// Gives a plan its places in the indexes.
    fn enter(&mut self, plan: &mut Plan) {
        let Some(core) = plan.core() else { return };
        self.follow_flips |= (core == Core::Level || plan.distinct) && !plan.is_tracked();
        if let Core::Pack(resource) = core {
            let pack = self.packs[pack_position(resource)].as_ref().expect("made for every packed resource");
            plan.wanted = pack.wanted(&self.shapes, plan.cpu, plan.memory);
        }
        if let Core::Pack(resource) = core
            && plan.is_tracked()
        {
            plan.pair = self.fronts.track(plan.group, plan.shape, pack_position(resource));
        } else if core == Core::Level || plan.distinct {
            plan.pair = self.levels.pair(plan.group, plan.shape);
        }
        if plan.distinct && !plan.is_tracked() {
            self.taken.watch(plan.group, plan.shape);
        }
    }

    /// Makes the levels of every pair at once, if there are few.
    pub(super) fn build_few_levels(&mut self, groups: usize, plans: &[Plan], cluster: &Cluster<'_>) {
        for plan in plans.iter().filter(|plan| plan.core() == Some(Core::Level) && groups <= MOST_DENSE_GROUPS) {
            if !self.levels.has_levels(plan.pair) {
                self.levels.build(plan.pair, cluster, &self.fit);
            }
        }
    }

    /// An instance is new.
    pub(super) fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        let record = cluster.records[id as usize];
        let ranks = self.shapes.ranks_of(record);
        self.fit.grow(record);
        self.active.add(record.cell(), ranks.cpu);
        self.levels.added(record);
        self.moved((cluster, id), (record, Ranks::default()), (record, ranks));
    }

    /// Tasks have come to an instance or gone: the record was `before`, and it holds `counts.1` tasks of the group where
    /// it held `counts.0`, if groups are counted.
    #[inline]
    pub(super) fn has_changed(
        &mut self,
        cluster: &Cluster<'_>,
        id: u32,
        before: Record,
        plan: &Plan,
        counts: Option<(u32, u32)>,
    ) {
        let after = cluster.records[id as usize];
        let place = (before.cell(), before.local);
        let (from, to) = (self.shapes.ranks_of(before), self.shapes.ranks_of(after));
        if from == to && !plan.extras {
            if let Some(counts) = counts {
                self.levels.step(plan.group, place, counts, &self.fit);
                self.taken.step(plan.group, place, counts, &self.fit);
            }
        } else {
            if let Some((count, _)) = counts {
                self.levels.lift(plan.group, place, count, &self.fit);
                self.taken.lift(plan.group, place, count, &self.fit);
            }
            self.fits_anew((cluster, id), (from, to), plan.group);
            if let Some((_, count)) = counts {
                self.levels.drop_back(plan.group, place, count, &self.fit);
                self.taken.drop_back(plan.group, place, count, &self.fit);
            }
        }
        self.pack((cluster, id), plan.group, (before, from), (after, to));
    }

    /// As [`Indexes::has_changed`] for a plan that asks for cpu and memory alone, where the levels of the group leave the
    /// instance out.
    #[inline]
    pub(super) fn has_moved(&mut self, cluster: &Cluster<'_>, id: u32, before: Record, group: u32) {
        let after = cluster.records[id as usize];
        let (from, to) = (self.shapes.ranks_of(before), self.shapes.ranks_of(after));
        if from != to {
            self.fits_anew((cluster, id), (from, to), group);
        }
        self.pack((cluster, id), group, (before, from), (after, to));
    }

    /// What an ACTIVE instance has left fits other shapes now; the group that is lifted now is left out.
    #[inline]
    fn fits_anew(&mut self, (cluster, id): (&Cluster<'_>, u32), (from, to): (Ranks, Ranks), lifted: u32) {
        self.ranks_moved((cluster, id), (from, to), lifted);
        if from.cpu != to.cpu {
            self.active.shift(cluster.records[id as usize].cell(), from.cpu, to.cpu);
        }
    }

    /// Nothing but the plan's pair follows the tasks of its group.
    pub(super) fn is_followed_alone(&self, plan: &Plan) -> bool {
        self.levels.is_alone(plan.group, plan.pair) && !self.taken.watches(plan.group)
    }

    /// As [`Indexes::has_changed`], where only the fit of cpu and memory is followed.
    #[inline(never)]
    pub(super) fn ranks_may_have_changed(&mut self, before: Record, after: Record) {
        let (from, to) = (self.shapes.ranks_of(before), self.shapes.ranks_of(after));
        if from != to {
            self.fit.moved(&self.shapes, after, (from, to), |_, _| ());
            if from.cpu != to.cpu {
                self.active.shift(after.cell(), from.cpu, to.cpu);
            }
        }
    }

    /// Has what the stop of a task will change fetched.
    pub(super) fn expect_stop(&self, cluster: &Cluster<'_>, id: u32, group: u32) {
        self.levels.expect_stop(group, (id, cluster.records[id as usize]), cluster);
    }

    /// The status of an instance has changed.
    pub(super) fn has_turned(&mut self, cluster: &Cluster<'_>, id: u32, before: Record) {
        let after = cluster.records[id as usize];
        let (from, to) = (self.shapes.ranks_of(before), self.shapes.ranks_of(after));
        if before.is_active() {
            self.active.remove(before.cell(), from.cpu);
        }
        if after.is_active() {
            self.active.add(after.cell(), to.cpu);
        }
        self.moved((cluster, id), (before, from), (after, to));
    }

    /// What is left on an instance has changed, or whether it takes tasks; the group that is lifted now is left out.
    fn moved(&mut self, (cluster, id): (&Cluster<'_>, u32), before: (Record, Ranks), after: (Record, Ranks)) {
        self.ranks_moved((cluster, id), (before.1, after.1), NO_GROUP);
        self.pack((cluster, id), NO_GROUP, before, after);
    }

    /// The part of a change that concerns what is left. The counts of the instance are those of now; `group` is the one
    /// whose tasks have changed, if any.
    #[inline]
    fn pack(
        &mut self,
        (cluster, id): (&Cluster<'_>, u32),
        group: u32,
        before: (Record, Ranks),
        after: (Record, Ranks),
    ) {
        for pack in self.packs.iter_mut().flatten() {
            pack.moved(id, before, after);
        }
        if !self.fronts.is_empty() {
            let left = |(record, ranks)| Left { ranks, keys: self.keys(record) };
            let (before, now) = (left(before), left(after));
            self.fronts.moved((cluster, id), group, &self.shapes, (before, now));
        }
    }

    /// Where an instance stands in the pack indexes.
    #[inline]
    fn keys(&self, record: Record) -> Keys {
        [0, 1].map(|pack: usize| self.packs[pack].as_ref().map_or(0, |pack| pack.key(record)))
    }

    /// The part of a move that changes what fits; the group that is lifted now is left out.
    #[inline]
    fn ranks_moved(&mut self, (cluster, id): (&Cluster<'_>, u32), ranks: (Ranks, Ranks), lifted: u32) {
        let Self { shapes, fit, levels, taken, .. } = self;
        let record = cluster.records[id as usize];
        if self.follow_flips {
            fit.moved(shapes, record, ranks, |shapes, fits| {
                levels.flipped(shapes, (id, record), lifted, cluster, fits);
                taken.flipped(shapes, fits);
            });
        } else {
            fit.moved(shapes, record, ranks, |_, _| ());
        }
        if fit.has_extras() {
            self.extras_moved((cluster, id), ranks.1, lifted);
        }
        self.taken.settle((id, record.cell()), lifted, cluster);
    }

    /// As [`Self::ranks_moved`], for the shapes that ask for more than cpu and memory.
    #[inline(never)]
    fn extras_moved(&mut self, (cluster, id): (&Cluster<'_>, u32), now: Ranks, lifted: u32) {
        let Self { shapes, fit, levels, taken, .. } = self;
        let record = cluster.records[id as usize];
        fit.extras_moved((cluster, shapes), id, now, |shapes, fits| {
            if self.follow_flips {
                levels.flipped(shapes, (id, record), lifted, cluster, fits);
                taken.flipped(shapes, fits);
            }
        });
    }

    /// The cells with an instance that a plan may use; with fronts, those where one fits.
    #[inline(always)]
    pub(super) fn candidates(&self, plan: &Plan) -> CellSet {
        let fitting = plan.eligible & self.fit.occupied(plan.shape);
        if plan.distinct && !plan.is_tracked() { self.untaken(plan, fitting) } else { fitting }
    }

    /// The cells where an instance that fits holds no task of the plan's group.
    fn untaken(&self, plan: &Plan, cells: CellSet) -> CellSet {
        let taken = |cell| self.taken.get(plan.group, plan.shape, cell);
        let has_free = |cell: &usize| self.fit.grid(*cell).len(plan.shape as usize) > taken(*cell);
        members(cells).filter(has_free).fold(0, |set, cell| set | 1 << cell)
    }

    pub(super) fn bytes(&self) -> usize {
        let packs: usize = self.packs.iter().flatten().map(PackIndex::bytes).sum();
        self.fit.bytes() + self.levels.bytes() + self.fronts.bytes() + packs
    }

    pub(super) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        self.fit.validate(cluster, &self.shapes)?;
        self.packs.iter().flatten().try_for_each(|pack| pack.validate(&self.shapes, &cluster.records))?;
        self.active.validate(&self.shapes, &cluster.records)?;
        self.levels.validate(cluster, &self.fit)?;
        self.taken.validate(cluster, &self.fit)?;
        self.fronts.validate(cluster, &self.fit, |record| self.keys(record))
    }
}
