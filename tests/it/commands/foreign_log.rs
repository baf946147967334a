//! `stowplan audit` of a log that another program wrote, by rules that people write: what is read, what is told.

use stowplan::laws::audit::{Broken, Rules, audit};

use crate::support::{ran, stowplan};

fn bad(log: &str) -> String {
    let any = Rules::given(r#"{"*": {"placementStrategy": []}}"#).unwrap();
    audit(log.as_bytes(), &mut |_| Ok(any.clone()), &mut |_| {}).unwrap_err().to_string()
}

#[test]
fn bad_logs_are_told_by_line_and_column() {
    let check = |log: &str, expected: &str| assert!(bad(log).starts_with(expected), "{log}\n{}", bad(log));
    let header = "run,seq,time_s,event,task,group,cpu,memory_mib,ports,instance\n";
    let one = "0,0,0,instance-registered,,,10,10,,i\n";
    check(
        "",
        "line 1, column `event`: the log is empty, without even a header; look whether whatever writes it has failed",
    );
    check(
        "\u{feff} {\"tasks\": []}",
        "line 1, column `event`: the log is JSON, and an event log is CSV with a header; documents",
    );
    check("\n\n", "line 1, column `event`: the header has no column `event`, `task`");
    check(
        "event,task,group,cpu,instance\n",
        "line 1, column `memory_mib`: the header has no column `memory_mib`; an event log needs",
    );
    check("event,event,task,group,cpu,memory_mib,instance\n", "line 1, column `event`: the column stands there twice");
    check(
        &format!("{header}0,0,0,started,1,g,1,1,,i\n"),
        "line 2, column `event`: `started` is no event; known are placed",
    );
    check(&format!("{header}{one}0,2,0,placed,1,g,1,1,,i\n"), "line 3, column `seq`: it is 2 where 1 comes next");
    check(
        &format!("{header}{one}0,1,0,placed,1,g,1,1,,j\n"),
        "line 3, column `instance`: no instance `j` has registered",
    );
    check(&format!("{header}{one}0,1,0,placed,,g,1,1,,i\n"), "line 3, column `task`: it is empty");
    check(&format!("{header}{one}0,1,0,placed,1,g,much,1,,i\n"), "line 3, column `cpu`: `much` is no whole number");
    check(&format!("{header}{one}0,1,0,placed,1,g,1,-1,,i\n"), "line 3, column `memory_mib`: `-1` is no whole number");
    check(&format!("{header}{one}0,1,0,placed,1,g,1,1,http,i\n"), "line 3, column `ports`: `http` is no port");
    check(
        &format!("{header}{one}0,1,0,placed,1,g,1"),
        "line 3, column `memory_mib`: the row ends before it, with 7 cells",
    );
    check(
        &format!("{header}0,0,5,instance-registered,,,10,10,,i\n0,1,4,placed,1,g,1,1,,i\n"),
        "line 3, column `time_s`: it lies before",
    );
}

/// It was read and nothing happened in it: done, said, and nothing is wrong in any format.
#[test]
fn a_log_without_rows_or_decisions_has_nothing_to_check() {
    let folder = tempfile::tempdir().unwrap();
    let header = "event,task,group,cpu,memory_mib,instance\r\n";
    std::fs::write(folder.path().join("log.csv"), format!("\u{feff}{header}")).unwrap();
    let audit = |more: &[&str]| ran(&mut stowplan(folder.path(), 100, &[&["audit", "log.csv"], more].concat()));
    let (code, out, error) = audit(&[]);
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.starts_with("0 rows of 0 runs, 0 decisions\n"), "{out}");
    assert!(out.ends_with("\nnothing is wrong, as there is no decision to check\n"), "{out}");
    assert!(error.contains("`log.csv` has a header and no rows: no instance and no task came or went"), "{error}");
    let (code, out, error) = audit(&["--format", "json", "--quiet"]);
    assert!(code == 0 && error.is_empty() && out.starts_with("{\"broken\":{},\"chosen\":0,"), "{out}{error}");
    let (code, out, _) = audit(&["--format", "csv"]);
    assert_eq!((code, out.as_str()), (0, "line,run,broken,laws,what\n"));
    std::fs::write(folder.path().join("log.csv"), format!("{header}instance-registered,,,10,10,i\r\n")).unwrap();
    let (code, out, error) = audit(&[]);
    assert!(code == 0 && out.ends_with("\nnothing is wrong, as there is no decision to check\n"), "{out}{error}");
    assert!(error.contains("`log.csv` has 1 row, and none that says where a task was placed"), "{error}");
    std::fs::write(folder.path().join("log.csv"), "").unwrap();
    let (code, _, error) = audit(&[]);
    assert!(
        code == 2 && error.contains("`log.csv` cannot be audited: line 1") && error.contains("is empty"),
        "{error}"
    );
}

#[test]
fn all_that_is_wrong_in_a_log_is_told_at_once() {
    let header = "time_s,event,task,group,cpu,memory_mib,ports,instance\n0,instance-registered,,,10,10,,i\n";
    let rows = "0,placed,1,g,much,-1,,i\n0,placed,2,g,1,1,80/TCP,i\n0,moved,3,g,1,1,,i\n\
                2026-11-30T10:00:00+02:00,placed,4,g,1,1,,i\n0,placed,5,g,1,1,,j\n0,placed,6,g,1,99,,i\n";
    let told = bad(&format!("{header}{rows}"));
    for expected in [
        "line 3, column `cpu`: `much`",
        "line 3, column `memory_mib`: `-1`",
        "line 4, column `ports`: `80/TCP`",
        "line 5, column `event`: `moved`",
        "line 6, column `time_s`: `2026-11-30T10:00:00+02:00` is no decimal number of at most three places: seconds since",
        "line 7, column `instance`: no instance `j`",
    ] {
        assert!(told.contains(&format!("\n  {expected}")), "{expected}: {told}");
    }
    let many = format!("{header}{}", "0,placed,1,g,much,1,,i\n".repeat(50));
    assert!(bad(&many).ends_with("… and 30 more"), "{}", bad(&many));
    // What follows a row that cannot be read is no finding.
    let mut found = 0;
    let any = Rules::given(r#"{"*": {"placementStrategy": []}}"#).unwrap();
    let log = format!("{header}{rows}");
    audit(log.as_bytes(), &mut |_| Ok(any.clone()), &mut |_| found += 1).unwrap_err();
    assert_eq!(found, 0);
}

#[test]
fn logs_are_read_as_spreadsheets_write_them() {
    let log = "event,task,group,cpu,memory_mib,instance\ninstance-registered,,,1024,2048,i-1\nplaced,a,service:web,256,512,i-1\n";
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(log.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, log.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let check = |bytes: &[u8], expected: Result<(), &str>| {
        std::fs::write(folder.path().join("log.csv"), bytes).unwrap();
        let (code, out, error) = ran(&mut stowplan(folder.path(), 100, &["audit", "log.csv"]));
        match expected {
            Ok(()) => assert!(code == 0 && out.starts_with("2 rows of 1 run, 1 decision"), "{out}{error}"),
            Err(what) => assert!(code == 2 && error.contains(what), "{out}{error}"),
        }
    };
    check(format!("\u{feff}{}", log.replace('\n', "\r\n")).as_bytes(), Ok(()));
    check(log.replace(',', ";").as_bytes(), Ok(()));
    check(log.replace(',', "\t").as_bytes(), Ok(()));
    check(&packed, Ok(()));
    check(&packed[..packed.len() - 20], Err("line"));
    check(&utf16, Err("is UTF-16"));
    check(b"\xff\x00,\n1,2\n", Err("utf-8"));
}

#[test]
fn all_that_is_wrong_in_rules_is_told_at_once_and_what_they_do_not_meet_is_said() {
    let text = r#"{
        "service:web": {
            "placementStrategy": [{"type": "binpak"}, {"type": "spread"}, {"type": "random", "of": 1}], "desiredcount": 2,
            "placementConstraints": [{"type": "memberOf", "expression": "attribute:stack =="}], "maximumPercent": -5
        },
        "a": {"placementStrategy": "binpack"}, "b": [], "c": {}, "c": {"placementStrategy": []}
    }"#;
    let told = Rules::given(text).unwrap_err();
    for expected in [
        "`service:web`: placementStrategy[0]: `binpak` is no type",
        "`service:web`: placementStrategy[1]: `spread` by ``",
        "`service:web`: placementStrategy[2]: unknown field `of`",
        "`service:web`: `desiredcount` is no member",
        "`service:web`: placementConstraints[0]: expression `attribute:stack ==`",
        "`service:web`: `maximumPercent` is -5",
        "`a`: `placementStrategy` is \"binpack\", and a list",
        "`b`: an object",
        "`c`: `placementStrategy` is missing",
        "`c`: it stands there twice",
    ] {
        assert!(told.lines().any(|line| line.starts_with(expected)), "{expected}:\n{told}");
    }
    let rules =
        Rules::given(r#"{"web": {"placementStrategy": []}, "service:web": {"placementStrategy": []}}"#).unwrap();
    let log = "event,task,group,cpu,memory_mib,instance\ninstance-registered,,,9,9,i\nplaced,a,service:web,1,1,i\n";
    let summary = audit(log.as_bytes(), &mut |_| Ok(rules.clone()), &mut |_| {}).unwrap();
    assert_eq!(summary.without_tasks.iter().collect::<Vec<_>>(), ["web"]);
}

#[test]
fn a_log_of_another_program_is_audited_by_rules_that_people_write() {
    let folder = tempfile::tempdir().unwrap();
    let log = "event,task,group,cpu,memory_mib,instance,reason\n\
               instance-registered,,,1024,2048,i-1,\ninstance-registered,,,1024,2048,i-2,\n\
               placed,a,service:web,256,512,i-1,\nplaced,b,service:web,256,512,i-2,\nplaced,c,batch,256,512,i-1,\n\
               stopped,a,service:web,256,512,i-1,ended\n";
    std::fs::write(folder.path().join("log.csv"), log).unwrap();
    let rules = r#"{"service:web": {"placementStrategy": [{"type": "binpack", "field": "memory"}]}}"#;
    std::fs::write(folder.path().join("rules.json"), rules).unwrap();
    let audit = |more: &[&str]| ran(&mut stowplan(folder.path(), 100, &[&["audit", "log.csv"], more].concat()));
    let (code, out, error) = audit(&["--rules", "rules.json"]);
    assert_eq!(code, 1, "{out}{error}");
    insta::assert_snapshot!(out);
    let (_, json, _) = audit(&["--rules", "rules.json", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["broken"]["rule"].as_u64(), json["findings"][0]["line"].as_u64()), (Some(1), Some(5)));
    let (code, out, error) = audit(&[]);
    assert_eq!(code, 0, "nothing is known of the rules: {out}");
    assert!(error.contains("no rules are given"), "{error}");
    std::fs::write(folder.path().join("rules.json"), r#"{"*": {"placementStrategy": [{"type": "pack"}]}}"#).unwrap();
    let (code, _, error) = audit(&["--rules", "rules.json"]);
    assert_eq!(code, 2);
    assert!(error.contains("`*`: placementStrategy[0]: `pack` is no type of strategy"), "{error}");
}

#[test]
fn percents_of_another_programs_services_are_audited_where_they_are_given() {
    let rules = |more: &str| format!(r#"{{"service:web": {{"placementStrategy": []{more}}}}}"#);
    let log = |count: usize, stops: usize| {
        let header = "time_s,event,task,group,cpu,memory_mib,instance,reason\n0,instance-registered,,,9999,9999,i,\n";
        let placed = (0..count).map(|task| format!("1,placed,{task},service:web,1,1,i,\n"));
        let stopped = (0..stops).map(|task| format!("2,stopped,{task},service:web,1,1,i,deployment\n"));
        header.to_owned() + &placed.chain(stopped).collect::<String>()
    };
    let check = |more: &str, log: &str, expected: u64| {
        let given = Rules::given(&rules(more)).unwrap();
        let summary = audit(log.as_bytes(), &mut |_| Ok(given.clone()), &mut |_| {}).unwrap();
        assert_eq!(summary.broken.get(&Broken::Percent).copied().unwrap_or(0), expected, "{more}\n{log}");
        summary
    };
    let four = r#", "desiredCount": 4, "minimumHealthyPercent": 50, "maximumPercent": 150"#;
    assert_eq!(check(four, &log(6, 4), 0).stops, 4);
    check(four, &log(7, 0), 1);
    check(four, &log(4, 3), 1);
    check(r#", "desiredCount": 4"#, &log(8, 5), 1);
    let unknown = check("", &log(9, 9), 0);
    assert!(unknown.not_checked.keys().any(|what| what.contains("percents are not known")), "{unknown:?}");
    assert!(Rules::given(&rules(r#", "maximumPercent": 150"#)).unwrap_err().contains("need a `desiredCount`"));
    let of_family = r#"{"family:a": {"placementStrategy": [], "desiredCount": 1}}"#;
    assert!(Rules::given(of_family).unwrap_err().contains("`service:NAME`"));
}
