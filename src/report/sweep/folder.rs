//! The folder of a sweep: made, filled row by row, opened again.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::super::csv::Timing;
use super::super::folder::{Error, Files, Lock, Overwrite, Writing, claim};
use super::super::manifest::FileEntry;
use super::super::plot::{Canvas, Drawing, curves, ranking};
use super::manifest::SweepManifest;
use super::rows::{self, Columns, RowParser};
use super::summary::{self, Block, Gathering};
use super::{answers, asked, page, pictures};
use crate::sweep::Plan;

const MANIFEST: &str = "manifest.json";
const SUMMARY: &str = "summary.csv";
const TIMINGS: &str = "timings.csv";

/// The results folder of a sweep.
#[derive(Debug)]
pub struct SweepFolder {
    path: PathBuf,
    manifest: SweepManifest,
    /// Held by those who write.
    _lock: Option<Lock>,
}

impl SweepFolder {
    /// The name of the table of all runs.
    pub const RUNS: &str = "runs.csv";
    /// The name of the table of all answers, where runs answer a question.
    pub const ANSWERS: &str = "answers.csv";

    /// The name of the table that has a row a run.
    #[must_use]
    pub fn table_of(plan: &Plan) -> &'static str {
        if plan.question.is_some() { Self::ANSWERS } else { Self::RUNS }
    }

    /// The name of the table that is read first.
    #[must_use]
    pub fn statistics_of(plan: &Plan) -> &'static str {
        if plan.question.is_some() { Self::ANSWERS } else { SUMMARY }
    }

    /// Makes `path` the results folder of a plan and writes its manifest, not yet complete.
    ///
    /// # Errors
    /// If the folder is not ours or of another sweep (and is not forced), or cannot be written.
    pub fn create(path: &Path, plan: &Plan, overwrite: Overwrite) -> Result<Self, Error> {
        previous(path, plan, overwrite)?;
        let lock = Some(Lock::take(path)?);
        let earlier = previous(path, plan, overwrite)?;
        let mut manifest = SweepManifest::new(plan);
        Files::of(path).remove_remainders()?;
        if earlier.as_ref().is_some_and(|earlier| earlier.sweep == manifest.sweep) {
            manifest.files = earlier.map(|earlier| earlier.files).unwrap_or_default();
        } else if let Some(earlier) = earlier {
            Files::of(path).remove_stale(&earlier.files, &[])?;
        }
        let folder = Self { path: path.to_owned(), manifest, _lock: lock };
        folder.write_manifest()?;
        Ok(folder)
    }

    /// Whether a folder holds the results of a sweep.
    #[must_use]
    pub fn is_one(path: &Path) -> bool {
        fs_err::read(path.join(MANIFEST)).is_ok_and(|bytes| SweepManifest::is_one(&bytes))
    }

    /// Opens an existing folder, to read it.
    ///
    /// # Errors
    /// If there is no manifest of a sweep.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let manifest = claim::manifest_in(path, of_a_sweep)?;
        let none = || Error::Manifest { path: path.to_owned(), problem: "it is no folder of a sweep".to_owned() };
        Ok(Self { path: path.to_owned(), manifest: manifest.ok_or_else(none)?, _lock: None })
    }

    /// Opens an existing folder, to write its derived files again.
    ///
    /// # Errors
    /// As [`SweepFolder::open`], or if another process writes into it.
    pub fn open_to_write(path: &Path) -> Result<Self, Error> {
        Self::open(path)?;
        let lock = Some(Lock::take(path)?);
        Files::of(path).remove_remainders()?;
        Ok(Self { _lock: lock, ..Self::open(path)? })
    }

    /// What it says about its sweep.
    #[must_use]
    pub fn manifest(&self) -> &SweepManifest {
        &self.manifest
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins to write the tables.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn merging(&self) -> Result<Merging, Error> {
        Merging::start(&self.path, &self.manifest.sweep, true)
    }

    /// Begins to write anew what follows from the table of runs, which stays as it is.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn summarising(&self) -> Result<Merging, Error> {
        Merging::start(&self.path, &self.manifest.sweep, false)
    }

    /// Writes a file beside the tables, such as a picture.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn extra(&self, name: &str, bytes: &[u8]) -> Result<FileEntry, Error> {
        Files::of(&self.path).write(name, |out| out.write_all(bytes))
    }

    /// Writes what runs cost on a clock.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn timings(&self, timings: &mut dyn Iterator<Item = Timing>) -> Result<FileEntry, Error> {
        let file = Files::of(&self.path).write(TIMINGS, |out| super::super::csv::write_timings_of(out, timings))?;
        Ok(FileEntry { sha256: None, ..file })
    }

    /// Draws what the blocks show, and the page; answers the files.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn draw(&self, blocks: &[Block]) -> Result<Vec<FileEntry>, Error> {
        let plan = &self.manifest.sweep;
        let (drawn, wanted) = drawn(plan, blocks);
        let mut files = Vec::new();
        for Drawn { name, drawing } in &drawn {
            files.push(self.extra(&format!("{name}.svg"), drawing.svg().as_bytes())?);
            files.push(self.extra(&format!("{name}.png"), &drawing.png())?);
        }
        let drawings: Vec<Drawing> = drawn.into_iter().map(|drawn| drawn.drawing).collect();
        let page = page::page(plan, blocks, &drawings, wanted);
        files.push(self.extra("report.html", page.as_bytes())?);
        Ok(files)
    }

    /// The files that are not among these and stay as they are.
    #[must_use]
    pub fn kept(&self, written: &[FileEntry]) -> Vec<FileEntry> {
        let is_new = |name: &str| written.iter().any(|file| file.name == name);
        let stay = [Self::RUNS, Self::ANSWERS, TIMINGS];
        let files = self.manifest.files.iter().filter(|file| stay.contains(&file.name.as_str()));
        files.filter(|file| !is_new(&file.name)).cloned().collect()
    }

    /// Whether the table of runs is as it was written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn is_whole(&self) -> Result<bool, Error> {
        let table = Self::table_of(&self.manifest.sweep);
        let expected = self.manifest.files.iter().find(|file| file.name == table);
        let expected = expected.and_then(|file| file.sha256.as_deref());
        let found = super::super::folder::sha256_of(&self.path.join(table))?;
        Ok(expected == Some(found.as_str()))
    }

    /// Writes the manifest: these are the files now. Those of earlier that are not among them go.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(&mut self, mut files: Vec<FileEntry>) -> Result<(), Error> {
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let earlier = std::mem::replace(&mut self.manifest.files, files);
        Files::of(&self.path).remove_stale(&earlier, &self.manifest.files)?;
        self.manifest.complete = true;
        self.write_manifest()
    }

    fn write_manifest(&self) -> Result<(), Error> {
        Files::of(&self.path).write(MANIFEST, |out| self.manifest.write(out)).map(|_| ())
    }
}

/// A picture and the name of its files, without an extension.
struct Drawn {
    name: String,
    drawing: Drawing,
}

/// The pictures that the plan asks for, or those of every key, and how many there would be.
fn drawn(plan: &Plan, blocks: &[Block]) -> (Vec<Drawn>, usize) {
    if !plan.drawn.is_empty() {
        let asked = asked::asked(plan, blocks).into_iter();
        let drawn =
            asked.filter_map(|one| Some(Drawn { drawing: ranking(&one.ranking, Canvas::SCREEN)?, name: one.name }));
        return (drawn.collect(), 0);
    }
    let (pictures, wanted) = pictures::pictures(plan, blocks);
    let drawn = pictures.into_iter();
    let drawn = drawn.filter_map(|one| Some(Drawn { drawing: curves(&one.curves, Canvas::SCREEN)?, name: one.name }));
    (drawn.collect(), wanted)
}

/// The manifest of a sweep that is in a folder which may be used.
fn previous(path: &Path, plan: &Plan, overwrite: Overwrite) -> Result<Option<SweepManifest>, Error> {
    claim::previous(path, overwrite, &plan.name, of_a_sweep, |found| &found.sweep.name)
}

fn of_a_sweep(bytes: &[u8]) -> Result<SweepManifest, String> {
    if SweepManifest::is_one(bytes) {
        return SweepManifest::read(bytes);
    }
    Err("it holds the results of one scenario, and this is a sweep; choose another with `--out`".to_owned())
}

/// The tables of a sweep while rows come.
#[derive(Debug)]
pub struct Merging {
    plan: Plan,
    /// `None` where the table of all rows stays as it is.
    rows: Option<Writing>,
    /// Statistics over seeds; none where each run is an answer.
    summary: Option<(Writing, Gathering)>,
    columns: Columns,
    count: usize,
    blocks: Vec<Block>,
    parser: RowParser,
    row: csv::StringRecord,
}

impl Merging {
    fn start(path: &Path, plan: &Plan, writes_rows: bool) -> Result<Self, Error> {
        let (files, keys) = (Files::of(path), plan.keys());
        let columns = Columns::of(keys.len());
        let (header, count) = match &plan.question {
            Some(question) => {
                let header = answers::header(plan, question);
                let count = header.len();
                (header, count)
            }
            None => (rows::header(&keys), columns.count()),
        };
        let mut rows = writes_rows.then(|| files.start(SweepFolder::table_of(plan))).transpose()?;
        if let Some(rows) = &mut rows {
            let mut row = super::super::csv::Row::default();
            header.iter().try_for_each(|name| row.cell(name.as_str()))?;
            writeln!(rows, "{}", row.text()?)?;
        }
        let mut summary = None;
        if plan.question.is_none() {
            let mut writing = files.start(SUMMARY)?;
            writeln!(writing, "{}", summary::header(&keys))?;
            summary = Some((writing, Gathering::new(columns, summary::kept(plan))));
        }
        let (blocks, parser, row) = (Vec::new(), RowParser::new(), csv::StringRecord::new());
        Ok(Self { plan: plan.clone(), rows, summary, columns, count, blocks, parser, row })
    }

    /// Takes the next row, as its run left it.
    ///
    /// # Errors
    /// If it is no row of this sweep, or cannot be written.
    pub fn take(&mut self, text: &str) -> io::Result<()> {
        let mut row = std::mem::take(&mut self.row);
        let is_row = self.parser.parse(text, &mut row)?;
        self.gather(is_row, &row)?;
        self.row = row;
        if let Some(rows) = &mut self.rows {
            rows.write_all(text.as_bytes())?;
            rows.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Takes every row of a table that was written.
    ///
    /// # Errors
    /// If it cannot be read, or is no table of this sweep.
    pub fn take_table(&mut self, table: impl io::Read) -> io::Result<()> {
        let mut reader = csv::Reader::from_reader(table);
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row)? {
            self.gather(true, &row)?;
        }
        Ok(())
    }

    fn gather(&mut self, is_row: bool, row: &csv::StringRecord) -> io::Result<()> {
        if !is_row || row.len() != self.count {
            let problem = "a row has not the columns of this version of the program";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        match &mut self.summary {
            None => self.blocks.push(answers::block_of(&self.plan, self.columns, row)),
            Some((writing, gathering)) => {
                if !gathering.holds(row) {
                    self.blocks.extend(gathering.end(writing)?);
                }
                gathering.take(row)?;
            }
        }
        Ok(())
    }

    /// Gives the tables their names; answers them and every block.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn finish(mut self) -> Result<(Vec<FileEntry>, Vec<Block>), Error> {
        let mut files = Vec::new();
        if let Some((mut writing, mut gathering)) = self.summary.take() {
            self.blocks.extend(gathering.end(&mut writing)?);
            files.push(writing.finish()?);
        }
        files.extend(self.rows.take().map(Writing::finish).transpose()?);
        Ok((files, self.blocks))
    }
}
