//! The rivals that the paper on fragmentation gradient descent measures itself against, as its code has them: best fit and
//! dot product over cpu and GPUs, each amount as a share of the fleet's largest instance.
//!
//! Its dot product takes the *least*, so that a task goes where little is left of what it wants; the one of Panigrahy et
//! al. ([`dot_product`](crate::strategy::dot_product)) takes the greatest. Its code rounds scores to whole numbers from 0 to 100 and
//! draws among equals; here they are exact, and the first of equals is chosen.
//!
//! # Cost
//! A look at the devices of every candidate.
//!
//! # Sources
//! hkust-adsl/kubernetes-scheduler-simulator@8f3d641, `pkg/simulator/plugin/best_fit_score.go`, `dot_product_score.go`.

use std::sync::Arc;

use crate::model::{Demand, Device, GpuScale, Scenario};
use crate::strategy::{Candidate, Strategy, View};

/// Amounts of cpu and GPUs, and those of the largest instance.
#[derive(Clone, Copy, Debug, Default)]
struct Shares {
    scale: Option<GpuScale>,
    /// The largest cpu, and the most parts of devices; at least 1.
    largest: [u128; 2],
    /// Parts of devices are divided by 2 so often, so that products stay below 2^128.
    shift: u32,
}

impl Shares {
    fn of(scenario: &Scenario) -> Self {
        let scale = GpuScale::of(scenario);
        let classes = || scenario.fleet.classes.iter();
        let cpu = classes().map(|class| u128::from(class.cpu.0)).max().unwrap_or(0);
        let parts =
            classes().map(|class| scale.map_or(0, |scale| u128::from(scale.capacity(class)))).max().unwrap_or(0);
        let shift = (u128::BITS - parts.leading_zeros()).saturating_sub(24);
        Self { scale, largest: [cpu.max(1), (parts >> shift).max(1)], shift }
    }

    /// What is left of cpu and GPUs.
    fn left(&self, candidate: &Candidate<'_>) -> [u128; 2] {
        let parts = self.scale.map_or(0, |scale| scale.free(candidate.class, candidate.devices));
        [u128::from(candidate.cpu.0), u128::from(parts) >> self.shift]
    }

    /// What a task takes of cpu and GPUs.
    fn wanted(&self, candidate: &Candidate<'_>, demand: &Demand) -> [u128; 2] {
        let parts = self.scale.map_or(0, |scale| scale.taken(candidate.class, demand.gpus, Device::ANY));
        [u128::from(demand.cpu.0), u128::from(parts) >> self.shift]
    }
}

/// `fgd-best-fit`: best fit as the FGD paper compares it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FgdBestFit(Shares);

impl Strategy for FgdBestFit {
    fn name(&self) -> &str {
        "fgd-best-fit"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        let [cpu, gpus] = self.0.largest;
        // What the task takes is the same wherever it goes.
        view.least(|candidate| {
            let left = self.0.left(candidate);
            left[0] * gpus.max(1) + left[1] * cpu.max(1)
        })
    }

    fn prepare(&self, scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        Some(Arc::new(Self(Shares::of(scenario))))
    }
}

/// `fgd-dot-product`: the smallest dot product, as the FGD paper compares it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FgdDotProduct(Shares);

impl Strategy for FgdDotProduct {
    fn name(&self) -> &str {
        "fgd-dot-product"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        let [cpu, gpus] = self.0.largest.map(|largest| largest.max(1));
        view.least(|candidate| {
            let (left, wanted) = (self.0.left(candidate), self.0.wanted(candidate, view.demand));
            left[0] * wanted[0] * gpus * gpus + left[1] * wanted[1] * cpu * cpu
        })
    }

    fn prepare(&self, scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        Some(Arc::new(Self(Shares::of(scenario))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CpuUnits, DeviceUse, GpuDemand, InstanceClass, InstanceId, MemoryMib, ZoneId};

    /// CPU units and whole GPUs.
    #[derive(Clone, Copy)]
    struct Amounts {
        cpu: u32,
        gpus: u32,
    }

    fn of(cpu: u32, gpus: u32) -> Amounts {
        Amounts { cpu, gpus }
    }

    /// Chooses among instances of 8 cpu and 4 GPUs with these amounts of cpu, and of idle GPUs, left.
    fn chosen(strategy: fn(Shares) -> Box<dyn Strategy>, demand: Amounts, left: &[Amounts]) -> usize {
        let class = InstanceClass { gpus: 4, ..InstanceClass::new(ZoneId(0), "a", 8, 9) };
        let fleet = crate::model::Fleet {
            classes: vec![class.clone()],
            instances: vec![crate::model::ClassId(0)],
            ..Default::default()
        };
        let shares = Shares::of(&Scenario { fleet, ..Scenario::empty("s") });
        let uses = |left: &Amounts| {
            (0..4).map(|device| if device < left.gpus { DeviceUse::Idle } else { DeviceUse::Dedicated }).collect()
        };
        let devices: Vec<Vec<DeviceUse>> = left.iter().map(uses).collect();
        let candidate = |(position, left): (usize, &Amounts)| Candidate {
            instance: InstanceId::from_index(position),
            class: &class,
            cpu: CpuUnits(left.cpu),
            memory: MemoryMib(9),
            gpus: 4,
            devices: &devices[position],
            tasks: 0,
            group_tasks: 0,
        };
        let candidates: Vec<Candidate<'_>> = left.iter().enumerate().map(candidate).collect();
        let demand = Demand { gpus: GpuDemand::from(demand.gpus), ..Demand::new(demand.cpu, 1) };
        strategy(shares).choose(&View::new(&demand, &candidates, &|_| 0))
    }

    #[test]
    fn best_fit_leaves_least_of_cpu_and_gpus() {
        let best = |shares| Box::new(FgdBestFit(shares)) as Box<dyn Strategy>;
        // 4/8 + 1/4 against 2/8 + 3/4.
        assert_eq!(chosen(best, of(1, 1), &[of(2, 3), of(4, 1)]), 1);
        assert_eq!(chosen(best, of(1, 1), &[of(2, 1), of(4, 1)]), 0);
    }

    #[test]
    fn the_least_dot_product_is_chosen() {
        let dot = |shares| Box::new(FgdDotProduct(shares)) as Box<dyn Strategy>;
        // (1/8)(2/8) + (1/4)(3/4) = 7/32 against (1/8)(8/8) + (1/4)(1/4) = 6/32.
        assert_eq!(chosen(dot, of(1, 1), &[of(2, 3), of(8, 1)]), 1);
        // Without GPUs only cpu counts.
        assert_eq!(chosen(dot, of(1, 0), &[of(2, 3), of(8, 1)]), 0);
    }
}
