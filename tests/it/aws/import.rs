//! `stowplan import`, from the documents of AWS to a run.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use stowplan::aws::Texts;
use stowplan::aws::snapshot::{Snapshot, join};
use stowplan::model::Scenario;
use stowplan::scenario::import::{Imported, write};

use crate::support::ran;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cluster")
}

fn dump() -> Vec<PathBuf> {
    let names = ["container-instances.json", "services.json", "task-definitions.json", "tasks.json"];
    names.map(|name| data().join(name)).to_vec()
}

/// The snapshot of files that have no problems.
fn snapshot(files: &[PathBuf]) -> Snapshot {
    let mut texts = Texts::default();
    for file in files {
        texts.read(&file.file_name().unwrap().to_string_lossy(), &std::fs::read(file).unwrap());
    }
    join(&texts).unwrap()
}

fn imported(files: &[PathBuf]) -> (Imported, Scenario) {
    let imported = write(&snapshot(files), "imported");
    let loaded = stowplan::scenario::parse(&imported.toml, Path::new("imported.toml"), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{:#?}", error.problems));
    (imported, loaded.scenario)
}

fn stowplan(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stowplan"));
    command.env("COLUMNS", "100").args(arguments);
    command
}

#[test]
fn a_small_dump_becomes_a_readable_scenario() {
    let (imported, _) = imported(&dump());
    let notes: String = imported.notes.iter().map(|note| format!("# note: {note}\n")).collect();
    insta::assert_snapshot!(format!("{}\n{notes}", imported.toml));
    let wrong: Vec<String> = snapshot(&dump()).problems.iter().map(ToString::to_string).collect();
    assert_eq!(wrong, ["services.json: services[3].taskDefinition: the task definition `lost:9` is in no file"]);
}

#[test]
fn amounts_identities_and_attributes_are_exact() {
    let (_, scenario) = imported(&dump());
    let fleet = &scenario.fleet;
    let rows: Vec<(String, u32, u32, u32, Option<u32>)> = fleet
        .ids()
        .map(|id| {
            let class = fleet.class(id);
            (fleet.name(id).into_owned(), class.cpu.0, class.memory.0, class.gpus, class.eni_tasks)
        })
        .collect();
    let name = |digit: &str| digit.repeat(16);
    // 256 MiB of the first are held back; the second has a trunk; the type of the third is unknown.
    let expected = [
        (name("1"), 2048, 7562, 0, Some(2)),
        (name("2"), 2048, 7690, 0, Some(10)),
        (name("3"), 8192, 31_000, 2, None),
        (name("5"), 2048, 7690, 0, Some(2)),
    ];
    assert_eq!(rows, expected);
    assert_eq!(fleet.identities[1].registered_at, Some(1_772_352_000));
    assert_eq!(fleet.identities[0].ec2_instance_id.as_deref(), Some("i-011111111"));
    let class = fleet.class(stowplan::model::InstanceId(2));
    assert_eq!(class.attribute("ecs.instance-type"), Some(Some("x9.huge")));
    assert_eq!(class.attribute("ecs.capability.task-eni"), Some(None));
    assert_eq!(class.attribute("ecs.awsvpc-trunk-id"), None);
    assert_eq!(scenario.draining, [stowplan::model::InstanceId(2)]);
    assert_eq!(scenario.running.iter().map(stowplan::model::Running::count).sum::<u64>(), 6);
}

/// Runs a scenario file with an engine and answers its event log.
fn events(folder: &Path, scenario: &str, engine: &str) -> String {
    let out = format!("out-{engine}");
    let arguments = ["run", scenario, "--events", "--no-pictures", "--engine", engine, "--out", &out];
    let (code, _, error) = ran(stowplan(&arguments).current_dir(folder));
    assert_eq!(code, 0, "{error}");
    std::fs::read_to_string(folder.join(out).join("events.csv")).unwrap()
}

#[test]
fn an_imported_cluster_goes_on_from_where_it_is_on_both_engines() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("c.toml"), imported(&dump()).0.toml).unwrap();
    let log = events(folder.path(), "c.toml", "fast");
    assert_eq!(log, events(folder.path(), "c.toml", "reference"));
    let count = |group: &str| log.lines().filter(|row| row.contains(",placed,") && row.contains(group)).count();
    // Of 3 tasks of `web` and 2 of `api` two and one run already. The one of `web:6` is to be replaced and cannot be: port
    // 80 is taken on all three instances that take `web` (R-5.11), and 100 % lets none of three healthy tasks stop first
    // (R-7.2). `exporter` is a DAEMON: it comes to the other three, and leaves the instance that drains last (R-7.30).
    assert_eq!((count(",service:web,"), count(",service:api,"), count(",service:exporter,")), (3, 2, 4));
    assert!(!log.contains(",stopped,"), "{log}");
    let placed: Vec<&str> = log.lines().filter(|row| row.contains(",placed,")).collect();
    let of_draining = placed.iter().filter(|row| row.contains(&"3".repeat(16)));
    assert_eq!(of_draining.count(), 2, "only what ran there before");
}

#[test]
fn a_lost_task_that_ran_before_is_placed_again_by_its_service() {
    let folder = tempfile::tempdir().unwrap();
    let happening = "\n[[happenings]]\nat = \"30m\"\nzone-lost = \"eu-west-1a\"\n";
    std::fs::write(folder.path().join("c.toml"), imported(&dump()).0.toml + happening).unwrap();
    let log = events(folder.path(), "c.toml", "fast");
    assert_eq!(log, events(folder.path(), "c.toml", "reference"));
    let lost = log.lines().filter(|row| row.contains(",stopped,") && row.contains(",service:")).count();
    let wanted = log.lines().filter(|row| row.contains(",1800,placed,") || row.contains(",1800,rejected,")).count();
    assert!(lost > 0 && wanted > 0, "{log}");
}

#[test]
fn what_moto_holds_is_imported_and_runs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ecs/moto");
    if !folder.is_dir() {
        #[expect(clippy::print_stderr, reason = "a test that looks at nothing says so")]
        {
            eprintln!("skipped: no folder {}", folder.display());
        }
        return;
    }
    let names = [
        "describe-container-instances.json",
        "describe-tasks.json",
        "describe-services.json",
        "describe-task-definition-agent-host.json",
        "describe-task-definition-api-awsvpc.json",
        "describe-task-definition-web-bridge.json",
        "describe-task-definition-worker-reservation.json",
    ];
    let (imported, scenario) = imported(&names.map(|name| folder.join(name)));
    let memory: u32 = scenario.fleet.ids().map(|id| scenario.fleet.class(id).memory.0).sum();
    // Six of 7,482, less what moto takes of two for `memory` where ECS takes `memoryReservation`; a daemon that does not
    // run on one has 64 of that, and on another.
    assert_eq!(memory, 6 * 7_482 - 3_684 - 64 + 128);
    assert!(imported.notes.iter().any(|note| note.contains("held back") && note.contains("2 instances")));
    let out = tempfile::tempdir().unwrap();
    std::fs::write(out.path().join("moto.toml"), imported.toml).unwrap();
    assert_eq!(events(out.path(), "moto.toml", "fast"), events(out.path(), "moto.toml", "reference"));
}

#[test]
fn documents_come_from_files_and_from_standard_input() {
    let files: Vec<String> = dump().iter().map(|path| path.display().to_string()).collect();
    let mut arguments = vec!["import"];
    arguments.extend(files.iter().map(String::as_str));
    let (code, from_files, error) = ran(&mut stowplan(&arguments));
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("note: task definitions that are in no file") && error.contains(": exporter:1"), "{error}");
    let all: Vec<u8> = dump().iter().flat_map(|path| std::fs::read(path).unwrap()).collect();
    let (code, from_stdin, _) = ran(stowplan(&["import", "-"]).write_stdin(all));
    assert_eq!((code, from_stdin), (0, from_files));
}

#[test]
fn bad_documents_are_refused_with_every_problem_and_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("cut.json", "{\"tasks\": [");
    write("calls.json", r#"{"taskDefinition": "web", "count": 12}"#);
    let (code, out, error) = ran(stowplan(&["import", "cut.json", "calls.json"]).current_dir(folder.path()));
    assert_eq!((code, out.as_str()), (2, ""));
    for part in ["--> cut.json:1:11", "cut off", "--> calls.json: count", "outside 1 to 10", "2 problems"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let (code, _, error) = ran(stowplan(&["import", "absent.json"]).current_dir(folder.path()));
    assert!(code == 2 && error.contains("absent.json"), "{error}");
    write("calls.json", r#"{"taskDefinition": "web", "count": 1}"#);
    let (code, _, error) = ran(stowplan(&["import", "calls.json"]).current_dir(folder.path()));
    assert!(code == 2 && error.contains("no container instance"), "{error}");
}

#[test]
fn a_file_is_not_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("c.toml").display().to_string();
    let dump = data().join("container-instances.json").display().to_string();
    assert_eq!(ran(&mut stowplan(&["import", &dump, "-o", &target])).0, 0);
    let (code, _, error) = ran(&mut stowplan(&["import", &dump, "-o", &target]));
    assert!(code == 2 && error.contains("--force"), "{error}");
    assert_eq!(ran(&mut stowplan(&["import", &dump, "-o", &target, "--force"])).0, 0);
}
