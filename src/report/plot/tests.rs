//! Pictures at the ends of what they must bear: few and many policies, long names, one seed, any fleet.
//!
//! With the variable `STOWPLAN_PICTURES` set to a folder, they are also written there, to be looked at.

use super::drawing::Area;
use super::*;
use crate::report::sample::{self, Shape};

const SHORT: [&str; 3] = ["binpack-memory", "az-balanced-spread", "random"];
const MANY: [&str; 8] = [
    "az-balanced-spread",
    "az-balanced-binpack",
    "binpack-cpu",
    "binpack-memory",
    "one-task-per-host",
    "random",
    "spread-by-rack-then-by-instance-type-then-binpack-on-memory-with-a-long-name",
    "spread-by-rack-then-by-instance-type-then-binpack-on-cpu-with-a-long-name",
];

/// Every picture of an experiment of this shape, named.
fn pictures(shape: Shape<'_>) -> Vec<(String, Drawing)> {
    let manifest = sample::manifest(shape.policies, shape.seeds);
    let runs = sample::runs(shape);
    let tag = format!("{}p-{}s-{}i", shape.policies.len(), shape.seeds, shape.instances);
    let mut pictures = Vec::new();
    pictures.extend(utilisation(&manifest, &runs).map(|drawing| (format!("utilisation-{tag}"), drawing)));
    pictures.extend(headline(&manifest, &sample::summary(shape)).map(|drawing| (format!("headline-{tag}"), drawing)));
    pictures.extend(fleet(&manifest, &runs[0]).map(|drawing| (format!("fleet-{tag}"), drawing)));
    pictures
}

fn shapes() -> [Shape<'static>; 5] {
    [
        Shape { policies: &SHORT, seeds: 20, instances: 1_000, samples: 145 },
        Shape { policies: &MANY[..5], seeds: 1, instances: 10, samples: 1 },
        Shape { policies: &MANY, seeds: 3, instances: 10_000, samples: 300 },
        Shape { policies: &SHORT[..1], seeds: 2, instances: 1, samples: 2 },
        Shape { policies: &MANY[6..], seeds: 1, instances: 100_000, samples: 2_000 },
    ]
}

#[test]
fn words_stay_inside_and_never_overlap() {
    for (name, drawing) in shapes().into_iter().flat_map(pictures) {
        let page = Area { left: 0.0, top: 0.0, right: drawing.width, bottom: drawing.height };
        let texts: Vec<_> = drawing.texts().collect();
        for (index, text) in texts.iter().enumerate() {
            let area = text.area();
            assert!(contains(page, area), "{name}: `{}` leaves the picture: {area:?}", text.words);
            for other in &texts[..index] {
                assert!(!overlap(area, other.area()), "{name}: `{}` lies on `{}`", text.words, other.words);
            }
        }
    }
}

fn contains(page: Area, area: Area) -> bool {
    area.left >= page.left && area.right <= page.right && area.top >= page.top && area.bottom <= page.bottom
}

fn overlap(a: Area, b: Area) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

#[test]
fn pictures_are_files_of_their_kind_and_not_blank() {
    for (name, drawing) in shapes().into_iter().flat_map(pictures) {
        let (png, svg) = (drawing.png(), drawing.svg());
        if let Some(folder) = std::env::var_os("STOWPLAN_PICTURES") {
            let path = std::path::Path::new(&folder).join(&name);
            fs_err::write(path.with_extension("png"), &png).unwrap();
            fs_err::write(path.with_extension("svg"), &svg).unwrap();
        }
        assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n", "{name}");
    }
}
