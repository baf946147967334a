//! Parts written, read, and meddled with.

use fs_err as fs;

use super::super::plan::{Fixed, Planned, PlannedPolicy};
use super::*;
use crate::sweep::Plan;

/// A plan of so many runs.
pub(crate) fn plan(runs: u32) -> Plan {
    let policies = vec![PlannedPolicy { name: "p".into(), is_fixed: false }];
    let planned = Planned {
        file: "a.toml".into(),
        name: "a".into(),
        sha256: "00".into(),
        inputs: Vec::new(),
        seeds: runs,
        has_expectations: false,
        comparison: Fixed::default(),
        is_narrowed: false,
        policies,
        axes: Vec::new(),
    };
    Plan {
        program: String::new(),
        version: String::new(),
        format: 0,
        hash: String::new(),
        name: "a".into(),
        description: String::new(),
        file: "a.toml".into(),
        is_plain: true,
        engine: "fast".into(),
        pictures: false,
        question: None,
        scenarios: vec![planned],
        drawn: Vec::new(),
    }
    .sealed()
}

/// Writes the part of a selection, each row naming its run.
pub(crate) fn written(folder: &std::path::Path, plan: &Plan, selection: &str) -> PathBuf {
    let selection: Selection = selection.parse().unwrap();
    let rows: Vec<(u32, String)> = selection.runs(plan.total()).map(|run| (run, format!("row {run}"))).collect();
    write(folder, &plan.hash, &selection, rows.iter().map(|(run, text)| Row { run: *run, text })).unwrap()
}

#[test]
fn a_part_reads_back_in_stretches() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(10);
    let path = written(folder.path(), &plan, "1/3");
    let part = verify(&path, &plan).unwrap().unwrap();
    assert_eq!((part.rows, part.selection.to_string()), (3, "1/3".to_owned()));
    let mut rows = Rows::of(&part);
    let mut seen = Vec::new();
    for end in [1, 5, 5, 10, 10] {
        rows.below(end, |run, text| seen.push((end, run, text.into_owned()))).unwrap();
    }
    let expected = [(5, 1), (5, 4), (10, 7)].map(|(end, run)| (end, run, format!("row {run}")));
    assert_eq!(seen, expected);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 1, "no temporary file stays: {names:?}");
}

#[test]
fn lines_within_a_text_do_not_end_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(2);
    let selection: Selection = "0/1".parse().unwrap();
    let texts = ["a\nb\\n\r", "\\"];
    let path =
        write(folder.path(), &plan.hash, &selection, (0..).zip(texts).map(|(run, text)| Row { run, text })).unwrap();
    let part = verify(&path, &plan).unwrap().unwrap();
    let mut seen = Vec::new();
    Rows::of(&part).below(2, |_, text| seen.push(text.into_owned())).unwrap();
    assert_eq!(seen, texts);
}

#[test]
fn what_is_wrong_with_a_part_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(10);
    let path = written(folder.path(), &plan, "0/2");
    let whole = fs::read_to_string(&path).unwrap();
    let check = |text: &str, expected: Damage| {
        fs::write(&path, text).unwrap();
        assert_eq!(verify(&path, &plan).unwrap(), Err(expected), "{text}");
    };
    check("", Damage::CutOff);
    check(&whole[..whole.len() - 1], Damage::CutOff);
    check(&whole[..whole.len() / 2], Damage::CutOff);
    check(&whole.replace("row 4", "row 5"), Damage::Changed);
    check("a,b\n1,2\n", Damage::NoPart);
    check(&format!("{whole}\n"), Damage::NoPart);
    check(&whole.replace("\n4\t", "\n5\t"), Damage::OtherRows);
    check(&whole.replace("0/2", "0/1"), Damage::Changed);
    check(&whole.replace(&plan.hash, "ffff"), Damage::OtherPlan("ffff".into()));
    fs::write(&path, &whole).unwrap();
    assert!(verify(&path, &plan).unwrap().is_ok());
}

#[test]
fn a_damaged_part_is_set_aside_and_never_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &plan(3), "0/1");
    let first = set_aside(&path).unwrap();
    let second = set_aside(&written(folder.path(), &plan(3), "0/1")).unwrap();
    assert!(first.exists() && second.exists() && first != second && !path.exists());
}
