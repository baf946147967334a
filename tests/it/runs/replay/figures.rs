//! `events.csv` alone gives back the figures of a run: what a reader of the log works out is what the recorder says.
//!
//! The reader here knows columns and rows, not the program: it keeps instances and tasks by name and adds up what lasts.

use std::collections::{BTreeMap, BTreeSet};

use stowplan::analysis::catalogue::position;
use stowplan::analysis::record::{Figure, RunRecord};

use super::{Run, load, milliseconds, runs};

const MS_PER_HOUR: u128 = 3_600_000;

/// One instance as the log tells of it.
#[derive(Default)]
struct Instance {
    capacity: [u64; 2],
    zone: String,
    is_up: bool,
    is_active: bool,
    reserved: [u64; 2],
    tasks: u64,
}

impl Instance {
    /// What it adds to the sums over the cluster.
    fn share(&self) -> State {
        let (up, used) = (u64::from(self.is_up), u64::from(self.tasks > 0));
        State {
            reserved: self.reserved,
            tasks: self.tasks,
            up,
            up_capacity: self.capacity.map(|amount| up * amount),
            in_use: used,
            used_capacity: self.capacity.map(|amount| used * amount),
        }
    }
}

/// A living task: its group, where it is, and what it takes.
struct Task {
    group: String,
    instance: String,
    demand: [u64; 2],
}

/// Sums over the cluster: reserved, tasks, up, capacity up, in use, capacity in use.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct State {
    reserved: [u64; 2],
    tasks: u64,
    up: u64,
    up_capacity: [u64; 2],
    in_use: u64,
    used_capacity: [u64; 2],
}

impl State {
    /// With `to` in the place of `from`.
    fn changed(self, from: Self, to: Self) -> Self {
        let one = |sum: u64, from: u64, to: u64| sum + to - from;
        let both = |sum: [u64; 2], from: [u64; 2], to: [u64; 2]| [0, 1].map(|r| one(sum[r], from[r], to[r]));
        Self {
            reserved: both(self.reserved, from.reserved, to.reserved),
            tasks: one(self.tasks, from.tasks, to.tasks),
            up: one(self.up, from.up, to.up),
            up_capacity: both(self.up_capacity, from.up_capacity, to.up_capacity),
            in_use: one(self.in_use, from.in_use, to.in_use),
            used_capacity: both(self.used_capacity, from.used_capacity, to.used_capacity),
        }
    }
}

/// Tasks by group, then what of it is in each zone and on each instance.
type Lying = BTreeMap<String, [BTreeMap<String, u64>; 2]>;

/// Why a task was refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Why {
    group: String,
    reason: String,
}

impl Why {
    fn new(group: &str, reason: &str) -> Self {
        Self { group: group.to_owned(), reason: reason.to_owned() }
    }
}

#[derive(Default)]
struct Reader {
    instances: BTreeMap<String, Instance>,
    living: BTreeMap<u64, Task>,
    ever: BTreeSet<u64>,
    now: u64,
    state: State,
    /// The state after all events of each time.
    states: Vec<(u64, State)>,
    /// Stops by cause.
    stops: BTreeMap<String, u64>,
    placed: u64,
    /// Attempts that failed, by group and reason.
    failed: BTreeMap<Why, u64>,
    /// Every task that was placed, refused or left waiting.
    asked: BTreeSet<u64>,
    /// Of each task's first refusal.
    refused: BTreeMap<u64, Why>,
    /// Where tasks lay at the moment of the snapshot.
    snapshot: Lying,
}

impl Reader {
    fn read(log: &str, snapshot_ms: u64) -> Self {
        let mut reader = Self::default();
        let mut rows = csv::Reader::from_reader(log.as_bytes());
        let mut is_before_snapshot = true;
        for (seq, row) in rows.records().enumerate() {
            let row = row.unwrap();
            assert_eq!(row[1].parse(), Ok(seq), "rows are numbered from 0");
            let at = milliseconds(&row[2]);
            if at > snapshot_ms && std::mem::take(&mut is_before_snapshot) {
                reader.snapshot = reader.lying();
            }
            reader.row(at, &row);
        }
        if is_before_snapshot {
            reader.snapshot = reader.lying();
        }
        reader.settle();
        reader
    }

    /// The events of a time are over: what they leave lasts. What was changed by each is counted from every instance now and
    /// then.
    fn settle(&mut self) {
        if self.states.len().is_multiple_of(32) {
            assert_eq!(self.state, self.state_now(), "the sums are those of the instances");
        }
        self.states.push((self.now, self.state));
    }

    fn row(&mut self, at: u64, row: &csv::StringRecord) {
        assert!(at >= self.now, "time ran backwards");
        if at > self.now {
            self.settle();
            self.now = at;
        }
        let size = |column: usize| row[column].parse::<u64>().unwrap();
        let name = row[12].to_owned();
        match &row[3] {
            "placed" => {
                self.place(size(4), Task { group: row[5].to_owned(), instance: name, demand: [size(7), size(8)] })
            }
            "rejected" => self.reject(size(4), Why::new(&row[5], &row[14])),
            "waiting" => assert!(self.asked.insert(size(4)), "a task asks once"),
            "withdrawn" => assert!(self.asked.contains(&size(4)) && !self.ever.contains(&size(4))),
            "stopped" => self.stop(size(4), &row[14]),
            "instance-registered" => {
                self.instances.entry(name.clone()).or_default();
                self.change(&name, |instance| {
                    assert!(!instance.is_up && instance.tasks == 0, "an instance registers once, and empty");
                    instance.capacity = [size(7), size(8)];
                    row[13].clone_into(&mut instance.zone);
                    (instance.is_up, instance.is_active) = (true, true);
                });
            }
            "instance-drained" => self.change(&name, |instance| instance.is_active = false),
            "instance-activated" => self.change(&name, |instance| instance.is_active = true),
            "instance-lost" => {
                self.change(&name, |instance| (instance.is_up, instance.is_active) = (false, false));
            }
            "agent-disconnected" | "agent-connected" => assert!(self.instances[&name].is_up),
            other => panic!("unknown event `{other}`"),
        }
    }

    /// Something befalls an instance.
    fn change(&mut self, name: &str, change: impl FnOnce(&mut Instance)) {
        let instance = self.instances.get_mut(name).expect("an instance registers before anything befalls it");
        let before = instance.share();
        change(instance);
        self.state = self.state.changed(before, instance.share());
    }

    fn place(&mut self, number: u64, task: Task) {
        assert!(self.ever.insert(number), "task {number} starts twice");
        self.change(&task.instance, |instance| {
            assert!(instance.is_active, "only ACTIVE instances take tasks");
            instance.tasks += 1;
            for r in 0..2 {
                instance.reserved[r] += task.demand[r];
                assert!(instance.reserved[r] <= instance.capacity[r], "{} holds more than it has", task.instance);
            }
        });
        self.placed += 1;
        self.asked.insert(number);
        self.living.insert(number, task);
    }

    fn reject(&mut self, number: u64, why: Why) {
        self.asked.insert(number);
        self.refused.entry(number).or_insert_with(|| why.clone());
        *self.failed.entry(why).or_default() += 1;
    }

    fn stop(&mut self, number: u64, cause: &str) {
        let task = self.living.remove(&number).expect("what stops has started");
        self.change(&task.instance, |instance| {
            assert_eq!(cause == "instance-lost", !instance.is_up, "{cause}");
            instance.tasks -= 1;
            (0..2).for_each(|r| instance.reserved[r] -= task.demand[r]);
        });
        *self.stops.entry(cause.to_owned()).or_default() += 1;
    }

    /// All sums, from every instance: dull, and right whatever came before.
    fn state_now(&self) -> State {
        let mut state = State { tasks: self.living.len() as u64, ..State::default() };
        for instance in self.instances.values() {
            let share = State { tasks: 0, ..instance.share() };
            state = state.changed(State::default(), share);
        }
        state
    }

    fn lying(&self) -> Lying {
        let mut lying = Lying::new();
        for task in self.living.values() {
            let [zones, instances] = lying.entry(task.group.clone()).or_default();
            *zones.entry(self.instances[&task.instance].zone.clone()).or_default() += 1;
            *instances.entry(task.instance.clone()).or_default() += 1;
        }
        lying
    }

    fn stopped(&self, causes: &[&str]) -> u128 {
        causes.iter().map(|cause| u128::from(self.stops.get(*cause).copied().unwrap_or_default())).sum()
    }

    /// The integral of a sum over the run, in milliseconds.
    fn integral(&self, end: u64, of: impl Fn(&State) -> u64) -> u128 {
        let ends = self.states.iter().skip(1).map(|state| state.0).chain([end]);
        self.states.iter().zip(ends).map(|((at, state), until)| u128::from(of(state)) * u128::from(until - at)).sum()
    }

    /// What the log gives of the figures of the catalogue.
    fn figures(&self, end: u64) -> BTreeMap<&'static str, Figure> {
        let failed: u64 = self.failed.values().sum();
        let count = |count: u128| Figure::Count(u64::try_from(count).unwrap());
        let reserved = [0, 1].map(|r| self.integral(end, |state| state.reserved[r]));
        let up = [0, 1].map(|r| self.integral(end, |state| state.up_capacity[r]));
        let used = [0, 1].map(|r| self.integral(end, |state| state.used_capacity[r]));
        let tasks = self.integral(end, |state| state.tasks);
        let moved = self.stopped(&["deployment", "drained", "rebalanced"]);
        let by_load = self.stopped(&["ended", "scaled-in"]);
        let packing = [0, 1].map(|r| Figure::ratio(reserved[r], used[r]));
        BTreeMap::from([
            ("tasks_placed", Figure::Count(self.placed)),
            ("attempts", Figure::Count(self.placed + failed)),
            ("attempts_failed", Figure::Count(failed)),
            ("attempt_failure_rate", Figure::ratio(failed.into(), (self.placed + failed).into())),
            ("tasks_asked", count(self.asked.len() as u128)),
            ("tasks_refused", count(self.refused.len() as u128)),
            ("failure_rate", Figure::ratio(self.refused.len() as u128, self.asked.len() as u128)),
            ("tasks_moved", count(moved)),
            ("tasks_rebalanced", count(self.stopped(&["rebalanced"]))),
            ("tasks_scaled_in", count(self.stopped(&["scaled-in"]))),
            ("tasks_lost", count(self.stopped(&["instance-lost"]))),
            ("churn_per_task_hour", Figure::ratio(moved * MS_PER_HOUR, tasks)),
            ("stops_by_load_per_task_hour", Figure::ratio(by_load * MS_PER_HOUR, tasks)),
            ("cpu_reservation_time_mean", Figure::ratio(reserved[0], up[0])),
            ("memory_reservation_time_mean", Figure::ratio(reserved[1], up[1])),
            ("cpu_packing_time_mean", packing[0]),
            ("memory_packing_time_mean", packing[1]),
            ("packing_time_mean", Figure::largest(packing)),
            ("instances_in_use_peak", Figure::Count(self.states.iter().map(|(_, state)| state.in_use).max().unwrap())),
            ("instances_in_use_time_mean", Figure::ratio(self.integral(end, |state| state.in_use), end.into())),
            ("instance_hours", Figure::ratio(self.integral(end, |state| state.up), MS_PER_HOUR)),
        ])
    }

    /// The state before the events of a time after 0.
    fn state_before(&self, at: u64) -> State {
        let known = self.states.partition_point(|state| state.0 < at);
        self.states[known - 1].1
    }

    fn compare(&self, record: &RunRecord) {
        let end = record.samples.last().expect("a run has a last state").at_ms;
        for (column, replayed) in self.figures(end) {
            assert_eq!(replayed, record.figures[position(column).unwrap()], "{column}");
        }
        // The first look is between the services of time 0 and its other tasks, which the log does not tell apart.
        for (index, sample) in record.samples.iter().enumerate().filter(|(_, sample)| sample.at_ms > 0) {
            let is_last = index + 1 == record.samples.len();
            let state = if is_last { self.states.last().unwrap().1 } else { self.state_before(sample.at_ms) };
            let share = |r: usize| Figure::ratio(state.reserved[r].into(), state.up_capacity[r].into());
            assert_eq!((share(0), share(1)), (sample.cpu_reservation, sample.memory_reservation), "{}", sample.at_ms);
            assert_eq!(
                (state.tasks, state.in_use, state.up),
                (sample.tasks, sample.instances_in_use, sample.instances_up),
                "at {} ms",
                sample.at_ms
            );
        }
        let failed: BTreeMap<_, _> =
            record.failures.iter().map(|row| (Why::new(&row.group, &row.reason), row.attempts)).collect();
        assert_eq!(self.failed, failed);
        let mut refused = BTreeMap::<_, u64>::new();
        self.refused.values().for_each(|why| *refused.entry(why.clone()).or_default() += 1);
        for row in &record.failures {
            let tasks = refused.remove(&Why::new(&row.group, &row.reason)).unwrap_or_default();
            assert_eq!(tasks, row.tasks_refused, "{} {}", row.group, row.reason);
        }
        assert_eq!(self.snapshot.len(), record.services.len());
        for row in &record.services {
            let most = self.snapshot[&row.group].each_ref().map(|places| *places.values().max().unwrap());
            let tasks: u64 = self.snapshot[&row.group][0].values().sum();
            let share = |most: u64| Figure::ratio(most.into(), tasks.into());
            assert_eq!(tasks, row.tasks, "{}", row.group);
            assert_eq!([share(most[0]), share(most[1])], [row.blast_radius_zone, row.blast_radius_instance]);
        }
    }
}

fn check(file: &str) {
    let scenario = load(file);
    for Run { record, log, .. } in runs(&scenario) {
        Reader::read(&log, record.snapshot_ms).compare(&record);
    }
}

#[test]
fn deployments_replay_to_the_same_figures() {
    check("rolling-deployment.toml");
    check("daemon-holdback.toml");
}

#[test]
fn losses_replay_to_the_same_figures() {
    check("zone-loss-and-return.toml");
    check("spot-interruptions.toml");
    check("az-rebalancing.toml");
}

#[test]
fn patches_replay_to_the_same_figures() {
    check("patch-wave.toml");
}

#[test]
fn auto_scaling_replays_to_the_same_figures() {
    check("scale-in-strands.toml");
}

#[test]
fn churn_replays_to_the_same_figures() {
    check("churn-day.toml");
}

#[test]
fn a_log_without_one_of_its_stops_gives_other_figures() {
    let scenario = load("rolling-deployment.toml");
    let Run { record, log, .. } = runs(&scenario).remove(0);
    let end = record.samples.last().unwrap().at_ms;
    let stop = log.lines().position(|line| line.contains(",stopped,")).expect("tasks stop");
    let renumbered = |(row, line): (usize, &str)| {
        let rest = line.splitn(3, ',').nth(2).unwrap();
        if row == 0 { format!("{line}\n") } else { format!("0,{},{rest}\n", row - 1) }
    };
    let lines = log.lines().enumerate().filter(|(row, _)| *row != stop).map(|(_, line)| line);
    let shorter: String = lines.enumerate().map(renumbered).collect();
    let figures = Reader::read(&shorter, u64::MAX).figures(end);
    let differs = |(column, figure): &(&&str, &Figure)| record.figures[position(column).unwrap()] != **figure;
    let differing = figures.iter().filter(differs).count();
    assert!(differing > 5, "only {differing} of {} figures differ", figures.len());
}
