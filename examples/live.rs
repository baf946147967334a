//! A cluster that is driven from outside: it grows, loses a zone on a fork, and only then in earnest.
//!
//! `cargo run --example live`

use stowplan::live::{Answer, Command, Error, Live, Register, RunTask, ServiceLook};
use stowplan::model::{
    Demand, HappeningKind, InstanceClass, Scenario, Service, ServiceSettings, SimTime, TaskDefinition, ZoneId,
};

#[expect(clippy::print_stdout, reason = "an example shows what it has done")]
fn main() -> Result<(), Error> {
    let mut live: Live = Live::open(&Scenario::empty("example"), None, 1, ());
    for zone in ["eu-north-1a", "eu-north-1b"] {
        let class = InstanceClass::new(live.add_zone(zone)?, zone, 2_048, 3_900);
        live.apply(Command::Register(Register { class, count: 3, identity: None }))?;
    }
    let demand = Demand::new(512, 900);
    let api = live.define(TaskDefinition { family: "api".into(), demand, ..TaskDefinition::default() });
    live.apply(Command::CreateService(Service {
        name: "api".into(),
        definition: api,
        desired_count: 16,
        strategy: None,
        constraints: Vec::new(),
        settings: ServiceSettings::default(),
    }))?;
    tell("at first", &live);

    let mut what_if = live.fork();
    what_if.apply(Command::Happening(HappeningKind::ZoneLost(ZoneId(0))))?;
    tell("were the first zone lost", &what_if);
    tell("as it is", &live);

    live.advance_to(SimTime(60_000))?;
    if let Answer::Tasks(tasks) = live.apply(Command::RunTask(RunTask::of(api)))? {
        tasks.iter().for_each(|task| println!("task {}: {:?}", task.task, task.outcome));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example shows what it has done")]
fn tell(when: &str, live: &Live) {
    if let Some(ServiceLook { desired, running, waiting, .. }) = live.look().service("api") {
        println!("{when}: {running} of {desired} tasks run, {waiting} wait");
    }
}
