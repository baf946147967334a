//! Bounds that were worked out by hand.

use super::{Bounds, InstanceType, Item, Packing, clique, columns, dff, distinct, exact, l1, l2};
use crate::model::{GpuDemand, InstanceClass, Port, ZoneId};

/// Tasks of these sizes on instances of one capacity.
pub(super) fn packing(capacity: [u64; 2], tasks: &[[u64; 2]]) -> Packing {
    let item =
        |&demand| Item { demand, distinct: None, ports: Vec::new(), gpus: GpuDemand::None, interfaces: 0, count: 1 };
    let [cpu, memory] = capacity.map(|amount| u32::try_from(amount).unwrap());
    let types = vec![InstanceType::of(&InstanceClass::new(ZoneId(0), "", cpu, memory))];
    Packing { items: tasks.iter().map(item).collect(), sizes: vec![capacity], types, scale: None }
}

fn cpu_alone(capacity: u64, tasks: &[u64]) -> Packing {
    packing([capacity, 1], &tasks.iter().map(|&task| [task, 0]).collect::<Vec<_>>())
}

#[test]
fn b1_and_b2_and_b3_of_one_resource() {
    let check = |capacity, tasks: &[u64], expected: [u64; 2]| {
        let packing = cpu_alone(capacity, tasks);
        assert_eq!([l1::bound(&packing), l2::bound(&packing)], expected, "{tasks:?}");
    };
    check(10, &[6; 4], [3, 4]);
    check(10, &[7, 7, 7, 4, 4, 4], [4, 5]);
    check(100, &[34; 5], [2, 2]);
    assert_eq!(dff::of_cpu(&cpu_alone(10, &[7, 7, 7, 4, 4, 4]), 2), 5);
    assert_eq!(dff::of_cpu(&cpu_alone(100, &[34; 5]), 2), 3, "5/2, rounded up");
    assert_eq!(exact::solve(&cpu_alone(100, &[34; 5]), 3).map(|exact| exact.bound), Some(3));
}

#[test]
fn b1_is_the_larger_of_both_resources() {
    let check = |tasks: &[[u64; 2]], expected| assert_eq!(l1::bound(&packing([10, 10], tasks)), expected, "{tasks:?}");
    check(&[[6, 1], [6, 1], [6, 1]], 2);
    check(&[[1, 6], [1, 6], [1, 6]], 2);
}

#[test]
fn b4_sees_conflicts_that_mix_resources() {
    let packing = packing([10, 10], &[[8, 1], [3, 6], [3, 6]]);
    assert_eq!([l1::bound(&packing), l2::bound(&packing), clique::bound(&packing)], [2, 2, 3]);
    let exact = exact::solve(&packing, 2).unwrap();
    assert_eq!((exact.bound, exact.is_optimum), (3, true));
    assert_eq!(columns::bound(&packing), Some(3));
}

/// Every bound leaves this at 3 instances; only whole tasks need 4.
#[test]
fn b6_proves_what_no_other_bound_does() {
    let packing = packing([10, 10], &[[4, 1], [4, 1], [4, 2], [2, 5], [2, 5], [3, 3], [3, 6], [5, 4], [3, 3]]);
    let bounds = Bounds::at(&packing, 0);
    let exact = bounds.exact.unwrap();
    assert!(exact.1 && exact.0 >= bounds.columns.unwrap() && exact.0 == bounds.best(), "{bounds:?}");
}

#[test]
fn tasks_that_may_not_meet_need_an_instance_each() {
    let kind = |distinct, ports: &[u16], count| Item {
        demand: [1, 1],
        distinct,
        ports: ports.iter().copied().map(Port::tcp).collect(),
        gpus: GpuDemand::None,
        interfaces: 0,
        count,
    };
    let check = |items: Vec<Item>, expected: [u64; 2]| {
        let packing = Packing { items, ..packing([100, 100], &[]) };
        assert_eq!([distinct::bound(&packing), clique::bound(&packing)], expected, "{:?}", packing.items);
    };
    check(vec![kind(Some(1), &[], 7), kind(Some(2), &[], 5), kind(None, &[], 90)], [7, 7]);
    check(vec![kind(Some(1), &[], 7), kind(Some(1), &[80], 5)], [12, 12]);
    check(vec![kind(None, &[80], 4), kind(None, &[80, 443], 3), kind(None, &[443], 2)], [7, 7]);
}

#[test]
fn nothing_needs_nothing() {
    for packing in [packing([10, 10], &[]), Packing::default(), packing([0, 0], &[[0, 0]])] {
        let bounds = Bounds::at(&packing, 0);
        assert!(bounds.best() <= packing.tasks(), "{bounds:?}");
        assert_eq!((bounds.l1, bounds.l2, bounds.dff), (0, 0, 0));
    }
}
