//! What a world says to a command that it cannot carry out, in words.

use stowplan::live::{Command, InstanceChange, Live, Register, RunTask, ServiceChange};
use stowplan::model::{
    DefinitionId, Demand, HappeningKind, InstanceClass, InstanceId, Scenario, Scheduling, Service, ServiceSettings,
    SimSpan, SimTime, TaskDefinition, ZoneId,
};

fn service(name: &str) -> Service {
    Service {
        name: name.into(),
        definition: DefinitionId(0),
        desired_count: 2,
        strategy: None,
        constraints: Vec::new(),
        settings: ServiceSettings { healthy_after: SimSpan(0), ..ServiceSettings::default() },
    }
}

/// Two instances, a service of two tasks, a minute past.
fn world() -> Live {
    let mut live = Live::open(&Scenario::empty("errors"), None, 1, ());
    let class = InstanceClass::new(live.add_zone("a").unwrap(), "a", 1_024, 1_024);
    live.define(TaskDefinition { family: "f".into(), demand: Demand::new(256, 256), ..TaskDefinition::default() });
    live.apply(Command::Register(Register { class, count: 2, identity: None })).unwrap();
    live.apply(Command::CreateService(service("web"))).unwrap();
    live.advance_to(SimTime(60_000)).unwrap();
    live
}

#[track_caller]
fn check(live: &mut Live, command: Command, expected: &str) {
    let was = format!("{live:?}");
    let error = live.apply(command).expect_err("it is refused");
    assert_eq!(error.to_string(), expected);
    assert_eq!(was, format!("{live:?}"), "nothing has changed");
}

#[test]
fn what_is_not_there_is_named() {
    let mut live = world();
    let update = |name: &str, change| Command::UpdateService { service: name.into(), change };
    check(&mut live, Command::StopTask(77), "there is no task 77");
    check(&mut live, Command::ProtectTask { task: 77, time: None }, "there is no task 77");
    check(&mut live, update("api", ServiceChange::desired(1)), "there is no service `api`");
    check(&mut live, Command::DeleteService { service: "api".into(), force: true }, "there is no service `api`");
    check(&mut live, Command::Deregister { instance: InstanceId(9), force: true }, "there is no container instance 9");
    check(&mut live, Command::Instance(InstanceId(9), InstanceChange::Drain), "there is no container instance 9");
    check(&mut live, Command::Happening(HappeningKind::ZoneLost(ZoneId(4))), "there is no zone 4");
    check(&mut live, Command::RunTask(RunTask::of(DefinitionId(5))), "there is no task definition 5");
    check(&mut live, update("web", ServiceChange::deploy(DefinitionId(5))), "there is no task definition 5");
    let elsewhere = InstanceClass::new(ZoneId(3), "d", 1, 1);
    let register = Register { class: elsewhere, count: 1, identity: None };
    check(&mut live, Command::Register(register.clone()), "there is no zone 3");
    // Of many, all are registered or none.
    let here = Register { class: InstanceClass::new(ZoneId(0), "a", 7, 7), ..register.clone() };
    check(&mut live, Command::RegisterAll(vec![here, register]), "there is no zone 3");
    let expected = "`RegisterContainerInstance`: no instance; a call takes one at least";
    check(&mut live, Command::RegisterAll(Vec::new()), expected);
}

#[test]
fn what_has_passed_does_not_come_again() {
    let mut live = world();
    let error = live.advance_to(SimTime(59_000)).unwrap_err();
    assert_eq!(error.to_string(), format!("moment {} has passed, it is {}", SimTime(59_000), SimTime(60_000)));
    assert!(live.open_moment(SimTime(1_000)).is_err());
    live.advance_to(SimTime(60_000)).unwrap();
}

#[test]
fn twice_is_once_too_often() {
    let mut live = world();
    check(&mut live, Command::CreateService(service("web")), "there is service `web` already");
    let task = live.look().tasks()[0].task;
    live.apply(Command::StopTask(task)).unwrap();
    check(&mut live, Command::StopTask(task), &format!("there is no task {task}"));
    live.apply(Command::Instance(InstanceId(0), InstanceChange::Drain)).unwrap();
    let drain = Command::Instance(InstanceId(0), InstanceChange::Drain);
    check(&mut live, drain, "container instance 0 is DRAINING already");
    let active = Command::Instance(InstanceId(1), InstanceChange::Activate);
    check(&mut live, active, "container instance 1 is ACTIVE already");
    live.apply(Command::Deregister { instance: InstanceId(1), force: true }).unwrap();
    let again = Command::Deregister { instance: InstanceId(1), force: true };
    check(&mut live, again, "container instance 1 is lost already");
    let drain = Command::Instance(InstanceId(1), InstanceChange::Drain);
    check(&mut live, drain, "container instance 1 is lost");
    live.apply(Command::DeleteService { service: "web".into(), force: true }).unwrap();
    let again = Command::DeleteService { service: "web".into(), force: true };
    check(&mut live, again, "there is no service `web`");
    assert!(live.add_zone("a").is_err(), "a zone is there once");
}

#[test]
fn the_rules_of_the_api_hold() {
    let mut live = world();
    let run = |count| Command::RunTask(RunTask { count, ..RunTask::of(DefinitionId(0)) });
    check(&mut live, run(0), "`RunTask`: 0 tasks; a call takes 1 to 10");
    check(&mut live, run(11), "`RunTask`: 11 tasks; a call takes 1 to 10");
    let group = RunTask { group: Some("service:web".into()), ..RunTask::of(DefinitionId(0)) };
    let expected = "`RunTask`: group `service:web`; `service:` stands before the groups of services alone";
    check(&mut live, Command::RunTask(group), expected);
    let delete = Command::DeleteService { service: "web".into(), force: false };
    let expected = "service `web`: it wants 2 tasks; scale it to 0 first, or delete it by force";
    check(&mut live, delete, expected);
    let deregister = Command::Deregister { instance: InstanceId(0), force: false };
    let expected = "container instance 0: it runs 1 task; stop them first, or deregister it by force";
    check(&mut live, deregister, expected);
    let settings = ServiceSettings { scheduling: Scheduling::Daemon, ..ServiceSettings::default() };
    let change = ServiceChange { settings: Some(settings), ..ServiceChange::default() };
    let expected = "service `web`: its scheduling strategy cannot change; delete it and create another";
    check(&mut live, Command::UpdateService { service: "web".into(), change }, expected);
    let task = live.look().tasks()[0].task;
    let protect = Command::ProtectTask { task, time: Some(SimSpan::from_secs(3_000 * 60)) };
    let expected = format!("task {task}: protected for 3000 minutes; 1 to 2880 are allowed");
    check(&mut live, protect, &expected);
}
