//! What figures mean, by cases: a wait is no failure, a retry is no task, one load has one mix, one moment one value.

use std::collections::BTreeSet;

use stowplan::analysis::catalogue::position;
use stowplan::analysis::record::{Figure, RunRecord};
use stowplan::analysis::seen::Seen;
use stowplan::analysis::summary::summarise;
use stowplan::analysis::{Recorder, ReferenceMix, RunIdentity};
use stowplan::experiment::{Case, EngineKind, Experiment};
use stowplan::simulation::Control;

use crate::support::{self, ran, scenario, stowplan};

fn records(text: &str) -> Vec<RunRecord> {
    support::records(&scenario(text), EngineKind::Fast)
}

fn of(record: &RunRecord, column: &str) -> Figure {
    record.figures[position(column).unwrap()]
}

/// The same figure of every run.
fn all(records: &[RunRecord], column: &str) -> Figure {
    let figures: BTreeSet<String> = records.iter().map(|record| of(record, column).into()).collect();
    assert_eq!(figures.len(), 1, "{column}: {figures:?}");
    of(&records[0], column)
}

/// Case 13: six RunTask calls of a task that fills an instance, four instances, a provider that grows.
#[test]
fn case_13_a_start_from_too_few_instances_is_no_failure() {
    let runs = records(
        "name = 's'\nseeds = 1\nhorizon = '1h'\n[cluster]\nzones = ['za', 'zb']\n[[cluster.instances]]\n\
         type = 'm5.xlarge'\ncount = 4\ncapacity-provider = 'cp'\n[[capacity-providers]]\nname = 'cp'\n\
         maximum-size = 10\n[[task-definitions]]\nfamily = 'job'\ncpu = 4096\nmemory = 14000\n[[tasks]]\n\
         task-definition = 'job'\ncount = 6\ncapacity-provider = 'cp'\nlifetime = { model = 'constant', value = '20m' }\n",
    );
    assert_eq!(all(&runs, "failure_rate"), Figure::ratio(0, 1));
    assert_eq!(all(&runs, "tasks_asked"), Figure::Count(6));
    assert!(runs[0].failures.is_empty(), "{:?}", runs[0].failures);
    assert!(all(&runs, "wait_s_max").exact() > Figure::Count(0).exact(), "the wait is in M23");
}

/// Case 24: a task of 3 GiB through a provider of t3.micro. It is in `failures.csv` only after a time-out.
#[test]
fn case_24_what_no_instance_will_ever_hold_waits_until_it_times_out() {
    let text = "name = 's'\nseeds = 1\nhorizon = '1h'\n[cluster]\nzones = ['za']\n[[cluster.instances]]\n\
         type = 't3.micro'\ncount = 0\ncapacity-provider = 'cp'\n[[capacity-providers]]\nname = 'cp'\nmaximum-size = 5\n\
         [[task-definitions]]\nfamily = 'big'\ncpu = 256\nmemory = 3072\n[[tasks]]\ntask-definition = 'big'\ncount = 1\n\
         capacity-provider = 'cp'\nlifetime = { model = 'constant', value = '10m' }\n";
    let runs = records(text);
    assert_eq!(all(&runs, "failure_rate"), Figure::ratio(0, 1));
    assert_eq!(all(&runs, "tasks_never_placed"), Figure::Count(1));
    assert_eq!(all(&runs, "wait_s_max"), Figure::MoreThanMs(3_600_000));
    assert!(runs[0].failures.is_empty(), "{:?}", runs[0].failures);

    let runs = records(&format!("{text}[options]\nprovisioning-timeout = '5m'\n"));
    assert_eq!(all(&runs, "failure_rate"), Figure::ratio(1, 1));
    assert_eq!(all(&runs, "wait_s_max"), Figure::MoreThanMs(300_000));
    let row = &runs[0].failures[0];
    assert_eq!(row.reason, "PROVISIONING timed out: EMPTY CAPACITY PROVIDER");
    assert_eq!((row.tasks_refused, row.tasks_never_placed, row.attempts), (1, 1, 1));
}

/// Every instance is lost at 10 min; `more` may bring them back or add what keeps services trying.
fn lost(more: &str) -> String {
    format!(
        "name = 'z'\nseeds = 1\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n\
         count = 3\n[[task-definitions]]\nfamily = 's'\ncpu = 100\nmemory = 100\n[[services]]\nname = 's'\n\
         task-definition = 's'\ndesired-count = 6\n[[happenings]]\nat = '10m'\nzone-lost = 'a'\n{more}"
    )
}

/// Case 63: one unrelated task kept the services trying, and the rate went from 25 % to 97.8 %.
#[test]
fn case_63_the_failure_rate_is_the_same_for_any_retry_interval() {
    let alone = records(&lost(""));
    assert_eq!(all(&alone, "failure_rate"), Figure::ratio(6, 12), "six tasks and their six replacements");
    let unrelated = "[[tasks]]\ntask-definition = 's'\ncount = 1\nstart = '55m'\n\
                     lifetime = { model = 'constant', value = '1m' }\n";
    assert_eq!(all(&records(&lost(unrelated)), "failure_rate"), Figure::ratio(7, 13));
    // Room for two comes at a time, so that how many are placed before they are ever tried depends on the interval.
    let back: String = (0..3)
        .map(|id| format!("[[happenings]]\nat = '{}m'\ninstance-returned = 'i-0000000{id}'\n", 20 + id))
        .collect();
    for interval in ["1s", "10s", "100s", "20m"] {
        let options = format!("{unrelated}{back}[options]\nretry-interval = '{interval}'\n");
        let runs = records(&lost(&options));
        assert_eq!(all(&runs, "failure_rate"), Figure::ratio(6, 13), "{interval}");
        let rows: Vec<_> = runs[0].failures.iter().map(|row| (&*row.reason, row.tasks_refused)).collect();
        assert_eq!(rows, [("No Container Instances were found in your cluster.", 6)], "{interval}");
    }
}

/// Case 61: two services, the big one of 50 tasks at most.
#[test]
fn case_61_one_load_has_one_mix_however_it_is_written() {
    let text = |count: &str| {
        format!(
            "name = 'mix'\nseeds = 1\nhorizon = '1d'\nsnapshot = '14h'\n[cluster]\nzones = ['a', 'b']\n\
             [[cluster.instances]]\ntype = 'm5.xlarge'\ncount = 40\n[[task-definitions]]\nfamily = 'big'\ncpu = 1500\n\
             memory = 6000\n[[task-definitions]]\nfamily = 'small'\ncpu = 128\nmemory = 256\n[[services]]\nname = 'big'\n\
             task-definition = 'big'\n{count}\n[[services]]\nname = 'small'\ntask-definition = 'small'\ndesired-count = 10\n\
             [[policies]]\nname = 'binpack'\ntemplate = 'binpack'\n"
        )
    };
    let spellings = [
        "desired-count = 50",
        "desired-count = 0\ndesired = [{ at = '1s', count = 50 }]",
        "desired-curve = { mean = 40, amplitude = 10, peak = '14h' }",
        "desired-count = 25\ncopies = { count = 2 }",
    ];
    let mixes = spellings.map(|count| ReferenceMix::of(&scenario(&text(count))));
    assert_eq!(mixes[0].shapes.iter().map(|shape| shape.weight).collect::<Vec<_>>(), [5, 1]);
    assert!(mixes.iter().all(|mix| *mix == mixes[0]), "{mixes:#?}");
    let rate = |count: &str| all(&records(&text(count)), "fragmentation_rate_worst");
    let expected = rate(spellings[0]);
    assert!(expected.exact() > Figure::Count(0).exact(), "{expected:?}");
    // A step comes after the small tasks, which then lie elsewhere: its figure is of the same mix and another cluster.
    assert_eq!([rate(spellings[2]), rate(spellings[3])], [expected; 2]);
}

/// Case 62: four tasks ask ten minutes before the end, and on most seeds some of them still wait then.
#[test]
fn case_62_waits_that_had_not_ended_are_not_dropped_over_seeds() {
    let runs = records(
        "name = 'cens2'\nseeds = 15\nhorizon = '2h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 100\n\
         memory = 100\ncount = 12\n[[task-definitions]]\nfamily = 's'\ncpu = 100\nmemory = 100\n[[services]]\nname = 's'\n\
         task-definition = 's'\ndesired-count = 4\n[[tasks]]\ntask-definition = 's'\n\
         arrivals = { model = 'poisson', rate-per-hour = 25 }\nlifetime = { model = 'exponential', mean = '40m' }\n\
         [[services]]\nname = 'late'\ntask-definition = 's'\ndesired-count = 0\ndesired = [{ at = '1h50m', count = 4 }]\n\
         [[policies]]\nname = 'binpack'\ntemplate = 'binpack'\n",
    );
    let row = summarise(&runs).into_iter().find(|row| row.metric == "wait_s_max").unwrap();
    assert_eq!((row.n, row.absent, row.mean), (15, 0, None));
    assert!(row.censored > 7, "{row:?}");
    let more = Some(Seen::MoreThan(600.0));
    assert_eq!((row.p50, row.p90, row.max), (more, more, more));
}

/// A trace and chains without a random rule: nothing draws.
const FIXED: &str = "seeds = 11\nhorizon = '1h'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ncpu = 400\n\
     memory = 400\ncount = 6\n[[task-definitions]]\nfamily = 't'\ncpu = 100\nmemory = 100\n[[tasks]]\n\
     task-definition = 't'\ncount = 5\nlifetime = { model = 'constant', value = '10m' }\n[[policies]]\nname = 'binpack'\n\
     template = 'binpack'\n[[policies]]\nname = 'spread'\nplacementStrategy = [{ type = 'spread', field = 'instanceId' }]\n";

/// Case 64, whole: what `run` and `compare` say of copies.
#[test]
fn case_64_a_policy_that_draws_nothing_runs_once_and_nothing_is_said_of_chance() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, more: &str| {
        std::fs::write(folder.path().join(name), format!("name = 'fixed'\n{FIXED}{more}")).unwrap();
    };
    write("fixed.toml", "");
    let (code, table, notes) =
        ran(&mut stowplan(folder.path(), 120, &["run", "fixed.toml", "--no-pictures", "--out", "out"]));
    assert_eq!(code, 0, "{notes}");
    assert!(table.contains("the runs are identical: nothing here is random"), "{table}");
    assert!(!table.contains('*') && !table.contains("--seeds") && !table.contains('±'), "{table}");
    assert!(notes.contains("`binpack`, `spread` draw nothing") && notes.contains("ran once"), "{notes}");
    let runs = std::fs::read_to_string(folder.path().join("out/runs.csv")).unwrap();
    assert_eq!(runs.lines().count(), 3, "{runs}");

    let (code, compared, error) =
        ran(&mut stowplan(folder.path(), 120, &["compare", "out", "--primary", "instances_in_use_peak"]));
    assert_eq!(code, 0, "{error}");
    assert!(compared.contains("the runs are identical: nothing here is random"), "{compared}");
    assert!(compared.contains("exact") && !compared.contains("0 of") && !compared.contains("confidence"), "{compared}");
    assert!(!error.contains("missing"), "{error}");

    // Beside a policy that draws, its one run pairs with every seed.
    write("mixed.toml", "[[policies]]\nname = 'dice'\nplacementStrategy = [{ type = 'random' }]\n");
    let (code, _, notes) =
        ran(&mut stowplan(folder.path(), 120, &["run", "mixed.toml", "--no-pictures", "--out", "mixed"]));
    assert_eq!(code, 0, "{notes}");
    let runs = std::fs::read_to_string(folder.path().join("mixed/runs.csv")).unwrap();
    assert_eq!(runs.lines().count(), 1 + 2 + 11, "{runs}");
    let (_, csv, _) = ran(&mut stowplan(folder.path(), 120, &["compare", "mixed", "--format", "csv"]));
    let row = csv.lines().find(|line| line.starts_with("dice,binpack,instances_in_use_peak,")).unwrap();
    assert!(row.starts_with("dice,binpack,instances_in_use_peak,11,0,"), "{row}");
}

/// A run that is said to draw nothing is the same on every seed, whatever else the scenario has.
#[test]
fn what_is_said_to_draw_nothing_is_the_same_on_every_seed() {
    let busy = "[[services]]\nname = 's'\ntask-definition = 't'\ndesired-count = 6\ndesired = [{ at = '20m', count = 2 }]\n\
                [[happenings]]\nat = '10m'\nzone-lost = 'a'\n[[happenings]]\nat = '15m'\nzone-returned = 'a'\n";
    let scenario = scenario(&format!("name = 'f'\n{FIXED}{busy}"));
    let experiment = Experiment::new(&scenario, EngineKind::Fast);
    assert_eq!(experiment.fixed(), [true, true]);
    let (mix, control) = (ReferenceMix::of(&scenario), Control::default());
    for case in experiment.plan() {
        let run = |seed| {
            let case = Case { seed, ..case };
            let mut recorder = Recorder::new(&scenario, experiment.requests(case), &mix);
            experiment.run(case, &control, &mut recorder).expect("nobody cancels");
            recorder.finish(RunIdentity { run: 0, policy: String::new(), seed: 1 })
        };
        assert_eq!(run(1), run(7));
    }
}

/// Case 65: the snapshot is at the third minute of a provider that grows from nothing.
#[test]
fn case_65_one_moment_has_one_value_of_m6() {
    let runs = records(
        "name = 'm6'\nseeds = 1\nhorizon = '2h'\nsnapshot = '3m'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\n\
         type = 'm5.large'\ncount = 0\ncapacity-provider = 'p'\n[[capacity-providers]]\nname = 'p'\nmaximum-size = 20\n\
         target-capacity = 80\n[[task-definitions]]\nfamily = 'one'\ncpu = 700\nmemory = 1900\n[[services]]\nname = 's'\n\
         task-definition = 'one'\ndesired-count = 9\ncapacity-provider = 'p'\n",
    );
    let measured = runs[0].autoscaling.iter().find(|row| row.at_ms == 180_000).unwrap();
    assert_eq!(measured.reservation_percent.exact(), Figure::Count(250).exact());
    assert_eq!(all(&runs, "capacity_provider_reservation_percent").exact(), Figure::Count(250).exact());
}
