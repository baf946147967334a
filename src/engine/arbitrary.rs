//! Random clusters, requests and programs of operations, small enough that ties and exact fits are common.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{Engine, InstanceStatus, Setup};
use crate::model::{
    ClassId, DefinitionId, Demand, Fleet, GpuDemand, GpuKind, GpuSlice, GroupId, Identity, InstanceClass, InstanceId,
    MemoryMib, Only, OtherGpus, PackedResource, PlacementOptions, Port, ProviderId, Request, RequestId, Requests, Rule,
    SpreadField, Strategy as Chain, TaskNetwork, TieBreak, VPC_ATTRIBUTE, ZONE_ATTRIBUTE, ZoneId,
};
use crate::query::Expression;

/// A cluster and the requests it will face.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) requests: Requests,
    pub(crate) options: PlacementOptions,
    pub(crate) seed: u64,
}

impl World {
    pub(crate) fn setup(&self) -> Setup<'_> {
        Setup { fleet: &self.fleet, requests: &self.requests, options: self.options, seed: self.seed }
    }
}

/// One operation; indices are taken modulo what there is.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Place(Index),
    PlaceOn(Index, Index),
    Batch(Index, u32),
    Stop(Index),
    Status(Index, InstanceStatus),
    Register(Index),
    /// Whether the agent of an instance is connected.
    Agent(Index, bool),
}

/// Changes the status of an instance on which some of these tasks are.
pub(crate) fn turn<E: Engine>(
    engine: &mut E,
    instance: InstanceId,
    status: InstanceStatus,
    tasks: impl IntoIterator<Item = (RequestId, InstanceId)>,
) {
    if status == InstanceStatus::Draining {
        let there = tasks.into_iter().filter(|task| task.1 == instance).map(|task| task.0);
        let there: Vec<RequestId> = there.collect();
        engine.drain(instance, &there);
    } else {
        engine.set_status(instance, status);
    }
}

/// Connects or disconnects the agent of an instance.
pub(crate) fn set_agent<E: Engine>(engine: &mut E, instance: &Index, connected: bool) {
    if engine.instance_count() == 0 {
        return;
    }
    let instance = InstanceId::from_index(instance.index(engine.instance_count()));
    if connected { engine.connect(instance) } else { engine.disconnect(instance) }
}

/// Which parts of placement a case exercises, so that each gets cases of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taste {
    extras: bool,
    gpus: Gpus,
    odd_options: bool,
    deep_chains: bool,
}

/// Which forms of GPU demands a case mixes.
#[derive(Clone, Copy, Debug)]
enum Gpus {
    /// Whole devices alone.
    Plain,
    /// Every form, the devices of an instance all alike.
    AllForms,
    /// Shares alone, on devices of different memory. Which of them a task holds as a whole is not told, so that whole
    /// devices would come back in another order there.
    MixedDevices,
}

pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let gpus = select(vec![Gpus::Plain, Gpus::AllForms, Gpus::AllForms, Gpus::MixedDevices]);
    let taste = (prop::bool::weighted(0.3), gpus, prop::bool::weighted(0.2), prop::bool::weighted(0.3))
        .prop_map(|(extras, gpus, odd_options, deep_chains)| Taste { extras, gpus, odd_options, deep_chains });
    taste.prop_flat_map(|taste| {
        (fleets(taste), vec(requests(taste), 1..7), options(taste), 0..4_usize, any::<u64>()).prop_map(
            |(fleet, table, options, spare_groups, seed)| {
                // Some worlds have more groups than the dense table of counts takes.
                let groups = (0..4 + spare_groups * 12).map(|group| format!("service:g{group}")).collect();
                World {
                    fleet,
                    requests: Requests { table, groups, holds: seed % 2 == 1, ..Requests::default() },
                    options,
                    seed,
                }
            },
        )
    })
}

pub(crate) fn programs(longest: usize) -> impl Strategy<Value = Vec<Step>> {
    // Weights differ from case to case, so that some programs only fill and some churn.
    (0..6_u32, 0..3_u32, 0..2_u32).prop_flat_map(move |(stop, status, batch)| {
        let step = prop_oneof![
            6 => any::<Index>().prop_map(Step::Place),
            batch => (any::<Index>(), 0..9_u32).prop_map(|(request, count)| Step::Batch(request, count)),
            1 => any::<(Index, Index)>().prop_map(|(request, instance)| Step::PlaceOn(request, instance)),
            stop => any::<Index>().prop_map(Step::Stop),
            status => (any::<Index>(), statuses()).prop_map(|(instance, status)| Step::Status(instance, status)),
            status => any::<Index>().prop_map(Step::Register),
            status => (any::<Index>(), prop::bool::ANY).prop_map(|(instance, is)| Step::Agent(instance, is)),
        ];
        vec(step, 0..longest)
    })
}

fn statuses() -> impl Strategy<Value = InstanceStatus> {
    select(vec![
        InstanceStatus::Active,
        InstanceStatus::Active,
        InstanceStatus::Active,
        InstanceStatus::Draining,
        InstanceStatus::Lost,
    ])
}

fn fleets(taste: Taste) -> impl Strategy<Value = Fleet> {
    vec(classes(taste), 1..7).prop_flat_map(|classes| {
        let class = 0..u32::try_from(classes.len()).unwrap();
        (vec(class.prop_map(ClassId), 0..40), prop::bool::ANY).prop_map(move |(instances, are_known)| Fleet {
            zones: vec!["a".into(), "b".into(), "c".into()],
            classes: classes.clone(),
            identities: (0..if are_known { instances.len() } else { 0 }).map(identity).collect(),
            instances,
        })
    })
}

fn identity(position: usize) -> Identity {
    Identity {
        ec2_instance_id: Some(format!("i-{}", position % 8)),
        registered_at: Some(i64::try_from(position).unwrap() * 86_400),
        ..Identity::default()
    }
}

fn classes(taste: Taste) -> impl Strategy<Value = InstanceClass> {
    let stack = select(vec![None, Some(None), Some(Some("prod")), Some(Some("test"))]);
    let eni = select(vec![None, None, Some(0), Some(1), Some(2)]);
    let place = (0..3_u32, prop::bool::weighted(0.05), select(vec![None, None, None, Some("v1"), Some("v2")]));
    (place, 0..13_u32, 0..13_u32, devices(taste), eni, stack, prop::bool::weighted(0.9), providers()).prop_map(
        |((zone, is_unknown, vpc), cpu, memory, devices, eni_tasks, stack, agent_connected, provider)| {
            let mut class = InstanceClass::new(ZoneId(zone), ["a", "b", "c"][zone as usize], cpu, memory);
            if is_unknown {
                class.attributes.remove(ZONE_ATTRIBUTE);
            }
            if let Some(vpc) = vpc {
                class.attributes.insert(VPC_ATTRIBUTE.to_owned(), Some(vpc.to_owned()));
            }
            if let Some(value) = stack {
                class.attributes.insert("stack".to_owned(), value.map(str::to_owned));
            }
            let Devices { gpus, kind: gpu_kind, others: other_gpus } = devices;
            InstanceClass { gpus, gpu_kind, other_gpus, eni_tasks, agent_connected, provider, ..class }
        },
    )
}

/// What is drawn of the devices of an instance.
#[derive(Clone, Debug)]
struct Devices {
    gpus: u32,
    kind: GpuKind,
    others: OtherGpus,
}

/// Few devices of little memory, so that shares meet, leave gaps and end exactly.
fn devices(taste: Taste) -> impl Strategy<Value = Devices> {
    let slice = select(vec![None, None, None, Some(GpuSlice::Eighth), Some(GpuSlice::Half)]);
    (0..4_u32, slice, vec(0..5_u32, 3), 0..5_usize).prop_map(move |(gpus, slice, mixed, known)| {
        let memory = match taste.gpus {
            Gpus::Plain => vec![],
            Gpus::AllForms if known == 0 => vec![],
            Gpus::AllForms => vec![MemoryMib(mixed[0]); gpus as usize],
            Gpus::MixedDevices => mixed.into_iter().map(MemoryMib).take(gpus as usize).collect(),
        };
        let slice = slice.filter(|_| !matches!(taste.gpus, Gpus::Plain));
        // Of some instances tasks that are in no file share the first device.
        let is_shared = known == 1 && !memory.is_empty();
        let others = OtherGpus { count: 0, memory: is_shared.then_some(MemoryMib(1)).into_iter().collect() };
        Devices { gpus, kind: GpuKind { slice, memory }, others }
    })
}

fn gpu_demands(taste: Taste) -> impl Strategy<Value = GpuDemand> {
    let mut forms = vec![GpuDemand::None, GpuDemand::None];
    if !matches!(taste.gpus, Gpus::MixedDevices) {
        forms.extend([GpuDemand::Whole(1), GpuDemand::Whole(1)]);
    }
    if matches!(taste.gpus, Gpus::AllForms) {
        forms.extend([GpuDemand::Whole(2), GpuDemand::All, GpuDemand::Slice(GpuSlice::Eighth)]);
        forms.extend([GpuDemand::Slice(GpuSlice::Half)]);
    }
    if !matches!(taste.gpus, Gpus::Plain) {
        forms.extend([1, 2, 3].map(|memory| GpuDemand::Memory(MemoryMib(memory))));
        forms.extend([250, 500].map(GpuDemand::Share));
    }
    select(forms)
}

fn requests(taste: Taste) -> impl Strategy<Value = Request> {
    let required = select(vec![
        vec![],
        vec![],
        vec![],
        vec![],
        vec![("stack".to_owned(), None)],
        vec![("stack".to_owned(), Some("prod".to_owned()))],
    ]);
    let zone = select(vec![None, None, None, Some(ZoneId(0)), Some(ZoneId(2))]);
    let only = (zone, providers(), networks()).prop_map(|(zone, provider, network)| Only { zone, provider, network });
    let constraints = (prop::bool::weighted(0.2), expressions());
    (demands(taste), 0..4_u32, chains(taste), constraints, required, only).prop_map(
        |(demand, group, strategy, (distinct_instance, member_of), requires_attributes, only)| Request {
            definition: DefinitionId(0),
            group: GroupId(group),
            demand,
            requires_attributes,
            strategy,
            distinct_instance,
            member_of,
            only,
        },
    )
}

/// Expressions that ask for the class alone, some that ask which instance it is, and some that ask for its tasks.
fn expressions() -> impl Strategy<Value = Vec<Expression>> {
    let texts = vec![
        "attribute:stack == prod",
        "agentConnected == true",
        "attribute:stack exists",
        "runningTasksCount < 2",
        "task:group == service:g1",
        "not(task:group == service:g0)",
        "ec2InstanceId in ['i-1', 'i-4', 'i-6']",
        "registeredAt > 1970-01-09",
    ];
    let expression = select(texts).prop_map(|text| Expression::parse(text).unwrap());
    prop_oneof![8 => Just(Vec::new()), 2 => vec(expression, 1..3)]
}

fn networks() -> impl Strategy<Value = TaskNetwork> {
    let zones = select(vec![None, None, None, Some(vec![]), Some(vec![ZoneId(0)]), Some(vec![ZoneId(0), ZoneId(2)])]);
    let vpc = select(vec![None, None, None, Some("v1".to_owned())]);
    prop_oneof![4 => Just(TaskNetwork::default()), 1 => (zones, vpc).prop_map(|(zones, vpc)| TaskNetwork { subnets: Vec::new(), zones, vpc })]
}

fn providers() -> impl Strategy<Value = Option<ProviderId>> {
    select(vec![None, None, None, None, None, Some(ProviderId(0)), Some(ProviderId(1))])
}

fn demands(taste: Taste) -> impl Strategy<Value = Demand> {
    let amounts = select(vec![(0_u32, 0_u32), (1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (1, 4), (4, 4), (0, 2)]);
    let ports =
        select(vec![vec![], vec![], vec![Port::tcp(80)], vec![Port::udp(80), Port::tcp(443)], vec![Port::tcp(22)]]);
    let extras = (gpu_demands(taste), ports, 0..2_u32)
        .prop_map(move |extras| if taste.extras { extras } else { Default::default() });
    (amounts, extras).prop_map(|((cpu, memory), (gpus, ports, eni_slots))| Demand {
        gpus,
        ports,
        eni_slots,
        ..Demand::new(cpu, memory)
    })
}

fn rules() -> impl Strategy<Value = Rule> {
    select(vec![
        Rule::Random,
        Rule::Binpack(PackedResource::Cpu),
        Rule::Binpack(PackedResource::Memory),
        Rule::spread_zones(),
        Rule::Spread(SpreadField::Attribute("stack".to_owned())),
        Rule::Spread(SpreadField::InstanceId),
    ])
}

fn chains(taste: Taste) -> impl Strategy<Value = Chain> {
    let common = (prop::bool::ANY, prop::option::of(rules())).prop_map(|(zones, rest)| {
        let first = zones.then(Rule::spread_zones);
        Chain(first.into_iter().chain(rest).collect())
    });
    let deep = vec(rules(), 0..6).prop_map(Chain);
    if taste.deep_chains { prop_oneof![common, deep].boxed() } else { common.boxed() }
}

fn options(taste: Taste) -> impl Strategy<Value = PlacementOptions> {
    let ties = if taste.odd_options {
        vec![TieBreak::Order, TieBreak::Random, TieBreak::MostRemaining, TieBreak::FewestTasks]
    } else {
        vec![TieBreak::Order, TieBreak::Order, TieBreak::Random]
    };
    let odd = move || prop::bool::weighted(if taste.odd_options { 0.5 } else { 0.0 });
    // Both readings of U-3 are common: the default is the cheaper one to get wrong.
    (select(ties), prop::bool::ANY, odd(), odd()).prop_map(
        |(tie_break, no_draining, no_absent, binpack_by_fraction)| PlacementOptions {
            tie_break,
            spread_counts_draining: !no_draining,
            absent_attribute_is_bucket: !no_absent,
            binpack_by_fraction,
        },
    )
}
