//! Random input: whatever the bytes, the answer is a scenario or problems with places inside the text.

use std::path::Path;

use proptest::prelude::*;

use crate::scenario::{LoadError, Loaded, Style, TraceOptions, load, parse, read_trace};

/// A scenario that uses most of the form, to be broken.
const WHOLE: &str = include_str!("whole.toml");

/// Reads the text and looks at all that comes back.
fn survives(text: &str) {
    let problems = match parse(text, Path::new("x.toml"), &["tasks_placed"]) {
        Ok(Loaded { warnings, .. }) => warnings,
        Err(LoadError { problems, .. }) => problems,
    };
    for problem in problems {
        let place = problem.place.as_ref().expect("problems of one text have a place");
        assert!(place.source.text.get(place.span.clone()).is_some(), "{problem:?}");
        assert!(place.line() >= 1 && place.column() >= 1);
        assert!(problem.render(Style::Plain).contains(problem.code()));
    }
}

#[test]
fn the_whole_scenario_is_valid() {
    let loaded = parse(WHOLE, Path::new("x.toml"), &["tasks_placed"]).unwrap();
    assert_eq!(loaded.warnings, []);
}

/// A piece of text that is likely to matter.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("0".to_owned()),
        Just("-1".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("1e400".to_owned()),
        Just("nan".to_owned()),
        Just("''".to_owned()),
        Just("\"\\u00e9\"".to_owned()),
        Just("{ }".to_owned()),
        Just("[[]]".to_owned()),
        Just("[cluster]".to_owned()),
        Just("\n".to_owned()),
        Just("true".to_owned()),
        any::<char>().prop_map(String::from),
        "[a-z.=\\[\\]{}'\" \n0-9-]{0,8}",
    ]
}

proptest! {
    #[test]
    fn random_text_never_panics(text in "\\PC{0,200}") {
        survives(&text);
    }

    #[test]
    fn text_of_toml_pieces_never_panics(pieces in prop::collection::vec(piece(), 0..40)) {
        survives(&pieces.join(" "));
    }

    #[test]
    fn a_broken_scenario_never_panics(cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, piece()), 1..6)) {
        let mut text: Vec<char> = WHOLE.chars().collect();
        for (at, length, piece) in cuts {
            let start = at.index(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, piece.chars());
        }
        survives(&text.into_iter().collect::<String>());
    }

    #[test]
    fn a_value_of_another_kind_never_panics(line in any::<prop::sample::Index>(), piece in piece()) {
        let lines: Vec<&str> = WHOLE.lines().collect();
        let chosen = line.index(lines.len());
        let replaced = lines.iter().enumerate().map(|(number, line)| match line.split_once(" = ") {
            Some((key, _)) if number == chosen => format!("{key} = {piece}\n"),
            _ => format!("{line}\n"),
        });
        survives(&replaced.collect::<String>());
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        std::fs::write(&path, &bytes).unwrap();
        prop_assert!(load(&path, &[]).is_err());
        let header = b"arrival_s,cpu_units,memory_mib,group\n";
        let _ = read_trace(&bytes, &TraceOptions::default());
        let _ = read_trace(&[header, bytes.as_slice()].concat(), &TraceOptions::default());
        let _ = read_trace(&[&[0x1f, 0x8b], bytes.as_slice()].concat(), &TraceOptions::default());
    }

    #[test]
    fn a_trace_is_read_as_it_was_written(rows in prop::collection::vec((0..10_000_000_u64, prop::option::of(0..10_000_u64), 0..5_u32, 1..5_u32), 0..50)) {
        let mut text = "arrival_s,duration_s,cpu_units,memory_mib\n".to_owned();
        for (at, life, cpu, memory) in &rows {
            let life = life.map_or_else(String::new, |life| crate::model::SimSpan(life).to_string());
            text.push_str(&format!("{},{life},{cpu},{memory}\n", crate::model::SimTime(*at)));
        }
        let load = read_trace(text.as_bytes(), &TraceOptions::default()).unwrap();
        let mut expected = rows;
        expected.sort_by_key(|row| row.0);
        let read = load.trace.tasks.iter().map(|task| {
            let demand = &load.definitions[task.definition.index()].demand;
            (task.at.0, task.life.map(|life| life.0), demand.cpu.0, demand.memory.0)
        });
        prop_assert_eq!(read.collect::<Vec<_>>(), expected);
    }
}
