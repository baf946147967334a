//! `stowplan plan …` as a user runs it: formats, exit codes, bad input, the same bytes for any number of threads.

use std::path::Path;

use serde_json::Value;

use crate::support::{ran, stowplan};

/// Nine instances over three zones, three services, half of it free.
const TEXT: &str = r#"
    name = "small"
    [cluster]
    zones = ["a", "b", "c"]
    [[cluster.instances]]
    type = "m5.large"
    count = 9
    [[task-definitions]]
    family = "web"
    cpu = 512
    memory = 1024
    [[task-definitions]]
    family = "cache"
    cpu = 256
    memory = 3000
    [[services]]
    name = "web"
    task-definition = "web"
    desired-count = 14
    [[services]]
    name = "cache"
    task-definition = "cache"
    desired-count = 5
    [[policies]]
    name = "balanced"
    template = "az-balanced-binpack"
    [[policies]]
    name = "pack"
    template = "binpack"
"#;

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("s.toml"), text).expect("it can be written");
    folder
}

fn asked(text: &str, arguments: &[&str]) -> (i32, String, String) {
    let folder = folder(text);
    let all: Vec<&str> = ["plan", arguments[0], "s.toml"].into_iter().chain(arguments[1..].iter().copied()).collect();
    ran(&mut stowplan(folder.path(), 80, &all))
}

fn json(text: &str, arguments: &[&str]) -> (i32, Value) {
    let all: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let (code, out, error) = asked(text, &all);
    (code, serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}: {out}{error}")))
}

#[test]
fn every_plan_answers_in_every_format_and_says_how_to_ask_again() {
    for plan in ["compact", "headroom", "zone-loss", "n-plus-one", "mix", "rules"] {
        let (_, text, error) = asked(TEXT, &[plan]);
        assert!(text.lines().all(|line| line.chars().count() <= 80 || line.starts_with("again:")), "{text}");
        assert!(text.contains(&format!("again: stowplan plan {plan} s.toml")), "{text}{error}");
        let (_, answer) = json(TEXT, &[plan]);
        for key in
            ["plan", "answer", "headline", "kind", "kind_says", "tables", "notes", "may_act", "digest", "version"]
        {
            assert!(!answer[key].is_null(), "{plan} has no {key}: {answer}");
        }
        assert!(text.starts_with(answer["headline"].as_str().unwrap().split(' ').next().unwrap()), "{text}");
        let (_, csv, _) = asked(TEXT, &[plan, "--format", "csv"]);
        let mut rows = csv::Reader::from_reader(csv.as_bytes());
        let first = answer["tables"].as_object().unwrap().values().map(|rows| rows.as_array().unwrap().len());
        let records: Vec<_> = rows.records().map(|row| row.expect("rows are as wide as the header")).collect();
        let count = records.len();
        assert!(
            count > 0 && first.clone().any(|rows| rows == count),
            "{plan}: {count} rows, tables of {:?}",
            first.collect::<Vec<_>>()
        );
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    for plan in ["compact", "zone-loss", "headroom"] {
        let one = json(TEXT, &[plan, "--threads", "1"]).1;
        let many = json(TEXT, &[plan, "--threads", "5"]).1;
        let without = |mut answer: Value| {
            answer["command"] = Value::Null;
            answer
        };
        assert_eq!(without(one), without(many), "{plan}");
    }
}

#[test]
fn compact_says_how_few_are_enough_and_no_where_the_fleet_is_too_small() {
    let (code, answer) = json(TEXT, &["compact", "--policy", "pack"]);
    let row = &answer["tables"]["policies"][0];
    assert_eq!((code, answer["answer"].as_str(), row["policy"].as_str()), (0, Some("yes"), Some("pack")));
    // Of cpu 14 x 512 + 5 x 256 on instances of 2048: at least five.
    assert!(row["bound"].as_u64() >= Some(5) && row["instances"].as_u64() >= row["bound"].as_u64(), "{row}");
    assert!(row["gap"].as_f64() >= Some(0.0) && row["usd_per_hour"].as_f64() >= row["usd_bound"].as_f64(), "{row}");
    let (code, larger) = json(TEXT, &["compact", "--policy", "pack", "--load", "2x"]);
    let twice = &larger["tables"]["policies"][0];
    assert_eq!((code, larger["answer"].as_str()), (1, Some("no")));
    assert!(twice["instances"].as_u64() > Some(9), "{twice}");
    let (_, sure) = json(TEXT, &["compact", "--policy", "balanced", "--sure", "95"]);
    assert_eq!(sure["tables"]["policies"][0]["orders"], 29);
    assert!(sure["kind_says"].as_str().unwrap().contains("95 % sure"), "{sure}");
}

#[test]
fn a_task_that_no_instance_holds_is_named_with_what_it_lacks() {
    let text = TEXT.replace("cpu = 256\n    memory = 3000", "cpu = 2049\n    memory = 3000");
    for plan in ["compact", "headroom", "zone-loss", "n-plus-one", "mix", "rules"] {
        let (code, out, _) = asked(&text, &[plan]);
        assert_eq!(code, 1, "{plan}: {out}");
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("service:cache fits on no instance") && flat.contains("needs 2049 CPU units"), "{flat}");
        assert!(flat.contains("has 2048, 1 too few"), "{flat}");
    }
    // Each fits alone, and not all of them.
    let text = TEXT.replace("desired-count = 14", "desired-count = 44");
    let (code, out, _) = asked(&text, &["headroom", "--policy", "pack"]);
    let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(code == 1 && flat.contains("left out: RESOURCE:"), "{flat}");
}

#[test]
fn a_fleet_in_one_zone_cannot_lose_one() {
    let text = TEXT.replace(r#"["a", "b", "c"]"#, r#"["a"]"#);
    let (code, _, error) = asked(&text, &["zone-loss"]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("1 known zone,") && error.contains("two at least"), "{error}");
}

#[test]
fn what_cannot_be_asked_is_told_with_the_remedy() {
    let check = |text: &str, arguments: &[&str], expected: &[&str]| {
        let (code, out, error) = asked(text, arguments);
        assert_eq!(code, 2, "{arguments:?}: {out}{error}");
        assert!(expected.iter().all(|part| error.contains(part)), "{arguments:?}: {error}");
    };
    check(TEXT, &["compact", "--policy", "nope"], &["`nope`", "`balanced`", "`az-balanced-binpack`"]);
    check(TEXT, &["compact", "--load", "0x"], &["`2x`"]);
    check(TEXT, &["compact", "--epsilon", "2"], &["`0.2%`"]);
    check(TEXT, &["compact", "--sure", "100"], &["50..=99"]);
    check(TEXT, &["headroom", "--task", "nope=2"], &["`nope`", "`service:web`"]);
    check(TEXT, &["headroom", "--task", "web=0"], &["1 to 100000"]);
    let nothing =
        TEXT.split("[[services]]").next().unwrap().to_owned() + "[[policies]]\nname = 'p'\ntemplate = 'random'";
    check(&nothing, &["compact"], &["no load"]);
    check("name = 3", &["compact"], &["s.toml"]);
}

#[test]
fn headroom_names_what_binds_and_on_which_instances() {
    let (code, answer) = json(TEXT, &["headroom", "--policy", "pack", "--no-deployments"]);
    assert_eq!(code, 0);
    let rooms = answer["tables"]["room"].as_array().unwrap();
    let names: Vec<&str> = rooms.iter().map(|room| room["task"].as_str().unwrap()).collect();
    assert_eq!(names, ["service:web", "service:cache"]);
    let binding = &answer["tables"]["binding"][0];
    assert!(binding["need"].as_u64() > binding["closest_has"].as_u64(), "{binding}");
    assert!(binding["names"].as_str().unwrap().contains("i-0000000"), "{binding}");
    let (_, together) =
        json(TEXT, &["headroom", "--policy", "pack", "--no-deployments", "--task", "web=2", "--task", "cache"]);
    let room = &together["tables"]["room"][0];
    assert_eq!(room["task"], "2 service:web + service:cache");
    assert!(room["copies"].as_u64() <= rooms[0]["copies"].as_u64(), "{room}");
}

/// A cluster that runs is lost from as it was found; documents of AWS are taken as they are.
#[test]
fn a_cluster_that_runs_is_taken_as_it_was_found() {
    let text = TEXT.to_owned()
        + "[[running]]\ntask-definition = 'web'\ngroup = 'service:web'\ninstances = { i-00000000 = 2, i-00000001 = 2 }\n";
    let (code, answer) = json(&text, &["zone-loss", "--no-search", "--policy", "pack"]);
    assert_eq!((code, answer["kind"].as_str()), (0, Some("exact")), "{answer}");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cluster");
    let files = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<String> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "json"))
        .map(|file| file.display().to_string())
        .collect();
    let all: Vec<&str> =
        ["plan", "headroom", "--format", "json"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let (code, out, error) = ran(&mut stowplan(&data, 80, &all));
    let answer: Value = serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}: {out}{error}"));
    assert!(
        code < 2 && answer["kind"] == "exact" && !answer["tables"]["room"].as_array().unwrap().is_empty(),
        "{answer}"
    );
}

/// The cluster with tasks on three instances, each nearly empty.
fn running() -> String {
    TEXT.replace("desired-count = 14", "desired-count = 4").replace("desired-count = 5", "desired-count = 0")
        + "[[running]]\ntask-definition = 'web'\ngroup = 'service:web'\ninstances = { i-00000000 = 1, i-00000001 = 1, i-00000002 = 2 }\n"
}

#[test]
fn consolidate_prints_commands_that_can_be_carried_out_and_what_holds_the_rest() {
    let (code, answer) = json(&running(), &["consolidate", "--policy", "pack"]);
    assert_eq!((code, answer["kind"].as_str(), answer["may_act"].as_bool()), (0, Some("bounded"), Some(true)));
    let steps = answer["tables"]["steps"].as_array().unwrap();
    // m5.large has 2048 units: four tasks of 512 lie on one. Eight of nine go, six of them empty.
    assert_eq!(steps.len(), 8, "{answer}");
    assert_eq!(steps.iter().filter(|step| step["tasks"] == 0).count(), 6);
    assert!(answer["facts"]["usd_saving"].as_f64() <= answer["facts"]["usd_saving_at_most"].as_f64(), "{answer}");
    let commands = answer["commands"].as_array().unwrap();
    assert_eq!(commands.len(), 4 * 8);
    let drain = commands[1].as_str().unwrap();
    assert!(
        drain.starts_with("aws ecs update-container-instances-state --cluster small --container-instances i-"),
        "{drain}"
    );
    assert_eq!(answer["tables"]["holds"].as_array().unwrap().len(), 1);
    let (code, out, error) = asked(TEXT, &["consolidate"]);
    assert_eq!(code, 2, "{out}");
    assert!(error.contains("nothing runs") && error.contains("[[running]]"), "{error}");
}

#[test]
fn mix_ranks_types_and_says_what_any_mix_costs_at_least() {
    let (code, answer) = json(TEXT, &["mix", "--policy", "pack", "--type", "m5.large,c5.large,r5.large,m5.xlarge"]);
    assert_eq!(code, 0, "{answer}");
    let mixes = answer["tables"]["mixes"].as_array().unwrap();
    let cheapest = mixes[0]["usd_per_hour"].as_f64().unwrap();
    assert!(answer["facts"]["usd_bound"].as_f64() <= Some(cheapest), "{answer}");
    for mix in mixes {
        let price = mix["usd_per_hour"].as_f64();
        assert!(price.is_none_or(|price| price >= cheapest && Some(price) >= mix["usd_bound"].as_f64()), "{mix}");
    }
    let check = |arguments: &[&str], expected: &str| {
        let (code, out, error) = asked(TEXT, arguments);
        assert_eq!(code, 2, "{out}");
        assert!(error.contains(expected), "{error}");
    };
    check(&["mix", "--type", "m5.lrage"], "did you mean `m5.large`");
    check(&["mix", "--zone", "nowhere"], "there is no zone `nowhere`");
    check(&["mix", "--spot-share", "30%"], "--spot-discount");
    let large = TEXT.replace("memory = 3000", "memory = 3000000");
    let (code, out, _) = asked(&large, &["mix", "--type", "m5.large"]);
    assert!(code == 1 && out.contains("service:cache"), "{out}");
}

#[test]
fn rules_are_ranked_with_what_is_certain() {
    let text = TEXT
        .replace("desired-count = 5", "desired-count = 5\n    placementConstraints = [{ type = 'distinctInstance' }]");
    let (code, answer) = json(&text, &["rules", "--policy", "pack"]);
    assert_eq!(code, 0, "{answer}");
    let rows = answer["tables"]["rules"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["rule"].as_str().unwrap()).collect();
    assert!(names.contains(&"distinctInstance of cache") && names.contains(&"all of them together"), "{names:?}");
    assert!(names.contains(&"surviving the loss of a zone"), "{names:?}");
    for row in rows.iter().filter(|row| !row["certain_most"].is_null()) {
        assert!(row["certain_least"].as_i64() <= row["certain_most"].as_i64(), "{row}");
    }
}

/// Ten tasks of a trace, an hour apart, each for two hours.
fn traced() -> tempfile::TempDir {
    let services = TEXT.find("[[services]]").expect("services")..TEXT.find("[[policies]]").expect("policies");
    let mut text = TEXT.to_owned();
    text.replace_range(services, "[trace]\n    file = \"t.csv\"\n    ");
    let folder = folder(&text);
    let rows: String = (0..10).map(|hour| format!("{},7200,512,1024\n", hour * 3_600)).collect();
    let trace = format!("arrival_s,duration_s,cpu_units,memory_mib\n{rows}");
    std::fs::write(folder.path().join("t.csv"), trace).expect("it can be written");
    folder
}

#[test]
fn a_load_may_be_a_rate_or_a_window_of_the_trace() {
    let folder = traced();
    let asked = |load: &str, expected: i32| {
        let words = ["plan", "compact", "s.toml", "--policy", "pack", "--load", load, "--format", "json"];
        let (code, out, error) = ran(&mut stowplan(folder.path(), 80, &words));
        assert_eq!(code, expected, "{load}: {out}{error}");
        let answer: Value = if code == 2 { Value::String(error) } else { serde_json::from_str(&out).expect("JSON") };
        answer
    };
    let note = |answer: &Value| answer["notes"][0].as_str().unwrap_or_default().to_owned();
    let window = asked("2h..4h", 0);
    // That of hour 1 has an hour left; those of 2 and 3 arrive.
    assert_eq!(note(&window), "load: 3 tasks of the trace from 2h to 4h, 2 of them there from the start");
    let rate = asked("40/h", 1);
    assert!(note(&rate).contains("40 tasks an hour") && note(&rate).contains("36 times the 1.111"), "{rate}");
    let size = |answer: &Value| answer["tables"]["policies"][0]["instances"].as_u64().expect("a size");
    // Three tasks hold an instance together; 36 times as many as ever run at once do not.
    assert!(size(&window) == 1 && size(&rate) > 9, "{window} {rate}");
    let late = asked("20h..30h", 2);
    assert!(late.as_str().unwrap().contains("--load: no task of the trace runs between 20h and 30h"), "{late}");
    let (code, _, error) = asked_of_services(&["compact", "--load", "5/h"]);
    assert!(code == 2 && error.contains("`--load 2x`"), "{error}");
    let (code, _, error) = asked_of_services(&["compact", "--load", "1h..2h"]);
    assert!(code == 2 && error.contains("has no trace"), "{error}");
    let (code, _, error) = asked_of_services(&["compact", "--load", "1 h"]);
    assert!(code == 2 && error.contains("`120/h`") && error.contains("`6h..18h`"), "{error}");
    let (code, _, error) = self::asked(&running(), &["consolidate", "--load", "2x"]);
    assert!(code == 2 && error.contains("`plan compact`"), "{error}");
}

fn asked_of_services(arguments: &[&str]) -> (i32, String, String) {
    asked(TEXT, arguments)
}

/// An answer is a section of the report, and stays one until the scenario is another.
#[test]
fn an_answer_is_shown_in_the_report_of_a_results_folder() {
    let folder = folder(TEXT);
    let go = |arguments: &[&str]| ran(&mut stowplan(folder.path(), 80, arguments));
    let report = || std::fs::read_to_string(folder.path().join("r/report.html")).expect("a report");
    let plan = ["plan", "compact", "s.toml", "--results", "r", "--policy", "pack"];
    let (code, _, error) = go(&plan);
    assert!(code == 2 && error.contains("`r`"), "{error}");
    let (code, _, error) = go(&["run", "s.toml", "--out", "r", "--quiet"]);
    assert_eq!(code, 0, "{error}");
    assert!(!report().contains("Capacity planning"));
    let (code, out, error) = go(&plan);
    assert_eq!(code, 0, "{error}");
    let headline = out.split("\n\n").next().expect("a headline").split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = report();
    assert!(shown.contains("<h2>Capacity planning</h2>") && shown.contains("href=\"#plans\""), "no section");
    let told = shown.split("<h3>").nth(1).and_then(|rest| rest.split("</h3>").next()).expect("a headline");
    assert!(headline.starts_with(told), "{told} is not in {headline}");
    assert!(shown.contains("share of orders that fit") && shown.contains("plan compact s.toml --results r"));
    let (code, _, error) = go(&["report", "r", "--quiet"]);
    assert_eq!(code, 0, "{error}");
    assert!(report() == shown, "drawn anew the report is another one");
    // One instance more is another scenario.
    std::fs::write(folder.path().join("s.toml"), TEXT.replace("count = 9", "count = 10")).expect("it can be written");
    let (code, _, error) = go(&plan);
    assert!(code == 2 && error.contains("another state of it"), "{error}");
    let (code, _, error) = go(&["run", "s.toml", "--out", "r", "--quiet"]);
    assert_eq!(code, 0, "{error}");
    assert!(!report().contains("Capacity planning"), "an answer about another fleet");
}
