//! `stowplan generate`: the load of one seed as a trace in the columns that `[trace]` reads.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write as _};

use super::Exit;
use super::args::GenerateArguments;
use super::kit::{input, terminal};
use crate::model::{DefinitionId, GpuDemand, Requests, Scenario, counted};
use crate::workload::Workload;

pub(super) fn run(arguments: &GenerateArguments) -> anyhow::Result<Exit> {
    let scenario = input::load(&arguments.scenario, &arguments.output)?.scenario;
    let requests = Requests::compile(&scenario, &scenario.policies[0]);
    let mut writer = csv::Writer::from_writer(BufWriter::new(io::stdout().lock()));
    writer.write_record(["task_id", "group", "arrival_s", "duration_s", "cpu_units", "memory_mib", "gpu"])?;
    for (task, arrival) in (0_u64..).zip(Workload::new(&scenario, &requests, arguments.seed)) {
        let request = &requests[arrival.request];
        let demand = &request.demand;
        writer.write_record([
            task.to_string().as_str(),
            &requests.groups[request.group.index()],
            &arrival.at.to_string(),
            &arrival.life.map_or(String::new(), |life| life.to_string()),
            &demand.cpu.0.to_string(),
            &demand.memory.0.to_string(),
            &devices(demand.gpus).to_string(),
        ])?;
    }
    writer.flush()?;
    io::stdout().flush()?;
    for note in losses(&scenario) {
        terminal::note(&arguments.output, &format!("note: {note}"));
    }
    Ok(Exit::Done)
}

/// The GPUs of a task as a trace counts them: whole ones.
fn devices(demand: GpuDemand) -> u32 {
    match demand {
        GpuDemand::Whole(count) => count,
        GpuDemand::None | GpuDemand::Slice(_) | GpuDemand::All | GpuDemand::Memory(_) | GpuDemand::Share(_) => 0,
    }
}

/// What of the scenario's load the columns of a trace cannot hold.
fn losses(scenario: &Scenario) -> Vec<String> {
    let mut notes = Vec::new();
    if !scenario.services.is_empty() {
        let names: Vec<&str> = scenario.services.iter().map(|service| service.name.as_str()).collect();
        let names = names.join(", ");
        notes.push(format!("services are no part of a trace, they are closed loops that replace what stops: {names}"));
    }
    if !scenario.starts.is_empty() {
        notes.push(format!("no part of a trace: {} of StartTask", counted(scenario.starts.len(), "call")));
    }
    let drawn = scenario.sources.iter().flat_map(|source| source.shapes.iter().map(|shape| shape.definition));
    let drawn: BTreeSet<DefinitionId> = drawn.collect();
    let special = drawn.iter().map(|id| &scenario.definitions[id.index()]).filter(|definition| {
        let demand = &definition.demand;
        let is_plain = demand.ports.is_empty()
            && demand.eni_slots == 0
            && matches!(demand.gpus, GpuDemand::None | GpuDemand::Whole(_));
        !is_plain || !definition.requires_attributes.is_empty() || !definition.member_of.is_empty()
    });
    let special: Vec<String> = special.map(|definition| format!("`{}`", definition.family)).collect();
    if !special.is_empty() {
        let families = special.join(", ");
        notes.push(format!(
            "ports, network interfaces, parts of GPUs, attributes and constraints are no part of a trace: {families}"
        ));
    }
    if scenario.sources.iter().any(|source| source.strategy.is_some() || !source.constraints.is_empty()) {
        notes.push("strategies and constraints that `[[tasks]]` have of their own are no part of a trace".to_owned());
    }
    if scenario.sources.iter().any(|source| !source.providers.0.is_empty()) {
        notes.push("capacity providers are no part of a trace: its tasks go to any instance".to_owned());
    }
    notes
}
