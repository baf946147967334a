//! B1, the continuous lower bound L1 on the number of instances, kept up while a run goes.
//!
//! At any time, tasks that reserve D of a resource lie on at least k instances, where k is the least number whose
//! registered capacities, largest first, add up to D; the bound is the largest such k over resources and over the
//! time of the run. For equal instances of capacity C this is ceil(D / C). Resources are cpu and memory, and GPUs
//! where there are some. It ignores zones, ports and every constraint.
//!
//! # Cost
//! Between two changes of the fleet the bound only grows with demand, so only the peak demand of each such stretch
//! is looked at: `O(classes)` for each change of the fleet, nothing for a task.

use std::cmp::Reverse;

use crate::model::{ClassId, Fleet, InstanceClass};

/// The bound so far and the instances that are up.
/// What an instance of a class has of one resource.
#[derive(Clone, Copy, Debug)]
struct Capacity {
    amount: u64,
    class: ClassId,
}

#[derive(Clone, Debug)]
pub(super) struct LowerBound<const N: usize> {
    /// Instances up, by class.
    up: Vec<u64>,
    /// For each resource: classes by falling capacity, with that capacity.
    orders: [Vec<Capacity>; N],
    best: u64,
}

impl<const N: usize> LowerBound<N> {
    /// Nothing is demanded of a fleet that is all up; `capacity` answers what a class has of each resource.
    pub(super) fn new(fleet: &Fleet, capacity: impl Fn(&InstanceClass) -> [u64; N]) -> Self {
        let mut up = vec![0; fleet.classes.len()];
        for class in &fleet.instances {
            up[class.index()] += 1;
        }
        let orders = std::array::from_fn(|r| {
            let classes = fleet.classes.iter().enumerate();
            let of = |(index, class)| Capacity { amount: capacity(class)[r], class: ClassId::from_index(index) };
            let mut order: Vec<Capacity> = classes.map(of).collect();
            order.sort_unstable_by_key(|capacity| Reverse((capacity.amount, capacity.class)));
            order
        });
        Self { up, orders, best: 0 }
    }

    /// An instance comes up.
    pub(super) fn gain(&mut self, class: ClassId) {
        self.up[class.index()] += 1;
    }

    /// An instance goes.
    pub(super) fn lose(&mut self, class: ClassId) {
        self.up[class.index()] -= 1;
    }

    /// These amounts were reserved on the present fleet, though perhaps not at the same time.
    pub(super) fn demand(&mut self, reserved: [u64; N]) {
        for (order, demand) in self.orders.iter().zip(reserved) {
            self.best = self.best.max(least_count(order, &self.up, demand));
        }
    }

    /// The largest bound so far.
    pub(super) fn best(&self) -> u64 {
        self.best
    }
}

/// How many instances, largest first, reach `demand`; all that are up if they do not.
fn least_count(order: &[Capacity], up: &[u64], mut demand: u64) -> u64 {
    let mut count = 0;
    for &Capacity { amount, class } in order {
        let here = up[class.index()];
        if demand <= amount * here {
            return count + demand.div_ceil(amount.max(1));
        }
        demand -= amount * here;
        count += here;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InstanceId, ZoneId};

    fn fleet(capacities: &[u32]) -> Fleet {
        let mut fleet = Fleet { zones: vec!["az-a".into()], ..Fleet::default() };
        for &cpu in capacities {
            let class = fleet.intern(InstanceClass::new(ZoneId(0), "az-a", cpu, 100));
            fleet.instances.push(class);
        }
        fleet
    }

    fn bound_of(fleet: &Fleet) -> LowerBound<2> {
        LowerBound::new(fleet, |class| [class.cpu.0, class.memory.0].map(u64::from))
    }

    fn check(capacities: &[u32], cpu: u64, expected: u64) {
        let mut bound = bound_of(&fleet(capacities));
        bound.demand([cpu, 0]);
        assert_eq!(bound.best(), expected, "{cpu} on {capacities:?}");
    }

    #[test]
    fn b1_is_l1_on_equal_instances() {
        check(&[10; 9], 0, 0);
        check(&[10; 9], 24, 3); // 6 6 6 6
        check(&[10; 9], 33, 4); // 7 7 7 4 4 4
        check(&[100; 9], 170, 2); // 34 x5
        check(&[10; 9], 90, 9);
    }

    #[test]
    fn b1_takes_the_largest_instances_first() {
        check(&[2, 16, 2, 8], 16, 1);
        check(&[2, 16, 2, 8], 17, 2);
        check(&[2, 16, 2, 8], 25, 3);
    }

    #[test]
    fn b1_is_the_worse_resource() {
        let mut bound = bound_of(&fleet(&[10; 9]));
        bound.demand([11, 300]);
        assert_eq!(bound.best(), 3);
    }

    #[test]
    fn b1_sees_that_a_large_instance_was_lost() {
        let fleet = fleet(&[10, 5, 5]);
        let mut bound = bound_of(&fleet);
        bound.demand([10, 0]);
        assert_eq!(bound.best(), 1);
        bound.lose(fleet.instances[InstanceId(0).index()]);
        bound.demand([10, 0]);
        assert_eq!(bound.best(), 2);
    }
}
