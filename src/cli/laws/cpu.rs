//! What a program and those it started have taken of the processor, where the system tells: Linux, in hundredths of seconds.

use std::time::Duration;

/// CPU time of all processes of a group; `None` where nobody tells.
pub(super) fn of_group(group: u32) -> Option<Duration> {
    let mut all = None;
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let Ok(stat) = fs_err::read_to_string(entry.path().join("stat")) else { continue };
        if let Some(of) = ticks(&stat, group) {
            all = Some(all.unwrap_or(0) + of);
        }
    }
    all.map(|ticks: u64| Duration::from_millis(ticks * 10))
}

/// The ticks of a line of `/proc/PID/stat`, with those of children that have ended, if the process is of the group. The
/// name in brackets may hold anything.
fn ticks(stat: &str, group: u32) -> Option<u64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    if *fields.get(2)? != group.to_string() {
        return None;
    }
    fields.get(11..15)?.iter().map(|field| field.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_those_of_the_group_whatever_its_name() {
        let stat = "42 (a) b (c) S 1 7 7 0 -1 4194304 1 2 3 4 100 20 5 3 20 0 1 0 9 8 7";
        assert_eq!((ticks(stat, 7), ticks(stat, 8), ticks("", 7)), (Some(128), None, None));
    }
}
