//! The row that registers an instance has all that the instance is.

use std::collections::BTreeMap;

use stowplan::model::{
    Capabilities, CpuUnits, Fleet, GpuKind, GpuSlice, Identity, InstanceClass, MemoryMib, Others, Port, Protocol,
    Scenario, ZoneId,
};
use stowplan::query::Instant;

use super::runs;
use crate::support::scenario;

/// An instance as its row tells of it.
#[derive(Debug, PartialEq)]
struct Built {
    identity: Identity,
    class: InstanceClass,
    zone: String,
}

fn port(text: &str) -> Port {
    let (number, protocol) = text.split_once('/').unwrap();
    let protocol = if protocol == "udp" { Protocol::Udp } else { Protocol::Tcp };
    Port { number: number.parse().unwrap(), protocol }
}

/// Builds an instance from its row; providers and zones by the position of their names in the scenario.
fn build(scenario: &Scenario, row: &csv::StringRecord) -> Built {
    let said: serde_json::Value = serde_json::from_str(&row[14]).unwrap();
    let text = |key: &str| said[key].as_str().map(str::to_owned);
    let number = |key: &str| said[key].as_u64().map(|number| u32::try_from(number).unwrap());
    let attribute = |(name, value): (&String, &serde_json::Value)| (name.clone(), value.as_str().map(str::to_owned));
    let zone = scenario.fleet.zones.iter().position(|zone| *zone == row[13]).unwrap();
    let provider = text("capacity_provider").map(|name| {
        let position = scenario.dynamics.providers.iter().position(|provider| provider.name == name);
        stowplan::model::ProviderId::from_index(position.unwrap())
    });
    let memory = said["gpu_memory_mib"].as_array().cloned().unwrap_or_default();
    let slice = text("gpu_slice").map(|slice| GpuSlice::from_text(&slice).unwrap());
    let gpus: f64 = row[9].parse().unwrap();
    let class = InstanceClass {
        instance_type: text("instance_type"),
        cpu: CpuUnits(row[7].parse().unwrap()),
        memory: MemoryMib(row[8].parse().unwrap()),
        gpus: format!("{:.0}", gpus * f64::from(slice.map_or(1, GpuSlice::parts))).parse().unwrap(),
        gpu_kind: GpuKind {
            slice,
            memory: memory.iter().map(|mib| MemoryMib(u32::try_from(mib.as_u64().unwrap()).unwrap())).collect(),
        },
        eni_tasks: number("eni_tasks"),
        reserved_ports: row[11].split_whitespace().map(port).collect(),
        attributes: said["attributes"].as_object().unwrap().iter().map(attribute).collect(),
        agent_version: text("agent_version"),
        agent_connected: said["agent_connected"].as_bool().unwrap(),
        provider,
        ..InstanceClass::new(ZoneId::from_index(zone), &row[13], 1, 1)
    };
    let identity = Identity {
        name: row[12].to_owned(),
        ec2_instance_id: text("ec2_instance_id"),
        registered_at: text("registered_at").map(|at| Instant::parse(&at).unwrap().seconds()),
        others: Others { tasks: number("other_tasks").unwrap_or_default(), ..Others::default() },
    };
    Built { identity, class, zone: row[13].to_owned() }
}

/// What the scenario says of an instance, but for what decides nothing: prices, and derived attributes nobody asks for.
fn said(fleet: &Fleet, row: usize, asked: &[&str]) -> Built {
    let id = fleet.ids().nth(row).unwrap();
    let mut class = fleet.class(id).clone();
    let derived = std::mem::take(&mut class.capabilities);
    class.attributes.extend(asked.iter().filter(|name| derived.contains(name)).map(|name| ((*name).to_owned(), None)));
    class.price = None;
    class.capabilities = Capabilities::default();
    let identity = fleet.identities.get(row).cloned();
    let named = || Identity { name: fleet.name(id).into_owned(), ..Identity::default() };
    let mut identity = identity.unwrap_or_else(named);
    (identity.others.cpu, identity.others.memory) = (0, 0);
    Built { identity, zone: fleet.zones[class.zone.index()].clone(), class }
}

fn registrations(log: &str) -> Vec<csv::StringRecord> {
    let mut rows = csv::Reader::from_reader(log.as_bytes());
    rows.records().map(Result::unwrap).filter(|row| &row[3] == "instance-registered").collect()
}

const FLEET: &str = r#"
name = 'fleet'
horizon = '1h'
[cluster]
zones = ['us-east-1a', 'us-east-1b']

[[cluster.instances]]
type = 'm5.large'
count = 3
capacity-provider = 'spot'
zones = ['us-east-1b']

[[cluster.instances]]
type = 'g4dn.12xlarge'
zones = ['us-east-1a']

[[cluster.instances]]
type = 'g6f.large'
zones = ['us-east-1b']

[[cluster.instances]]
cpu = 2048
memory = 4000
agent-version = '1.14.5'
agent-connected = false
attributes = { stack = "blue" }
zones = ['us-east-1a']
identities = [
  { name = 'first', ec2-instance-id = 'i-0aaaaaaaaaaaaaaaa', registered-at = '2026-01-02T03:04:05Z', other-tasks = 2 },
  { name = 'second', registered-at = '2026-01-02' },
]

[[capacity-providers]]
name = 'spot'

[[task-definitions]]
family = 'web'
cpu = 100
memory = 100
network-mode = 'awsvpc'

[[services]]
name = 'web'
task-definition = 'web'
desired-count = 1

[[happenings]]
at = '10m'
instances-registered = { like = 'first', count = 1 }
"#;

#[test]
fn an_instance_is_built_anew_from_its_row() {
    let scenario = scenario(FLEET);
    let run = runs(&scenario).remove(0);
    let rows = registrations(&run.log);
    let at_start = scenario.fleet.instances.len();
    assert_eq!(rows.len(), at_start + 1);
    for (position, row) in rows[..at_start].iter().enumerate() {
        let expected = said(&scenario.fleet, position, &["ecs.capability.task-eni"]);
        assert_eq!(build(&scenario, row), expected, "{row:?}");
    }
    let kinds: BTreeMap<&str, usize> = BTreeMap::from([
        ("providers", rows.iter().filter(|row| row[14].contains("\"capacity_provider\":\"spot\"")).count()),
        ("derived", rows.iter().filter(|row| row[14].contains("\"ecs.capability.task-eni\":null")).count()),
        ("others", rows.iter().filter(|row| row[14].contains("\"other_tasks\":2")).count()),
        ("slices", rows.iter().filter(|row| &row[9] == "0.125").count()),
        ("moments", rows.iter().filter(|row| row[14].contains("\"registered_at\":\"2026-01-02")).count()),
    ]);
    let expected = [("derived", 5), ("moments", 2), ("others", 1), ("providers", 3), ("slices", 1)];
    assert_eq!(kinds, BTreeMap::from(expected), "{rows:#?}");
}

/// What joins later is of a class of the fleet, with its agent connected, and has no identity but its name.
#[test]
fn an_instance_that_joins_has_its_class_and_no_identity_of_another() {
    let scenario = scenario(FLEET);
    let run = runs(&scenario).remove(0);
    let joined = build(&scenario, registrations(&run.log).last().unwrap());
    let like = said(&scenario.fleet, 5, &["ecs.capability.task-eni"]);
    assert!(!like.class.agent_connected);
    assert_eq!(joined.class, InstanceClass { agent_connected: true, ..like.class });
    let identity = Identity { name: joined.identity.name.clone(), ..Identity::default() };
    assert_eq!(joined.identity, identity);
}

/// Forms of GPUs in the rows of tasks: decimal devices, or MiB of one; `ALL` is that of its instance, and empty without.
#[test]
fn r5_15_rows_tell_every_form_of_gpu() {
    let definition =
        |family: &str, gpu: &str| format!("[[task-definitions]]\nfamily = '{family}'\ncpu = 8\nmemory = 8\n{gpu}\n");
    let job = |family: &str, count: u32| format!("[[tasks]]\ntask-definition = '{family}'\ncount = {count}\n");
    let text = "name = 'gpus'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'g4dn.12xlarge'\n\
                [[cluster.instances]]\ntype = 'g6f.large'\n[[cluster.instances]]\ntype = 'g4dn.xlarge'\n"
        .to_owned()
        + &definition("all", "gpu = 'ALL'")
        + &definition("slice", "gpu = '0.125'")
        + &definition("share", "gpu-memory = 5000")
        + &definition("whole", "gpu = 2")
        + &job("slice", 1)
        + &job("share", 1)
        + &job("all", 2)
        + &job("whole", 1)
        + "[[policies]]\nname = 'pack'\ntemplate = 'binpack'\n";
    let run = runs(&scenario(&text)).remove(0);
    let mut rows = csv::Reader::from_reader(run.log.as_bytes());
    let of_tasks = rows.records().map(Result::unwrap).filter(|row| !row[4].is_empty());
    let told: Vec<String> = of_tasks.map(|row| format!("{} {} {}/{}", &row[3], &row[6], &row[9], &row[10])).collect();
    for expected in ["placed slice 0.125/0", "placed share 0/5000"] {
        assert!(told.contains(&expected.to_owned()), "{expected}: {told:?}");
    }
    let all: Vec<&String> = told.iter().filter(|line| line.contains(" all ")).collect();
    assert!(
        all.iter().all(|line| ["placed all 4/0", "placed all 1/0", "placed all 0.125/0", "rejected all /0"]
            .contains(&line.as_str())),
        "{all:?}"
    );
    assert!(all.iter().any(|line| line.starts_with("placed")), "{told:?}");
    assert!(told.iter().any(|line| line.ends_with("whole 2/0")), "{told:?}");
}
