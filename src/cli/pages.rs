//! `stowplan completions` and `stowplan man`: for a shell and a manual, printed or as files for a package.
//!
//! Both are made from the arguments that the command really takes.

use std::io::{self, Write as _};
use std::path::Path;

use clap::{Args, CommandFactory as _, ValueEnum};
use clap_complete::Shell;
use fs_err as fs;

use super::Exit;
use super::args::Arguments;

const NAME: &str = "stowplan";

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    #[arg(required_unless_present = "out")]
    shell: Option<Shell>,
    /// Write a file for each shell into this folder instead.
    #[arg(long, value_name = "DIR", conflicts_with = "shell")]
    out: Option<std::path::PathBuf>,
}

/// A page of reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Page {
    /// Every key of a scenario file.
    Scenario,
    /// What every figure means.
    Figures,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// A page of reference in place of the manual.
    #[arg(conflicts_with = "out")]
    page: Option<Page>,
    /// Write a page for each command into this folder, instead of printing the first.
    #[arg(long, value_name = "DIR")]
    out: Option<std::path::PathBuf>,
}

pub(super) fn completions(arguments: &CompletionsArguments) -> anyhow::Result<Exit> {
    if let Some(folder) = &arguments.out {
        fs::create_dir_all(folder)?;
        for shell in Shell::value_variants() {
            clap_complete::generate_to(*shell, &mut Arguments::command(), NAME, folder)?;
        }
    }
    if let Some(shell) = arguments.shell {
        // The library panics where it cannot write, so that it writes into memory.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Arguments::command(), NAME, &mut script);
        print(&script)?;
    }
    Ok(Exit::Done)
}

pub(super) fn man(arguments: &ManArguments) -> anyhow::Result<Exit> {
    if let Some(folder) = &arguments.out {
        pages(folder)?;
        return Ok(Exit::Done);
    }
    match arguments.page {
        Some(Page::Scenario) => print(crate::scenario::reference().as_bytes())?,
        Some(Page::Figures) => print(crate::report::figures_reference().as_bytes())?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            print(&page)?;
        }
    }
    Ok(Exit::Done)
}

fn pages(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Arguments::command(), folder)?;
    Ok(())
}

fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()?;
    Ok(())
}
