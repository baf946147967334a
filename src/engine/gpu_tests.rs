//! The table of GPU rules, row by row, on both engines (R-5.15 to R-5.15c, U-23).

use super::{Engine, FastEngine, Reason, ReferenceEngine, Setup};
use crate::model::{
    ClassId, DefinitionId, Demand, Device, DeviceUse, Fleet, GpuDemand, GpuKind, GpuSlice, GroupId, InstanceClass,
    InstanceId, MemoryMib, Only, OtherGpus, PlacementOptions, Request, RequestId, Requests, Strategy, ZoneId,
};

/// Devices of an instance: their memory, and the slice that they are.
type Devices<'a> = (&'a [u32], Option<GpuSlice>);

struct World {
    fleet: Fleet,
    requests: Requests,
}

impl World {
    fn new(instances: &[Devices<'_>], forms: &[GpuDemand]) -> Self {
        let class = |&(memory, slice): &Devices<'_>| InstanceClass {
            gpus: u32::try_from(memory.len()).unwrap(),
            gpu_kind: GpuKind { slice, memory: memory.iter().map(|&mib| MemoryMib(mib)).collect() },
            ..InstanceClass::new(ZoneId(0), "a", 100, 100)
        };
        let fleet = Fleet {
            zones: vec!["a".to_owned()],
            classes: instances.iter().map(class).collect(),
            instances: (0..instances.len()).map(ClassId::from_index).collect(),
            identities: Vec::new(),
        };
        let request = |&gpus: &GpuDemand| Request {
            definition: DefinitionId(0),
            group: GroupId(0),
            demand: Demand { gpus, ..Demand::new(1, 1) },
            requires_attributes: Vec::new(),
            strategy: Strategy::default(),
            distinct_instance: false,
            member_of: Vec::new(),
            only: Only::default(),
        };
        let table = forms.iter().map(request).collect();
        Self { fleet, requests: Requests { table, groups: vec!["service:g".to_owned()], ..Requests::default() } }
    }

    /// Has a test done on both engines.
    fn on_both(&self, test: impl Fn(&mut dyn Engine)) {
        let options = PlacementOptions::default();
        let setup = Setup { fleet: &self.fleet, requests: &self.requests, options, seed: 1 };
        let (mut reference, mut fast) = (ReferenceEngine::new(setup), FastEngine::new(setup));
        for engine in [&mut reference as &mut dyn Engine, &mut fast] {
            test(engine);
            engine.validate().unwrap();
        }
    }
}

const MPS: fn(u32) -> GpuDemand = |mib| GpuDemand::Memory(MemoryMib(mib));
const WHOLE: Option<GpuSlice> = None;
const EIGHTH: Option<GpuSlice> = Some(GpuSlice::Eighth);

/// Where each task of a sequence goes on instances: the instance, or the reason why nowhere.
fn check(instances: &[Devices<'_>], sequence: &[(GpuDemand, Result<u32, Reason>)]) {
    let forms: Vec<GpuDemand> = sequence.iter().map(|(form, _)| *form).collect();
    World::new(instances, &forms).on_both(|engine| {
        for (position, (form, expected)) in sequence.iter().enumerate() {
            let request = RequestId::from_index(position);
            let found = match engine.place(request) {
                Some(placed) => Ok(placed.instance.0),
                None => Err(engine.refusal(request)),
            };
            assert_eq!(found, *expected, "{form}, number {position}, on {instances:?}");
        }
    });
}

#[test]
fn r5_15_whole_devices_are_counted() {
    let none = Err(Reason::Gpu);
    let (one, two) = (GpuDemand::Whole(1), GpuDemand::Whole(2));
    check(&[(&[], WHOLE), (&[9, 9, 9], WHOLE)], &[(two, Ok(1)), (two, none), (one, Ok(1)), (one, none)]);
}

#[test]
fn r5_15a_slices_go_to_their_slice_and_whole_devices_to_whole_ones() {
    let none = Err(Reason::Gpu);
    let [eighth, quarter, half] = GpuSlice::ALL.map(GpuDemand::Slice);
    let instances: [Devices<'_>; 3] = [(&[9], WHOLE), (&[9], EIGHTH), (&[9], Some(GpuSlice::Half))];
    check(&instances, &[(eighth, Ok(1)), (eighth, none), (quarter, none), (half, Ok(2)), (half, none)]);
    check(&instances, &[(GpuDemand::Whole(1), Ok(0)), (GpuDemand::Whole(1), none)]);
}

#[test]
fn r5_15b_all_wants_every_device_idle_and_one_at_least() {
    let none = Err(Reason::Gpu);
    let (one, all) = (GpuDemand::Whole(1), GpuDemand::All);
    let instances: [Devices<'_>; 3] = [(&[], WHOLE), (&[9, 9], WHOLE), (&[9, 9, 9], WHOLE)];
    check(&instances, &[(all, Ok(1)), (all, Ok(2)), (all, none), (one, none)]);
    check(&instances, &[(one, Ok(1)), (all, Ok(2)), (one, Ok(1)), (all, none)]);
    check(&[(&[9, 9], WHOLE)], &[(MPS(1), Ok(0)), (all, none), (one, Ok(0))]);
    check(&[(&[9], EIGHTH)], &[(all, Ok(0)), (all, none)]);
}

#[test]
fn r5_15c_memory_is_of_one_device_and_a_device_is_shared_or_dedicated() {
    let none = Err(Reason::Gpu);
    let one = GpuDemand::Whole(1);
    // 6 + 6 are free on two devices, yet 8 fit on neither.
    check(&[(&[10, 10], WHOLE)], &[(MPS(4), Ok(0)), (MPS(7), Ok(0)), (MPS(8), none), (MPS(6), Ok(0)), (one, none)]);
    check(&[(&[10, 10], WHOLE)], &[(one, Ok(0)), (MPS(4), Ok(0)), (one, none), (MPS(6), Ok(0)), (MPS(1), none)]);
    check(&[(&[10], WHOLE)], &[(MPS(11), none), (MPS(10), Ok(0)), (MPS(1), none)]);
    // Devices of unknown memory cannot be shared by memory.
    check(&[(&[], WHOLE), (&[10], WHOLE)], &[(MPS(1), Ok(1))]);
}

#[test]
fn a_research_share_is_of_one_whole_device() {
    let (none, share) = (Err(Reason::Gpu), GpuDemand::Share);
    let whole = GpuDemand::Whole(1);
    check(&[(&[0, 0], WHOLE)], &[(share(600), Ok(0)), (share(500), Ok(0)), (share(501), none), (share(400), Ok(0))]);
    check(&[(&[0, 0], WHOLE)], &[(share(600), Ok(0)), (whole, Ok(0)), (whole, none), (share(400), Ok(0))]);
    check(&[(&[9], EIGHTH), (&[9], WHOLE)], &[(share(100), Ok(1)), (MPS(1), Ok(0)), (share(950), none)]);
}

/// Tasks that are in no file share the first of two devices: 7 of its MiB are left, and nobody has it as a whole.
#[test]
fn r5_15c_a_device_that_others_share_is_never_idle() {
    let forms = [GpuDemand::Whole(1), GpuDemand::Whole(2), GpuDemand::All, MPS(7), MPS(6), GpuDemand::Share(10)];
    let [one, two, all, seven, six, milli] = std::array::from_fn(RequestId::from_index);
    let mut world = World::new(&[(&[7, 9], WHOLE)], &forms);
    let others = OtherGpus { count: 0, memory: vec![MemoryMib(3), MemoryMib(0)] };
    world.fleet.classes[0].other_gpus = others;
    assert_eq!(forms.map(|form| form.copies(&world.fleet.classes[0])), [1, 0, 0, 2, 2, 100].map(Some));
    world.on_both(|engine| {
        assert_eq!((engine.remaining(InstanceId(0)).gpus, engine.place(two), engine.place(all)), (1, None, None));
        assert!(engine.place(one).is_some() && engine.place(one).is_none() && engine.place(milli).is_none());
        assert!(engine.place(seven).is_some() && engine.place(six).is_none());
        engine.stop_on(seven, InstanceId(0), Device(0));
        assert!(engine.place(one).is_none(), "it is as shared as it was");
        assert!(engine.place(six).is_some());
    });
}

/// U-23: which device each of some shares gets.
fn check_devices(memory: &[u32], sequence: &[(u32, u16)]) {
    let forms: Vec<GpuDemand> = sequence.iter().map(|&(mib, _)| MPS(mib)).collect();
    World::new(&[(memory, WHOLE)], &forms).on_both(|engine| {
        for (position, &(mib, expected)) in sequence.iter().enumerate() {
            engine.place(RequestId::from_index(position)).unwrap();
            assert_eq!(engine.last_device(), Device(expected), "{mib} MiB, number {position}, on {memory:?}");
        }
    });
}

#[test]
fn u23_the_fullest_shared_device_that_fits_then_the_smallest_idle_one_then_order() {
    check_devices(&[10, 10, 10], &[(4, 0), (3, 0), (5, 1), (4, 1), (3, 0), (6, 2), (1, 1)]);
    check_devices(&[16, 8, 8], &[(6, 1), (2, 1), (1, 2), (7, 2), (9, 0), (7, 0)]);
    check_devices(&[8, 16], &[(9, 1), (7, 1), (3, 0)]);
}

#[test]
fn a_share_comes_back_to_its_own_device() {
    let uses = |left: [Option<u32>; 2]| {
        left.map(|left| left.map_or(DeviceUse::Idle, |left| DeviceUse::Memory { left: MemoryMib(left) })).to_vec()
    };
    World::new(&[(&[10, 10], WHOLE)], &[MPS(4), MPS(3)]).on_both(|engine| {
        let (four, three, here) = (RequestId(0), RequestId(1), InstanceId(0));
        let placed: Vec<Device> = [four, four, four, three]
            .map(|request| {
                engine.place(request).unwrap();
                engine.last_device()
            })
            .to_vec();
        assert_eq!(placed, [0, 0, 1, 1].map(Device));
        engine.stop_on(four, here, Device(1));
        assert_eq!(engine.devices(here), uses([Some(2), Some(7)]));
        engine.stop_on(three, here, Device(1));
        assert_eq!(engine.devices(here), uses([Some(2), None]));
        engine.stop(four, here);
        engine.stop(four, here);
        assert_eq!(engine.devices(here), uses([None, None]));
    });
}
