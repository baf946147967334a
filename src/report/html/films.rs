//! The films of the policies as the report draws them: what is common to all is written once.
//!
//! Films lose every second frame until all of them together fit.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::record::{Film, RunRecord};
use crate::report::text::names::is_numbered;

/// Bytes of all films together.
const BYTES: usize = 5_000_000;

/// What the films of an experiment have in common.
pub(super) struct Films<'a> {
    /// Every so many frames of each are kept.
    step: usize,
    /// Types of instances; empty is none.
    pub(super) types: Vec<&'a str>,
    /// What people call the instances, by id; empty where they are numbered.
    pub(super) names: &'a [String],
}

/// One film.
#[derive(Serialize)]
pub(super) struct FilmData<'a> {
    seed: u32,
    kinds: Vec<(&'a str, u32, u32)>,
    /// Kinds of instances.
    classes: Vec<Class>,
    /// The kind of every instance, by id.
    of: Vec<usize>,
    frames: Vec<(u64, &'a str)>,
}

/// Zone, CPU units, MiB and type of an instance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Class(u32, u32, u32, usize);

impl<'a> Films<'a> {
    /// What is common to the films of these records, one a policy.
    pub(super) fn of(firsts: &[Option<&'a RunRecord>]) -> Self {
        let filmed = || firsts.iter().flatten().filter_map(|record| record.film.as_ref());
        let mut types: Vec<&str> = filmed().flat_map(|film| film.types.iter().map(String::as_str)).collect();
        types.sort_unstable();
        types.dedup();
        // Instances of one number have one name under every policy; those that come later are numbered on.
        let names = firsts.iter().flatten().map(|record| record.names.as_slice()).max_by_key(|names| names.len());
        let names = names.filter(|names| !is_numbered(names)).unwrap_or_default();
        Self { step: step(filmed), types, names }
    }

    /// The film of a record, if it has one; the last frame always stays.
    pub(super) fn film(&self, record: &'a RunRecord) -> Option<FilmData<'a>> {
        let film: &Film = record.film.as_ref()?;
        let mut frames: Vec<(u64, &str)> =
            film.frames.iter().rev().step_by(self.step).map(|frame| (frame.at_ms, frame.stacks.as_str())).collect();
        frames.reverse();
        let mut numbers: BTreeMap<Class, usize> = BTreeMap::new();
        let mut classes = Vec::new();
        let of = self.classes(film).map(|class| {
            *numbers.entry(class).or_insert_with(|| {
                classes.push(class);
                classes.len() - 1
            })
        });
        let of = of.collect();
        (!film.instances.is_empty()).then(|| FilmData {
            seed: record.seed,
            kinds: film.kinds.iter().map(|kind| (kind.group.as_str(), kind.cpu, kind.memory)).collect(),
            classes,
            of,
            frames,
        })
    }

    /// The kind of every instance, by id.
    fn classes<'f>(&'f self, film: &'f Film) -> impl Iterator<Item = Class> + 'f {
        film.instances.iter().enumerate().map(|(id, &(zone, cpu, memory))| {
            let kind = film.type_of.get(id).and_then(|&place| film.types.get(place as usize));
            let place = self.types.binary_search(&kind.map_or("", String::as_str));
            Class(zone, cpu, memory, place.unwrap_or(self.types.len()))
        })
    }
}

/// Every so many frames of each film are kept.
fn step<'a, I: Iterator<Item = &'a Film>>(films: impl Fn() -> I) -> usize {
    let bytes = |step: usize| -> usize {
        films().flat_map(|film| film.frames.iter().rev().step_by(step)).map(|frame| frame.stacks.len()).sum()
    };
    (0..6).map(|power| 1 << power).find(|&step| bytes(step) <= BYTES).unwrap_or(64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::record::Frame;

    fn record(types: &[&str], type_of: &[u32], names: &[&str]) -> RunRecord {
        let film = Film {
            instances: type_of.iter().map(|_| (0, 1_024, 2_048)).collect(),
            types: types.iter().map(|&kind| kind.to_owned()).collect(),
            type_of: type_of.to_vec(),
            frames: vec![Frame { at_ms: 0, stacks: ";".to_owned() }],
            ..Film::default()
        };
        RunRecord {
            film: Some(film),
            names: names.iter().map(|&name| name.to_owned()).collect(),
            ..RunRecord::default()
        }
    }

    #[test]
    fn types_and_names_are_written_once_for_all_policies() {
        let (a, b) = (record(&["m5", "c5"], &[0, 1], &["x", "y"]), record(&["c5"], &[0, 0, 0], &["x", "y", "z"]));
        let films = Films::of(&[Some(&a), None, Some(&b)]);
        assert_eq!((films.types.as_slice(), films.names), (&["c5", "m5"][..], b.names.as_slice()));
        let json = |record| serde_json::to_value(films.film(record)).unwrap();
        assert_eq!(json(&a)["classes"], serde_json::json!([[0, 1024, 2048, 1], [0, 1024, 2048, 0]]));
        assert_eq!(json(&a)["of"], serde_json::json!([0, 1]));
        assert_eq!(json(&b)["of"], serde_json::json!([0, 0, 0]));
    }

    #[test]
    fn numbered_instances_need_no_names_and_old_records_no_types() {
        let mut old = record(&[], &[], &["i-00000000", "i-00000001"]);
        old.film.as_mut().unwrap().instances = vec![(0, 1, 1), (0, 1, 1)];
        let films = Films::of(&[Some(&old)]);
        assert!(films.names.is_empty() && films.types.is_empty());
        assert_eq!(films.film(&old).unwrap().of, [0, 0]);
    }
}
