//! An instance as the log tells of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::bad::BadRow;
use super::columns::ports;
use super::row::Row;
use crate::model::{Port, ZONE_ATTRIBUTE};
use crate::query::Instant;

/// What placement may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Draining,
    Lost,
}

/// What is left of an instance, or what a task takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) cpu: i64,
    pub(super) memory: i64,
    pub(super) gpu_milli: i64,
    pub(super) gpu_memory: i64,
}

impl Amounts {
    pub(super) fn of(row: &Row<'_>) -> Self {
        let number = |value: Option<u64>| i64::try_from(value.unwrap_or(0)).unwrap_or(i64::MAX / 4);
        Self {
            cpu: number(row.cpu),
            memory: number(row.memory),
            gpu_milli: number(row.gpu_milli),
            gpu_memory: number(row.gpu_memory),
        }
    }

    pub(super) fn less(self, other: Self) -> Self {
        self.plus(Self {
            cpu: -other.cpu,
            memory: -other.memory,
            gpu_milli: -other.gpu_milli,
            gpu_memory: -other.gpu_memory,
        })
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_add(other.cpu),
            memory: self.memory.saturating_add(other.memory),
            gpu_milli: self.gpu_milli.saturating_add(other.gpu_milli),
            gpu_memory: self.gpu_memory.saturating_add(other.gpu_memory),
        }
    }

    /// It takes a part of a GPU.
    pub(super) fn shares(self) -> bool {
        self.gpu_milli % 1_000 != 0 || self.gpu_memory > 0
    }
}

/// An instance.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) zone: String,
    pub(super) status: Status,
    pub(super) registered: Amounts,
    pub(super) left: Amounts,
    /// Ports in use, reserved ones included.
    pub(super) ports: Vec<Port>,
    /// Interfaces that are free; `None` is any number, or not known.
    pub(super) interfaces: Option<i64>,
    /// Tasks that have a part of a GPU, and GPUs that tasks share which are in no row.
    pub(super) sharing: u32,
    /// Counted tasks.
    pub(super) tasks: u32,
    pub(super) facts: Described,
}

/// The JSON object of a row that registers an instance; all of it may be absent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Described {
    pub(super) capacity_provider: Option<String>,
    pub(super) eni_tasks: Option<i64>,
    pub(super) agent_version: Option<String>,
    pub(super) agent_connected: Option<bool>,
    pub(super) gpu_slice: Option<String>,
    pub(super) other_gpus: u32,
    pub(super) shared_gpus: Vec<u32>,
    pub(super) attributes: BTreeMap<String, Option<String>>,
    pub(super) ec2_instance_id: Option<String>,
    pub(super) registered_at: Option<String>,
    pub(super) other_tasks: u32,
    #[serde(skip)]
    pub(super) registered_seconds: Option<i64>,
}

impl Node {
    pub(super) fn registered(row: &Row<'_>) -> Result<Self, BadRow> {
        let reason = row.reason.filter(|text| !text.is_empty()).unwrap_or("{}");
        let wrong = |error| BadRow::at(row.line, "reason", format!("of an instance it is a JSON object: {error}"));
        let mut facts: Described = serde_json::from_str(reason).map_err(wrong)?;
        facts.registered_seconds = facts.registered_at.as_deref().and_then(Instant::parse).map(Instant::seconds);
        let zone = row.zone.filter(|zone| !zone.is_empty()).map(str::to_owned);
        let of_attributes = facts.attributes.get(ZONE_ATTRIBUTE).cloned().flatten();
        let zone = zone.or(of_attributes).unwrap_or_default();
        if !zone.is_empty() && row.reason.is_none_or(str::is_empty) {
            facts.attributes.insert(ZONE_ATTRIBUTE.to_owned(), Some(zone.clone()));
        }
        let registered = Amounts::of(row);
        Ok(Self {
            name: row.instance.to_owned(),
            zone,
            status: Status::Active,
            registered,
            left: registered,
            ports: ports(row)?,
            interfaces: facts.eni_tasks,
            sharing: u32::try_from(facts.shared_gpus.len()).unwrap_or(u32::MAX / 2),
            tasks: 0,
            facts,
        })
    }

    /// The value of an attribute: `None` absent, `Some(None)` present without a value.
    pub(super) fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.facts.attributes.get(name).map(Option::as_deref)
    }
}
