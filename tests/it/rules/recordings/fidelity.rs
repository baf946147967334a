//! `docs/fidelity.md` says how close the program is to the real service: its table is this one, and each row has its test.
//!
//! `STOWPLAN_WRITE_DOCS=1 cargo test --test it recordings::fidelity` writes the table anew.

use std::collections::BTreeSet;
use std::path::Path;

/// What the program does with a record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The same, with the defaults.
    Same,
    /// The same, under an option that is named; with the defaults too only where the row says so.
    Option,
    /// A part of it.
    Part,
    /// Something else.
    Differs,
}

struct Row {
    /// The number of its folder.
    number: &'static str,
    verdict: Verdict,
    /// What ECS did.
    seen: &'static str,
    /// What the program does, and under which option.
    here: &'static str,
}

const fn row(number: &'static str, verdict: Verdict, seen: &'static str, here: &'static str) -> Row {
    Row { number, verdict, seen, here }
}

use Verdict::{Differs, Option as UnderOption, Part, Same};

const ROWS: &[Row] = &[
    row(
        "01",
        UnderOption,
        "one task, two equal empty instances: twice neither the lowest id nor the lowest zone",
        "a tie (U-1): `tie-break = \"random\"` takes either; the default `order` takes the first listed",
    ),
    row(
        "02",
        Part,
        "ten tasks on two instances, target 80: six placed, four waiting, then four instances",
        "six placed, four waiting; the group grows to five and then seven, not four",
    ),
    row(
        "04",
        UnderOption,
        "target 80: a provider without a task has two idle instances, one with a task stays at two",
        "the second by default, the first with `idle-provider = \"two\"`",
    ),
    row("05", Same, "base 1, weights 1 and 4, 40 tasks: 9 and 31", "the same (U-17)"),
    row("07", Same, "two empty providers: metric 200 each, two instances each, later 2 to 4", "the same"),
    row("10", Same, "t2.small: 1,978 MiB can be taken and not one more", "the same"),
    row("12", Same, "spellings of expressions that are accepted, and one that is refused", "the same"),
    row("14", Same, "a misspelt attribute: the MemberOf text; the right one is placed", "the same"),
    row("16", Same, "memory and ports missing: the event names memory, the service asks without end", "the same"),
    row("17", Same, "port 22 is in use", "`RESOURCE:PORTS`"),
    row("18", Same, "the limit of ports less the reserved ones", "95 of 100 (U-12); the record had 45 of 50, in 2016"),
    row("20", Same, "the event names the same instance with a constraint that excludes it", "the same (U-15)"),
    row(
        "21",
        Same,
        "RunTask: AGENT for one instance, MemberOf for the other",
        "`explain` tells both; events.csv has one reason a task",
    ),
    row("23", Same, "two instances, one task: two entries RESOURCE:CPU", "`explain` has a line an instance"),
    row("25", Same, "`attribute:retiring != true` where no instance has it: none", "the same"),
    row(
        "26",
        UnderOption,
        "both new tasks of a deployment on the empty instance",
        "with `tie-break` `most-remaining` or `fewest-tasks`; under `random` in a third of the seeds; not by default",
    ),
    row(
        "27",
        Part,
        "8, 5 and 5 tasks after a drain",
        "in two of the four ways in which the tasks may have belonged to services; with \
         `spread-counts-draining = true` in one",
    ),
    row(
        "28",
        Part,
        "a static port waits for a second instance; then two stopped, four started",
        "the same counts; starts come before stops",
    ),
    row(
        "31",
        Part,
        "334 instances to 34 in ten minutes",
        "334, 168, 85, 43, 34 in six minutes; `scale-in-pause` sets the pace",
    ),
    row(
        "32",
        UnderOption,
        "an empty group at target 90 launched two, lost them, and again (2019); at 100 it did not",
        "with `idle-provider = \"two\"`; by default an empty group stays empty",
    ),
    row("33", Same, "one task from zero: two instances, one goes after 15 minutes", "the same"),
    row("37", Same, "a second distinctInstance task: the provider did not grow in 2020, and does since", "it grows"),
    row(
        "38",
        Differs,
        "three providers of one zone each, one drained: nothing launched, the service stuck",
        "the provider of the drained task grows, the replacement starts, the drained task stops",
    ),
    row("40", Same, "3/1/1 over zones: one starts, then one stops: 2/2/1", "the same"),
    row("42", Same, "one task at 100/134 and at 50/100 percent is stuck, with its text; at 100/200 not", "the same"),
    row("44", Same, "an attribute value that no instance has: the MemberOf text (2018)", "the same"),
];

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Same => "same",
        UnderOption => "by an option",
        Part => "in part",
        Differs => "differs",
    }
}

/// The table of the page and the sentence that counts it.
fn table() -> String {
    let count = |verdict| ROWS.iter().filter(|row| row.verdict == verdict).count();
    let mut text = format!(
        "Of {} records the program does the same in {}, the same by an option that is named in {}, a part in {}, and \
         something else in {}.\n\n| record | | Amazon ECS | stowplan |\n|---|---|---|---|\n",
        ROWS.len(),
        count(Same),
        count(UnderOption),
        count(Part),
        count(Differs)
    );
    for row in ROWS {
        text += &format!("| {} | {} | {} | {} |\n", row.number, word(row.verdict), row.seen, row.here);
    }
    text
}

const BEGIN: &str = "<!-- the table of tests/it/rules/recordings/fidelity.rs -->\n";
const END: &str = "<!-- end of the table -->\n";

#[test]
fn the_page_has_the_table_that_the_tests_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fidelity.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has the place of the table");
    let (shown, after) = rest.split_once(END).expect("the page has the end of the table");
    if std::env::var_os("STOWPLAN_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
        return;
    }
    assert_eq!(shown, table(), "run `STOWPLAN_WRITE_DOCS=1 cargo test --test it recordings::fidelity`");
}

#[test]
fn every_recording_has_a_row_and_every_row_a_test() {
    let folders = std::fs::read_dir(super::folder("")).unwrap();
    let names = folders.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
    let recorded: BTreeSet<String> =
        names.map(|entry| entry.file_name().into_string().unwrap()[..2].to_owned()).collect();
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.number.to_owned()).collect();
    assert_eq!(rows, recorded, "a row for each folder");
    assert_eq!(rows.len(), ROWS.len(), "each once");
    let sources = ["placement", "reasons", "scaling", "services"].map(|name| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/rules/recordings/{name}.rs"));
        std::fs::read_to_string(path).unwrap()
    });
    for number in rows {
        let has_test = |source: &String| source.contains(&format!("#[test]\nfn r{number}_"));
        assert!(sources.iter().any(has_test), "no test of recording {number}");
    }
}

/// Options that the page names are options of a scenario.
#[test]
fn options_of_the_page_exist() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fidelity.md")).unwrap();
    let schema = include_str!("../../../../src/scenario/schema.json");
    let options = ["tie-break", "idle-provider", "spread-counts-draining", "scale-in-pause", "deployment-replacements"];
    for option in options {
        assert!(page.contains(&format!("`{option}")), "the page does not speak of `{option}`");
        assert!(schema.contains(&format!("\"{option}\"")), "`{option}` is no option");
    }
}
