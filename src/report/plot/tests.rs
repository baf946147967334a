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
fn pictures(shape: Shape<'_>, canvas: Canvas) -> Vec<(String, Drawing)> {
    let manifest = sample::manifest(shape.policies, shape.seeds);
    let runs = sample::runs(shape);
    let tag = format!("{}p-{}s-{}i-{}", shape.policies.len(), shape.seeds, shape.instances, canvas.width_or(0.0));
    let mut pictures = Vec::new();
    pictures.extend(utilisation(&manifest, &runs, canvas).map(|drawing| (format!("utilisation-{tag}"), drawing)));
    pictures.extend(
        headline(&manifest, &sample::summary(shape), canvas).map(|drawing| (format!("headline-{tag}"), drawing)),
    );
    pictures.extend(fleet(&manifest, &runs[0], canvas).map(|drawing| (format!("fleet-{tag}"), drawing)));
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
    let canvases = [Canvas::SCREEN, Canvas { width: Some(380.0), has_title: false }];
    let all =
        canvases.into_iter().flat_map(|canvas| shapes().into_iter().flat_map(move |shape| pictures(shape, canvas)));
    for (name, drawing) in all {
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
fn pngs_have_their_size_and_more_than_one_colour() {
    let canvases = [Canvas::SCREEN, Canvas { width: Some(380.0), has_title: false }];
    let all =
        canvases.into_iter().flat_map(|canvas| shapes().into_iter().flat_map(move |shape| pictures(shape, canvas)));
    for (name, drawing) in all {
        let pixels = drawing.pixels();
        let png = pixels.png();
        keep(&format!("{name}.png"), &png);
        assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n", "{name}");
        let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        let expected = (drawing.width * 2.0, drawing.height * 2.0);
        assert_eq!((f64::from(size(16)), f64::from(size(20))), expected, "{name}");
        assert!(has_colours(&pixels.rgb, 8), "{name} has fewer than eight colours");
    }
}

/// Whether the pixels of a picture have that many colours.
fn has_colours(rgb: &[u8], wanted: usize) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    rgb.as_chunks::<3>().0.chunk_by(|one, next| one == next).any(|run| {
        seen.insert(run[0]);
        seen.len() == wanted
    })
}

fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("STOWPLAN_PICTURES") {
        fs_err::write(std::path::Path::new(&folder).join(name), bytes).unwrap();
    }
}

#[test]
fn svgs_are_well_formed_and_say_what_they_show() {
    let canvases = [Canvas::SCREEN, Canvas { width: Some(380.0), has_title: false }];
    let all =
        canvases.into_iter().flat_map(|canvas| shapes().into_iter().flat_map(move |shape| pictures(shape, canvas)));
    for (name, drawing) in all {
        let svg = drawing.svg();
        keep(&format!("{name}.svg"), svg.as_bytes());
        assert!(svg.starts_with("<svg width=") && svg.trim_end().ends_with("</svg>"), "{name}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count(), "{name}");
        assert!(svg.contains("web-and-batch</title>"), "{name}");
    }
    let shape = shapes()[0];
    let svg = headline(&sample::manifest(shape.policies, 20), &sample::summary(shape), Canvas::SCREEN).unwrap().svg();
    for words in ["failure rate", "lower is better", "binpack-memory", "95 % interval", "$/h"] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let shape = Shape { policies: &SHORT, seeds: 3, instances: 50, samples: 20 };
    for ((name, first), (_, second)) in pictures(shape, Canvas::SCREEN).into_iter().zip(pictures(shape, Canvas::SCREEN))
    {
        assert!(first.svg() == second.svg() && first.png() == second.png(), "{name}");
    }
}

#[test]
fn nothing_to_show_is_no_picture() {
    let manifest = sample::manifest(&SHORT, 1);
    assert_eq!(headline(&manifest, &[], Canvas::SCREEN), None);
    assert_eq!(utilisation(&manifest, &[], Canvas::SCREEN), None);
    let mut run = sample::runs(shapes()[3]).remove(0);
    run.fleet.clear();
    assert_eq!(fleet(&manifest, &run, Canvas::SCREEN), None);
}

#[test]
fn records_with_absent_and_censored_figures_are_drawn() {
    let manifest = sample::manifest(&["binpack", "odd, \"name\""], 3);
    let records = sample::records();
    let drawing = utilisation(&manifest, &records, Canvas::SCREEN).expect("some runs have samples");
    assert!(drawing.svg().contains("odd, &quot;name&quot;"));
    assert!(fleet(&manifest, &records[0], Canvas::SCREEN).is_some());
}

#[test]
fn names_cannot_break_out_of_a_picture() {
    let odd = ["</text><script>alert(1)</script>", "a&b<c>\"d\"", "bell\u{7}and\u{1b}[31m escape"];
    let shape = Shape { policies: &odd, seeds: 2, instances: 5, samples: 3 };
    for (name, drawing) in pictures(shape, Canvas::SCREEN) {
        let svg = drawing.svg();
        assert!(!svg.contains("<script") && !svg.contains("a&b"), "{name}");
        assert!(svg.chars().all(|c| c == '\n' || !c.is_control()), "{name}");
    }
}
