//! The bundle of an answer, checked again: its files, its placements one by one, what it says of them, the certificates of
//! its bounds, and the question asked anew.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write as _};
use std::path::Path;

use anyhow::Context as _;
use clap::Parser as _;
use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::args::{Arguments, AuditArguments, Command, Format};
use crate::cli::plan::{self, Answered, bundle};
use crate::experiment::Experiment;
use crate::laws::audit::{Rules, audit};
use crate::model::{Scenario, counted};
use crate::planning::Load;
use crate::planning::certificate::{Certificate, Verdict};
use crate::report::write_plan_json;
use bundle::{Index, Packed};

/// What was checked, and what is wrong.
#[derive(Default)]
struct Checked {
    files: usize,
    packings: usize,
    placements: u64,
    figures: usize,
    certificates: usize,
    not_checked: Vec<String>,
    wrong: Vec<String>,
    /// Findings about placements that are counted and not told.
    untold: u64,
}

impl Checked {
    /// How much is wrong.
    fn findings(&self) -> u64 {
        self.wrong.len() as u64 + self.untold
    }
}

/// Whether a folder is a bundle.
pub(super) fn is_one(folder: &Path) -> bool {
    folder.join(bundle::INDEX).is_file()
}

pub(super) fn run(arguments: &AuditArguments) -> anyhow::Result<Exit> {
    let folder = &arguments.log;
    let text = fs_err::read_to_string(folder.join(bundle::INDEX))?;
    let index: Index = serde_json::from_str(&text)
        .with_context(|| format!("`{}` is no index of a bundle", folder.join(bundle::INDEX).display()))?;
    anyhow::ensure!(index.format == 1, "bundles of form {} are not known here: 1 is", index.format);
    let mut checked = Checked::default();
    files(folder, &index, &mut checked)?;
    let told: Value = serde_json::from_str(&fs_err::read_to_string(folder.join(bundle::ANSWER))?)
        .with_context(|| format!("`{}` is no JSON", bundle::ANSWER))?;
    let answered = ask_again(folder, &index, &told, &mut checked)?;
    let load = Load::of(&answered.subject.scenario, answered.subject.factor);
    placements(arguments, &index, load.scenario(), &mut checked)?;
    let tallies = tallies(folder)?;
    for (run, packed) in index.packings.iter().enumerate() {
        packing(load.scenario(), packed, tallies.get(&run.to_string()), &told, &mut checked);
    }
    answers(&told, &index, &mut checked);
    certificates(folder, &told, &mut checked)?;
    if index.packings_left_out > 0 {
        checked.not_checked.push(format!("{} not written out", counted(index.packings_left_out, "packing")));
    }
    print(&checked, arguments.output.format)?;
    Ok(if checked.findings() == 0 { Exit::Done } else { Exit::AnswerIsNo })
}

/// Every file is as it was written, and none more or less.
fn files(folder: &Path, index: &Index, checked: &mut Checked) -> anyhow::Result<()> {
    let there = bundle::digests(folder)?;
    for (name, digest) in &index.digests {
        match there.get(name) {
            None => checked.wrong.push(format!("the file `{name}` is missing")),
            Some(now) if now != digest => checked.wrong.push(format!("the file `{name}` is not as it was written")),
            Some(_) => checked.files += 1,
        }
    }
    let more = there.keys().filter(|name| !index.digests.contains_key(*name));
    checked.wrong.extend(more.map(|name| format!("the file `{name}` is none of the bundle's")));
    Ok(())
}

/// The question asked anew of the inputs, with what it was asked by.
struct Again {
    subject: plan::Subject,
}

fn ask_again(folder: &Path, index: &Index, told: &Value, checked: &mut Checked) -> anyhow::Result<Again> {
    let inputs = index.files.iter().map(|file| folder.join(file).display().to_string());
    let words = ["stowplan", "plan"].map(str::to_owned).into_iter();
    let question = index.words.iter().take(1).cloned();
    let rest = index.words.iter().skip(1).cloned();
    let parsed = Arguments::try_parse_from(words.chain(question).chain(inputs).chain(rest));
    let parsed = parsed.map_err(|error| anyhow::anyhow!("its question cannot be asked: {}", error.kind()))?;
    let Command::Plan { question } = parsed.command else { anyhow::bail!("its question is none of `plan`") };
    let Answered { answer, subject, .. } = plan::answered(&question)?;
    let mut again = Vec::new();
    write_plan_json(&mut again, &answer, &plan::asked(&subject))?;
    let mut again: Value = serde_json::from_slice(&again)?;
    let mut told = told.clone();
    for answer in [&mut again, &mut told] {
        if let Some(members) = answer.as_object_mut() {
            members.remove("command");
        }
    }
    let members = again.as_object().into_iter().flatten();
    for (member, value) in members.filter(|(member, value)| told.get(member) != Some(value)) {
        let (now, then) = (shown(value), told.get(member).map_or_else(|| "nothing".to_owned(), shown));
        checked.wrong.push(format!("asked again, `{member}` is {now}, and the bundle says {then}"));
    }
    Ok(Again { subject })
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 100 { format!("{}…", text.chars().take(100).collect::<String>()) } else { text }
}

/// Every placement is one that the rules allow.
fn placements(
    arguments: &AuditArguments,
    index: &Index,
    scenario: &Scenario,
    checked: &mut Checked,
) -> anyhow::Result<()> {
    let mut rules_of = |run: &str| {
        let packed = run.parse::<usize>().ok().and_then(|run| index.packings.get(run));
        let packed = packed.ok_or_else(|| format!("`{run}` is no packing of the bundle"))?;
        let policy = scenario.policies.iter().find(|policy| policy.name == packed.policy);
        let policy = policy.ok_or_else(|| format!("there is no policy `{}`", packed.policy))?;
        let rules = Rules::of_scenario(scenario, policy);
        Ok(Rules { draws: Some(Experiment::engine_key(packed.seed)), ..rules })
    };
    if index.packings.is_empty() {
        return Ok(());
    }
    let log = BufReader::new(fs_err::File::open(arguments.log.join(bundle::PLACEMENTS))?);
    let mut found = Vec::new();
    let summary = audit(log, &mut rules_of, &mut |finding| {
        if (found.len() as u64) < arguments.show {
            found.push(format!("{}: {finding}", bundle::PLACEMENTS));
        }
    });
    let summary = summary.map_err(|error| anyhow::anyhow!("`{}` cannot be audited: {error}", bundle::PLACEMENTS))?;
    checked.untold = summary.findings() - found.len() as u64;
    checked.wrong.extend(found);
    checked.placements = summary.decisions;
    let not_checked = summary.not_checked.iter().map(|(what, count)| format!("{}: {what}", counted(*count, "time")));
    checked.not_checked.extend(not_checked);
    Ok(())
}

/// What the log says of one packing.
#[derive(Default)]
struct Tally {
    /// Instances by zone, CPU units, MiB and type.
    instances: BTreeMap<(String, String, String, Option<String>), usize>,
    /// Tasks by group and task definition.
    placed: BTreeMap<(String, String), u64>,
}

fn tallies(folder: &Path) -> anyhow::Result<BTreeMap<String, Tally>> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut rows = csv::Reader::from_path(folder.join(bundle::PLACEMENTS))?;
    let header = rows.headers()?.clone();
    let place = |name: &str| header.iter().position(|known| known == name).context("a column is missing");
    let [run, event, group, family] = [place("run")?, place("event")?, place("group")?, place("task_definition")?];
    let [zone, cpu, memory, reason] = [place("zone")?, place("cpu")?, place("memory_mib")?, place("reason")?];
    for row in rows.records() {
        let row = row?;
        let tally = tallies.entry(row[run].to_owned()).or_default();
        match &row[event] {
            "instance-registered" => {
                let described: Value = serde_json::from_str(&row[reason]).unwrap_or(Value::Null);
                let of = described["instance_type"].as_str().map(str::to_owned);
                *tally.instances.entry((row[zone].into(), row[cpu].into(), row[memory].into(), of)).or_default() += 1;
            }
            "placed" => *tally.placed.entry((row[group].into(), row[family].into())).or_default() += 1,
            _ => {}
        }
    }
    Ok(tallies)
}

/// Instances, price and tasks of one packing are what the answer says.
fn packing(scenario: &Scenario, packed: &Packed, tally: Option<&Tally>, told: &Value, checked: &mut Checked) {
    let name = format!("the packing of order {} under {}", packed.seed, packed.policy);
    let empty = Tally::default();
    let tally = tally.unwrap_or(&empty);
    checked.packings += 1;
    let count: usize = tally.instances.values().sum();
    let mut must_be = |what: &str, counted: Option<String>, said: Option<String>| {
        checked.figures += 1;
        if counted != said {
            let [counted, said] = [counted, said].map(|value| value.unwrap_or_else(|| "not known".to_owned()));
            checked.wrong.push(format!("{what} of {name}: {counted} by the placements, and {said} is said"));
        }
    };
    must_be("instances", Some(count.to_string()), Some(packed.instances.to_string()));
    let price = price(scenario, tally);
    must_be(
        "the price",
        price.map(|price| price.to_string()),
        packed.micro_usd_per_hour.map(|price| price.to_string()),
    );
    let is_its = |row: &&Value| row["policy"] == packed.policy.as_str() && row["seed"] == packed.seed;
    let rows = told["tables"]["orders"].as_array().into_iter().flatten();
    let row = rows.clone().find(is_its);
    let of_answer = row.and_then(|row| row["instances"].as_u64()).map(|size| size.to_string());
    must_be("instances in the answer", Some(count.to_string()), of_answer);
    for service in &scenario.services {
        let group = format!("service:{}", service.name);
        let is_still = service.settings.steps.is_empty() && service.settings.curve.is_none();
        if is_still && service.settings.scheduling == crate::model::Scheduling::Replica {
            let placed: u64 = tally.placed.iter().filter(|((of, _), _)| *of == group).map(|(_, count)| count).sum();
            if placed < u64::from(service.desired_count) {
                let wants = service.desired_count;
                let lacks = counted(u64::from(wants) - placed, "task");
                checked.not_checked.push(format!("{name} leaves out {lacks} of {group}"));
            }
        }
    }
}

/// What the instances of a log cost, by the prices of the scenario; `None` where one is not known.
fn price(scenario: &Scenario, tally: &Tally) -> Option<u128> {
    let fleet = &scenario.fleet;
    let mut sum = 0;
    for ((zone, cpu, memory, of), &count) in &tally.instances {
        let is_one = |class: &&crate::model::InstanceClass| {
            fleet.zones[class.zone.index()] == *zone
                && class.cpu.0.to_string() == *cpu
                && class.memory.0.to_string() == *memory
                && class.instance_type == *of
        };
        let class = fleet.classes.iter().find(is_one)?;
        sum += u128::from(class.price?.0) * count as u128;
    }
    Some(sum)
}

/// The size that is the answer of each policy is the one that its orders give.
fn answers(told: &Value, index: &Index, checked: &mut Checked) {
    let sure = index.words.iter().any(|word| word == "--sure" || word.starts_with("--sure="));
    let orders = told["tables"]["orders"].as_array().cloned().unwrap_or_default();
    for row in told["tables"]["policies"].as_array().into_iter().flatten().filter(|_| !orders.is_empty()) {
        let Some(said) = row["instances"].as_u64() else { continue };
        let of_policy = orders.iter().filter(|order| order["policy"] == row["policy"]);
        let mut sizes: Vec<u64> = of_policy.filter_map(|order| order["instances"].as_u64()).collect();
        sizes.sort_unstable();
        let rank = if sure { sizes.len() } else { (sizes.len() * 9).div_ceil(10) };
        let counted = rank.checked_sub(1).and_then(|rank| sizes.get(rank)).copied();
        checked.figures += 1;
        if counted != Some(said) {
            checked
                .wrong
                .push(format!("the answer under {} is {counted:?} by its orders, and {said} is said", row["policy"]));
        }
    }
}

/// Certificates prove what they say, and the answer says no more than is proved.
fn certificates(folder: &Path, told: &Value, checked: &mut Checked) -> anyhow::Result<()> {
    let text = fs_err::read_to_string(folder.join(bundle::CERTIFICATES))?;
    let all: Vec<Certificate> =
        serde_json::from_str(&text).with_context(|| format!("`{}` holds no certificates", bundle::CERTIFICATES))?;
    for one in &all {
        let name = format!("the certificate of {} under {}", one.of, one.policy);
        match one.check() {
            Verdict::Proved => checked.certificates += 1,
            Verdict::Wrong(why) => checked.wrong.push(format!("{name} proves nothing: {why}")),
            Verdict::Undecided => checked.not_checked.push(format!("{name}: too many sets to look through")),
        }
        let mut rows = told["tables"]["policies"].as_array().into_iter().flatten();
        let row = rows.find(|row| row["policy"] == one.policy.as_str());
        let said = row.filter(|_| one.of == "instances").and_then(|row| row["bound"].as_u64()).map(u128::from);
        match said {
            Some(said) if said < one.bound => {
                checked.wrong.push(format!("{name} proves {}, and the answer says {said}", one.bound));
            }
            Some(said) if said > one.bound => checked.not_checked.push(format!(
                "{name} proves {}; that whole instances need {said} is what all rounds prove together, asked again",
                one.bound
            )),
            _ => {}
        }
    }
    Ok(())
}

fn print(checked: &Checked, format: Format) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let Checked { files, packings, placements, figures, certificates, not_checked, wrong, untold } = checked;
    match format {
        Format::Table => {
            wrong.iter().try_for_each(|what| writeln!(out, "{what}"))?;
            if *untold > 0 {
                writeln!(out, "… and {untold} more of {} (--show)", bundle::PLACEMENTS)?;
            }
            if checked.findings() > 0 {
                writeln!(out)?;
            }
            writeln!(out, "{} as they were written; the question was asked again", counted(*files, "file"))?;
            let [packings, figures] = [counted(*packings, "packing"), counted(*figures, "figure")];
            let placements = counted(*placements, "placement");
            writeln!(out, "  {packings}, {placements} checked one by one, {figures} recounted")?;
            writeln!(out, "  bounds proved by {}", counted(*certificates, "certificate"))?;
            not_checked.iter().try_for_each(|what| writeln!(out, "  not checked: {what}"))?;
            match checked.findings() {
                0 => writeln!(out, "nothing is wrong")?,
                count => writeln!(out, "{count} wrong")?,
            }
        }
        Format::Json => writeln!(
            out,
            "{}",
            json!({ "files": files, "packings": packings, "placements": placements, "figures": figures,
                    "certificates": certificates, "not_checked": not_checked, "wrong": wrong,
                    "untold": untold })
        )?,
        Format::Csv | Format::Markdown => {
            let mut csv = csv::Writer::from_writer(Vec::new());
            csv.write_record(["wrong"])?;
            wrong.iter().try_for_each(|what| csv.write_record([what]))?;
            let bytes = csv.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?;
            match format {
                Format::Csv => out.write_all(&bytes)?,
                _ => out.write_all(crate::report::markdown_of_csv(&bytes).as_bytes())?,
            }
        }
    }
    out.flush()?;
    Ok(())
}
