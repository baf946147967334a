//! What tasks of the mix ask for and what instances have, in one unit of each resource.

use crate::analysis::snapshot::Subject;
use crate::model::{ClassId, Demand, Device, GpuScale, InstanceClass};

/// Cpu, memory and parts of GPUs.
pub(super) type Amounts = [u128; 3];

/// The units of a run.
#[derive(Clone, Copy)]
pub(super) struct Scales<'a> {
    subject: Subject<'a>,
    pub(super) gpus: Option<GpuScale>,
}

impl<'a> Scales<'a> {
    pub(super) fn of(subject: Subject<'a>) -> Self {
        Self { subject, gpus: GpuScale::of(subject.scenario) }
    }

    /// What instances of these classes have.
    pub(super) fn capacity(&self, instances: impl Iterator<Item = ClassId>) -> Amounts {
        let classes = &self.subject.scenario.fleet.classes;
        let of = |class: &InstanceClass| {
            let gpus = self.gpus.map_or(0, |scale| scale.capacity(class));
            [class.cpu.0.into(), class.memory.0.into(), gpus.into()]
        };
        let each: Vec<Amounts> = classes.iter().map(of).collect();
        instances.fold([0; 3], |sum, class| add(sum, each[class.index()]))
    }

    /// What a task asks for: of GPUs what it takes where that is least.
    pub(super) fn asked(&self, demand: &Demand) -> Amounts {
        let least = |scale: GpuScale| scale.least(&self.subject.scenario.fleet.classes, demand.gpus);
        let gpus = self.gpus.and_then(least).unwrap_or(0);
        [demand.cpu.0.into(), demand.memory.0.into(), gpus.into()]
    }

    /// What a task takes on an instance of a class, its share on a device.
    pub(super) fn taken(&self, demand: &Demand, class: ClassId, device: Device) -> Amounts {
        let class = &self.subject.scenario.fleet.classes[class.index()];
        let gpus = self.gpus.map_or(0, |scale| scale.taken(class, demand.gpus, device));
        [demand.cpu.0.into(), demand.memory.0.into(), gpus.into()]
    }

    /// About how many tasks of the mix ask for so many tenths of some capacity.
    pub(super) fn tasks(&self, capacity: Amounts, tenths: u128) -> u128 {
        let (mut weights, mut demand) = (0, [0; 3]);
        for shape in &self.subject.mix.shapes {
            let weight = u128::from(shape.weight);
            weights += weight;
            demand = add(demand, self.asked(&shape.demand).map(|amount| amount * weight));
        }
        let until = |r: usize| {
            let enough = tenths.checked_mul(capacity[r])?.checked_mul(weights)?;
            enough.checked_div(10 * demand[r]).filter(|_| capacity[r] > 0)
        };
        (0..3).filter_map(until).min().unwrap_or(0)
    }
}

pub(super) fn add(a: Amounts, b: Amounts) -> Amounts {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_support::{Fixture, scenario};

    #[test]
    fn about_how_many_tasks_it_takes_is_known_beforehand() {
        let services = [("s", 6, 1, 1), ("t", 4, 9, 3)];
        let fixture = Fixture::new(scenario(1, &[(0, 900, 100, None)], &services));
        let Fixture { scenario, requests, mix } = &fixture;
        let scales = Scales::of(Subject { scenario, requests, mix });
        // 900 x 1.3 at a mean of 4.5, and 100 x 1.3 at a mean of 7.
        assert_eq!(scales.tasks([900, 1_000_000, 0], 13), 260);
        assert_eq!(scales.tasks([900, 100, 0], 13), 18);
    }
}
