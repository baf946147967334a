//! `stowplan import --commands`: the script that collects a cluster.
//!
//! Both scripts are files of their own, so that they can be read and tried as they are. Lines are at most 76 wide, so that
//! nothing wraps where they are pasted.

use std::io::{self, Write as _};

use clap::ValueEnum;

use super::Exit;
use crate::aws::name_of;

/// The language of the script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// Any shell of POSIX.
    #[default]
    Sh,
    /// `PowerShell` 5 or later.
    Powershell,
}

/// Prints the script for a cluster.
pub(in crate::cli) fn run(shell: Shell, cluster: Option<&str>) -> anyhow::Result<Exit> {
    let cluster = cluster.map_or("default", name_of);
    let is_name = cluster.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    anyhow::ensure!(
        is_name && !cluster.is_empty() && cluster.len() <= 255,
        "`--cluster {}` is no name of a cluster; it has letters, digits, - and _",
        cluster.escape_debug()
    );
    let script = match shell {
        Shell::Sh => include_str!("collect.sh"),
        Shell::Powershell => include_str!("collect.ps1"),
    };
    io::stdout().write_all(script.replace("@CLUSTER@", cluster).as_bytes())?;
    Ok(Exit::Done)
}
