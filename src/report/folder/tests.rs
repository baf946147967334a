//! What a results folder holds, refuses and keeps.

use sha2::{Digest as _, Sha256};

use super::*;
use crate::report::sample::{self, Shape};

const POLICIES: [&str; 2] = ["binpack", "odd/../Näme"];
const SHAPE: Shape<'_> = Shape { policies: &POLICIES, seeds: 2, instances: 12, samples: 3 };

fn write(folder: &mut Folder, completeness: Completeness) -> Vec<String> {
    let (records, summary, fleet) = (sample::runs(SHAPE), sample::summary(SHAPE), sample::fleet());
    let events = [folder.path().join("a.part"), folder.path().join("b.part")];
    fs_err::write(&events[0], "0,0,row\n").unwrap();
    fs_err::write(&events[1], "1,0,row\n1,1,row\n").unwrap();
    let paths = folder
        .write(&Results {
            records: &records,
            summary: &summary,
            fleet: Some(&fleet),
            events: Events::Joined(&events),
            timings: Some(&[]),
            pictures: Pictures::Draw,
            completeness,
        })
        .unwrap();
    events.iter().for_each(|part| fs_err::remove_file(part).unwrap());
    assert!(paths.iter().all(|path| path.is_file()), "{paths:?}");
    paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs_err::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != STORE);
    names.sort();
    names
}

fn manifest() -> Manifest {
    sample::manifest(&POLICIES, 2)
}

#[test]
fn every_file_is_there_named_and_hashed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results/new");
    let mut folder = Folder::create(&path, &manifest(), Overwrite::OwnOnly).unwrap();
    let written = write(&mut folder, Completeness::Complete);
    assert_eq!(written, names(&path));
    insta::assert_snapshot!(written.join("\n"));

    let manifest = Folder::open(&path).unwrap().manifest;
    assert!(manifest.complete);
    assert_eq!(manifest.files.len(), written.len() - 1);
    for file in &manifest.files {
        let bytes = fs_err::read(path.join(&file.name)).unwrap();
        let expected = (file.name != TIMINGS).then(|| hexadecimal(&Sha256::digest(&bytes)));
        assert_eq!(file.sha256, expected, "{}", file.name);
    }
    let events = fs_err::read_to_string(path.join("events.csv")).unwrap();
    assert_eq!(events, format!("{}0,0,row\n1,0,row\n1,1,row\n", csv::EVENTS_HEADER));
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for dir in &dirs {
        let mut folder = Folder::create(dir.path(), &manifest(), Overwrite::OwnOnly).unwrap();
        write(&mut folder, Completeness::Complete);
    }
    assert_eq!(names(dirs[0].path()), names(dirs[1].path()));
    for name in names(dirs[0].path()) {
        let bytes = dirs.each_ref().map(|dir| fs_err::read(dir.path().join(&name)).unwrap());
        assert!(bytes[0] == bytes[1], "{name} differs");
    }
}

#[test]
fn a_folder_of_somebody_else_is_refused_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    fs_err::write(dir.path().join("thesis.txt"), "years of work").unwrap();
    let error = Folder::create(dir.path(), &manifest(), Overwrite::OwnOnly).unwrap_err();
    assert!(matches!(error, Error::NotOurs { .. }));
    assert!(error.to_string().contains("--out") && error.to_string().contains("--force"), "{error}");
    assert_eq!(names(dir.path()), ["thesis.txt"], "nothing is written into it");

    let mut folder = Folder::create(dir.path(), &manifest(), Overwrite::Force).unwrap();
    write(&mut folder, Completeness::Complete);
    assert_eq!(fs_err::read_to_string(dir.path().join("thesis.txt")).unwrap(), "years of work");
}

#[test]
fn a_manifest_of_something_else_is_refused() {
    let check = |manifest: &str, message: &str| {
        let dir = tempfile::tempdir().unwrap();
        fs_err::write(dir.path().join(MANIFEST), manifest).unwrap();
        for result in [Folder::create(dir.path(), &self::manifest(), Overwrite::OwnOnly), Folder::open(dir.path())] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    };
    check("{}", "no manifest");
    check("not JSON", "no manifest");
    check(r#"{"program":"other","version":"1","format":2}"#, "written by `other`");
    check(r#"{"program":"stowplan","version":"9.0.0","format":9}"#, "in format 9, and this program reads format 2");
    check(r#"{"program":"stowplan","version":"0.1.0","format":2}"#, "damaged manifest");
    check(r#"{"program":"stowplan","version":"0.1.0","format":1}"#, "run the scenario again with `--force`");
}

#[test]
fn a_file_in_the_place_of_the_folder_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs_err::write(&path, "").unwrap();
    for overwrite in [Overwrite::OwnOnly, Overwrite::Force] {
        let error = Folder::create(&path, &manifest(), overwrite).unwrap_err();
        assert!(matches!(error, Error::NotAFolder { .. }), "{error}");
    }
    let missing = Folder::open(&dir.path().join("missing")).unwrap_err().to_string();
    assert!(missing.contains("no such folder"), "{missing}");
}

#[test]
fn the_same_experiment_is_resumed_and_another_one_starts_afresh() {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = Folder::create(dir.path(), &manifest(), Overwrite::OwnOnly).unwrap();
    assert!(!folder.is_resumed());
    write(&mut folder, Completeness::Partial);
    assert!(!Folder::open(dir.path()).unwrap().manifest().complete);
    let taken = Folder::create(dir.path(), &manifest(), Overwrite::Force).unwrap_err();
    assert!(matches!(taken, Error::InUse { .. }), "{taken}");
    drop(folder);

    let again = Folder::create(dir.path(), &manifest(), Overwrite::OwnOnly).unwrap();
    assert!(again.is_resumed());
    assert!(dir.path().join("runs.csv").exists());
    drop(again);

    let mut other = manifest();
    other.seeds.push(3);
    fs_err::write(dir.path().join("notes.txt"), "mine").unwrap();
    let afresh = Folder::create(dir.path(), &other, Overwrite::OwnOnly).unwrap();
    assert!(!afresh.is_resumed());
    assert_eq!(names(dir.path()), [MANIFEST, "notes.txt"], "only files of ours are removed");
}

#[test]
fn derived_files_are_written_again_from_records_and_manifest_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = Folder::create(dir.path(), &manifest(), Overwrite::OwnOnly).unwrap();
    write(&mut folder, Completeness::Complete);
    let bytes = |name: &String| fs_err::read(dir.path().join(name)).unwrap();
    let before: Vec<_> = names(dir.path()).iter().map(|name| (name.clone(), bytes(name))).collect();

    fs_err::remove_file(dir.path().join("runs.csv")).unwrap();
    fs_err::remove_file(dir.path().join("headline.png")).unwrap();
    let (records, summary) = (sample::runs(SHAPE), sample::summary(SHAPE));
    let (records, summary) = (records.as_slice(), summary.as_slice());
    let completeness = Completeness::Complete;
    let results = Results {
        records,
        summary,
        fleet: None,
        events: Events::Kept,
        timings: None,
        pictures: Pictures::Draw,
        completeness,
    };
    Folder::open(dir.path()).unwrap().write(&results).unwrap();
    let after: Vec<_> = names(dir.path()).iter().map(|name| (name.clone(), bytes(name))).collect();
    assert!(before == after);
}

#[test]
fn policies_that_are_gone_leave_no_picture_behind_and_no_path_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("results");
    fs_err::write(dir.path().join("precious.txt"), "").unwrap();
    let mut crafted = manifest();
    let entry = |name: &str| FileEntry { name: name.to_owned(), sha256: None };
    crafted.files = vec![entry("../precious.txt"), entry("fleet-gone.png"), entry("..")];
    fs_err::create_dir_all(&inside).unwrap();
    crafted.write(&mut fs_err::File::create(inside.join(MANIFEST)).unwrap()).unwrap();
    fs_err::write(inside.join("fleet-gone.png"), "").unwrap();
    let mut folder = Folder::create(&inside, &manifest(), Overwrite::OwnOnly).unwrap();
    write(&mut folder, Completeness::Complete);
    assert!(dir.path().join("precious.txt").exists());
    assert!(!inside.join("fleet-gone.png").exists());
}

#[test]
fn slugs_are_safe_and_distinct() {
    let check = |names: &[&str], expected: &[&str]| assert_eq!(slugs(names.iter().copied()), expected);
    check(&["binpack-memory", "a/b", "a b", "A.B"], &["binpack-memory", "a-b", "a-b-2", "a-b-3"]);
    check(&["..", "ß"], &["--", "-"]);
}
