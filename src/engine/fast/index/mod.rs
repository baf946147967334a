//! All indexes over the cluster, and how they hear of a change.

mod active;
mod bag;
pub(crate) mod bitgrid;
pub(crate) mod buckets;
mod distinct;
pub(crate) mod fit;
pub(crate) mod front;
mod level;
pub(crate) mod levels;
pub(crate) mod order;
pub(crate) mod pack;
mod pack_keys;
pub(crate) mod uniform;

use crate::engine::fast::plan::{Core, Path, Plan, Plans};
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::counts::{Held, MOST_DENSE_GROUPS};
use crate::engine::fast::state::extras::asks_for_extras;
use active::ActiveByRank;
use buckets::Buckets;
use distinct::Taken;
use fit::FitIndex;
use front::{Fronts, Keys, Left};
use levels::Levels;
use order::Orders;
use pack::PackIndex;

use crate::engine::Setup;
use crate::engine::fast::state::record::{Change, Record};
use crate::engine::fast::state::shapes::{Ranks, Shapes};
use crate::model::PackedResource;

/// Caches over a [`Cluster`].
#[derive(Clone, Debug)]
pub(crate) struct Indexes {
    pub(crate) shapes: Shapes,
    pub(crate) fit: FitIndex,
    /// By cpu, by memory: where some request packs.
    pub(crate) packs: [Option<PackIndex>; 2],
    packs_any: bool,
    orders_any: bool,
    pub(crate) levels: Levels,
    pub(crate) taken: Taken,
    pub(crate) fronts: Fronts,
    pub(crate) buckets: Buckets,
    pub(crate) active: ActiveByRank,
    /// For the chains that the other indexes do not serve.
    pub(crate) orders: Orders,
    /// Some index follows every task, not only what starts and ceases to fit.
    pub(crate) follow_every_change: bool,
    /// Levels or counts of what is taken follow every shape that an instance starts or ceases to fit.
    follow_flips: bool,
}

/// Position in [`Indexes::packs`].
pub(crate) fn pack_position(resource: PackedResource) -> usize {
    match resource {
        PackedResource::Cpu => 0,
        PackedResource::Memory => 1,
    }
}

/// What decides which plans indexes can serve.
pub(crate) struct Basis {
    shapes: Shapes,
    packs: [Option<PackIndex>; 2],
    pub(crate) orders: Orders,
}

impl Basis {
    /// Plans whose index would take too much memory are served by an order, or scanned.
    pub(crate) fn new(setup: &Setup<'_>, plans: &mut Plans) -> Self {
        let cells = plans.partition.count();
        let shapes = Shapes::new(plans.shapes.clone());
        let pack = |resource| {
            let is_used = plans.table.iter().any(|plan| plan.core() == Some(Core::Pack(resource)));
            is_used.then(|| PackIndex::new(resource, setup.fleet, setup.requests, (cells, &shapes))).flatten()
        };
        let packs = [pack(PackedResource::Cpu), pack(PackedResource::Memory)];
        for plan in &mut plans.table {
            if let Some(Core::Pack(resource)) = plan.core()
                && packs[pack_position(resource)].is_none()
            {
                plan.path = Path::Scan;
            }
        }
        let orders = Orders::new(setup, plans);
        Self { shapes, packs, orders }
    }
}

impl Indexes {
    /// Indexes over no instance. Completes the plans with their places in the indexes.
    ///
    /// `counts` says that the tasks of each group are counted by instance.
    pub(crate) fn new(setup: &Setup<'_>, plans: &mut Plans, basis: Basis, counts: bool) -> Self {
        let (groups, cells) = (setup.requests.groups.len(), plans.partition.count());
        let Basis { shapes, packs, orders } = basis;
        let demand = |request: u32| &setup.requests.table[request as usize].demand;
        let with_extras = (0..).zip(&plans.shape_requests).map(|(shape, &request)| (shape, demand(request).clone()));
        let with_extras = with_extras.filter(|(_, demand)| asks_for_extras(demand)).collect();
        let mut fit = FitIndex::new(cells, &shapes, with_extras);
        let mut sizes = vec![0; cells];
        setup.fleet.instances.iter().for_each(|&class| sizes[plans.partition.cell(class)] += 1);
        sizes.iter().enumerate().for_each(|(cell, &instances)| fit.reserve(cell, instances));
        let mut indexes = Self {
            follow_every_change: counts || fit.has_extras() || packs.iter().any(Option::is_some) || !orders.is_empty(),
            follow_flips: false,
            packs_any: packs.iter().any(Option::is_some),
            orders_any: !orders.is_empty(),
            orders,
            fit,
            packs,
            levels: Levels::new(groups, shapes.len(), cells),
            taken: Taken::new(groups, shapes.len(), cells),
            fronts: Fronts::new(groups, cells, shapes.len()),
            buckets: Buckets::new(groups, std::mem::take(&mut plans.attributes)),
            active: ActiveByRank::new(cells, &shapes),
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
            let pack = self.packs[pack_position(resource)].as_ref().expect("plans without one are scanned");
            plan.wanted = pack.wanted(&self.shapes, plan.cpu, plan.memory);
        }
        if let Core::Pack(resource) = core
            && plan.is_tracked()
        {
            plan.pair = self.fronts.track(plan.group, plan.shape, pack_position(resource));
        } else if core == Core::Level || plan.distinct {
            plan.pair = self.levels.pair(plan.group, plan.shape);
        }
        if (plan.distinct && !plan.is_tracked()) || (core == Core::Level && plan.draws) {
            self.taken.watch(plan.group, plan.shape);
        }
    }

    /// Makes the levels of every pair at once, if there are few.
    pub(crate) fn build_few_levels(&mut self, groups: usize, plans: &[Plan], cluster: &Cluster<'_>) {
        for plan in plans.iter().filter(|plan| plan.core() == Some(Core::Level) && groups <= MOST_DENSE_GROUPS) {
            if !self.levels.has_levels(plan.pair) {
                self.levels.build(plan.pair, cluster, &self.fit);
            }
        }
    }

    /// An instance is new.
    pub(crate) fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        let record = cluster.records[id as usize];
        let ranks = self.shapes.ranks_of(record);
        self.fit.grow(record);
        self.active.add(record.cell(), ranks.cpu);
        self.levels.added(record);
        self.orders.added(cluster, id);
        self.moved((cluster, id), (record, Ranks::default()), (record, ranks));
    }

    /// An instance that has changed holds another number of tasks of a group. To be followed by [`Self::follow`].
    #[inline]
    pub(crate) fn step_group(&mut self, group: u32, Change { instance, before, .. }: Change, held: Held) {
        let slot = before.slot();
        self.levels.step(group, slot, held, &self.fit);
        self.taken.step(group, slot, held, &self.fit);
        if !self.fronts.is_empty() && (held.before == 0) != (held.now == 0) {
            self.fronts.stepped((group, held.now > 0), (instance, before), self.keys(before), &self.fit);
        }
    }

    /// Tasks have come to an instance or gone; the counts say so already. `anew` says that other shapes may fit even if
    /// no rank has changed.
    #[inline(always)]
    pub(crate) fn follow(&mut self, cluster: &Cluster<'_>, group: u32, change: Change, anew: bool) {
        let Change { instance: id, before, after } = change;
        if self.shapes.all_fit(before) & self.shapes.all_fit(after) & !anew & !self.packs_any & !self.orders_any {
            return;
        }
        let (from, to) = (self.shapes.ranks_of(before), self.shapes.ranks_of(after));
        if from != to || anew {
            self.ranks_moved((cluster, id), after, (from, to));
            if from.cpu != to.cpu {
                self.active.shift(after.cell(), from.cpu, to.cpu);
            }
        }
        if self.packs_any {
            self.pack((cluster, id), (before, from), (after, to));
        }
        if self.orders_any {
            self.orders.follow(cluster, id, group);
        }
    }

    /// `tasks` of a group have come to an instance of a cell, or gone if negative, that count for spread.
    #[inline(always)]
    pub(crate) fn count(&mut self, cluster: &Cluster<'_>, group: u32, cell: usize, instance: u32, tasks: i64) {
        self.buckets.add(group, cell, tasks);
        if self.orders_any && !self.orders.spreads.is_empty() {
            self.orders.spreads.add(group, cluster.class_id(instance), tasks);
        }
    }

    /// What expressions say of an instance is asked again, where tasks of a group are others.
    pub(crate) fn hear(&mut self, cluster: &Cluster<'_>, id: u32, group: u32) {
        if self.orders_any {
            self.orders.follow(cluster, id, group);
        }
    }

    /// Nothing but the plan's pair follows the tasks of its group.
    pub(crate) fn is_followed_alone(&self, plan: &Plan) -> bool {
        self.levels.is_alone(plan.group, plan.pair)
            && !self.taken.watches(plan.group)
            && !self.fronts.watches(plan.group)
    }

    /// As [`Indexes::has_changed`], where only the fit of cpu and memory is followed.
    #[inline(never)]
    pub(crate) fn move_ranks(&mut self, Change { before, after, .. }: Change) {
        let (from, to) = (self.shapes.ranks_of(before), self.shapes.ranks_of(after));
        if from != to {
            self.fit.moved(&self.shapes, after, (from, to), |_, _| ());
            if from.cpu != to.cpu {
                self.active.shift(after.cell(), from.cpu, to.cpu);
            }
        }
    }

    /// Has what the stop of a task will change fetched.
    pub(crate) fn expect_stop(&self, cluster: &Cluster<'_>, id: u32, group: u32) {
        self.levels.expect_stop(group, (id, cluster.records[id as usize]), cluster);
    }

    /// The status of an instance has changed.
    pub(crate) fn change_status(&mut self, cluster: &Cluster<'_>, id: u32, before: Record) {
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

    /// What is left on an instance has changed, or whether it takes tasks.
    fn moved(&mut self, (cluster, id): (&Cluster<'_>, u32), before: (Record, Ranks), after: (Record, Ranks)) {
        self.ranks_moved((cluster, id), after.0, (before.1, after.1));
        self.pack((cluster, id), before, after);
        if self.orders_any {
            self.orders.update(cluster, id);
        }
    }

    /// The part of a change that concerns what is left. The counts of the instance are those of now.
    #[inline]
    fn pack(&mut self, (cluster, id): (&Cluster<'_>, u32), before: (Record, Ranks), after: (Record, Ranks)) {
        if self.packs_any {
            self.packs.iter_mut().flatten().for_each(|pack| pack.moved(id, before, after));
        }
        if !self.fronts.is_empty() {
            let left = |(record, ranks)| Left { ranks, keys: self.keys(record) };
            let (left_before, left_now) = (left(before), left(after));
            let counts = cluster.counts.as_ref().expect("groups are counted where distinctInstance is asked");
            self.fronts.moved((id, after.0.cell()), counts, &self.shapes, (left_before, left_now));
        }
    }

    /// Where an instance stands in the pack indexes.
    #[inline]
    fn keys(&self, record: Record) -> Keys {
        let [cpu, memory] = &self.packs;
        let key = |pack: &Option<PackIndex>| pack.as_ref().map_or(0, |pack| pack.key(record));
        [key(cpu), key(memory)]
    }

    /// The part of a move that changes what fits.
    #[inline]
    fn ranks_moved(&mut self, (cluster, id): (&Cluster<'_>, u32), record: Record, ranks: (Ranks, Ranks)) {
        let Self { shapes, fit, levels, taken, .. } = self;
        if let Some(counts) = cluster.counts.as_ref().filter(|_| self.follow_flips) {
            fit.moved(shapes, record, ranks, |shapes, fits| {
                levels.count_flips(shapes, record, (counts, id), fits);
                taken.note_flips(shapes, fits);
            });
        } else {
            fit.moved(shapes, record, ranks, |_, _| ());
        }
        if fit.has_extras() {
            self.extras_moved((cluster, id), ranks.1);
        }
        self.taken.settle((id, record.cell()), cluster);
    }

    /// As [`Self::ranks_moved`], for the shapes that ask for more than cpu and memory.
    #[inline(never)]
    fn extras_moved(&mut self, (cluster, id): (&Cluster<'_>, u32), now: Ranks) {
        let Self { shapes, fit, levels, taken, .. } = self;
        let record = cluster.records[id as usize];
        fit.extras_moved((cluster, shapes), id, now, |shapes, fits| {
            if let Some(counts) = cluster.counts.as_ref().filter(|_| self.follow_flips) {
                levels.count_flips(shapes, record, (counts, id), fits);
                taken.note_flips(shapes, fits);
            }
        });
    }

    /// The cells with an instance that a plan may use; with fronts, those where one fits.
    #[inline(always)]
    pub(crate) fn candidates(&self, plan: &Plan) -> CellSet {
        let fitting = plan.eligible & self.fit.occupied(plan.shape);
        if plan.distinct && !plan.is_tracked() { self.untaken(plan, fitting) } else { fitting }
    }

    /// The cells where an instance that fits holds no task of the plan's group.
    fn untaken(&self, plan: &Plan, cells: CellSet) -> CellSet {
        let taken = |cell| self.taken.get(plan.group, plan.shape, cell);
        let has_free = |cell: &usize| self.fit.grid(*cell).len(plan.shape as usize) > taken(*cell);
        members(cells).filter(has_free).fold(0, |set, cell| set | 1 << cell)
    }

    pub(crate) fn bytes(&self) -> usize {
        let packs: usize = self.packs.iter().flatten().map(PackIndex::bytes).sum();
        self.fit.bytes() + self.levels.bytes() + self.fronts.bytes() + self.orders.bytes() + packs
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        self.fit.validate(cluster, &self.shapes)?;
        self.packs.iter().flatten().try_for_each(|pack| pack.validate(&self.shapes, &cluster.records))?;
        self.active.validate(&self.shapes, &cluster.records)?;
        self.orders.validate(cluster)?;
        self.levels.validate(cluster, &self.fit)?;
        self.taken.validate(cluster, &self.fit)?;
        self.fronts.validate(cluster, &self.fit, |record| self.keys(record))
    }
}
