//! What is lost and comes back is as it registered, whatever was done to it before.

use stowplan::engine::InstanceStatus;
use stowplan::live::{Answer, Command, Error, InstanceChange, InstanceLook, Live, Register};
use stowplan::model::{Attributes, HappeningKind, Identity, InstanceClass, InstanceId, Others, Port, Scenario};

const CPU: u32 = 1_024;
const HELD: u32 = 700;
const FIRST: InstanceId = InstanceId(0);

/// One instance that registered 1,024 CPU units; tasks that nobody knows hold 700 of them, and a port.
fn held() -> (InstanceClass, Identity, Vec<String>) {
    let mut class = InstanceClass::new(stowplan::model::ZoneId(0), "a", CPU - HELD, 512);
    class.other_ports = vec![Port::tcp(8080)];
    class.reserved_ports.push(Port::tcp(8080));
    let others = Others { tasks: 1, cpu: HELD, memory: 512, ..Others::default() };
    (class, Identity { name: "held".to_owned(), others, ..Identity::default() }, vec!["a".to_owned()])
}

/// The world opens with it.
fn opened() -> Live {
    let (class, identity, zones) = held();
    let mut scenario = Scenario::empty("returns");
    scenario.fleet.zones = zones;
    let class = scenario.fleet.intern(class);
    scenario.fleet.instances.push(class);
    scenario.fleet.identities.push(identity);
    Live::open(&scenario, None, 1, ())
}

/// It registers in an empty world.
fn registered() -> Live {
    let (class, identity, zones) = held();
    let mut live = Live::open(&Scenario::empty("returns"), None, 1, ());
    live.add_zone(&zones[0]).unwrap();
    live.apply(Command::Register(Register { class, count: 1, identity: Some(identity) })).unwrap();
    live
}

fn stack(value: &str) -> Attributes {
    Attributes::from([("stack".to_owned(), Some(value.to_owned()))])
}

fn change(live: &mut Live, changes: &[InstanceChange]) {
    for change in changes {
        live.apply(Command::Instance(FIRST, change.clone())).unwrap();
    }
}

/// The only instance that is up.
fn only(live: &Live) -> InstanceLook<'_> {
    let look = live.look();
    let mut up = look.instances().filter(|one| one.status != InstanceStatus::Lost);
    let only = up.next().unwrap();
    assert_eq!(up.next(), None);
    only
}

/// It is whole, has its ports, and no attribute that it did not register.
#[track_caller]
fn assert_new(live: &Live) {
    let one = only(live);
    assert_eq!((one.class.cpu.0, one.class.memory.0, one.remaining.cpu.0), (CPU, 1_024, CPU));
    assert!(!one.class.reserved_ports.contains(&Port::tcp(8080)), "{:?}", one.class.reserved_ports);
    assert_eq!(one.class.attribute("stack"), None);
}

#[test]
fn an_instance_whose_attributes_were_changed_returns_as_it_registered() {
    use InstanceChange::{Lose, PutAttributes, Return};
    for mut live in [opened(), registered()] {
        change(&mut live, &[PutAttributes(stack("prod"))]);
        let was = only(&live);
        assert_eq!((was.id, was.class.cpu.0, was.class.attribute("stack")), (FIRST, CPU - HELD, Some(Some("prod"))));
        change(&mut live, &[Lose, Return]);
        assert_new(&live);
        // What is said of the first is meant of the one that stands for it, however often it was replaced.
        change(&mut live, &[PutAttributes(stack("test")), Lose, Return, PutAttributes(stack("qa")), Lose, Return]);
        assert_new(&live);
        live.apply(Command::Deregister { instance: FIRST, force: false }).unwrap();
        let error = live.apply(Command::Instance(FIRST, PutAttributes(stack("prod")))).unwrap_err();
        assert!(matches!(error, Error::Status { status: InstanceStatus::Lost, .. }), "{error:?}");
        change(&mut live, &[Return]);
        assert_new(&live);
    }
}

#[test]
fn what_registers_like_a_changed_instance_is_as_that_one_registered() {
    for mut live in [opened(), registered()] {
        change(&mut live, &[InstanceChange::PutAttributes(stack("prod"))]);
        live.apply(Command::Happening(HappeningKind::InstancesRegistered { like: FIRST, count: 1 })).unwrap();
        live.apply(Command::Deregister { instance: FIRST, force: true }).unwrap();
        assert_new(&live);
    }
}

/// Without anything held too: nobody puts its attributes anew.
#[test]
fn attributes_that_were_put_or_deleted_do_not_outlive_an_instance() {
    use InstanceChange::{DeleteAttributes, Lose, PutAttributes, Return};
    let mut live: Live = Live::open(&Scenario::empty("returns"), None, 1, ());
    let zone = live.add_zone("a").unwrap();
    let mut class = InstanceClass::new(zone, "a", CPU, 1_024);
    class.attributes.extend(stack("prod"));
    let answer = live.apply(Command::Register(Register { class: class.clone(), count: 1, identity: None })).unwrap();
    assert_eq!(answer, Answer::Instances(vec![FIRST]));
    change(&mut live, &[PutAttributes(stack("test")), DeleteAttributes(vec!["stack".to_owned()])]);
    assert_eq!(only(&live).class.attribute("stack"), None);
    change(&mut live, &[Lose, Return]);
    assert_eq!(*only(&live).class, class);
}
