//! Pictures for papers, of `stowplan report`: which figures, how wide, in which size of words and which formats.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fs_err as fs;

use super::kit::results::Results;
use crate::analysis::summary::SummaryRow;
use crate::report::plot::{self, Drawing, Paper, PaperFormat};
use crate::report::slugs;

/// What of `report` makes pictures for papers in place of the folder's own.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Pictures for papers")]
pub(crate) struct PaperOptions {
    /// Write these figures alone, for a paper; may be repeated or parted by commas [default: all, where one of the
    /// options below is given].
    #[arg(long, value_enum, value_name = "NAME", value_delimiter = ',')]
    pub(crate) figures: Vec<Figure>,
    /// The width on paper: a number with mm, cm, in, pt or px; the height follows from what is shown.
    #[arg(long, value_name = "WIDTH", value_parser = parse_width)]
    pub(crate) size: Option<f64>,
    /// The size of most words in points [default: 9].
    #[arg(long, value_name = "POINTS", value_parser = parse_font_size)]
    pub(crate) font_size: Option<f64>,
    /// Draw no titles: captions say them.
    #[arg(long)]
    pub(crate) no_titles: bool,
    /// Formats of pictures, parted by commas [default: svg,pdf].
    #[arg(long, value_enum, value_name = "FORMAT", value_delimiter = ',')]
    pub(crate) format: Vec<Format>,
    /// Where the pictures go [default: `figures` in the results folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// A figure of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Figure {
    /// Reserved cpu and memory and instances in use over time.
    Utilisation,
    /// The headline figures with their intervals.
    Headline,
    /// The fleet at the snapshot, a picture a policy.
    Fleet,
}

/// A format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines and selectable text.
    Svg,
    /// 300 pixels to the inch.
    Png,
    /// Lines and outlines, for LaTeX.
    Pdf,
}

impl Format {
    fn of_paper(self) -> PaperFormat {
        match self {
            Self::Svg => PaperFormat::Svg,
            Self::Png => PaperFormat::Png,
            Self::Pdf => PaperFormat::Pdf,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }
}

impl PaperOptions {
    /// Whether pictures for papers are asked for.
    pub(crate) fn is_asked(&self) -> bool {
        let has_choice = !self.figures.is_empty() || !self.format.is_empty() || self.out.is_some();
        has_choice || self.size.is_some() || self.font_size.is_some() || self.no_titles
    }

    /// Writes the pictures and tells where they are.
    ///
    /// # Errors
    /// If one cannot be written, or the folder has nothing to draw.
    pub(crate) fn write(&self, results: &Results, summary: &[SummaryRow]) -> anyhow::Result<Vec<PathBuf>> {
        let folder = self.out.clone().unwrap_or_else(|| results.folder.path().join("figures"));
        let paper = Paper { width: self.size, font_size: self.font_size.unwrap_or(9.0), has_titles: !self.no_titles };
        let drawings = self.drawings(results, summary, paper);
        anyhow::ensure!(!drawings.is_empty(), "the folder has nothing that these figures show");
        fs::create_dir_all(&folder)?;
        let formats = if self.format.is_empty() { &[Format::Svg, Format::Pdf][..] } else { &self.format };
        let mut written = Vec::new();
        for (name, drawing) in &drawings {
            for format in formats {
                written.push(print(&folder.join(format!("{name}.{}", format.extension())), drawing, &paper, *format)?);
            }
        }
        Ok(written)
    }

    fn drawings(&self, results: &Results, summary: &[SummaryRow], paper: Paper) -> Vec<(String, Drawing)> {
        let all = [Figure::Utilisation, Figure::Headline, Figure::Fleet];
        let chosen = if self.figures.is_empty() { &all[..] } else { &self.figures };
        let (manifest, canvas) = (results.folder.manifest(), paper.canvas());
        let mut drawings = Vec::new();
        let mut add = |name: &str, drawing: Option<Drawing>| drawings.extend(drawing.map(|one| (name.to_owned(), one)));
        for figure in chosen {
            match figure {
                Figure::Utilisation => add("utilisation", plot::utilisation(manifest, &results.records, canvas)),
                Figure::Headline => add("headline", plot::headline(manifest, summary, canvas)),
                Figure::Fleet => {
                    let names = manifest.policies.iter().map(|policy| policy.name.as_str());
                    for (policy, slug) in manifest.policies.iter().zip(slugs(names)) {
                        let first = results.records.iter().find(|record| record.policy == policy.name);
                        let drawing = first.and_then(|record| plot::fleet(manifest, record, canvas));
                        add(&format!("fleet-{slug}"), drawing);
                    }
                }
            }
        }
        drawings
    }
}

fn print(path: &Path, drawing: &Drawing, paper: &Paper, format: Format) -> anyhow::Result<PathBuf> {
    fs::write(path, paper.print(drawing, format.of_paper()))?;
    Ok(path.to_owned())
}

/// A width with its unit, in points.
fn parse_width(text: &str) -> Result<f64, String> {
    const UNITS: [(&str, f64); 5] =
        [("mm", 72.0 / 25.4), ("cm", 720.0 / 25.4), ("in", 72.0), ("pt", 1.0), ("px", 0.75)];
    let form =
        "write a width with a unit of mm, cm, in, pt or px, such as `85mm`; the height follows from what is shown";
    let unit = UNITS.iter().find_map(|(unit, points)| Some((text.strip_suffix(unit)?, points)));
    let (number, points) = unit.ok_or_else(|| form.to_owned())?;
    let width = number.trim().parse::<f64>().map_err(|_| form.to_owned())? * points;
    if (100.0..=3_000.0).contains(&width) { Ok(width) } else { Err("a width is from 36mm to 1050mm".to_owned()) }
}

fn parse_font_size(text: &str) -> Result<f64, String> {
    let size = text.trim_end_matches("pt").parse::<f64>().ok().filter(|size| (4.0..=40.0).contains(size));
    size.ok_or_else(|| "write points from 4 to 40, such as `8`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_have_units() {
        let close = |text: &str, points: f64| assert!((parse_width(text).unwrap() - points).abs() < 1e-9, "{text}");
        close("85mm", 85.0 * 72.0 / 25.4);
        close("3.5in", 252.0);
        close("240pt", 240.0);
        close("640 px", 480.0);
        for wrong in ["", "85", "mm", "800x600", "1mm", "9999in", "-85mm", "NaNmm", "infmm"] {
            assert!(parse_width(wrong).is_err(), "{wrong}");
        }
        assert!(parse_font_size("8pt").is_ok() && parse_font_size("0").is_err() && parse_font_size("x").is_err());
    }
}
