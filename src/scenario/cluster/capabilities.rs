//! What the agent of an instance registers that is made from a type, or from cpu and memory: the capabilities
//! of an ECS-optimised AMI of its system, its architecture and its agent version.
//!
//! The table is `data/agent-capabilities.csv`; its source and date stand at its head. It is parsed once, on first use.

use std::sync::LazyLock;

use super::catalogue::Architecture;
use crate::model::Capabilities;

/// One row of the table.
#[derive(Debug)]
struct Row {
    name: &'static str,
    linux: bool,
    windows: bool,
    /// Agents from this version on; none is any.
    since: Option<&'static str>,
    /// Agents before this version; none is any.
    until: Option<&'static str>,
    /// Registered only on this architecture; none is any.
    architecture: Option<&'static str>,
}

/// The rows of what is registered without being asked for.
static ROWS: LazyLock<Vec<Row>> =
    LazyLock::new(|| parse(include_str!("data/agent-capabilities.csv")).expect("a test reads the whole table"));

/// What an agent registers; without a version it is a current one.
pub(super) fn of_agent(is_windows: bool, architecture: Architecture, version: Option<&str>) -> Capabilities {
    let is_registered = |row: &&Row| {
        (if is_windows { row.windows } else { row.linux })
            && row.architecture.is_none_or(|only| only == architecture.name())
            && match version {
                Some(version) => {
                    row.since.is_none_or(|since| parts(since) <= parts(version))
                        && row.until.is_none_or(|until| parts(version) < parts(until))
                }
                None => row.until.is_none(),
            }
    };
    Capabilities::new(ROWS.iter().filter(is_registered).map(|row| row.name))
}

/// Whether an agent registers its operating system family, which those before 1.55.4 did not.
pub(super) fn tells_family(version: Option<&str>) -> bool {
    version.is_none_or(|version| parts("1.55.4") <= parts(version))
}

/// The parts of a dotted version, zeros at its end left out, so that 1.75 and 1.75.0 are one.
fn parts(version: &str) -> Vec<u64> {
    let mut parts: Vec<u64> = version.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect();
    while parts.last() == Some(&0) {
        parts.pop();
    }
    parts
}

/// The rows of the table that are registered by default; an error names the line.
fn parse(table: &'static str) -> Result<Vec<Row>, String> {
    let lines = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    let mut rows = Vec::new();
    for line in lines {
        rows.extend(parse_row(line).ok_or_else(|| format!("bad row `{line}`"))?);
    }
    Ok(rows)
}

/// `Some(None)` for a row of what is registered only where it is configured.
fn parse_row(line: &'static str) -> Option<Option<Row>> {
    let fields: Vec<&'static str> = line.split(',').collect();
    let [name, systems, since, until, registered, mark, _note] = fields[..] else { return None };
    let (linux, windows) = match systems {
        "both" => (true, true),
        "linux" => (true, false),
        "windows" => (false, true),
        _ => return None,
    };
    let architecture = match registered {
        "no" => return Some(None),
        "yes" => None,
        "x86_64" | "arm64" => Some(registered),
        _ => return None,
    };
    let is_version = |text: &str| text.split('.').all(|part| part.parse::<u32>().is_ok());
    let version = |text: &'static str| match text {
        "" => Some(None),
        text => is_version(text).then_some(Some(text)),
    };
    let (since, until) = (version(since)?, version(until)?);
    matches!(mark, "D" | "O").then_some(Some(Row { name, linux, windows, since, until, architecture }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TASK_ENI_ATTRIBUTE;

    const AWSLOGS: &str = "com.amazonaws.ecs.capability.logging-driver.awslogs";

    fn linux(version: Option<&str>) -> Capabilities {
        of_agent(false, Architecture::X86, version)
    }

    #[test]
    fn every_row_parses_and_no_name_comes_twice() {
        let rows = parse(include_str!("data/agent-capabilities.csv")).unwrap();
        let mut names: Vec<&str> = rows.iter().map(|row| row.name).collect();
        names.sort_unstable();
        assert!(names.len() > 50 && names.is_sorted_by(|a, b| a < b), "{names:?}");
        assert!(parse_row("a,both,1.2.3,,yes,D,").is_some_and(|row| row.is_some()));
        for bad in ["a,mac,,,yes,D,", "a,both,new,,yes,D,", "a,both,,,maybe,D,", "a,both,,,yes,I,", "a,both,,,yes,D"] {
            assert!(parse_row(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_current_agent_has_what_definitions_of_today_require() {
        let current = linux(None);
        for name in [AWSLOGS, TASK_ENI_ATTRIBUTE, "ecs.capability.execution-role-awslogs", "ecs.capability.efsAuth"] {
            assert!(current.contains(name), "{name}");
        }
        for name in ["com.amazonaws.ecs.capability.selinux", "ecs.capability.external", "ecs.capability.gmsa"] {
            assert!(!current.contains(name), "{name}");
        }
    }

    #[test]
    fn the_version_of_the_agent_decides_and_versions_compare_as_numbers() {
        let restart = "ecs.capability.container-restart-policy";
        assert!(!linux(Some("1.9.0")).contains(restart) && !linux(Some("1.85.9")).contains(restart));
        assert!(linux(Some("1.86")).contains(restart) && linux(Some("1.105.1")).contains(restart));
        let old = "com.amazonaws.ecs.capability.docker-remote-api.1.31";
        assert!(
            linux(Some("1.98.5")).contains(old) && !linux(Some("1.99.0")).contains(old) && !linux(None).contains(old)
        );
    }

    #[test]
    fn windows_and_arm_have_less() {
        let windows = of_agent(true, Architecture::X86, None);
        assert!(!windows.contains(AWSLOGS) && windows.contains("ecs.capability.fsxWindowsFileServer"));
        let optimized = "ecs.capability.task-eia.optimized-cpu";
        assert!(linux(None).contains(optimized));
        assert!(!of_agent(false, Architecture::Arm, None).contains(optimized));
    }
}
