//! Bounds and optimum by the rules against every way to put up to six tasks on instances, and worked examples.

use proptest::prelude::*;

use super::{Rules, optimum};
use crate::analysis::bounds::{Bounds, Packing};
use crate::analysis::test_support::scenario as services;
use crate::model::{
    Constraint, DeviceUse, GpuDemand, GpuKind, InstanceClass, MILLI_PER_DEVICE, MemoryMib, Port, Requests, Scenario,
    TaskCount, TaskDefinition, ZoneId,
};

/// One task of each service.
fn packing(scenario: &Scenario) -> Packing {
    let requests = Requests::compile(scenario, &scenario.policies[0]);
    let counts: Vec<TaskCount> = requests.services.iter().map(|&request| TaskCount { request, count: 1 }).collect();
    Packing::of(scenario, &requests, &counts)
}

fn class(size: (u32, u32), gpus: &[u32], interfaces: Option<u32>) -> InstanceClass {
    let memory = gpus.iter().map(|&mib| MemoryMib(mib)).collect();
    InstanceClass {
        gpus: u32::try_from(gpus.len()).unwrap(),
        gpu_kind: GpuKind { slice: None, memory },
        eni_tasks: interfaces,
        ..InstanceClass::new(ZoneId(0), "az-a", size.0, size.1)
    }
}

/// A task, and whether it is of a group of which each instance may have one.
#[derive(Clone, Debug)]
struct Asked {
    task: TaskDefinition,
    group: Option<u32>,
}

/// Tasks that are services of one task each, on these types.
fn cluster(types: Vec<InstanceClass>, tasks: &[Asked]) -> Scenario {
    let mut scenario = services(1, &[], &vec![("s", 1, 1, 1); tasks.len()]);
    for class in types {
        let class = scenario.fleet.intern(class);
        scenario.fleet.instances.push(class);
    }
    for (position, Asked { task, group }) in tasks.iter().enumerate() {
        scenario.definitions[position] = task.clone();
        let service = &mut scenario.services[position];
        // Services of one name are one group.
        service.name = group.map_or_else(|| format!("alone-{position}"), |group| format!("group-{group}"));
        service.constraints = group.map(|_| Constraint::DistinctInstance).into_iter().collect();
    }
    scenario
}

fn task(cpu: u32, gpus: GpuDemand) -> TaskDefinition {
    let mut definition = TaskDefinition { family: "t".to_owned(), ..TaskDefinition::default() };
    definition.demand.cpu.0 = cpu;
    definition.demand.gpus = gpus;
    definition
}

/// Of no such group.
fn alone(task: TaskDefinition) -> Asked {
    Asked { task, group: None }
}

/// Whether tasks fit on one instance: everything added up, and every way to lay shares on devices tried.
fn fits(tasks: &[&Asked], class: &InstanceClass) -> bool {
    let sum = |of: &dyn Fn(&TaskDefinition) -> u32| tasks.iter().map(|asked| of(&asked.task)).sum::<u32>();
    let ports: Vec<Port> = tasks.iter().flat_map(|asked| asked.task.demand.ports.clone()).collect();
    let groups: Vec<u32> = tasks.iter().filter_map(|asked| asked.group).collect();
    let gpus: Vec<GpuDemand> =
        tasks.iter().map(|asked| asked.task.demand.gpus).filter(|gpus| !gpus.is_none()).collect();
    sum(&|task| task.demand.cpu.0) <= class.cpu.0
        && sum(&|task| task.demand.memory.0) <= class.memory.0
        && class.eni_tasks.is_none_or(|most| sum(&|task| task.demand.eni_slots) <= most)
        && are_distinct(&ports)
        && are_distinct(&groups)
        && lie_on_devices(&gpus, &mut vec![DeviceUse::Idle; class.gpus as usize], class)
}

fn are_distinct<T: PartialEq>(all: &[T]) -> bool {
    (1..all.len()).all(|at| !all[..at].contains(&all[at]))
}

fn lie_on_devices(gpus: &[GpuDemand], devices: &mut Vec<DeviceUse>, class: &InstanceClass) -> bool {
    let Some((first, rest)) = gpus.split_first() else { return true };
    let before = devices.clone();
    let whole = match *first {
        GpuDemand::Whole(count) => count as usize,
        GpuDemand::All => devices.len(),
        GpuDemand::Share(milli) => {
            return (0..devices.len()).any(|at| {
                devices.clone_from(&before);
                let left = match devices[at] {
                    DeviceUse::Idle => MILLI_PER_DEVICE,
                    DeviceUse::Milli { left } => left,
                    _ => 0,
                };
                devices[at] = DeviceUse::Milli { left: left.saturating_sub(milli) };
                milli <= left && lie_on_devices(rest, devices, class)
            });
        }
        GpuDemand::Memory(memory) => {
            return (0..devices.len()).any(|at| {
                devices.clone_from(&before);
                let left = match devices[at] {
                    DeviceUse::Idle => class.device_memory(at).map_or(0, |memory| memory.0),
                    DeviceUse::Memory { left } => left.0,
                    _ => 0,
                };
                devices[at] = DeviceUse::Memory { left: MemoryMib(left.saturating_sub(memory.0)) };
                memory.0 <= left && lie_on_devices(rest, devices, class)
            });
        }
        GpuDemand::None | GpuDemand::Slice(_) => unreachable!("not made here"),
    };
    let idle: Vec<usize> = (0..devices.len()).filter(|&at| devices[at] == DeviceUse::Idle).collect();
    if whole == 0 || idle.len() < whole {
        return false;
    }
    idle[..whole].iter().for_each(|&at| devices[at] = DeviceUse::Dedicated);
    // Idle devices differ by memory: where all is asked for nothing is left to choose, else all of one size here.
    lie_on_devices(rest, devices, class)
}

/// The fewest sets, each of which fits on an instance of some type, by trying every way to part the tasks.
fn fewest<'t>(tasks: &'t [Asked], types: &[InstanceClass], sets: &mut Vec<Vec<&'t Asked>>) -> usize {
    let Some((first, rest)) = tasks.split_first() else { return sets.len() };
    let mut best = usize::MAX;
    for at in 0..=sets.len() {
        if at == sets.len() {
            sets.push(Vec::new());
        }
        sets[at].push(first);
        if types.iter().any(|class| fits(&sets[at], class)) {
            best = best.min(fewest(rest, types, sets));
        }
        sets[at].pop();
    }
    sets.pop();
    best
}

fn gpu_demand() -> impl Strategy<Value = GpuDemand> {
    prop_oneof![
        3 => Just(GpuDemand::None),
        2 => (1_u32..3).prop_map(GpuDemand::Whole),
        1 => Just(GpuDemand::All),
        3 => prop::sample::select(vec![300, 500, 501, 700]).prop_map(GpuDemand::Share),
        2 => prop::sample::select(vec![100, 150, 200]).prop_map(|mib| GpuDemand::Memory(MemoryMib(mib))),
    ]
}

fn tasks() -> impl Strategy<Value = Vec<Asked>> {
    let demand = (0_u32..6, 0_u32..6, gpu_demand(), prop::option::weighted(0.3, 80_u16..82), 0_u32..2);
    let one = (demand, prop::option::weighted(0.3, 0_u32..2)).prop_map(|((cpu, memory, gpus, port, slots), group)| {
        let mut definition = task(cpu, gpus);
        definition.demand.memory.0 = memory;
        definition.demand.ports = port.into_iter().map(Port::tcp).collect();
        definition.demand.eni_slots = slots;
        Asked { task: definition, group }
    });
    prop::collection::vec(one, 0..7)
}

fn types() -> impl Strategy<Value = Vec<InstanceClass>> {
    let one = (4_u32..9, 4_u32..9, 0_usize..4, prop::option::of(1_u32..4));
    let one = one.prop_map(|(cpu, memory, gpus, slots)| class((cpu, memory), &vec![300; gpus], slots));
    prop::collection::vec(one, 1..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// No bound passes the optimum, and what is called the optimum is it.
    #[test]
    fn no_bound_by_the_rules_passes_the_optimum(tasks in tasks(), types in types()) {
        let can_be = |task: &Asked| types.iter().any(|class| fits(&[task], class));
        let tasks: Vec<_> = tasks.into_iter().filter(can_be).collect();
        let fewest = fewest(&tasks, &types, &mut Vec::new()) as u64;
        let packing = packing(&cluster(types, &tasks));
        let (all, rules) = (Bounds::at(&packing, 0), Rules::of(&packing));
        prop_assert!(all.best() <= fewest, "{:?}, optimum {}", all, fewest);
        for bound in [rules.gpus, rules.slots, rules.sets].into_iter().flatten() {
            prop_assert!(bound <= fewest, "{:?}, optimum {}", rules, fewest);
        }
        let proved = optimum::solve(&packing, all.best());
        prop_assert!(proved.is_none_or(|proved| proved == fewest), "{:?}, optimum {}", proved, fewest);
        if packing.types.len() == 1 {
            prop_assert_eq!(proved, Some(fewest));
        }
    }
}

/// Bounds by GPUs, by slots, by sets, and the optimum.
fn check(types: Vec<InstanceClass>, tasks: &[Asked], expected: [Option<u64>; 4]) {
    let packing = packing(&cluster(types, tasks));
    let Rules { gpus, slots, sets } = Rules::of(&packing);
    let best = Bounds::at(&packing, 0).best();
    assert_eq!([gpus, slots, sets, optimum::solve(&packing, best)], expected, "{tasks:?}");
}

#[test]
fn shares_of_more_than_half_need_a_device_each() {
    // Five shares of 0.6 are 3 GPUs, but on five devices; an instance has two.
    let types = || vec![class((100, 100), &[300, 300], None)];
    let shares = vec![alone(task(1, GpuDemand::Share(600))); 5];
    check(types(), &shares, [Some(3), None, Some(3), Some(3)]);
    // Whole devices and shares: 1 + 1 + 0.3 on two instances of two devices.
    let mixed = [GpuDemand::Whole(1), GpuDemand::Whole(1), GpuDemand::Share(300)].map(|gpus| alone(task(1, gpus)));
    check(types(), &mixed, [Some(2), None, Some(2), Some(2)]);
}

#[test]
fn interfaces_and_ports_are_counted() {
    let with = |slots: u32, port: Option<u16>| {
        let mut definition = task(1, GpuDemand::None);
        definition.demand.eni_slots = slots;
        definition.demand.ports = port.into_iter().map(Port::tcp).collect();
        alone(definition)
    };
    let types = || vec![class((100, 100), &[], Some(2))];
    check(types(), &vec![with(1, None); 5], [None, Some(3), Some(3), Some(3)]);
    // One static port: one an instance, whatever their number says.
    check(types(), &vec![with(0, Some(80)); 4], [None, Some(1), Some(4), Some(4)]);
}

#[test]
fn sets_see_resources_and_rules_together() {
    // Two groups of three that may not meet among themselves, each task with more than half of the cpu: one an instance.
    let tasks: Vec<_> = (0..6).map(|at| Asked { task: task(6, GpuDemand::None), group: Some(at % 2) }).collect();
    check(vec![class((10, 100), &[], None)], &tasks, [None, None, Some(6), Some(6)]);
    // With half of the cpu, one of each group share an instance.
    let tasks: Vec<_> = (0..6).map(|at| Asked { task: task(5, GpuDemand::None), group: Some(at % 2) }).collect();
    check(vec![class((10, 100), &[], None)], &tasks, [None, None, Some(3), Some(3)]);
    // A GPU task needs the large cpu of the type that has no GPU: nobody has both, so nothing shares.
    let types = vec![class((10, 100), &[], None), class((4, 100), &[300], None)];
    let tasks = [alone(task(3, GpuDemand::Whole(1))), alone(task(3, GpuDemand::None)), alone(task(3, GpuDemand::None))];
    check(types, &tasks, [Some(1), None, Some(2), None]);
}
