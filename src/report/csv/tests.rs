//! The bytes of every file for a small set of records with every kind of value and odd names.

use std::time::Duration;

use super::*;
use crate::analysis::seen::Seen;
use crate::analysis::summary::SummaryRow;
use crate::engine::{InstanceStatus, Reason};
use crate::model::{
    DefinitionId, Demand, GroupId, InstanceId, Only, Port, Request, RequestId, Requests, SimTime, Strategy,
    TaskDefinition,
};
use crate::report::sample;
use crate::simulation::{Observer, Rejection, Start, Stop, StopCause, Wait, Withdrawal};

fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn tables_are_as_the_contract_says() {
    let records = sample::records();
    insta::assert_snapshot!("runs", written(|out| write_runs(out, &records)));
    insta::assert_snapshot!("timeseries", written(|out| write_timeseries(out, &records)));
    insta::assert_snapshot!("failures", written(|out| write_failures(out, &records)));
    insta::assert_snapshot!("services", written(|out| write_services(out, &records)));
    insta::assert_snapshot!("autoscaling", written(|out| write_autoscaling(out, &records)));
    insta::assert_snapshot!("deployments", written(|out| write_deployments(out, &records)));
    insta::assert_snapshot!("shapes", written(|out| write_shapes(out, &records)));
    insta::assert_snapshot!("frontier", written(|out| write_frontier(out, &records)));
    insta::assert_snapshot!("instances", written(|out| write_instances(out, &sample::fleet())));
}

fn summary() -> [SummaryRow; 2] {
    let full = SummaryRow {
        policy: "odd, \"name\"".into(),
        metric: "failure_rate",
        n: 3,
        absent: 0,
        censored: 1,
        is_fixed: false,
        leads: true,
        mean: Some(0.1 + 0.2),
        low: Some(0.25),
        high: Some(0.35),
        p50: Some(Seen::Exactly(0.3)),
        p90: Some(Seen::MoreThan(0.4)),
        min: Some(Seen::Exactly(0.0)),
        max: Some(Seen::Exactly(1.0)),
    };
    let none = SummaryRow { policy: "none".into(), n: 0, absent: 3, mean: None, low: None, high: None, ..full.clone() };
    [full, SummaryRow { p50: None, p90: None, min: None, max: None, ..none }]
}

#[test]
fn the_summary_is_the_same_in_csv_and_json() {
    insta::assert_snapshot!("summary", written(|out| write_summary(out, &summary())));
    insta::assert_snapshot!("summary_json", written(|out| crate::report::write_summary_json(out, &summary())));
}

#[test]
fn timings_have_no_rate_for_no_time() {
    let timing = |run, millis| Timing {
        run,
        policy: "binpack".into(),
        seed: 1,
        wall: Duration::from_millis(millis),
        attempts: 3_000,
        paths: vec!["fit index".to_owned(), "scan".to_owned()],
    };
    let text = written(|out| write_timings(out, &[timing(0, 1_500), timing(1, 0)]));
    assert_eq!(
        text,
        "run,policy,seed,wall_s,attempts,attempts_per_s,paths\n\
         0,binpack,1,1.5,3000,2000,fit index; scan\n1,binpack,1,0,3000,,fit index; scan\n"
    );
}

#[test]
fn every_row_of_a_table_has_the_cells_of_its_header() {
    let records = sample::records();
    let tables = [
        written(|out| write_runs(out, &records)),
        written(|out| write_timeseries(out, &records)),
        written(|out| write_failures(out, &records)),
        written(|out| write_services(out, &records)),
        written(|out| write_shapes(out, &records)),
        written(|out| write_frontier(out, &records)),
        written(|out| write_saturation(out, &records)),
        written(|out| write_instances(out, &sample::fleet())),
        EVENTS_HEADER.to_owned() + &log(tell_everything),
    ];
    for table in tables {
        let mut reader = ::csv::Reader::from_reader(table.as_bytes());
        let width = reader.headers().unwrap().len();
        let rows: Vec<::csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect(&table);
        assert!(!rows.is_empty() && rows.iter().all(|row| row.len() == width), "{table}");
    }
}

/// Two kinds of request: a web task with ports, and one whose names need quoting.
fn definitions() -> [TaskDefinition; 2] {
    let web = Demand { ports: vec![Port::tcp(80), Port::udp(53)], gpus: 1.into(), ..Demand::new(512, 1024) };
    [("web", web), ("odd, \"name\"", Demand::new(0, 4))].map(|(family, demand)| TaskDefinition {
        family: family.into(),
        demand,
        ..TaskDefinition::default()
    })
}

fn requests() -> Requests {
    let table = definitions().into_iter().enumerate().map(|(index, definition)| Request {
        definition: DefinitionId::from_index(index),
        group: GroupId::from_index(index),
        demand: definition.demand,
        requires_attributes: Vec::new(),
        strategy: Strategy::run_task_default(),
        distinct_instance: false,
        member_of: Vec::new(),
        only: Only::default(),
    });
    let groups = vec!["service:web".into(), "family:odd, \"name\"".into()];
    Requests { table: table.collect(), groups, ..Requests::default() }
}

fn log(tell: fn(&mut dyn Observer)) -> String {
    let (fleet, definitions, requests) = (sample::fleet(), definitions(), requests());
    let source = EventSource { run: 7, fleet: &fleet, definitions: &definitions, requests: &requests, providers: &[] };
    let mut bytes = Vec::new();
    let mut log = EventWriter::start(source, &mut bytes);
    tell(&mut log);
    let rows = log.finish().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(rows, text.lines().count() as u64);
    text
}

fn tell_everything(log: &mut dyn Observer) {
    use InstanceStatus::{Active, Draining, Lost};
    let (web, odd) = (RequestId(0), RequestId(1));
    let (first, second) = (InstanceId(0), InstanceId(1));
    let place = |at, task, request, instance| Start { at, task, request, instance, is_first: true, asked: at };
    log.placed(&place(SimTime(0), 0, web, first));
    log.placed(&place(SimTime(1_500), 1, odd, second));
    let reject = |reason, waits, is_timed_out| Rejection {
        at: SimTime(2_050),
        task: 2,
        request: web,
        reason,
        asked: SimTime(0),
        waits,
        is_first: true,
        is_timed_out,
    };
    log.rejected(&reject(Reason::Memory, true, false));
    log.rejected(&reject(Reason::MemberOf, false, false));
    log.rejected(&reject(Reason::Cpu, false, true));
    let (at, asked, reason) = (SimTime(2_500), SimTime(0), Reason::EmptyCapacityProvider);
    log.waiting(&Wait { at, task: 3, request: web, reason, asked });
    log.withdrawn(&Withdrawal { at, task: 3, request: web, asked });
    let stop = |at, task, request, instance, cause| Stop { at, task, request, instance, is_last: true, cause };
    log.stopped(&stop(SimTime(3_001), 0, web, first, StopCause::Ended));
    log.instance_changed(SimTime(4_000), first, Active, Draining);
    log.instance_changed(SimTime(5_000), first, Draining, Active);
    log.instance_changed(SimTime(6_000), second, Active, Lost);
    log.stopped(&stop(SimTime(6_000), 1, odd, second, StopCause::InstanceLost));
    log.instance_changed(SimTime(7_000), second, Lost, Active);
}

#[test]
fn the_event_log_tells_every_kind_of_event() {
    insta::assert_snapshot!("events", log(tell_everything));
}

/// Takes `room` bytes, then fails for ever.
struct Full {
    room: usize,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.room {
            return Err(io::Error::other("the disk is full"));
        }
        self.room -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_first_failed_write_of_the_event_log_is_remembered() {
    let (fleet, definitions, requests) = (sample::fleet(), definitions(), requests());
    let source = EventSource { run: 0, fleet: &fleet, definitions: &definitions, requests: &requests, providers: &[] };
    let mut log = EventWriter::start(source, Full { room: 100_000 });
    for _ in 0..1_000 {
        tell_everything(&mut log);
    }
    assert_eq!(log.finish().unwrap_err().to_string(), "the disk is full");
}

#[test]
fn a_table_that_cannot_be_written_is_an_error() {
    let error = write_runs(&mut Full { room: 0 }, &sample::records()).unwrap_err();
    assert_eq!(error.to_string(), "the disk is full");
}
