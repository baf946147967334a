//! `stowplan generate`: the load of one seed as a trace in the columns that `[trace]` reads.

use std::io::{self, BufWriter, Write as _};

use super::args::GenerateArguments;
use super::{Exit, input, terminal};
use crate::model::Requests;
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
            &demand.gpus.to_string(),
        ])?;
    }
    writer.flush()?;
    io::stdout().flush()?;
    if !scenario.services.is_empty() {
        let names: Vec<&str> = scenario.services.iter().map(|service| service.name.as_str()).collect();
        terminal::note(&arguments.output, &format!("note: services are no part of a trace: {}", names.join(", ")));
    }
    if !scenario.starts.is_empty() {
        let count = scenario.starts.len();
        terminal::note(&arguments.output, &format!("note: {count} call(s) of StartTask are no part of a trace"));
    }
    Ok(Exit::Done)
}
