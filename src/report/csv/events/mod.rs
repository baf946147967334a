//! `events.csv`: everything that happens in a run, so complete that the run can be replayed from it alone.
//!
//! The log opens with one `instance-registered` row an instance at time 0. An instance that comes back after it was
//! lost is registered again. Rows of one run are made on the run's thread; the files of the runs are joined later.
//!
//! # Cost
//! All that is the same for every task of a kind is formatted once, so a row is a few copies and integers into a
//! buffer: below a microsecond. Memory is the kinds, the classes and one buffer.

mod cells;
mod registration;

use std::io::{self, Write};

use cells::{ports_text, push_integer, push_seconds, push_text};
use registration::Registrations;

use crate::engine::InstanceStatus;
use crate::model::{
    CapacityProvider, ClassId, Fleet, GpuDemand, InstanceClass, InstanceId, MILLI_PER_DEVICE, Milli, Request, Requests,
    SimTime, TaskDefinition,
};
use crate::simulation::{Observer, Rejection, Start, Stop, Wait, Withdrawal};

/// The header row of `events.csv`, with its line feed.
pub const EVENTS_HEADER: &str =
    "run,seq,time_s,event,task,group,task_definition,cpu,memory_mib,gpu,gpu_memory_mib,ports,instance,zone,reason\n";

/// The buffer is handed on when it is this full.
const BUFFER_BYTES: usize = 1 << 16;

/// The run whose events are written, and the tables its ids point into.
#[derive(Clone, Copy, Debug)]
pub struct EventSource<'a> {
    /// Number of the run.
    pub run: u32,
    /// The instances at time 0.
    pub fleet: &'a Fleet,
    /// The task definitions of the scenario.
    pub definitions: &'a [TaskDefinition],
    /// The kinds of request of the run.
    pub requests: &'a Requests,
    /// The capacity providers of the scenario.
    pub providers: &'a [CapacityProvider],
}

/// Writes the events of one run, without the header, as it hears of them.
///
/// The first write that fails is remembered and nothing is written after it: [`EventWriter::finish`] tells.
#[derive(Debug)]
pub struct EventWriter<'a, W> {
    fleet: &'a Fleet,
    /// The cells of each kind of request.
    kinds: Vec<KindCells>,
    /// The run's number and a comma.
    run: Vec<u8>,
    rows: u64,
    buffer: Vec<u8>,
    out: W,
    failure: Option<io::Error>,
    /// Classes of instances that registered after time 0.
    joined: Vec<ClassId>,
    registrations: Registrations<'a>,
}

impl<'a, W: Write> EventWriter<'a, W> {
    /// Begins the log of a run with the rows that register its fleet.
    pub fn start(source: EventSource<'a>, out: W) -> Self {
        let mut writer = Self {
            fleet: source.fleet,
            kinds: source.requests.table.iter().map(|request| kind_cells(source, request)).collect(),
            run: format!("{},", source.run).into_bytes(),
            rows: 0,
            buffer: Vec::with_capacity(BUFFER_BYTES + 4096),
            out,
            failure: None,
            joined: Vec::new(),
            registrations: Registrations::new(source),
        };
        source.fleet.ids().for_each(|id| writer.register(SimTime::ZERO, id));
        writer
    }

    /// Writes what is still buffered and answers the number of rows.
    ///
    /// # Errors
    /// The first write that failed, at whatever event that was.
    pub fn finish(mut self) -> io::Result<u64> {
        self.hand_on();
        match self.failure {
            Some(error) => Err(error),
            None => self.out.flush().map(|()| self.rows),
        }
    }

    /// `run,seq,time_s,event,`
    fn begin(&mut self, at: SimTime, event: &str) {
        self.buffer.extend_from_slice(&self.run);
        push_integer(&mut self.buffer, self.rows);
        self.buffer.push(b',');
        push_seconds(&mut self.buffer, at);
        self.buffer.push(b',');
        self.buffer.extend_from_slice(event.as_bytes());
        self.buffer.push(b',');
        self.rows += 1;
    }

    /// `task,group,task_definition,cpu,memory_mib,gpu,gpu_memory_mib,ports,`
    fn task(&mut self, task: u64, kind_position: usize, instance: Option<InstanceId>) {
        push_integer(&mut self.buffer, task);
        self.buffer.push(b',');
        let kind = &self.kinds[kind_position];
        self.buffer.extend_from_slice(&kind.amounts);
        // A task that wants every GPU holds those of the instance; before it has one, their number is not known.
        if kind.wants_all_gpus {
            let count = instance.map(|instance| gpu_count(self.class(instance)));
            self.buffer.extend_from_slice(count.unwrap_or_default().as_bytes());
        }
        self.buffer.extend_from_slice(&self.kinds[kind_position].rest);
    }

    /// `instance,zone,`
    fn place(&mut self, instance: InstanceId) {
        let (fleet, zone) = (self.fleet, self.class(instance).zone);
        push_text(&mut self.buffer, &fleet.name(instance));
        self.buffer.push(b',');
        push_text(&mut self.buffer, &fleet.zones[zone.index()]);
        self.buffer.push(b',');
    }

    fn class(&self, instance: InstanceId) -> &'a InstanceClass {
        &self.fleet.classes[self.class_id(instance).index()]
    }

    fn class_id(&self, instance: InstanceId) -> ClassId {
        let at_start = self.fleet.instances.get(instance.index()).copied();
        at_start.unwrap_or_else(|| self.joined[instance.index() - self.fleet.instances.len()])
    }

    /// `reason` and the end of the row.
    fn end(&mut self, reason: &str) {
        push_text(&mut self.buffer, reason);
        self.buffer.push(b'\n');
        if self.buffer.len() >= BUFFER_BYTES {
            self.hand_on();
        }
    }

    fn register(&mut self, at: SimTime, instance: InstanceId) {
        let class = self.class_id(instance);
        self.begin(at, "instance-registered");
        self.buffer.extend_from_slice(self.registrations.capacity(class));
        self.place(instance);
        let reason = self.registrations.reason(instance, class);
        self.end(&reason);
    }

    /// A row of an instance alone.
    fn instance(&mut self, at: SimTime, event: &str, instance: InstanceId) {
        self.begin(at, event);
        self.buffer.extend_from_slice(b",,,,,,,,");
        self.place(instance);
        self.end("");
    }

    fn hand_on(&mut self) {
        if self.failure.is_none() {
            self.failure = self.out.write_all(&self.buffer).err();
        }
        self.buffer.clear();
    }
}

impl<W: Write> Observer for EventWriter<'_, W> {
    fn placed(&mut self, start: &Start) {
        self.begin(start.at, "placed");
        self.task(start.task, start.request.index(), Some(start.instance));
        self.place(start.instance);
        self.end("");
    }

    fn rejected(&mut self, rejection: &Rejection) {
        self.begin(rejection.at, "rejected");
        self.task(rejection.task, rejection.request.index(), None);
        self.buffer.extend_from_slice(b",,");
        self.end(&rejection.text());
    }

    fn waiting(&mut self, wait: &Wait) {
        self.begin(wait.at, "waiting");
        self.task(wait.task, wait.request.index(), None);
        self.buffer.extend_from_slice(b",,");
        self.end(wait.reason.text());
    }

    fn withdrawn(&mut self, withdrawal: &Withdrawal) {
        self.begin(withdrawal.at, "withdrawn");
        self.task(withdrawal.task, withdrawal.request.index(), None);
        self.buffer.extend_from_slice(b",,");
        self.end("");
    }

    fn stopped(&mut self, stop: &Stop) {
        self.begin(stop.at, "stopped");
        self.task(stop.task, stop.request.index(), Some(stop.instance));
        self.place(stop.instance);
        self.end(stop.cause.text());
    }

    fn instance_registered(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        self.joined.push(class);
        self.register(at, instance);
    }

    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        let event = match (from, to) {
            (InstanceStatus::Lost, InstanceStatus::Active) => return self.register(at, instance),
            (_, InstanceStatus::Active) => "instance-activated",
            (_, InstanceStatus::Draining) => "instance-drained",
            (_, InstanceStatus::Lost) => "instance-lost",
        };
        self.instance(at, event, instance);
    }

    fn agent_changed(&mut self, at: SimTime, instance: InstanceId, connected: bool) {
        let event = if connected { "agent-connected" } else { "agent-disconnected" };
        self.instance(at, event, instance);
    }
}

/// What rows of one kind of request share.
#[derive(Debug)]
struct KindCells {
    /// `group,task_definition,cpu,memory_mib,gpu`, without the number where it is that of the instance.
    amounts: Vec<u8>,
    wants_all_gpus: bool,
    /// `,gpu_memory_mib,ports,`
    rest: Vec<u8>,
}

/// The devices of an instance, as a decimal number of GPUs.
fn gpu_count(class: &InstanceClass) -> String {
    class.gpu_kind.slice.map_or_else(
        || class.gpus.to_string(),
        |slice| Milli(class.gpus * MILLI_PER_DEVICE / slice.parts()).to_string(),
    )
}

fn kind_cells(source: EventSource<'_>, request: &Request) -> KindCells {
    let demand = &request.demand;
    let mut amounts = Vec::new();
    push_text(&mut amounts, &source.requests.groups[request.group.index()]);
    amounts.push(b',');
    push_text(&mut amounts, &source.definitions[request.definition.index()].family);
    let (gpu, gpu_memory) = match demand.gpus {
        GpuDemand::None => ("0".to_owned(), 0),
        GpuDemand::Whole(count) => (count.to_string(), 0),
        GpuDemand::Slice(slice) => (slice.text().to_owned(), 0),
        GpuDemand::All => (String::new(), 0),
        GpuDemand::Memory(memory) => ("0".to_owned(), memory.0),
        GpuDemand::Share(milli) => (Milli(milli).to_string(), 0),
    };
    amounts.extend_from_slice(format!(",{},{},{gpu}", demand.cpu.0, demand.memory.0).as_bytes());
    let rest = format!(",{gpu_memory},{},", ports_text(&demand.ports)).into_bytes();
    KindCells { amounts, wants_all_gpus: demand.gpus == GpuDemand::All, rest }
}
