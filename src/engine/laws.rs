//! Laws of engines that need no second engine: what comes and goes leaves no trace (P6, P38 to P41).
//!
//! Each law is held by the reference and by the fast engine alone, over random programs; that both agree is
//! `proptests`' job.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseResult;

use super::arbitrary::{Step, World, programs, set_agent, turn, worlds};
use super::{Engine, FastEngine, InstanceStatus, Placed, Reason, ReferenceEngine, Remaining};
use crate::model::{ClassId, Device, DeviceUse, InstanceId, RequestId, Rule, TieBreak};

/// A living task: its kind, its instance, and the device of its share of a GPU.
type Task = (RequestId, InstanceId, Device);

/// Does what a program says on one engine; answers the living tasks.
fn drive<E: Engine>(world: &World, engine: &mut E, program: &[Step]) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let request = |index: &Index| RequestId::from_index(index.index(world.requests.table.len()));
    for step in program {
        let instances = engine.instance_count();
        match step {
            Step::Place(kind) => {
                let placed = engine.place(request(kind));
                tasks.extend(placed.map(|placed| (request(kind), placed.instance, engine.last_device())));
            }
            // Of a share of a GPU, the device is known of the last one alone.
            Step::Batch(kind, count) if world.requests[request(kind)].demand.gpus.is_share() => {
                let placed = (0..*count).map_while(|_| {
                    let placed = engine.place(request(kind))?;
                    Some((request(kind), placed.instance, engine.last_device()))
                });
                tasks.extend(placed);
            }
            Step::Batch(kind, count) => {
                engine.place_batch(request(kind), *count, &mut |placed| {
                    tasks.push((request(kind), placed.instance, Device::ANY));
                });
            }
            Step::Stop(task) if !tasks.is_empty() => {
                let (request, instance, device) = tasks.swap_remove(task.index(tasks.len()));
                engine.stop_on(request, instance, device);
            }
            Step::Status(instance, status) if instances > 0 => {
                let instance = InstanceId::from_index(instance.index(instances));
                turn(engine, instance, *status, tasks.iter().map(|task| (task.0, task.1)));
                if *status == InstanceStatus::Lost {
                    for (request, instance, device) in tasks.extract_if(.., |task| task.1 == instance) {
                        engine.stop_on(request, instance, device);
                    }
                }
            }
            Step::Register(class) => {
                engine.register(ClassId::from_index(class.index(world.fleet.classes.len())));
            }
            Step::Agent(instance, connected) => set_agent(engine, instance, *connected),
            Step::PlaceOn(kind, instance) if instances > 0 => {
                let placed = engine.place_on(request(kind), InstanceId::from_index(instance.index(instances)));
                tasks.extend(placed.map(|placed| (request(kind), placed.instance, engine.last_device())));
            }
            Step::Stop(_) | Step::Status(..) | Step::PlaceOn(..) => {}
        }
    }
    tasks
}

/// All that can be seen of an engine: what is left everywhere, and what a task of every kind would meet on every instance
/// and, where no draw decides, where it would go.
#[derive(Debug, PartialEq)]
struct Seen {
    instances: Vec<(Remaining, u32, InstanceStatus)>,
    /// How the devices are used, in no order: whole ones that come back are told apart by nothing.
    devices: Vec<Vec<DeviceUse>>,
    checks: Vec<Result<Placed, Reason>>,
    choices: Vec<Result<Placed, Reason>>,
}

fn look<E: Engine>(world: &World, engine: &mut E) -> Seen {
    let ids = || (0..engine.instance_count()).map(InstanceId::from_index);
    let instances = ids().map(|id| (engine.remaining(id), engine.task_count(id), engine.status(id))).collect();
    let devices = ids().map(|id| sorted(engine.devices(id))).collect();
    let kinds = (0..world.requests.table.len()).map(RequestId::from_index);
    let (mut checks, mut choices) = (Vec::new(), Vec::new());
    for kind in kinds {
        for id in (0..engine.instance_count()).map(InstanceId::from_index) {
            let placed = engine.place_on(kind, id);
            if placed.is_ok() {
                engine.stop_on(kind, id, engine.last_device());
            }
            checks.push(placed);
        }
        let is_random = world.requests[kind].strategy.0.contains(&Rule::Random);
        if is_random || world.options.tie_break == TieBreak::Random {
            continue;
        }
        choices.push(match engine.place(kind) {
            Some(placed) => {
                engine.stop_on(kind, placed.instance, engine.last_device());
                Ok(placed)
            }
            None => Err(engine.refusal(kind)),
        });
    }
    Seen { instances, devices, checks, choices }
}

fn sorted(mut devices: Vec<DeviceUse>) -> Vec<DeviceUse> {
    devices.sort_unstable();
    devices
}

fn sound<E: Engine>(engine: &E) -> TestCaseResult {
    engine.validate().map_err(TestCaseError::fail)
}

/// P6 and P38 on one engine: tasks that come and go, and tasks that do not fit, leave no trace.
fn check_undo<E: Engine>(world: &World, mut engine: E, program: &[Step], picks: &[Index]) -> TestCaseResult {
    drive(world, &mut engine, program);
    let before = look(world, &mut engine);
    let mut placed = Vec::new();
    for pick in picks {
        let kind = RequestId::from_index(pick.index(world.requests.table.len()));
        match engine.place(kind) {
            Some(there) => placed.push((kind, there.instance, engine.last_device())),
            None => {
                let full = look(world, &mut engine);
                prop_assert_eq!(engine.place(kind), None);
                prop_assert_eq!(look(world, &mut engine), full, "P6: a failed placement changes nothing");
            }
        }
    }
    while !placed.is_empty() {
        let position = picks[placed.len() % picks.len()].index(placed.len());
        let (kind, instance, device) = placed.swap_remove(position);
        engine.stop_on(kind, instance, device);
    }
    sound(&engine)?;
    prop_assert_eq!(look(world, &mut engine), before, "P38");
    Ok(())
}

/// P39 on two engines of a kind: the same tasks stopped in two orders; P40: once all are, the cluster is as it was before
/// the first task.
fn check_stops<E: Engine>(
    world: &World,
    [mut one, mut other, mut fresh]: [E; 3],
    program: &[Step],
    order: &[Index],
) -> TestCaseResult {
    let tasks = drive(world, &mut one, program);
    prop_assert_eq!(&drive(world, &mut other, program), &tasks, "P24: the same program does the same");
    let still = |step: &&Step| matches!(step, Step::Status(..) | Step::Register(_) | Step::Agent(..));
    drive(world, &mut fresh, &program.iter().filter(still).cloned().collect::<Vec<_>>());
    let mut shuffled = tasks.clone();
    for (position, index) in order.iter().enumerate().take(tasks.len()) {
        shuffled.swap(position, index.index(tasks.len()));
    }
    for &(kind, instance, device) in &tasks {
        one.stop_on(kind, instance, device);
    }
    for &(kind, instance, device) in &shuffled {
        other.stop_on(kind, instance, device);
    }
    sound(&one)?;
    sound(&other)?;
    let empty = look(world, &mut one);
    prop_assert_eq!(&look(world, &mut other), &empty, "P39");
    prop_assert_eq!(look(world, &mut fresh), empty, "P40");
    Ok(())
}

/// P41 on one engine: instances that drain and are active again before anything happens are as eligible as before.
fn check_drain<E: Engine>(world: &World, mut engine: E, program: &[Step], picks: &[Index]) -> TestCaseResult {
    let tasks = drive(world, &mut engine, program);
    let before = look(world, &mut engine);
    let ids: Vec<InstanceId> = (0..engine.instance_count()).map(InstanceId::from_index).collect();
    let active: Vec<InstanceId> = ids.into_iter().filter(|&id| engine.status(id) == InstanceStatus::Active).collect();
    if active.is_empty() {
        return Ok(());
    }
    let mut drained: Vec<InstanceId> = picks.iter().map(|pick| active[pick.index(active.len())]).collect();
    drained.sort_unstable();
    drained.dedup();
    drained
        .iter()
        .for_each(|&id| turn(&mut engine, id, InstanceStatus::Draining, tasks.iter().map(|task| (task.0, task.1))));
    sound(&engine)?;
    drained.iter().rev().for_each(|&id| engine.set_status(id, InstanceStatus::Active));
    sound(&engine)?;
    prop_assert_eq!(look(world, &mut engine), before, "P41");
    Ok(())
}

fn picks() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn p6_p38_a_task_that_comes_and_goes_or_does_not_fit_leaves_no_trace(world in worlds(), program in programs(50), picks in picks()) {
        check_undo(&world, ReferenceEngine::new(world.setup()), &program, &picks)?;
        check_undo(&world, FastEngine::new(world.setup()), &program, &picks)?;
    }

    #[test]
    fn p39_p40_any_order_of_stops_leaves_the_fresh_cluster(world in worlds(), program in programs(50), order in picks()) {
        check_stops(&world, [(); 3].map(|()| ReferenceEngine::new(world.setup())), &program, &order)?;
        check_stops(&world, [(); 3].map(|()| FastEngine::new(world.setup())), &program, &order)?;
    }

    #[test]
    fn p41_draining_and_active_again_is_as_before(world in worlds(), program in programs(50), picks in picks()) {
        check_drain(&world, ReferenceEngine::new(world.setup()), &program, &picks)?;
        check_drain(&world, FastEngine::new(world.setup()), &program, &picks)?;
    }
}
