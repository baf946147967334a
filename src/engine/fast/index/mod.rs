//! All indexes over the cluster, and how they hear of a change.

mod active;
mod bag;
pub(crate) mod bitgrid;
pub(crate) mod buckets;
pub(crate) mod columns;
mod distinct;
mod filtered;
pub(crate) mod fit;
pub(crate) mod front;
pub(crate) mod levels;
pub(crate) mod order;
pub(crate) mod pack;
mod pack_keys;
pub(crate) mod uniform;

use crate::engine::fast::plan::{Core, Path, Plan, Plans};
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::cluster::{Cluster, Instance};
use crate::engine::fast::state::counts::{CountsOf, Held, MOST_DENSE_GROUPS};
use crate::engine::fast::state::extras::asks_for_extras;
use active::ActiveByRank;
use buckets::Buckets;
use distinct::Taken;
use filtered::FilteredPack;
use fit::{Asking, FitIndex, ShapeSet};
use front::{Fronts, Keys, Left, Own};
use levels::Levels;
use order::Orders;
use pack::PackIndex;

use crate::engine::Setup;
use crate::engine::fast::state::record::{Change, InCell, News, Record};
use crate::engine::fast::state::shapes::{Ranks, Shapes, Standing};
use crate::model::{Demand, PackedResource};

/// Caches over a [`Cluster`].
#[derive(Clone, Debug)]
pub(crate) struct Indexes {
    pub(crate) shapes: Shapes,
    pub(crate) fit: FitIndex,
    /// By cpu, by memory: where some request packs.
    pub(crate) packs: [Option<PackIndex>; 2],
    /// The same for each form of GPUs, ports and interface slots that a request packs with, if they are few.
    filtered: Vec<[Option<FilteredPack>; 2]>,
    packs_any: bool,
    orders_any: bool,
    /// Orders do not serve all that is not scanned.
    is_any_indexed: bool,
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

/// In the order of [`pack_position`].
const RESOURCES: [PackedResource; 2] = [PackedResource::Cpu, PackedResource::Memory];

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
    filtered: Vec<[Option<FilteredPack>; 2]>,
    pub(crate) orders: Orders,
}

impl Basis {
    /// Plans whose index would take too much memory are served by an order, or scanned.
    pub(crate) fn new(setup: &Setup<'_>, plans: &mut Plans) -> Self {
        let cells = plans.partition.count();
        let shapes = Shapes::new(plans.shapes.clone());
        let pack = |resource, form: Option<u8>| {
            let is_its = |plan: &&Plan| plan.core() == Some(Core::Pack(resource)) && plan.form == form;
            let make = |_| PackIndex::new(resource, setup.fleet, setup.requests, cells, &shapes);
            plans.table.iter().find(is_its).and_then(make)
        };
        let packs = RESOURCES.map(|resource| pack(resource, None));
        let filter = |(number, form): (u8, &Demand)| {
            let filtered = |index| FilteredPack::new(index, form.clone());
            RESOURCES.map(|resource| pack(resource, Some(number)).map(filtered))
        };
        let filtered: Vec<[Option<FilteredPack>; 2]> = (0..).zip(&plans.packed).map(filter).collect();
        for plan in &mut plans.table {
            let Some(Core::Pack(resource)) = plan.core() else { continue };
            let is_made = match plan.form {
                None => packs[pack_position(resource)].is_some(),
                Some(form) => filtered[usize::from(form)][pack_position(resource)].is_some(),
            };
            if !is_made {
                plan.path = Path::Scan;
            }
        }
        let orders = Orders::new(setup, plans);
        Self { shapes, packs, filtered, orders }
    }
}

impl Indexes {
    /// Indexes over no instance. Completes the plans with their places in the indexes.
    ///
    /// `counts` says that the tasks of each group are counted by instance.
    pub(crate) fn new(setup: &Setup<'_>, plans: &mut Plans, basis: Basis, counts: bool) -> Self {
        let (groups, cells) = (setup.requests.groups.len(), plans.partition.count());
        let Basis { shapes, packs, filtered, orders } = basis;
        let is_any_indexed = plans.table.iter().any(|plan| plan.core().is_some());
        if !is_any_indexed {
            plans.attributes.clear();
        }
        let demand = |request: u32| &setup.requests.table[request as usize].demand;
        let asking = (0..).zip(&plans.shape_requests);
        let asking = asking.map(|(shape, &request)| Asking { shape, demand: demand(request).clone() });
        let is_followed = |one: &Asking| plans.fitted[one.shape as usize] && asks_for_extras(&one.demand);
        let with_extras = asking.filter(is_followed).collect();
        let mut fit = FitIndex::new(cells, &plans.fitted, with_extras);
        let mut sizes = vec![0; cells];
        setup.fleet.instances.iter().for_each(|&class| sizes[plans.partition.cell(class)] += 1);
        sizes.iter().enumerate().for_each(|(cell, &instances)| fit.reserve(cell, instances));
        let packs_any = packs.iter().any(Option::is_some) || !filtered.is_empty();
        let mut indexes = Self {
            follow_every_change: counts || fit.has_extras() || packs_any || !orders.is_empty(),
            follow_flips: false,
            packs_any,
            orders_any: !orders.is_empty(),
            is_any_indexed,
            orders,
            fit,
            packs,
            filtered,
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
            plan.wanted = self.pack_of(plan, resource).wanted(&self.shapes, plan.cpu, plan.memory);
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

    /// The pack index of a plan that packs a resource.
    #[inline]
    pub(crate) fn pack_of(&self, plan: &Plan, resource: PackedResource) -> &PackIndex {
        match plan.form {
            None => self.packs[pack_position(resource)].as_ref().expect("plans without one are served otherwise"),
            Some(form) => &self.filter_of(form, resource).index,
        }
    }

    /// The filtered pack index of a form.
    pub(crate) fn filter_of(&self, form: u8, resource: PackedResource) -> &FilteredPack {
        let filtered = &self.filtered[usize::from(form)][pack_position(resource)];
        filtered.as_ref().expect("plans without one are served otherwise")
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
        let now = self.shapes.standing(cluster.records[id as usize]);
        self.fit.grow(now.record);
        self.active.add(now.record.cell(), now.ranks.cpu);
        self.levels.added(id, now.record);
        self.orders.added(cluster, id);
        let instance = Instance { cluster, id };
        self.filtered.iter_mut().flatten().flatten().for_each(|pack| pack.added(instance));
        self.moved(instance, Standing { ranks: Ranks::default(), ..now }, now);
    }

    /// An instance that has changed holds another number of tasks of a group. To be followed by [`Self::follow`].
    #[inline]
    pub(crate) fn step_group(&mut self, group: u32, change: &Change, held: Held) {
        let &Change { instance, before, .. } = change;
        let slot = before.slot();
        self.levels.step(group, *change, held, &self.fit);
        self.taken.step(group, slot, held, &self.fit);
        if !self.fronts.is_empty() && (held.before == 0) != (held.now == 0) {
            let own = Own { id: instance, keys: self.keys(before) };
            self.fronts.stepped(group, held.now > 0, slot, own, &self.fit);
        }
    }

    /// Every shape fits as it did, and nothing follows what is left: no index has to hear of a change of cpu and memory.
    #[inline(always)]
    pub(crate) fn is_unmoved(&self, before: Record, after: Record) -> bool {
        self.shapes.all_fit(before) & self.shapes.all_fit(after) & !self.packs_any & !self.orders_any
    }

    /// Tasks have come to an instance or gone; the counts say so already.
    #[inline(always)]
    pub(crate) fn follow(&mut self, cluster: &Cluster<'_>, news: News<'_>) {
        if !self.is_any_indexed {
            return self.hear(cluster, news);
        }
        let &Change { instance: id, before, after } = news.change;
        // Other shapes may fit even if no rank has changed.
        let anew = news.extras.is_some();
        if !anew && self.is_unmoved(before, after) {
            return;
        }
        let instance = Instance { cluster, id };
        let (from, to) = (self.shapes.standing(before), self.shapes.standing(after));
        if from.ranks != to.ranks || anew {
            self.ranks_moved(instance, from.ranks, to);
            if from.ranks.cpu != to.ranks.cpu {
                self.active.shift(after.cell(), from.ranks.cpu, to.ranks.cpu);
            }
        }
        if self.packs_any {
            self.pack(instance, from, to, anew);
        }
        if self.orders_any {
            self.orders.follow(cluster, news);
        }
    }

    /// `tasks` of a group have come to an instance of a cell, or gone if negative, that count for spread.
    #[inline(always)]
    pub(crate) fn count(&mut self, group: u32, cell: usize, instance: u32, tasks: i64) {
        self.buckets.add(group, cell, tasks);
        if self.orders_any && !self.orders.spreads.is_empty() {
            self.orders.count(group, instance, tasks);
        }
    }

    /// What expressions say of an instance is asked again, where tasks of a group are others.
    pub(crate) fn hear(&mut self, cluster: &Cluster<'_>, news: News<'_>) {
        if self.orders_any {
            self.orders.follow(cluster, news);
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
        let (from, to) = (self.shapes.ranks_of(&before), self.shapes.ranks_of(&after));
        if from != to {
            self.fit.moved(&self.shapes, after, from, to, |_, _| ());
            if from.cpu != to.cpu {
                self.active.shift(after.cell(), from.cpu, to.cpu);
            }
        }
    }

    /// Has what the stop of a task will change fetched.
    pub(crate) fn expect_stop(&self, cluster: &Cluster<'_>, id: u32, group: u32) {
        self.levels.expect_stop(group, Instance { cluster, id });
        self.orders.expect_change(cluster, id);
    }

    /// The status of an instance has changed.
    pub(crate) fn change_status(&mut self, cluster: &Cluster<'_>, id: u32, before: Record) {
        let after = cluster.records[id as usize];
        let (from, to) = (self.shapes.standing(before), self.shapes.standing(after));
        if before.is_active() {
            self.active.remove(before.cell(), from.ranks.cpu);
        }
        if after.is_active() {
            self.active.add(after.cell(), to.ranks.cpu);
        }
        self.moved(Instance { cluster, id }, from, to);
    }

    /// What is left on an instance has changed, or whether it takes tasks.
    fn moved(&mut self, instance: Instance<'_, '_>, before: Standing, after: Standing) {
        self.ranks_moved(instance, before.ranks, after);
        self.pack(instance, before, after, true);
        if self.orders_any {
            self.orders.update(instance.cluster, instance.id, before.record);
        }
    }

    /// The part of a change that concerns what is left. The counts of the instance are those of now; `anew` says that GPUs,
    /// ports or interface slots may have changed too.
    #[inline]
    fn pack(&mut self, instance: Instance<'_, '_>, before: Standing, after: Standing, anew: bool) {
        if self.packs_any {
            self.packs.iter_mut().flatten().for_each(|pack| pack.moved(instance.id, before, after));
            if !self.filtered.is_empty() {
                self.pack_filtered(instance, before, after, anew);
            }
        }
        if !self.fronts.is_empty() {
            let left = |standing: Standing| Left { ranks: standing.ranks, keys: self.keys(standing.record) };
            let (left_before, left_now) = (left(before), left(after));
            let counts = instance.cluster.counts.as_ref().expect("groups are counted where distinctInstance is asked");
            let at = InCell { id: instance.id, cell: after.record.cell() };
            self.fronts.moved(at, counts, &self.shapes, left_before, left_now);
        }
    }

    /// As [`Self::pack`], for the forms that some tasks ask for; few loads have any.
    #[inline(never)]
    fn pack_filtered(&mut self, instance: Instance<'_, '_>, before: Standing, after: Standing, anew: bool) {
        for pack in self.filtered.iter_mut().flatten().flatten() {
            pack.moved(instance, before, after, anew);
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
    fn ranks_moved(&mut self, instance: Instance<'_, '_>, from: Ranks, Standing { record, ranks: to }: Standing) {
        let Instance { cluster, id } = instance;
        let Self { shapes, fit, levels, taken, .. } = self;
        if let Some(counts) = cluster.counts.as_ref().filter(|_| self.follow_flips) {
            let counts = CountsOf { counts, id };
            fit.moved(shapes, record, from, to, |shapes, fits| {
                levels.count_flips(shapes, record, counts, fits);
                taken.note_flips(shapes, fits);
            });
        } else {
            fit.moved(shapes, record, from, to, |_, _| ());
        }
        if fit.has_extras() {
            self.extras_moved(instance, to);
        }
        self.taken.settle(InCell { id, cell: record.cell() }, cluster);
    }

    /// As [`Self::ranks_moved`], for the shapes that ask for more than cpu and memory.
    #[inline(never)]
    fn extras_moved(&mut self, instance: Instance<'_, '_>, now: Ranks) {
        let Instance { cluster, id } = instance;
        let Self { shapes, fit, levels, taken, .. } = self;
        let record = cluster.records[id as usize];
        let counts = cluster.counts.as_ref().filter(|_| self.follow_flips).map(|counts| CountsOf { counts, id });
        fit.extras_moved(instance, shapes, now, |shapes: ShapeSet, fits| {
            if let Some(counts) = counts {
                levels.count_flips(shapes, record, counts, fits);
                taken.note_flips(shapes, fits);
            }
        });
    }

    /// The cells with an instance that a plan may use; with fronts, those where one fits; for plans that seek, all.
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
        let filtered: usize = self.filtered.iter().flatten().flatten().map(FilteredPack::bytes).sum();
        let packs = packs + filtered;
        self.fit.bytes() + self.levels.bytes() + self.fronts.bytes() + self.orders.bytes() + packs
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        self.fit.validate(cluster, &self.shapes)?;
        self.packs.iter().flatten().try_for_each(|pack| pack.validate(&self.shapes, &cluster.records, |_| true))?;
        self.filtered.iter().flatten().flatten().try_for_each(|pack| pack.validate(cluster, &self.shapes))?;
        self.active.validate(&self.shapes, &cluster.records)?;
        self.orders.validate(cluster)?;
        self.levels.validate(cluster, &self.fit)?;
        self.taken.validate(cluster, &self.fit)?;
        self.fronts.validate(cluster, &self.fit, |record| self.keys(record))
    }
}
