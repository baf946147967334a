//! The laws of the fast engine. The first is that it never answers differently from the reference engine.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseResult;

use super::arbitrary::{Step, World, programs, set_agent, turn, worlds};
use super::{Engine, FastEngine, InstanceStatus, Placed, Reason, ReferenceEngine, Room};
use crate::model::{ClassId, Device, InstanceId, PackedResource, RequestId, Rule, SpreadField};

/// Both engines side by side, and the living tasks.
pub(super) struct Twins<'w, 'e> {
    pub(super) world: &'w World,
    pub(super) known: Known,
    pub(super) fast: FastEngine<'e>,
    pub(super) reference: ReferenceEngine<'e>,
    /// Kind, instance, and the device of a share of a GPU.
    pub(super) tasks: Vec<(RequestId, InstanceId, Device)>,
}

/// What of a world programs may speak of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) requests: usize,
    pub(super) classes: usize,
}

/// The reference engine after a program, held to the fast one on the way.
pub(super) fn reference_after<'a>(world: &'a World, program: &[Step]) -> Result<ReferenceEngine<'a>, TestCaseError> {
    let mut twins = Twins::new(world);
    program.iter().try_for_each(|step| twins.step(step))?;
    Ok(twins.reference)
}

/// Holds the fast engine to the reference engine through a program, state and all.
pub(crate) fn follow_reference(world: &World, program: &[Step]) -> TestCaseResult {
    Twins::new(world).run(program)
}

impl<'w> Twins<'w, 'w> {
    fn new(world: &'w World) -> Self {
        let (fast, reference) = (FastEngine::new(world.setup()), ReferenceEngine::new(world.setup()));
        let known = Known { requests: world.requests.table.len(), classes: world.fleet.classes.len() };
        Self { world, known, fast, reference, tasks: Vec::new() }
    }
}

impl Twins<'_, '_> {
    fn run(mut self, program: &[Step]) -> TestCaseResult {
        for (position, step) in program.iter().enumerate() {
            self.step(step)?;
            if position % 8 == 7 {
                self.compare_state()?;
            }
        }
        self.compare_state()
    }

    pub(super) fn step(&mut self, step: &Step) -> TestCaseResult {
        let requests = self.known.requests;
        match step {
            Step::Place(request) => self.place(RequestId::from_index(request.index(requests)))?,
            Step::Batch(request, count) => self.batch(RequestId::from_index(request.index(requests)), *count)?,
            Step::Stop(task) if !self.tasks.is_empty() => {
                let (request, instance, device) = self.tasks.swap_remove(task.index(self.tasks.len()));
                self.fast.announce_stop(request, instance);
                let is_last = self.fast.stop_on(request, instance, device);
                prop_assert_eq!(is_last, self.reference.stop_on(request, instance, device));
            }
            Step::Status(instance, status) if self.fast.instance_count() > 0 => {
                let instance = InstanceId::from_index(instance.index(self.fast.instance_count()));
                self.set_status(instance, *status);
            }
            Step::Register(class) => {
                let class = ClassId::from_index(class.index(self.known.classes));
                prop_assert_eq!(self.fast.register(class), self.reference.register(class));
            }
            Step::Agent(instance, connected) => {
                set_agent(&mut self.fast, instance, *connected);
                set_agent(&mut self.reference, instance, *connected);
            }
            Step::PlaceOn(request, instance) if self.fast.instance_count() > 0 => {
                let request = RequestId::from_index(request.index(requests));
                self.place_on(request, InstanceId::from_index(instance.index(self.fast.instance_count())))?;
            }
            Step::Stop(_) | Step::Status(..) | Step::PlaceOn(..) => {}
        }
        Ok(())
    }

    /// Where only the agent is in the way, the task is one that was found running there.
    fn place_on(&mut self, request: RequestId, instance: InstanceId) -> TestCaseResult {
        let placed = self.fast.place_on(request, instance);
        prop_assert_eq!(placed, self.reference.place_on(request, instance));
        let placed = match placed {
            Ok(placed) => placed,
            Err(Reason::Agent) if self.reference.failures(request, instance).eq([Reason::Agent]) => {
                let placed = self.fast.restore(request, instance);
                prop_assert_eq!(placed, self.reference.restore(request, instance));
                placed
            }
            Err(_) => return Ok(()),
        };
        self.note(request, placed.instance)
    }

    fn place(&mut self, request: RequestId) -> TestCaseResult {
        let right = self.reference.final_candidates(request);
        let placed = self.fast.place(request);
        self.follow(request, &right, placed)
    }

    fn follow(&mut self, request: RequestId, right: &[InstanceId], placed: Option<Placed>) -> TestCaseResult {
        let Some(placed) = placed else {
            prop_assert!(right.is_empty(), "request {request} refused, the reference has {right:?}");
            prop_assert_eq!(self.fast.refusal(request), self.reference.refusal(request), "request {}", request);
            return Ok(());
        };
        prop_assert!(right.contains(&placed.instance), "request {request} on {placed:?}, not of {right:?}");
        prop_assert_eq!(self.reference.place(request), Some(placed), "request {} among {:?}", request, right);
        self.note(request, placed.instance)
    }

    /// Both engines have just placed a task.
    fn note(&mut self, request: RequestId, instance: InstanceId) -> TestCaseResult {
        let mut device = Device::ANY;
        if self.world.requests[request].demand.gpus.is_share() {
            device = self.fast.last_device();
            prop_assert_eq!(device, self.reference.last_device(), "request {} on {}", request, instance);
        }
        self.tasks.push((request, instance, device));
        Ok(())
    }

    /// Of a share of a GPU, each task must be told its device, which is known of the last one alone.
    fn batch(&mut self, request: RequestId, count: u32) -> TestCaseResult {
        if self.world.requests[request].demand.gpus.is_share() {
            return (0..count).try_for_each(|_| self.place(request));
        }
        let mut placed = Vec::new();
        let done = self.fast.place_batch(request, count, &mut |one| placed.push(one));
        prop_assert_eq!(done as usize, placed.len());
        for one in placed {
            let right = self.reference.final_candidates(request);
            self.follow(request, &right, Some(one))?;
        }
        if done < count {
            self.follow(request, &self.reference.final_candidates(request), None)?;
        }
        Ok(())
    }

    /// Tasks of a lost instance are stopped at once, as every caller must.
    fn set_status(&mut self, instance: InstanceId, status: InstanceStatus) {
        turn(&mut self.fast, instance, status, self.tasks.iter().map(|task| (task.0, task.1)));
        turn(&mut self.reference, instance, status, self.tasks.iter().map(|task| (task.0, task.1)));
        if status == InstanceStatus::Lost {
            let lost: Vec<_> = self.tasks.extract_if(.., |task| task.1 == instance).collect();
            for (request, instance, device) in lost {
                self.fast.stop_on(request, instance, device);
                self.reference.stop_on(request, instance, device);
            }
        }
    }

    /// Holds room on an instance, or releases what is held there.
    pub(super) fn hold(&mut self, hold: &Hold) -> TestCaseResult {
        if self.fast.instance_count() == 0 {
            return Ok(());
        }
        let instance = InstanceId::from_index(hold.instance.index(self.fast.instance_count()));
        if hold.releases {
            let held = self.reference.held(instance);
            prop_assert_eq!(self.fast.held(instance), held);
            if !held.is_none() {
                self.fast.release(instance, held);
                self.reference.release(instance, held);
            }
        } else {
            let request = RequestId::from_index(hold.request.index(self.known.requests));
            let wanted = Room::of(&self.world.requests[request].demand);
            prop_assert_eq!(self.fast.hold(instance, wanted), self.reference.hold(instance, wanted));
        }
        Ok(())
    }

    pub(super) fn compare_state(&self) -> TestCaseResult {
        self.fast.validate().map_err(TestCaseError::fail)?;
        for id in (0..self.reference.instance_count()).map(InstanceId::from_index) {
            prop_assert_eq!(self.fast.remaining(id), self.reference.remaining(id));
            prop_assert_eq!(self.fast.devices(id), self.reference.devices(id));
            prop_assert_eq!(self.fast.status(id), self.reference.status(id));
            prop_assert_eq!(self.fast.is_connected(id), self.reference.is_connected(id));
            prop_assert_eq!(self.fast.class(id), self.reference.class(id));
            prop_assert_eq!(self.fast.task_count(id), self.reference.task_count(id));
            for request in (0..self.known.requests).map(RequestId::from_index) {
                prop_assert_eq!(self.fast.is_eligible(request, id), self.reference.is_eligible(request, id));
            }
        }
        Ok(())
    }
}

/// Room for a task of a kind that is held on an instance, or all that is held there, released.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    instance: Index,
    request: Index,
    releases: bool,
}

pub(super) fn holds() -> impl Strategy<Value = Hold> {
    (any::<Index>(), any::<Index>(), prop::bool::weighted(0.4)).prop_map(|(instance, request, releases)| Hold {
        instance,
        request,
        releases,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// room that is held is no room for any task, in both engines alike, whatever befalls the instance meanwhile;
    /// once all is released it is as if it had never been held.
    #[test]
    fn r7_31_held_room_is_nobodys_in_both_engines(
        world in worlds(),
        program in programs(80),
        holds in prop::collection::vec(holds(), 12),
    ) {
        let mut world = world;
        world.requests.holds = true;
        let mut twins = Twins::new(&world);
        for (position, step) in program.iter().enumerate() {
            twins.step(step)?;
            if position % 6 == 5 {
                twins.hold(&holds[position / 6 % holds.len()])?;
                twins.compare_state()?;
            }
        }
        for id in (0..twins.reference.instance_count()).map(InstanceId::from_index) {
            let (held, left) = (twins.reference.held(id), twins.reference.remaining(id));
            prop_assert!(held.cpu <= left.cpu && held.memory <= left.memory, "what is held is of what no task takes");
            if !held.is_none() {
                twins.fast.release(id, held);
                twins.reference.release(id, held);
            }
        }
        twins.compare_state()?;
    }
}

fn long_chains() -> Vec<Vec<Rule>> {
    let (zone, stack) = (Rule::spread_zones(), Rule::Spread(SpreadField::Attribute("stack".to_owned())));
    let [cpu, memory] = [PackedResource::Cpu, PackedResource::Memory].map(Rule::Binpack);
    let instance = Rule::Spread(SpreadField::InstanceId);
    vec![
        vec![memory.clone(), cpu.clone(), Rule::Random],
        vec![zone.clone(), memory.clone(), cpu.clone(), Rule::Random],
        vec![stack.clone(), memory.clone(), cpu.clone()],
        vec![instance.clone(), memory.clone()],
        vec![memory.clone(), instance.clone(), cpu.clone()],
        vec![zone, stack, instance, cpu, memory],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    /// The fast engine chooses what the reference chooses, drawn or not.
    #[test]
    fn fast_chooses_as_the_reference(world in worlds(), program in programs(120)) {
        Twins::new(&world).run(&program)?;
    }

    /// The same where tasks differ little in GPUs, ports and interface slots, so that pack indexes are kept for each form.
    #[test]
    fn fast_chooses_as_the_reference_where_forms_are_few(mut world in worlds(), program in programs(80)) {
        let table = &mut world.requests.table;
        let forms: Vec<_> = table.iter().take(2).map(|request| request.demand.clone()).collect();
        for (position, request) in table.iter_mut().enumerate() {
            let form = forms[position % forms.len()].clone();
            request.demand = crate::model::Demand { cpu: request.demand.cpu, memory: request.demand.memory, ..form };
        }
        Twins::new(&world).run(&program)?;
    }

    /// The same where many instances are alike, and no chain is one that an index of its own serves.
    #[test]
    fn fast_chooses_as_the_reference_where_chains_are_long(
        mut world in worlds(),
        chain in select(long_chains()),
        repeats in 1..4_usize,
        program in programs(120),
    ) {
        world.fleet.instances = world.fleet.instances.repeat(repeats);
        world.fleet.identities = Vec::new();
        world.requests.table.iter_mut().for_each(|request| request.strategy.0.clone_from(&chain));
        Twins::new(&world).run(&program)?;
    }

    /// The same where what an order over lanes would serve is scanned, as it is once there are too many kinds for one; tasks in
    /// buckets are counted by the orders, or at each decision.
    #[test]
    fn fast_chooses_as_the_reference_where_it_scans(
        mut world in worlds(),
        chain in prop::option::of(select(long_chains())),
        repeats in 1..12_usize,
        counts_anew in any::<bool>(),
        program in programs(80),
    ) {
        if let Some(chain) = chain {
            world.fleet.instances = world.fleet.instances.repeat(repeats);
            world.fleet.identities = Vec::new();
            world.requests.table.iter_mut().for_each(|request| request.strategy.0.clone_from(&chain));
        }
        let mut twins = Twins::new(&world);
        twins.fast.scan_instead(counts_anew);
        twins.run(&program)?;
    }

    /// A batch is as many single placements: the same instances, and the same draws afterwards.
    #[test]
    fn a_batch_is_as_many_single_placements(world in worlds(), picks in prop::collection::vec((any::<Index>(), 1..9_u32), 1..12)) {
        let (mut one_by_one, mut at_once) = (FastEngine::new(world.setup()), FastEngine::new(world.setup()));
        for (request, count) in picks {
            let request = RequestId::from_index(request.index(world.requests.table.len()));
            let singles: Vec<Placed> = (0..count).map_while(|_| one_by_one.place(request)).collect();
            let mut batch = Vec::new();
            let done = at_once.place_batch(request, count, &mut |placed| batch.push(placed));
            prop_assert_eq!(done as usize, batch.len());
            prop_assert_eq!(singles, batch, "request {}", request);
        }
        at_once.validate().map_err(TestCaseError::fail)?;
    }
}
