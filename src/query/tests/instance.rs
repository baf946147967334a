//! A container instance as a list of facts, and the six of the examples.

use std::collections::BTreeMap;

use super::super::Facts;
use crate::query::values::instant::Instant;

#[derive(Clone, Debug, Default)]
pub(in crate::query) struct TestInstance {
    pub(in crate::query) name: String,
    pub(in crate::query) agent_connected: bool,
    pub(in crate::query) agent_version: Option<String>,
    pub(in crate::query) ec2_instance_id: Option<String>,
    pub(in crate::query) registered_at: Option<i64>,
    pub(in crate::query) running_tasks_count: u32,
    pub(in crate::query) groups: Vec<String>,
    pub(in crate::query) attributes: BTreeMap<String, Option<String>>,
}

impl Facts for TestInstance {
    fn agent_connected(&self) -> bool {
        self.agent_connected
    }

    fn agent_version(&self) -> Option<&str> {
        self.agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        self.ec2_instance_id.as_deref()
    }

    fn registered_at(&self) -> Option<i64> {
        self.registered_at
    }

    fn running_tasks_count(&self) -> u32 {
        self.running_tasks_count
    }

    fn any_task_group(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.groups.iter().any(|group| test(group))
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.attributes.get(name).map(Option::as_deref)
    }
}

/// One row of the table, columns separated by `|`; custom attributes as `name=value` or `name`, separated by `,`.
fn instance(row: &str) -> TestInstance {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let [name, zone, kind, platform, version, connected, registered, tasks, groups, custom] = cells[..] else {
        panic!("a row has ten columns: {row}");
    };
    let (os, architecture) = platform.split_once('/').expect("a platform is os/architecture");
    let built_in = [
        ("ecs.ami-id", "ami-1234abcd"),
        ("ecs.availability-zone", zone),
        ("ecs.instance-type", kind),
        ("ecs.os-type", os),
        ("ecs.cpu-architecture", architecture),
    ];
    let built_in = built_in.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
    let custom = items(custom).map(|item| match item.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (item.to_owned(), None),
    });
    TestInstance {
        name: name.to_owned(),
        agent_connected: connected == "true",
        agent_version: Some(version.to_owned()),
        ec2_instance_id: Some(format!("i-0{name}")),
        registered_at: Some(Instant::parse(registered).expect("an instant").0),
        running_tasks_count: tasks.parse().expect("a number"),
        groups: items(groups).map(str::to_owned).collect(),
        attributes: built_in.into_iter().chain(custom).collect(),
    }
}

fn items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// The instances that the examples C-* are about.
pub(in crate::query) fn six() -> [TestInstance; 6] {
    [
        "a1|us-east-1a|t2.small  |linux/x86_64  |1.14.4 |true |2018-02-12T23:59:59Z     |1|service:production          |stack=prod, rack=7",
        "a2|us-east-1a|t2.medium |linux/x86_64  |1.14.5 |true |2018-02-13T00:00:00Z     |2|service:production, database|stack=dev, rack=12",
        "b1|us-east-1b|g2.2xlarge|linux/x86_64  |1.9.0  |false|2018-06-18T22:28:28+00:00|0|                            |",
        "d1|us-east-1d|g2.8xlarge|linux/x86_64  |1.75.3 |true |2023-08-01T10:00:00Z     |3|databases, family:batch     |stack=prod, rack=100",
        "c1|us-east-1c|t3.large  |windows/x86_64|1.80.0 |true |2024-01-05T00:00:00+09:00|0|                            |gpu, team=Blue Team",
        "c2|us-east-1c|m6g.large |linux/arm64   |1.105.1|true |2024-06-30T12:00:00Z     |1|family:batch                |stack=Prod, team=red",
    ]
    .map(instance)
}
