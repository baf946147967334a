//! The laws as a product: our engines go through the same door as placers that are wrong, each of which is found by the law
//! that should find it; and a placer that is another program.

#[path = "../../../examples/wrong_placers/faults.rs"]
mod faults;
#[path = "../../../examples/wrong_placers/placer.rs"]
mod placer;

use std::path::Path;

use stowplan::laws::engines::{Fast, Reference};
use stowplan::laws::{self, Broken, Effort, Held, LAWS};
use stowplan::model::{PlacementOptions, TieBreak};

use crate::support::{ran, stowplan};
use faults::{FAULTS, Known};
use placer::{Fault, Small};

/// Cases that once found something; each is played first (seed, case).
const REGRESSIONS: &[(u64, u32)] = &[(1, 0), (1, 4), (1, 14), (1, 56), (1, 64), (1, 71), (1, 102), (1, 224)];

fn find(fault: Fault, effort: Effort) -> Box<Broken> {
    match laws::check(&mut || Small::new(fault), effort) {
        Err(broken) => broken,
        Ok(tally) => panic!("{fault:?} is not found in {} cases", tally.cases),
    }
}

fn check_found(half: usize) {
    for Known { fault, is, law } in FAULTS.iter().skip(half).step_by(2) {
        // What draws is found by histories of their own.
        let draws = matches!(fault, Fault::BiasedRandom | Fault::TakesTurnsForRandom);
        let broken = find(*fault, Effort { cases: 700, fixtures: draws, ..Effort::default() });
        assert_eq!(broken.law.id, *law, "{fault:?}: a placer that {is} is told by another law: {broken}");
        assert!(draws || broken.history.steps.len() <= 8, "{fault:?} is not made small: {broken}");
    }
}

#[test]
fn every_wrong_placer_is_found_by_the_law_that_should_find_it() {
    check_found(0);
}

#[test]
fn every_other_wrong_placer_is_found_too() {
    check_found(1);
}

#[test]
fn the_same_placer_without_a_fault_breaks_no_law() {
    let tally = laws::check(&mut || Small::new(Fault::None), Effort { cases: 150, ..Effort::quick() });
    let tally = tally.unwrap_or_else(|broken| panic!("{broken}"));
    assert!(tally.choices > 200 && tally.refusals > 200 && tally.held.len() > 40, "{tally:?}");
}

#[test]
fn our_engines_break_no_law() {
    for tie_break in [TieBreak::Order, TieBreak::MostRemaining, TieBreak::FewestTasks, TieBreak::Random] {
        let options =
            PlacementOptions { tie_break, spread_counts_draining: tie_break == TieBreak::Random, ..Default::default() };
        let effort = Effort { cases: 60, fixtures: false, ..Effort::quick() };
        let fast = laws::check(&mut Fast { options }, effort);
        assert!(fast.unwrap_or_else(|broken| panic!("{tie_break:?}: {broken}")).choices > 50);
        let reference = laws::check(&mut Reference { options }, effort);
        assert!(reference.unwrap_or_else(|broken| panic!("{tie_break:?}: {broken}")).held.contains(&"P15"));
    }
}

#[test]
fn our_engines_break_no_law_in_histories_of_its_own() {
    let tally = laws::check(&mut Fast::default(), Effort { cases: 0, ..Effort::default() });
    assert!(tally.unwrap_or_else(|broken| panic!("{broken}")).held.contains(&"P66"));
}

#[test]
fn cases_that_once_found_something_find_nothing_in_our_engines() {
    for &(seed, first) in REGRESSIONS {
        let effort = Effort { seed, first, cases: 1, compared: 1, fixtures: false, ..Effort::default() };
        laws::check(&mut Fast::default(), effort).unwrap_or_else(|broken| panic!("{broken}"));
        laws::check(&mut Reference::default(), effort).unwrap_or_else(|broken| panic!("{broken}"));
    }
}

#[test]
fn what_is_printed_of_a_broken_law_is_the_law_the_history_a_scenario_and_a_test() {
    let broken = find(Fault::OffByOneInMemory, Effort::quick());
    insta::assert_snapshot!(broken.to_string());
    // The scenario is one: our engine refuses there what the wrong placer did not.
    let text = broken.to_string();
    let scenario =
        text.split("The same as a scenario:\n").nth(1).unwrap().split("\nThe same as a Rust test:").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.toml"), scenario).unwrap();
    let (code, out, error) = ran(&mut stowplan(folder.path(), 80, &["check", "s.toml"]));
    assert_eq!(code, 0, "{out}{error}");
    // The history breaks the law again, and ours obeys it there.
    assert!(laws::hold(&mut || Small::new(Fault::OffByOneInMemory), broken.law.id, &broken.history).is_err());
    assert!(laws::hold(&mut Fast::default(), broken.law.id, &broken.history).is_ok());
}

#[test]
fn the_printed_test_names_what_it_uses_and_is_about_the_law() {
    // A law with histories of its own is asked of those, whatever history stands in the test.
    let draws = find(Fault::BiasedRandom, Effort { cases: 0, ..Effort::default() });
    assert!(laws::hold(&mut || Small::new(Fault::BiasedRandom), "P66", &draws.history).is_err());
    assert!(laws::hold(&mut || Small::new(Fault::None), "P66", &draws.history).is_ok());
    let text = draws.to_string();
    assert!(text.contains("use stowplan::laws::{self, Effort};") && !text.contains("hold("), "{text}");
    for fault in [Fault::ForgetsReservedPorts, Fault::SumsSoftAndHardLimits, Fault::LastRuleFirst] {
        let text = find(fault, Effort::default()).to_string();
        let (head, body) = text.rsplit_once("use stowplan::laws::").unwrap().1.split_once("let instances").unwrap();
        for name in ["ContainerSize", "PackedResource", "Port", "Rule", "SpreadField"] {
            let is_used = body.contains(&format!("{name}::")) || body.contains(&format!("{name} {{"));
            assert_eq!(head.contains(name), is_used, "{fault:?}: {name}\n{text}");
        }
    }
}

#[test]
fn every_scenario_of_a_broken_law_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    for fault in [
        Fault::LastRuleFirst,
        Fault::ForgetsToFreeGpus,
        Fault::IgnoresTheSecondConstraint,
        Fault::PlacesOnDraining,
        Fault::ForgetsToFreePorts,
    ] {
        let text = find(fault, Effort::default()).to_string();
        let scenario =
            text.split("The same as a scenario:\n").nth(1).unwrap().split("\nThe same as a Rust test:").next().unwrap();
        std::fs::write(folder.path().join("s.toml"), scenario).unwrap();
        let (code, out, error) = ran(&mut stowplan(folder.path(), 80, &["check", "s.toml"]));
        assert_eq!(code, 0, "{fault:?}: {out}{error}\n{scenario}");
    }
}

#[test]
fn every_law_has_its_number_once_and_the_tests_that_others_name_are_there() {
    let numbers: Vec<String> = (0..=77).map(|number| format!("P{number}")).collect();
    assert_eq!(LAWS.iter().map(|law| law.id).collect::<Vec<_>>(), numbers);
    let sources = sources();
    for law in LAWS {
        if let Held::Elsewhere(test) = law.held {
            let is_module =
                test.split("::").all(|part| part.is_empty() || sources.iter().any(|(path, _)| path.contains(part)));
            let is_function = sources.iter().any(|(_, text)| text.contains(&format!("fn {test}(")));
            assert!(is_module || is_function, "{} is held by `{test}`, which is not there", law.id);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let mut folders = ["src", "tests/it"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).to_vec();
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                all.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    all
}

/// `stowplan laws` with this script as the placer, where there is a `python3`.
fn with_python(script: &str, more: &[&str]) -> Option<(i32, String, String)> {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("placer.py");
    std::fs::write(&path, script).unwrap();
    let command = format!("exec python3 '{}'", path.display());
    let arguments =
        ["laws", "--quiet", "--placer", &command, "--cases", "40"].iter().chain(more).copied().collect::<Vec<_>>();
    Some(ran(&mut stowplan(folder.path(), 80, &arguments)))
}

fn example() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/placer.py")).unwrap()
}

#[test]
fn a_placer_in_another_language_is_held_to_the_laws() {
    let Some((code, out, error)) = with_python(&example(), &[]) else { return };
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("questions over the pipe"), "{out}");
    assert!(out.contains("none is broken") && out.contains("not asked") && out.contains("P10"), "{out}");
}

#[test]
fn a_placer_that_dies_hangs_or_talks_nonsense_breaks_the_first_law() {
    let place = "answer = place(question[\"task\"])";
    let cases = [
        ("sys.exit(3)", "the placer ended (exit status: 3)"),
        ("print(\"no idea\"); continue", "the placer answered `no idea`"),
        ("answer = {\"node\": \"i0\"}", "it has no member `instance`"),
        ("answer = {\"instance\": 7}", "invalid type: integer `7`"),
    ];
    let check = |timeout: &str, instead: &str, expected: &str| {
        let script = example().replace(place, instead);
        let Some((code, out, error)) = with_python(&script, &["--timeout", timeout]) else { return };
        assert_eq!(code, 1, "{instead}: {out}{error}");
        assert!(out.contains("broken: P0") && out.contains(expected), "{instead}: {out}{error}");
    };
    cases.into_iter().for_each(|(instead, expected)| check("20s", instead, expected));
    // How long python takes to start is not known; whatever is late, it is silence that is told.
    check("1s", "import time; time.sleep(60)", "did not answer within 1000 ms");
    let script = example()
        .replace("    print(json.dumps(answer), flush=True)", "    print(json.dumps(answer)); print('{}', flush=True)");
    let Some((code, out, error)) = with_python(&script, &[]) else { return };
    assert!(code != 0 && format!("{out}{error}").contains("answer"), "one that speaks twice: {out}{error}");
}

/// A fault that hangs on more than one history is told as it was seen, with its cause, and not by a law that it is not.
#[test]
fn what_does_not_come_back_is_told_as_it_was_seen() {
    let counted = example().replace("nodes, tasks = {}, {}  #", "count = 0\nnodes, tasks = {}, {}  #");
    let place = "answer = place(question[\"task\"])";
    let check = |at_thirty: &str, expected: &str| {
        let script =
            counted.replace(place, &format!("count += 1\n        {place}\n        if count == 30: {at_thirty}"));
        let Some((code, out, error)) = with_python(&script, &["--timeout", "2s"]) else { return };
        assert_eq!(code, 1, "{at_thirty}: {out}{error}");
        assert!(out.contains("broken: P0") && out.contains(expected), "{at_thirty}: {out}");
        assert!(out.contains("It does not come back") && !error.contains("again:"), "{at_thirty}: {out}{error}");
    };
    check("sys.exit(3)", "the placer ended (exit status: 3) <- here");
    check("sys.stdout.buffer.write(b'\\xff\\n')", "bytes that are no UTF-8 <- here");
    check(
        "print('{\"instance', end='', flush=True); import time; time.sleep(60)",
        "it wrote `{\"instance` without the end",
    );
}

#[test]
fn a_placer_that_keeps_something_over_reset_breaks_the_law_of_repetition() {
    let script = example().replace("        nodes, tasks = {}, {}\n", "        tasks = {}\n");
    let Some((code, out, error)) = with_python(&script, &[]) else { return };
    assert_eq!(code, 1, "{out}{error}");
    // The same history twice tells; one that is wrong because of others is not said to be wrong by itself.
    assert!(out.contains("broken: P24") != out.contains("It does not come back"), "{out}{error}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a wait is what is measured")]
fn a_placer_that_closes_its_pipes_and_runs_on_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let watch = std::time::Instant::now();
    let command = "echo '{\"capabilities\": []}'; exec 1>&-; exec sleep 40";
    let (code, out, error) = ran(&mut stowplan(folder.path(), 80, &["laws", "--quiet", "--placer", command]));
    assert_eq!(code, 1, "{out}{error}");
    assert!(out.contains("closed its standard input or output, and runs on"), "{out}{error}");
    assert!(watch.elapsed().as_secs() < 30, "{:?}", watch.elapsed());
}

/// What is printed as lines is what was asked: played to the placer again, it gives the wrong answer again.
#[test]
fn the_small_history_is_printed_as_lines_to_play_again() {
    let script = example().replace("count(bucket(n))", "-count(bucket(n))");
    let Some((code, out, error)) = with_python(&script, &["--format", "json"]) else { return };
    assert_eq!(code, 1, "{out}{error}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&found["broken"], &found["comes_back"]), (&"P17".into(), &true.into()), "{out}");
    let lines: Vec<&str> = found["questions"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert!(lines[0].contains("hello") && lines[1].contains("reset"), "{lines:?}");
    let told = found["told"].as_str().unwrap();
    assert!(told.ends_with(&format!("The same as lines for the placer:\n\n{}\n", lines.join("\n"))), "{told}");
    assert!(!told.contains("fn holds_"), "{told}");
    let mut child = std::process::Command::new("python3")
        .args(["-c", &script])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{}\n", lines.join("\n")).as_bytes()).unwrap();
    let answers = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let wrong = found["what"].as_str().unwrap().split(' ').next().unwrap();
    assert!(
        answers.lines().count() == lines.len() && answers.ends_with(&format!("{{\"instance\": \"{wrong}\"}}\n")),
        "{answers}"
    );
}

#[test]
fn laws_as_csv_have_a_row_a_placer() {
    let Some((_, out, error)) = with_python(&example(), &["--format", "csv"]) else { return };
    let mut lines = out.lines();
    assert!(lines.next().unwrap().starts_with("placer,broken,what,"), "{out}{error}");
    assert!(lines.next().unwrap().contains(",,,,,,40,") && lines.next().is_none(), "{out}");
}

#[test]
fn no_task_has_an_interface_of_its_own_and_ports_of_the_host() {
    let known = laws::Capabilities::all();
    let kinds: Vec<laws::Kind> = (0..400).flat_map(|case| laws::generate(1, case, &known).kinds).collect();
    assert!(kinds.iter().any(|kind| kind.interface) && kinds.iter().any(|kind| !kind.ports.is_empty()));
    assert!(kinds.iter().all(|kind| !kind.interface || kind.ports.is_empty()));
}

#[test]
fn a_placer_that_changes_its_mind_breaks_the_law_of_repetition() {
    let script = example().replace("import sys", "import sys, random").replace("kept[0]", "random.choice(kept)");
    let script =
        script.replace("book(random.choice(kept), task, 1)", "chosen = random.choice(kept); book(chosen, task, 1)");
    let script =
        script.replace("random.choice(kept)[\"name\"]", "chosen[\"name\"]").replace(", \"tieBreak\": \"order\"", "");
    let Some((code, out, error)) = with_python(&script, &[]) else { return };
    assert_eq!(code, 1, "{out}{error}");
    assert!(out.contains("broken: P24"), "{out}{error}");
}

#[test]
fn a_placer_that_cannot_be_asked_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let within = |timeout: &str, command: &str, expected: &str| {
        let (code, out, error) =
            ran(&mut stowplan(folder.path(), 80, &["laws", "--placer", command, "--timeout", timeout]));
        assert_eq!((code, out.as_str()), (2, ""), "{command}: {error}");
        assert!(error.contains(expected), "{command}: {error}");
    };
    // One that is to be heard has the time that a busy machine takes; one that is silent is not waited for long.
    let check = |command: &str, expected: &str| within("20s", command, expected);
    check("exit 4", "the placer ended (exit status: 4)");
    check("echo '{\"capabilities\": [\"magic\"]}'; cat", "`magic` is no capability");
    check("echo hello; cat", "the placer answered `hello`");
    within("100ms", "exec sleep 20", "did not answer within 500 ms");
    let (code, _, error) = ran(&mut stowplan(folder.path(), 80, &["laws", "--placer", "cat", "--timeout", "soon"]));
    assert_eq!(code, 2);
    assert!(error.contains("`--timeout soon` is no span of time"), "{error}");
}

#[test]
fn a_wait_for_answers_needs_a_placer_to_wait_for() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, error) = ran(&mut stowplan(folder.path(), 80, &["laws", "--timeout", "9s", "--cases", "1"]));
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(error.contains("required arguments were not provided") && error.contains("--placer <COMMAND>"), "{error}");
}

#[test]
fn laws_are_listed_with_what_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = ran(&mut stowplan(folder.path(), 80, &["laws", "--list"]));
    assert_eq!(code, 0);
    // The name of a test is not cut.
    assert!(out.lines().all(|line| line.chars().count() <= 80 || line.contains('_')), "{out}");
    assert!(out.contains("P17  every answer       spread: the group's count"), "{out}");
    let (_, csv, _) = ran(&mut stowplan(folder.path(), 80, &["laws", "--list", "--format", "csv"]));
    assert_eq!(csv.lines().count(), LAWS.len() + 1);
}
