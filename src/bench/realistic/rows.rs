//! What people really run, a row each, and what each row is held to.

use std::borrow::Cow;

use crate::model::TieBreak;

/// What tasks ask for beside cpu and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    Nothing,
    /// An interface slot each, of which instances have few.
    Awsvpc,
    /// A static port a service.
    Port,
    /// A GPU, in every second service.
    Gpu,
    /// Half of a GPU's memory, in every second service.
    GpuMemory,
}

/// The load of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) name: Cow<'static, str>,
    /// Rules by short names: `zone`, `rack`, `type`, `instance`, `memory`, `cpu`, `random`, a strategy of the literature, or one of one's own.
    pub(super) chain: Cow<'static, [&'static str]>,
    pub(super) extra: Extra,
    pub(super) tie: TieBreak,
    pub(super) by_fraction: bool,
    pub(super) absent_is_bucket: bool,
    /// An expression that every service has; `{}` is the number of the service.
    pub(super) member_of: &'static str,
    /// Racks of the fleet, in turn.
    pub(super) racks: usize,
    /// Pools of the fleet; each service is held to one.
    pub(super) pools: usize,
    /// Distinct demands.
    pub(super) shapes: usize,
    /// The row that it is compared with, and how many times as long it may take.
    pub(super) held_to: &'static str,
    pub(super) most: f64,
    /// For what looks at every instance: how long it may take for each, whatever the ratio.
    pub(super) scan: Option<ScanLimit>,
}

/// What a row that looks at every instance is held to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ScanLimit {
    /// Rules of the plain loop beside it.
    pub(super) rules: usize,
    /// Nanoseconds for an instance at most.
    pub(super) ns: f64,
}

const TWO_RULES: Option<ScanLimit> = Some(ScanLimit { rules: 2, ns: 3.0 });
const FIVE_RULES: Option<ScanLimit> = Some(ScanLimit { rules: 5, ns: 6.0 });

/// The row that most others are held to.
pub(super) const THE_ROW: &str = "zone, memory";

pub(super) fn row(name: &'static str, chain: &'static [&'static str], most: f64) -> Row {
    Row {
        name: Cow::Borrowed(name),
        chain: Cow::Borrowed(chain),
        extra: Extra::Nothing,
        tie: TieBreak::Order,
        by_fraction: false,
        absent_is_bucket: true,
        member_of: "",
        racks: 1,
        pools: 1,
        shapes: 8,
        held_to: THE_ROW,
        most,
        scan: None,
    }
}

fn with(extra: Extra, name: &'static str, chain: &'static [&'static str], held_to: &'static str) -> Row {
    Row { extra, held_to, ..row(name, chain, 2.0) }
}

fn member(name: &'static str, member_of: &'static str) -> Row {
    Row { member_of, ..row(name, &["zone", "memory"], 3.0) }
}

/// What people run.
pub(super) fn rows() -> Vec<Row> {
    vec![
        row(THE_ROW, &["zone", "memory"], 1.0),
        row("memory", &["memory"], 2.0),
        row("zone, instance", &["zone", "instance"], 2.0),
        with(Extra::Awsvpc, "memory, awsvpc", &["memory"], "memory"),
        with(Extra::Awsvpc, "zone, memory, awsvpc", &["zone", "memory"], THE_ROW),
        with(Extra::Awsvpc, "zone, instance, awsvpc", &["zone", "instance"], "zone, instance"),
        with(Extra::Port, "zone, memory, a host port", &["zone", "memory"], THE_ROW),
        with(Extra::Gpu, "zone, memory, GPUs", &["zone", "memory"], THE_ROW),
        with(Extra::GpuMemory, "zone, memory, shared GPUs", &["zone", "memory"], THE_ROW),
        row("memory, cpu", &["memory", "cpu"], 4.0),
        row("zone, memory, cpu", &["zone", "memory", "cpu"], 4.0),
        row("zone, instance, memory", &["zone", "instance", "memory"], 4.0),
        row("instance, memory", &["instance", "memory"], 4.0),
        row("memory, instance", &["memory", "instance"], 4.0),
        row("zone, type", &["zone", "type"], 4.0),
        row("zone, type, memory", &["zone", "type", "memory"], 4.0),
        Row { racks: 12, ..row("zone, rack (12)", &["zone", "rack"], 4.0) },
        Row { racks: 12, ..row("zone, rack (12), memory", &["zone", "rack", "memory"], 4.0) },
        row("zone, type, instance, memory, cpu", &["zone", "type", "instance", "memory", "cpu"], 10.0),
        Row { tie: TieBreak::MostRemaining, ..row("zone, tie most-remaining", &["zone"], 4.0) },
        Row { tie: TieBreak::FewestTasks, ..row("zone, tie fewest-tasks", &["zone"], 4.0) },
        Row { tie: TieBreak::FewestTasks, ..row("zone, memory, tie fewest-tasks", &["zone", "memory"], 4.0) },
        Row { tie: TieBreak::Random, ..row("zone, memory, cpu, tie random", &["zone", "memory", "cpu"], 4.0) },
        Row { by_fraction: true, ..row("zone, memory by fraction", &["zone", "memory"], 4.0) },
        Row {
            absent_is_bucket: false,
            racks: 2,
            ..row("zone, rack (2, some have none), memory", &["zone", "rack", "memory"], 4.0)
        },
        member("memberOf: its group is there", "task:group == service:s{} or runningTasksCount == 0"),
        member("memberOf: its group is not there", "not(task:group == service:s{})"),
        member("memberOf: fewer than 20 tasks run", "runningTasksCount < 20"),
        member("memberOf: not these instances", "not(ec2InstanceId in ['i-{}', 'i-7'])"),
        member("memberOf: registered after a day", "registeredAt > 1970-01-02"),
        Row { racks: 65, ..row("rack (65), memory", &["rack", "memory"], 10.0) },
        Row { racks: 1_000, ..row("rack (1,000), memory", &["rack", "memory"], 10.0) },
        Row { pools: 30, ..row("30 pools, zone, memory", &["zone", "memory"], 3.0) },
        Row { pools: 100, ..row("100 pools, zone, memory", &["zone", "memory"], 3.0) },
        Row { shapes: 1_000, ..row("1,000 shapes, zone, memory", &["zone", "memory"], 10.0) },
        Row { shapes: 10_000, ..row("10,000 shapes, zone, memory", &["zone", "memory"], 30.0) },
        Row { shapes: 10_000, scan: TWO_RULES, ..row("10,000 shapes, zone, type", &["zone", "type"], 30.0) },
        Row {
            shapes: 10_000,
            scan: TWO_RULES,
            ..row("10,000 shapes, zone, cpu, memory", &["zone", "cpu", "memory"], 30.0)
        },
        row("first-fit", &["first-fit"], 4.0),
        row("best-fit", &["best-fit"], 4.0),
        row("worst-fit", &["worst-fit"], 4.0),
        Row { scan: TWO_RULES, ..row("dot-product", &["dot-product"], 4.0) },
        Row { scan: TWO_RULES, ..row("zone, dot-product", &["zone", "dot-product"], 4.0) },
        Row { scan: TWO_RULES, ..row("tetris", &["tetris"], 4.0) },
        Row { scan: TWO_RULES, ..row("kubernetes-least-allocated", &["kubernetes-least-allocated"], 4.0) },
        Row { scan: TWO_RULES, ..row("own strategy, two rules", &["own-two"], 4.0) },
        Row { scan: FIVE_RULES, ..row("own strategy, five rules", &["own-five"], 4.0) },
    ]
}
