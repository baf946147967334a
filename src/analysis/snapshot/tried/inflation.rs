//! M12, inflation: fill a copy of the cluster with tasks of the mix, by the policy's own chain, until 200 draws in a row
//! fail; what is left then is stranded. The mean over 11 fixed keys of the draws.
//!
//! Where that many would take longer than the [budget](super::budget), the mean is over as many as it allows, and how many
//! is a figure of its own. Where it does not allow one, a [sample](super::sample) of the instances is filled once: what is
//! stranded there stands for all, and of fillings there is the part that the sample is of the instances.
//!
//! # Sources
//! "Workload inflation" of Verma, Korupolu and Wilkes, "Evaluating job packing in warehouse-scale computing", CLUSTER
//! 2014.

use super::lottery::Lottery;
use super::replica::{Efforts, Replica};
use super::scales::Amounts;
use super::{SampleShare, budget};
use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::engine::{Engine, FastEngine, InstanceStatus};
use crate::model::{Fleet, GpuScale, InstanceId};

/// How many fillings the mean is over, where the budget lasts.
const DRAWS: u64 = 11;
/// This many failures in a row end a filling.
const FAILURES: u32 = 200;
/// Key of the first filling; the others follow.
const KEY: u64 = 0x696e_666c_6174_6500;

/// What was left over all fillings.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::analysis::snapshot) struct Inflation {
    /// Cpu, memory and parts of GPUs.
    left: [u128; 3],
    fillings: u64,
    /// Parts of one GPU; 0 where no instance has one.
    parts: u64,
    /// Where it was a sample that was filled.
    sample: Option<SampleShare>,
}

/// Fills copies of a copy, which is perhaps of a sample.
pub(super) fn take(replica: &Replica<'_>, lottery: &Lottery, sample: Option<SampleShare>) -> Inflation {
    let scenario = replica.subject.scenario;
    let scale = GpuScale::of(scenario);
    let mut result = Inflation { parts: scale.map_or(0, GpuScale::parts), sample, ..Inflation::default() };
    if lottery.is_empty() {
        return result;
    }
    let filling = Filling { lottery, efforts: &replica.efforts, refusals_last: replica.refusals_last };
    let (mut spent, draws) = (0, if sample.is_some() { 1 } else { DRAWS });
    for number in 0..draws {
        // One was foreseen to fit, and may take longer than that.
        let most = if number == 0 { budget::most(scenario) } else { budget::of(scenario) };
        let mut engine = replica.engine.clone();
        match filling.fill(&mut engine, KEY + number, most.saturating_sub(spent)) {
            Some(attempts) => spent += attempts,
            None => break,
        }
        let left = left(&engine, &scenario.fleet, scale);
        result.left.iter_mut().zip(left).for_each(|(sum, left)| *sum += left);
        result.fillings += 1;
    }
    result
}

struct Filling<'a> {
    lottery: &'a Lottery,
    efforts: &'a Efforts,
    refusals_last: bool,
}

impl Filling<'_> {
    /// Fills one copy and answers the attempts that it took; `None` if the budget does not last.
    fn fill(&self, engine: &mut FastEngine<'_>, key: u64, budget: u64) -> Option<u64> {
        let last = self.lottery.requests().max().map_or(0, |request| request.index());
        let mut is_refused = vec![false; last + 1];
        let (mut failures, mut left) = (0, budget);
        for number in 0.. {
            if failures == FAILURES {
                break;
            }
            let request = self.lottery.draw(key, number);
            failures += 1;
            if is_refused[request.index()] {
                continue;
            }
            left = left.checked_sub(self.efforts.of_attempt(request))?;
            if engine.place(request).is_some() {
                failures = 0;
            } else {
                is_refused[request.index()] = self.refusals_last;
            }
        }
        Some(budget - left)
    }
}

/// Cpu, memory and parts of GPUs that remain for tasks on instances that are up.
fn left(engine: &FastEngine<'_>, fleet: &Fleet, scale: Option<GpuScale>) -> [u128; 3] {
    let mut left = [0; 3];
    let all = (0..engine.instance_count()).map(InstanceId::from_index);
    for instance in all.filter(|&instance| engine.status(instance) != InstanceStatus::Lost) {
        let (remaining, held) = (engine.remaining(instance), engine.held(instance));
        left[0] += u128::from(remaining.cpu.0 - held.cpu.0);
        left[1] += u128::from(remaining.memory.0 - held.memory.0);
        if let Some(scale) = scale {
            let class = &fleet.classes[engine.class(instance).index()];
            left[2] += u128::from(scale.free(class, &engine.devices(instance)));
        }
    }
    left
}

impl Inflation {
    /// What is left of each resource, as a share of what was filled: `capacity`, or the sample's.
    pub(super) fn shares(&self, capacity: Amounts) -> [Figure; 3] {
        let of = self.sample.map_or(capacity, |sample| sample.capacity);
        std::array::from_fn(|r| Figure::ratio(self.left[r], u128::from(self.fillings) * of[r]))
    }

    /// The sample that was filled, if it was one.
    #[cfg(test)]
    pub(super) fn sample(&self) -> Option<SampleShare> {
        self.sample
    }

    /// Writes its figures; `capacity` is that of the instances looked at.
    pub(in crate::analysis::snapshot) fn write(&self, capacity: [u128; 3], sheet: &mut Sheet) {
        let columns = [
            ("cpu_inflation_stranded_units", "cpu_inflation_stranded_share"),
            ("memory_inflation_stranded_mib", "memory_inflation_stranded_share"),
            ("gpu_inflation_stranded_devices", "gpu_inflation_stranded_share"),
        ];
        let (fillings, units) = (u128::from(self.fillings), [1, 1, u128::from(self.parts)]);
        let shares = self.shares(capacity);
        for (r, (amount, share)) in columns.into_iter().enumerate() {
            sheet.set(
                amount,
                match self.sample {
                    None => Figure::ratio(self.left[r], fillings * units[r]),
                    Some(SampleShare { capacity: of, .. }) => {
                        Figure::ratio(self.left[r] * capacity[r], fillings * units[r] * of[r])
                    }
                },
            );
            sheet.set(share, shares[r]);
        }
        let of_sample = |SampleShare { instances, of, .. }| Figure::ratio(fillings * u128::from(instances), of.into());
        sheet.set("inflation_fillings", self.sample.map_or(Figure::Count(self.fillings), of_sample));
    }
}
