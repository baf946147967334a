//! In which order a plan takes instances: a permutation of the fleet, dealt over cells of one zone and one type, so that
//! every prefix keeps the mix.
//!
//! Within a cell the order is drawn. Cells of equal size take turns; a cell of more instances has its turns more often, in
//! proportion. Where cells are due at once, the one whose instance comes first in the permutation goes first.

use crate::model::{ClassId, Fleet, InstanceId};
use crate::workload::{Origin, Purpose};

/// The fleet in the order of a seed.
pub(crate) fn of_seed(fleet: &Fleet, seed: u32) -> Vec<InstanceId> {
    let mut order: Vec<InstanceId> = fleet.ids().collect();
    let draws = Origin::only(seed, "plan").draws(Purpose::Order);
    for last in (1..order.len()).rev() {
        order.swap(last, draws.below(last as u64, last + 1));
    }
    deal(&order, &fleet.instances)
}

/// Deals instances over the cells that they are of.
fn deal(order: &[InstanceId], cells: &[ClassId]) -> Vec<InstanceId> {
    let most = cells.iter().map(|cell| cell.index() + 1).max().unwrap_or(0);
    let mut sizes = vec![0_u64; most];
    order.iter().for_each(|instance| sizes[cells[instance.index()].index()] += 1);
    let mut dealt = vec![0_u64; most];
    let mut turns: Vec<(Turn, usize)> = Vec::with_capacity(order.len());
    for (position, instance) in order.iter().enumerate() {
        let cell = cells[instance.index()].index();
        turns.push((Turn { number: 2 * dealt[cell] + 1, of: sizes[cell] }, position));
        dealt[cell] += 1;
    }
    turns.sort_by(|(a, first), (b, second)| {
        let due = (u128::from(a.number) * u128::from(b.of)).cmp(&(u128::from(b.number) * u128::from(a.of)));
        due.then(first.cmp(second))
    });
    turns.into_iter().map(|(_, position)| order[position]).collect()
}

/// When an instance is due, as a share of the whole fleet: the middle of its part of its cell.
struct Turn {
    number: u64,
    of: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InstanceClass, ZoneId};

    fn fleet(cells: &[(u32, usize)]) -> Fleet {
        let mut fleet = Fleet { zones: vec!["a".into(), "b".into()], ..Fleet::default() };
        for &(cpu, count) in cells {
            let class = fleet.intern(InstanceClass::new(ZoneId(cpu % 2), "a", cpu, 100));
            fleet.instances.extend(std::iter::repeat_n(class, count));
        }
        fleet
    }

    #[test]
    fn every_prefix_keeps_the_mix() {
        let fleet = fleet(&[(10, 40), (20, 20), (31, 20)]);
        for seed in 1..6 {
            let order = of_seed(&fleet, seed);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, fleet.ids().collect::<Vec<_>>(), "a permutation");
            for prefix in 1..=order.len() {
                for (class, share) in [(0, 2), (1, 1), (2, 1)] {
                    let of_class = order[..prefix].iter().filter(|one| fleet.instances[one.index()].0 == class).count();
                    assert!(
                        (of_class * 4).abs_diff(prefix * share) <= 4,
                        "{of_class} of {prefix} are of class {class}"
                    );
                }
            }
        }
    }

    #[test]
    fn cells_of_equal_size_take_turns_and_seeds_differ() {
        let fleet = fleet(&[(10, 5), (21, 5)]);
        let classes = |seed| of_seed(&fleet, seed).iter().map(|one| fleet.instances[one.index()].0).collect::<Vec<_>>();
        for seed in 1..9 {
            assert!(classes(seed).chunks(2).all(|pair| pair[0] != pair[1]), "{:?}", classes(seed));
        }
        assert_ne!(of_seed(&fleet, 1), of_seed(&fleet, 2));
    }
}
