//! How many tasks a scenario asks for from its start to its end, as far as it is written down.
//!
//! It is the same for every policy and seed, so that what may take longer in a long run, such as figures that are found by
//! trying, can be bounded by it without telling policies apart.

use super::mix::{expected_tasks, is_within, scaled};
use crate::model::load::{DailyCurve, Scheduling, Service};
use crate::model::scenario::Scenario;
use crate::model::units::{SimSpan, SimTime};

const DAY: SimSpan = SimSpan(24 * 3_600_000);

impl Scenario {
    /// Tasks that are asked for: those of sources (rate times time for those without a count), rows of the trace, calls of
    /// StartTask, what is found running; of a service the desired count, every rise of it, and all of it again for a
    /// deployment. What is replaced because an instance went, and DAEMON tasks, are not foreseen.
    #[must_use]
    pub fn tasks_asked_for(&self) -> u64 {
        let sources = self.sources.iter().map(|source| expected_tasks(source, self.horizon));
        let trace = scaled(self.trace.tasks.len() as u64, self.trace.load_factor);
        let starts = self.starts.iter().filter(|start| is_within(start.at, self.horizon));
        let starts = starts.map(|start| start.instances.len() as u64);
        let running = self.running.iter().map(|running| running.count());
        let is_replica = |service: &&Service| service.settings.scheduling == Scheduling::Replica;
        let services = self.services.iter().filter(is_replica).map(|service| of_service(service, self.horizon));
        sources.chain([trace]).chain(starts).chain(running).chain(services).fold(0, u64::saturating_add)
    }
}

fn of_service(service: &Service, horizon: Option<SimTime>) -> u64 {
    let settings = &service.settings;
    let (wanted, rises) = match &settings.curve {
        Some(curve) => (curve.at(SimTime::ZERO), rises_of(curve, horizon)),
        None => (service.desired_count, rises(service, horizon)),
    };
    let deployments = settings.deployments.iter().filter(|deployment| is_within(deployment.at, horizon)).count() as u64;
    u64::from(wanted).saturating_mul(1 + deployments).saturating_add(rises)
}

/// By how much the steps of a service rise in all.
fn rises(service: &Service, horizon: Option<SimTime>) -> u64 {
    let steps = service.settings.steps.iter().filter(|step| is_within(step.0, horizon));
    let rise = |(before, sum): (u32, u64), &(_, count): &(SimTime, u32)| {
        (count, sum + u64::from(count.saturating_sub(before)))
    };
    steps.fold((service.desired_count, 0), rise).1
}

/// By how much a curve rises in all the days until the horizon.
fn rises_of(curve: &DailyCurve, horizon: Option<SimTime>) -> u64 {
    let after = curve.counts.iter().skip(1).chain(curve.counts.first());
    let a_day: u64 = curve.counts.iter().zip(after).map(|(&before, &now)| u64::from(now.saturating_sub(before))).sum();
    let days = horizon.map_or(1, |end| end.0 / DAY.0);
    a_day.saturating_mul(days)
}
