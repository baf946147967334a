//! A strategy is asked, and what it is shown: the winners of contests, some instances, or all in one pass over columns.

use smallvec::SmallVec;

use super::lanes::Pass;
use super::scan::Scan;
use crate::engine::fast::index::columns::contests::{Contests, Title};
use crate::engine::fast::index::columns::rosters::{Asked, Rosters};
use crate::engine::fast::index::order::Orders;
use crate::engine::fast::plan::chain::Shown;
use crate::engine::fast::state::looks;
use crate::model::columns::{Columns, Memo};
use crate::model::contract::{Candidate, Custom, Ranking, View};
use crate::model::{CpuUnits, Device, DeviceUse, InstanceId, MemoryMib, ZoneId};

/// What is kept between the decisions of strategies.
pub(crate) struct Kept<'k> {
    pub(crate) contests: &'k mut Contests,
    pub(crate) rosters: &'k mut Rosters,
}

impl Scan<'_, '_> {
    /// On which device of the chosen instance the share of a GPU is to lie.
    pub(crate) fn device(&self, id: u32) -> Device {
        let request = self.request;
        let (Some(custom), Some(gpus), true) =
            (request.strategy.custom(), &self.cluster.gpus, request.demand.gpus.is_share())
        else {
            return Device::ANY;
        };
        custom.device(&request.demand, &self.shown(id, &gpus[id as usize].uses()))
    }

    /// An instance as a strategy sees it. Written where it is to stand: to copy it costs more than to make it.
    #[inline(always)]
    fn shown<'s>(&'s self, id: u32, devices: &'s [DeviceUse]) -> Candidate<'s> {
        let (record, class) = (self.cluster.records[id as usize], self.cluster.class(id));
        Candidate {
            instance: InstanceId(id),
            class,
            cpu: CpuUnits(record.cpu),
            memory: MemoryMib(record.memory),
            gpus: self.cluster.gpus.as_ref().map_or_else(|| class.idle_gpus(), |gpus| gpus[id as usize].idle()),
            devices,
            tasks: record.tasks(),
            // A strategy that is told of no tasks need not have them counted.
            group_tasks: self.cluster.counts.as_ref().map_or(0, |counts| counts.get(id, self.plan.group)),
        }
    }

    /// The one that the strategy of the request chooses among all that a pass says, of which there is one at least.
    pub(crate) fn among_all(self, orders: &Orders, kept: Kept<'_>, pass: &Pass) -> u32 {
        let by_contest = orders.shown(self.plan) == Some(Shown::Winners);
        let winner = if by_contest { self.winner(orders, kept.contests, pass) } else { None };
        winner.unwrap_or_else(|| self.passed(orders, kept.rosters, pass))
    }

    /// The winner of a contest; `None` where a pass is cheaper.
    fn winner(self, orders: &Orders, contests: &mut Contests, pass: &Pass) -> Option<u32> {
        let entry = orders.entry(self.plan);
        let title = Title { order: entry.order, chain: entry.chain, kind: entry.kind };
        let game = orders.game(self.cluster, title, &self.request.demand);
        let winners = contests.winners(title, &game, pass.classes.as_deref())?;
        Some(game.winner(winners.into_iter()))
    }

    /// The same, in one pass over columns.
    fn passed(self, orders: &Orders, rosters: &mut Rosters, pass: &Pass) -> u32 {
        let custom = self.request.strategy.custom().expect("a chain that asks has a strategy");
        let (entry, amounts) = (orders.entry(self.plan), orders.amounts());
        let group = (custom.ranking() == Ranking::EachByItself).then_some(self.plan.group);
        let asked = Asked { order: entry.order, kind: pass.asked, group };
        let roster = rosters.of(asked, orders.source(self.cluster, asked), pass.asked != entry.kind);
        let narrowed = pass.classes.as_ref().map(|classes| roster.of_classes(classes, amounts));
        let columns = Columns {
            classes: &self.cluster.fleet.classes,
            class_of: &amounts.class_of,
            cpu: &amounts.cpu,
            memory: &amounts.memory,
            tasks: &amounts.tasks,
            group: roster.tasks(),
            candidates: narrowed.as_deref().unwrap_or(roster.candidates()),
            memo: Memo::default(),
        };
        looks::look(amounts.len());
        let instance = match columns.first_two() {
            [Some(only), None] => only,
            // Of GPUs each candidate's devices are shown.
            _ if self.cluster.gpus.is_some() => return self.ask(custom, &columns.ids()),
            _ => {
                let zone_tasks = |zone: ZoneId| orders.spreads.in_zone(self.plan.group, zone);
                let position = custom.answer(&View::of_columns(&self.request.demand, &columns, &zone_tasks));
                columns.instance(position).unwrap_or_else(|| {
                    let (name, count) = (custom.name(), columns.len());
                    panic!("strategy `{name}` chose position {position} of {count} candidates")
                })
            }
        };
        InstanceId::from_index(instance).0
    }

    /// The one of some candidates that the strategy of the request chooses.
    pub(crate) fn asked(self, candidates: &[u32]) -> u32 {
        let custom = self.request.strategy.custom().expect("a chain that asks has a strategy");
        self.ask(custom, candidates)
    }

    /// The candidate that a strategy chooses which is no rule of ECS.
    pub(super) fn ask(&self, custom: &Custom, left: &[u32]) -> u32 {
        let zone_tasks = |zone: ZoneId| {
            let there = (0..self.instances()).filter(|&id| self.is_counted(id) && self.cluster.class(id).zone == zone);
            there.map(|id| u64::from(self.cluster.group_count(id, self.plan.group))).sum()
        };
        let gpus = self.cluster.gpus.iter();
        let devices: Vec<Vec<DeviceUse>> =
            gpus.flat_map(|gpus| left.iter().map(|&id| gpus[id as usize].uses())).collect();
        let of = |place: usize| devices.get(place).map_or(&[][..], Vec::as_slice);
        let mut shown: SmallVec<[Candidate<'_>; 8]> = SmallVec::with_capacity(left.len());
        for (place, &id) in left.iter().enumerate() {
            shown.push(self.shown(id, of(place)));
        }
        left[custom.choose(&View::new(&self.request.demand, &shown, &zone_tasks))]
    }
}
