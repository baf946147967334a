//! `stowplan --version --verbose`: which build this is, which formats it reads and writes, and what is new in it.
//!
//! The change log is the one of the source, read at compile time.

use std::fmt::Write as _;

use crate::report::FORMAT;

const CHANGELOG: &str = include_str!("../../CHANGELOG.md");

/// A part that a build may have or lack.
struct Feature {
    name: &'static str,
    is_built: bool,
    does: &'static str,
}

const FEATURES: [Feature; 2] = [
    Feature { name: "highs", is_built: cfg!(feature = "highs"), does: "proves larger optima" },
    Feature { name: "parquet", is_built: cfg!(feature = "parquet"), does: "writes tables as Parquet" },
];

/// Whether the command line asks for the version at length, in either order; one that asks for more is not ours.
pub(super) fn is_asked(mut arguments: impl Iterator<Item = String>) -> bool {
    let (mut version, mut verbose) = (false, false);
    let known = arguments.by_ref().skip(1).all(|argument| match argument.as_str() {
        "--version" | "-V" => {
            version = true;
            true
        }
        "--verbose" => {
            verbose = true;
            true
        }
        _ => false,
    });
    known && version && verbose
}

pub(super) fn text() -> String {
    let mut text = format!("stowplan {}\n", crate::VERSION);
    let built: Vec<&str> = FEATURES.iter().filter(|feature| feature.is_built).map(|feature| feature.name).collect();
    let checks = if cfg!(debug_assertions) { ", with debug assertions" } else { "" };
    let mut rows = vec![
        ("platform", format!("{} {}{checks}", std::env::consts::ARCH, std::env::consts::OS)),
        ("features", if built.is_empty() { "none".to_owned() } else { built.join(" ") }),
        ("results format", FORMAT.to_string()),
        ("changes", newest(CHANGELOG)),
    ];
    rows.extend(FEATURES.iter().filter(|feature| !feature.is_built).map(|feature| {
        let Feature { name, does, .. } = feature;
        ("left out", format!("{name}, which {does}: cargo install --path . --features {name}"))
    }));
    for (name, value) in rows {
        writeln!(text, "{name:<16}{value}").expect("a string takes what is written");
    }
    text
}

/// The newest section of a change log: its name, and how much of which kind it lists.
fn newest(changelog: &str) -> String {
    let mut lines = changelog.lines().skip_while(|line| !line.starts_with("## "));
    let name = lines.next().map_or("", |line| line.trim_start_matches("## ")).to_lowercase();
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for line in lines.take_while(|line| !line.starts_with("## ")) {
        if let Some(kind) = line.strip_prefix("### ") {
            kinds.push((kind.to_lowercase(), 0));
        } else if let (true, Some((_, count))) = (line.starts_with("- "), kinds.last_mut()) {
            *count += 1;
        }
    }
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("{name}: {} (CHANGELOG.md)", kinds.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> bool {
        is_asked(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn it_is_asked_for_in_either_order_and_alone() {
        assert!(asked("stowplan --version --verbose"));
        assert!(asked("stowplan --verbose -V"));
        assert!(!asked("stowplan --version"));
        assert!(!asked("stowplan run --version --verbose"));
        assert!(!asked("stowplan"));
    }

    #[test]
    fn the_newest_section_is_counted_by_kind() {
        let log =
            "# Changelog\n\n## 0.2.0\n### Added\n- a\n- b\n  more of b\n### Fixed\n- c\n## 0.1.0\n### Added\n- d\n";
        assert_eq!(newest(log), "0.2.0: 2 added, 1 fixed (CHANGELOG.md)");
        assert!(text().contains("\nresults format  "), "{}", text());
    }
}
