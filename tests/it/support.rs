//! Small clusters and requests by hand, and the command as a user runs it.

use std::path::{Path, PathBuf};

use assert_cmd::Command;

use stowplan::analysis::record::RunRecord;
use stowplan::analysis::{Recorder, ReferenceMix, RunIdentity, catalogue};
use stowplan::engine::{Engine, FastEngine, ReferenceEngine, Setup};
use stowplan::experiment::{EngineKind, Experiment, execute};
use stowplan::model::{
    DefinitionId, Demand, Fleet, GroupId, InstanceClass, InstanceId, Only, PackedResource, PlacementOptions, Request,
    RequestId, Requests, Rule, Scenario, SpreadField, Strategy, ZoneId,
};
use stowplan::simulation::Control;

/// A cluster and the requests it will see.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) requests: Requests,
    pub(crate) options: PlacementOptions,
}

impl World {
    /// Instances as (name, zone, cpu, memory).
    pub(crate) fn new(instances: &[(&str, &str, u32, u32)]) -> Self {
        let mut world = Self::default();
        for &(name, zone, cpu, memory) in instances {
            world.add_instance(name, zone, |_| (), cpu, memory);
        }
        world
    }

    /// `count` equal instances `i1`, `i2`, … of one zone.
    pub(crate) fn of_equal(count: usize, cpu: u32, memory: u32) -> Self {
        let mut world = Self::default();
        for number in 1..=count {
            world.add_instance(&format!("i{number}"), "a", |_| (), cpu, memory);
        }
        world
    }

    pub(crate) fn add_instance(
        &mut self,
        name: &str,
        zone: &str,
        change: impl Fn(&mut InstanceClass),
        cpu: u32,
        memory: u32,
    ) {
        let zones = &mut self.fleet.zones;
        let position = zones.iter().position(|known| known == zone).unwrap_or_else(|| {
            zones.push(zone.to_owned());
            zones.len() - 1
        });
        let mut class = InstanceClass::new(ZoneId::from_index(position), zone, cpu, memory);
        change(&mut class);
        let class = self.fleet.intern(class);
        self.fleet.instances.push(class);
        self.fleet.identities.push(stowplan::model::Identity { name: name.to_owned(), ..Default::default() });
    }

    /// Adds a kind of request and returns it for changes.
    pub(crate) fn request(&mut self, group: &str, demand: Demand, rules: &[Rule]) -> RequestId {
        let groups = &mut self.requests.groups;
        let position = groups.iter().position(|known| known == group).unwrap_or_else(|| {
            groups.push(group.to_owned());
            groups.len() - 1
        });
        self.requests.table.push(Request {
            definition: DefinitionId(0),
            group: GroupId::from_index(position),
            demand,
            requires_attributes: Vec::new(),
            strategy: Strategy(rules.to_vec()),
            distinct_instance: false,
            member_of: Vec::new(),
            only: Only::default(),
        });
        RequestId::from_index(self.requests.table.len() - 1)
    }

    pub(crate) fn change(&mut self, request: RequestId) -> &mut Request {
        &mut self.requests.table[request.index()]
    }

    pub(crate) fn setup(&self) -> Setup<'_> {
        Setup { fleet: &self.fleet, requests: &self.requests, options: self.options, seed: 1 }
    }

    pub(crate) fn reference(&self) -> ReferenceEngine<'_> {
        ReferenceEngine::new(self.setup())
    }

    /// Every engine, empty: what holds of one must hold of all.
    pub(crate) fn engines(&self) -> Vec<Box<dyn Engine + '_>> {
        vec![Box::new(self.reference()), Box::new(FastEngine::new(self.setup()))]
    }

    pub(crate) fn name(&self, instance: InstanceId) -> String {
        self.fleet.name(instance).into_owned()
    }

    /// Places `count` tasks and names where they went; a refused one reads `-`.
    pub(crate) fn place(&self, engine: &mut dyn Engine, request: RequestId, count: usize) -> Vec<String> {
        (0..count)
            .map(|_| engine.place(request).map_or_else(|| "-".to_owned(), |placed| self.name(placed.instance)))
            .collect()
    }

    /// Tasks on every instance, in order.
    pub(crate) fn counts(&self, engine: &dyn Engine) -> Vec<u32> {
        (0..engine.instance_count()).map(|index| engine.task_count(InstanceId::from_index(index))).collect()
    }
}

pub(crate) fn by_zone() -> Rule {
    Rule::spread_zones()
}

pub(crate) fn by_instance() -> Rule {
    Rule::Spread(SpreadField::InstanceId)
}

pub(crate) fn pack_cpu() -> Rule {
    Rule::Binpack(PackedResource::Cpu)
}

pub(crate) fn pack_memory() -> Rule {
    Rule::Binpack(PackedResource::Memory)
}

/// The command in a folder and a terminal of so many columns.
pub(crate) fn stowplan(folder: &Path, columns: u32, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stowplan"));
    command.current_dir(folder).env("COLUMNS", columns.to_string()).env_remove("NO_COLOR").args(arguments);
    command
}

/// Exit code, standard output and standard error of a command.
pub(crate) fn ran(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What a command ended with and said, messages before data.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Said {
    pub(crate) fn by(command: &mut Command) -> Self {
        let (code, out, error) = ran(command);
        Self { code, text: error + &out }
    }

    /// It ended with this code and said all of these words, and nothing panicked.
    #[track_caller]
    pub(crate) fn check(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "{}\nlacks: {word}", self.text);
        }
        assert!(!self.text.contains("panicked"), "{}", self.text);
    }
}

/// The stored outcomes of a results folder, by name: policies in alphabetical order, seeds ascending.
pub(crate) fn stored_runs(results: &Path) -> Vec<PathBuf> {
    let Ok(keys) = std::fs::read_dir(results.join(".store")) else { return Vec::new() };
    let keys = keys.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = keys.flat_map(|key| std::fs::read_dir(key).unwrap().map(|entry| entry.unwrap().path()));
    let mut runs: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "run")).collect();
    runs.sort();
    runs
}

/// The stored outcome of one run.
pub(crate) fn stored_run(results: &Path, policy: &str, seed: u32) -> PathBuf {
    let ends = format!("-seed-{seed:05}.run");
    let is_it = |name: &str| name.starts_with(&format!("{policy}-")) && name.ends_with(&ends);
    let mut runs = stored_runs(results);
    runs.retain(|path| is_it(path.file_name().unwrap().to_str().unwrap()));
    assert_eq!(runs.len(), 1, "{policy} seed {seed}: {runs:?}");
    runs.remove(0)
}

/// Changes a stored record and seals it again, as a run that came to other figures would.
pub(crate) fn change_run(path: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    use sha2::{Digest as _, Sha256};
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().skip(1);
    let (header, body) = (lines.next().unwrap(), lines.next().unwrap());
    let mut body: serde_json::Value = serde_json::from_str(body).unwrap();
    change(&mut body["record"]);
    let rest = format!("{header}\n{body}\n");
    let digest: String = Sha256::digest(&rest).iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(path, format!("{digest}\n{rest}")).unwrap();
}

/// A valid scenario from its text.
pub(crate) fn scenario(text: &str) -> Scenario {
    match stowplan::scenario::parse(text, "test.toml".as_ref(), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{:#?}", error.problems.iter().map(ToString::to_string).collect::<Vec<_>>()),
    }
}

/// The records of every run of a scenario, in the order of its plan.
pub(crate) fn records(scenario: &Scenario, engine: EngineKind) -> Vec<RunRecord> {
    let experiment = Experiment::new(scenario, engine);
    let (mix, control) = (ReferenceMix::of(scenario), Control::default());
    let mut records = Vec::new();
    let work = |case| {
        let mut recorder = Recorder::new(scenario, experiment.requests(case), &mix);
        experiment.run(case, &control, &mut recorder).expect("nobody cancels");
        let policy = experiment.policy(case).name.clone();
        recorder.finish(RunIdentity { run: case.run, policy, seed: case.seed })
    };
    let deliver = |_, record| {
        records.push(record);
        Ok::<(), ()>(())
    };
    let delivered = execute(&experiment.plan(), 2, work, deliver, || {});
    assert_eq!(delivered, Ok(()));
    records
}

/// A figure of a policy's first run.
pub(crate) fn figure(records: &[RunRecord], policy: &str, column: &str) -> f64 {
    let position = catalogue::position(column).unwrap();
    let record = records.iter().find(|record| record.policy == policy).unwrap();
    record.figures[position].to_f64().unwrap()
}
