//! `stowplan bench`: the engine beside the naive scan and the memory of this machine, in one process.

use std::io::{self, Write as _};
use std::path::Path;

use fs_err as fs;
use indicatif::{ProgressBar, ProgressStyle};

use super::Exit;
use super::args::{BenchArguments, Format};
use super::kit::terminal;
use crate::bench::{self, BenchOptions, BenchReport, POLICIES, RealisticOptions};
use crate::report::{
    plot, realistic_table, speed_table, write_realistic_csv, write_realistic_json, write_speed_csv, write_speed_json,
};

pub(super) fn run(arguments: &BenchArguments) -> anyhow::Result<Exit> {
    if arguments.realistic {
        return realistic(arguments);
    }
    let options = options(arguments)?;
    let bar = spinner(arguments);
    let report = bench::run(&options, &mut |what| bar.set_message(what.to_owned()));
    bar.finish_and_clear();
    if let Some(folder) = &arguments.out {
        write_files(folder, &options, &report)?;
        terminal::note(&arguments.output, &format!("wrote {}", folder.display()));
    }
    let out = &mut io::stdout().lock();
    match arguments.output.format {
        Format::Table => out.write_all(speed_table(&report).as_bytes())?,
        Format::Json => write_speed_json(out, &report)?,
        Format::Csv => write_speed_csv(out, &report)?,
        Format::Markdown => out.write_all(terminal::markdown(|csv| Ok(write_speed_csv(csv, &report)?))?.as_bytes())?,
    }
    Ok(Exit::Done)
}

fn spinner(arguments: &BenchArguments) -> ProgressBar {
    let bar =
        if arguments.output.quiet || terminal::is_dumb() { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    bar.set_style(
        ProgressStyle::with_template("{spinner} measuring: {msg} ({elapsed})").expect("the template is valid"),
    );
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// The rows of what people really run.
fn realistic(arguments: &BenchArguments) -> anyhow::Result<Exit> {
    let options = RealisticOptions {
        rows: arguments.policy.clone(),
        chains: arguments.chains,
        sizes: arguments.sizes.iter().map(|&size| size as usize).collect(),
        services: arguments.services.first().map_or(20, |&services| services as usize),
        budget_ms: arguments.budget,
        repetitions: usize::from(arguments.repetitions),
    };
    let bar = spinner(arguments);
    let rows = bench::realistic(&options, &mut |what| bar.set_message(what.to_owned()));
    bar.finish_and_clear();
    anyhow::ensure!(!rows.is_empty(), "no row of `--realistic` has `{}` in its name", arguments.policy.join("` or `"));
    if let Some(folder) = &arguments.out {
        fs::create_dir_all(folder)?;
        let mut csv = Vec::new();
        write_realistic_csv(&mut csv, &rows)?;
        fs::write(folder.join("realistic.csv"), csv)?;
        terminal::note(&arguments.output, &format!("wrote {}", folder.join("realistic.csv").display()));
    }
    let out = &mut io::stdout().lock();
    match arguments.output.format {
        Format::Table => out.write_all(realistic_table(&rows).as_bytes())?,
        Format::Json => write_realistic_json(out, &rows)?,
        Format::Csv => write_realistic_csv(out, &rows)?,
        Format::Markdown => {
            out.write_all(terminal::markdown(|csv| Ok(write_realistic_csv(csv, &rows)?))?.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

fn options(arguments: &BenchArguments) -> anyhow::Result<BenchOptions> {
    for name in &arguments.policy {
        let known: Vec<&str> = POLICIES.iter().map(|policy| policy.name).collect();
        anyhow::ensure!(known.contains(&name.as_str()), "no bench policy `{name}`; there are `{}`", known.join("`, `"));
    }
    Ok(BenchOptions {
        policies: arguments.policy.clone(),
        sizes: arguments.sizes.iter().map(|&size| size as usize).collect(),
        services: arguments.services.iter().map(|&services| services as usize).collect(),
        repetitions: usize::from(arguments.repetitions),
        churn_pairs: arguments.pairs,
    })
}

/// `bench.csv`, `bench.json`, and for each number of services a picture.
fn write_files(folder: &Path, options: &BenchOptions, report: &BenchReport) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let mut csv = Vec::new();
    write_speed_csv(&mut csv, report)?;
    fs::write(folder.join("bench.csv"), csv)?;
    let mut json = Vec::new();
    write_speed_json(&mut json, report)?;
    fs::write(folder.join("bench.json"), json)?;
    for &services in &options.services {
        if let Some(drawing) = plot::speed(report, services) {
            fs::write(folder.join(format!("bench-{services}-services.svg")), drawing.svg())?;
            fs::write(folder.join(format!("bench-{services}-services.png")), drawing.png())?;
        }
    }
    Ok(())
}
