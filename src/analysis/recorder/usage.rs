//! What is reserved, what is up and what is in use over time: M3, M4, M5, M24 and the bounds beside them.
//!
//! It hears of tasks and instances and keeps sums; it never looks at the cluster.

use super::bound::LowerBound;
use super::gpus::GpuUsage;
use super::steps::Steps;
use crate::analysis::bounds::price;
use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::engine::InstanceStatus;
use crate::model::{ClassId, CpuUnits, Fleet, InstanceClass, InstanceId, Scenario, SimSpan, SimTime};

/// Millionths of a dollar in a dollar.
const MICRO_USD: u128 = 1_000_000;
/// MiB in a GiB.
const MIB_PER_GIB: u128 = 1024;

/// What one instance adds to sums over instances: itself, its cpu, memory and price, whether its price is unknown, and the
/// cpu and memory that tasks hold there which are in no file, beyond its own.
type Terms = [u64; 7];

/// Sums over the cluster, exact over time.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    terms: Vec<Terms>,
    /// What is held back on each instance of the start; empty where nothing is.
    held: Vec<[u64; 2]>,
    /// CPU units and MiB of counted tasks, and their number.
    reserved: Steps<3>,
    /// Sums of [`Terms`] over instances that are ACTIVE or DRAINING.
    up: Steps<7>,
    /// Sums of [`Terms`] over instances with a task.
    in_use: Steps<7>,
    bound: LowerBound<2>,
}

/// The sums at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Now {
    pub(super) reserved: [u64; 2],
    pub(super) capacity: [u64; 2],
    pub(super) instances_up: u64,
    pub(super) instances_in_use: u64,
}

impl Usage {
    /// An empty cluster at time 0.
    pub(super) fn new(fleet: &Fleet) -> Self {
        let terms: Vec<Terms> = fleet.classes.iter().map(terms).collect();
        let others = fleet.identities.iter().map(|identity| identity.others);
        let held: Vec<[u64; 2]> = others.map(|others| [u64::from(others.cpu), u64::from(others.memory)]).collect();
        let mut sum = Terms::default();
        for class in &fleet.instances {
            for (sum, term) in sum.iter_mut().zip(terms[class.index()]) {
                *sum += term;
            }
        }
        for [cpu, memory] in &held {
            sum[5] += cpu;
            sum[6] += memory;
        }
        Self {
            terms,
            held,
            reserved: Steps::from_start([0; 3]),
            up: Steps::from_start(sum),
            in_use: Steps::from_start([0; 7]),
            bound: LowerBound::new(fleet, |class| [class.cpu.0, class.memory.0].map(u64::from)),
        }
    }

    /// A task reserves.
    pub(super) fn reserve(&mut self, at: SimTime, [cpu, memory]: [u64; 2]) {
        self.reserved.rise(at, [cpu, memory, 1]);
    }

    /// A task frees.
    pub(super) fn free(&mut self, at: SimTime, [cpu, memory]: [u64; 2]) {
        self.reserved.fall(at, [cpu, memory, 1]);
    }

    /// An instance gets its first task.
    pub(super) fn fill(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        self.in_use.rise(at, self.terms_of(instance, class));
    }

    /// An instance loses its last task.
    pub(super) fn empty(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        self.in_use.fall(at, self.terms_of(instance, class));
    }

    fn terms_of(&self, instance: InstanceId, class: ClassId) -> Terms {
        let mut terms = self.terms[class.index()];
        if let Some([cpu, memory]) = self.held.get(instance.index()) {
            (terms[5], terms[6]) = (*cpu, *memory);
        }
        terms
    }

    /// An instance changes its status.
    pub(super) fn change(
        &mut self,
        at: SimTime,
        instance: InstanceId,
        class: ClassId,
        from: InstanceStatus,
        to: InstanceStatus,
    ) {
        let is_up = |status| status != InstanceStatus::Lost;
        if is_up(from) == is_up(to) {
            return;
        }
        // What was reserved so far was reserved on the fleet as it was.
        self.reserved.settle(at);
        self.demand_of_bound();
        if is_up(to) {
            self.up.rise(at, self.terms_of(instance, class));
            self.bound.gain(class);
        } else {
            self.up.fall(at, self.terms_of(instance, class));
            self.bound.lose(class);
        }
    }

    /// A new instance registers.
    pub(super) fn join(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        self.change(at, instance, class, InstanceStatus::Lost, InstanceStatus::Active);
    }

    /// The end of the run.
    pub(super) fn settle(&mut self, at: SimTime) {
        self.reserved.settle(at);
        self.up.settle(at);
        self.in_use.settle(at);
        self.reserved.raise_peaks();
        self.in_use.raise_peaks();
        self.demand_of_bound();
    }

    fn demand_of_bound(&mut self) {
        let [cpu, memory, _] = self.reserved.take_peaks();
        self.bound.demand([cpu, memory]);
    }

    /// CPU units and MiB that are reserved now.
    #[inline]
    pub(super) fn reserved(&self) -> [u64; 2] {
        let [cpu, memory, _] = self.reserved.values();
        [cpu, memory]
    }

    /// Living tasks now.
    #[inline]
    pub(super) fn tasks(&self) -> u64 {
        self.reserved.values()[2]
    }

    /// Living tasks times milliseconds.
    pub(super) fn task_ms(&self) -> u128 {
        self.reserved.integrals()[2]
    }

    /// B1 of cpu and memory over the whole run.
    pub(super) fn bound(&self) -> u64 {
        self.bound.best()
    }

    /// The most instances in use.
    pub(super) fn peak_in_use(&self) -> u64 {
        self.in_use.peaks()[0]
    }

    /// The sums now. What is held back is reserved, of all that was registered.
    pub(super) fn now(&self) -> Now {
        let [instances_up, cpu, memory, _, _, held_cpu, held_memory] = self.up.values();
        let [instances_in_use, ..] = self.in_use.values();
        let [reserved_cpu, reserved_memory] = self.reserved();
        let reserved = [reserved_cpu + held_cpu, reserved_memory + held_memory];
        Now { reserved, capacity: [cpu + held_cpu, memory + held_memory], instances_up, instances_in_use }
    }

    /// Writes the figures of a run that ended at `end`, those of GPUs where there are some.
    pub(super) fn write(&self, end: SimTime, gpus: Option<&GpuUsage<'_>>, sheet: &mut Sheet) {
        if let Some(gpus) = gpus {
            gpus.write(sheet);
        }
        let reserved = self.reserved.integrals();
        // Held back is reserved, of all that was registered.
        let allocated = |r: usize, sums: [u128; 7]| {
            let held = sums[5 + r];
            Figure::ratio(reserved[r] + held, sums[1 + r] + held)
        };
        let up = self.up.integrals();
        sheet.set("cpu_reservation_time_mean", allocated(0, up));
        sheet.set("memory_reservation_time_mean", allocated(1, up));

        let used = self.in_use.integrals();
        let [in_use, ..] = used;
        let packing = [allocated(0, used), allocated(1, used)];
        sheet.set("cpu_packing_time_mean", packing[0]);
        sheet.set("memory_packing_time_mean", packing[1]);
        sheet.set("packing_time_mean", Figure::largest(packing.into_iter().chain(gpus.map(GpuUsage::packing))));

        let (peak, bound) = (self.peak_in_use(), self.bound().max(gpus.map_or(0, GpuUsage::bound)));
        sheet.set("instances_in_use_peak", Figure::Count(peak));
        sheet.set("instances_in_use_time_mean", Figure::ratio(in_use, u128::from(end.0)));
        sheet.set("instances_bound_l1_peak", Figure::Count(bound));
        sheet.set("instances_gap_l1", Figure::ratio(u128::from(peak.saturating_sub(bound)), u128::from(bound)));
        let mean_bound = gpus.map(|gpus| gpus.mean_bound(end)).into_iter().chain([self.mean_bound(end)]);
        sheet.set("instances_bound_l1_time_mean", Figure::largest(mean_bound));
        self.write_prices(end, gpus, sheet);
    }

    /// B1 of the mean demand: no more than the mean of B1, since only rounding up is left out.
    fn mean_bound(&self, end: SimTime) -> Figure {
        let [cpu, memory, _] = self.reserved.integrals();
        let largest = |r: usize| self.terms.iter().map(|terms| u128::from(terms[1 + r])).max().unwrap_or(0);
        let bound = |integral, r| Figure::ratio(integral, largest(r) * u128::from(end.0));
        Figure::largest([bound(cpu, 0), bound(memory, 1)])
    }

    /// B7 for the largest of these demands and for the mean one, and what was paid at most for instances in use.
    pub(super) fn write_price_bounds(
        &self,
        scenario: &Scenario,
        demands: &[[u64; 3]],
        gpus: Option<&GpuUsage<'_>>,
        end: SimTime,
        sheet: &mut Sheet,
    ) {
        let [_, _, _, paid, unpriced, ..] = self.in_use.peaks();
        let offers = price::Offers::of(scenario).filter(|_| unpriced == 0);
        let dollars = |numerator, denominator| Figure::ratio(numerator, denominator * MICRO_USD);
        let paid = if unpriced == 0 { dollars(u128::from(paid), 1) } else { Figure::Absent };
        let bound = offers.as_ref().and_then(|offers| demands.iter().filter_map(|&demand| offers.least(demand)).max());
        let bound = bound.map_or(Figure::Absent, |bound| dollars(bound.numerator(), bound.denominator()));
        sheet.set("price_usd_per_hour_in_use_peak", paid);
        sheet.set("price_bound_usd_per_hour_peak", bound);
        let [cpu, memory, _] = self.reserved.integrals();
        let devices = gpus.map_or(0, |gpus| gpus.reserved().0);
        let mean = |integral: u128| integral.checked_div(u128::from(end.0)).and_then(|mean| u64::try_from(mean).ok());
        let means = mean(cpu).zip(mean(memory)).zip(mean(devices));
        let relaxed = offers.zip(means).and_then(|(offers, ((cpu, memory), gpus))| offers.relaxed([cpu, memory, gpus]));
        let relaxed = relaxed.map_or(Figure::Absent, |bound| dollars(bound.numerator(), bound.denominator()));
        sheet.set("price_bound_usd_per_hour_time_mean", relaxed);
    }

    fn write_prices(&self, end: SimTime, gpus: Option<&GpuUsage<'_>>, sheet: &mut Sheet) {
        let [cpu, memory, _] = self.reserved.integrals();
        let (up, in_use, time) = (price(self.up.integrals()), price(self.in_use.integrals()), u128::from(end.0));
        let per = |price: Option<u128>, amount: u128, unit: u128| match price {
            Some(price) => Figure::ratio(price * unit, amount * MICRO_USD),
            None => Figure::Absent,
        };
        let vcpu = u128::from(CpuUnits::PER_VCPU);
        let hours = u128::from(SimSpan::HOUR.0);
        let [instances, ..] = self.up.integrals();
        // A run that takes no time has no bill.
        let whole = |sum: Option<u128>, unit| match sum.filter(|_| time > 0) {
            Some(sum) => Figure::ratio(sum, unit),
            None => Figure::Absent,
        };
        sheet.set("instance_hours", whole(Some(instances), hours));
        sheet.set("price_usd", whole(up, hours * MICRO_USD));
        sheet.set("price_usd_per_hour_time_mean", per(up, time, 1));
        sheet.set("price_usd_per_hour_in_use_time_mean", per(in_use, time, 1));
        sheet.set("price_usd_per_vcpu_hour", per(up, cpu, vcpu));
        sheet.set("price_usd_per_gib_hour", per(up, memory, MIB_PER_GIB));
        sheet.set("price_usd_per_vcpu_hour_in_use", per(in_use, cpu, vcpu));
        if let Some((devices, parts)) = gpus.map(GpuUsage::reserved) {
            sheet.set("price_usd_per_gpu_hour", per(up, devices, parts));
            sheet.set("price_usd_per_gpu_hour_in_use", per(in_use, devices, parts));
        }
    }
}

fn terms(class: &InstanceClass) -> Terms {
    let price = class.price.map_or(0, |price| price.0);
    [1, u64::from(class.cpu.0), u64::from(class.memory.0), price, u64::from(class.price.is_none()), 0, 0]
}

/// Price over time; `None` if an instance without a price was among them.
fn price([_, _, _, price, unpriced, ..]: [u128; 7]) -> Option<u128> {
    (unpriced == 0).then_some(price)
}
