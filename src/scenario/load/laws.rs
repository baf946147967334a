//! The laws of arrival times and of numbers, each a table with a `model`.

use crate::model::{Arrivals, CountLaw, Harmonic, Mmpp2, RateCurve, SimSpan};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys::{self, Shape};
use crate::scenario::reading::limits;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// Fewest arrivals, on average, within the time scale of bursts: with fewer there is no burst to see.
const ARRIVALS_IN_TIME_SCALE: f64 = 0.001;
/// The largest sum of the heights of all waves: their highest rate is at most `e^5` times the mean.
const HEIGHT: f64 = 5.0;

/// The arrivals under an item.
pub(crate) fn read_arrivals(item: &Item<'_>) -> Option<Arrivals> {
    const MODELS: [(&str, &Shape); 6] = [
        ("at-once", &keys::AT_ONCE),
        ("poisson", &keys::POISSON),
        ("batch-poisson", &keys::BATCH_POISSON),
        ("hourly-profile", &keys::HOURLY_PROFILE),
        ("harmonics", &keys::HARMONICS),
        ("mmpp-2", &keys::MMPP_2),
    ];
    let (shape, table) = item.tagged("model", &MODELS)?;
    let rate = |key| table.get(key).and_then(|item| item.real(1e-6..=limits::RATE));
    match shape.path {
        "arrivals.at-once" => Some(Arrivals::AtOnce),
        "arrivals.poisson" => Some(Arrivals::Poisson { rate_per_hour: rate("rate-per-hour")? }),
        "arrivals.batch-poisson" => {
            let (batches_per_hour, batch_sizes) = (rate("batches-per-hour"), read_batch_sizes(&table));
            let daily = read_curve(&table);
            Some(Arrivals::BatchPoisson {
                batches_per_hour: batches_per_hour?,
                batch_sizes: batch_sizes?,
                daily: daily?,
            })
        }
        "arrivals.mmpp-2" => {
            let (law, daily) = (read_mmpp(&table, rate("rate-per-hour")), read_curve(&table));
            Some(Arrivals::Mmpp2 { law: law?, daily: daily? })
        }
        _ => {
            let (rate_per_hour, curve) = (rate("rate-per-hour"), read_curve(&table));
            Some(Arrivals::Daily { rate_per_hour: rate_per_hour?, curve: curve?? })
        }
    }
}

fn read_mmpp(table: &Table<'_>, rate_per_hour: Option<f64>) -> Option<Mmpp2> {
    let burst_share = table.get("burst-share").and_then(|item| item.real(0.001..=0.999));
    let rate_ratio = table.get("rate-ratio").and_then(|item| item.real(1.0..=1e6));
    let item = table.get("time-scale")?;
    let (time_scale, rate_per_hour) = (item.positive_span()?, rate_per_hour?);
    let arrivals = rate_per_hour * hours(time_scale);
    if arrivals < ARRIVALS_IN_TIME_SCALE {
        let message = format!("`time-scale` is too short for bursts: it sees {arrivals:.1e} arrivals on average");
        let problem = Problem::new(Rule::Law, message).label("no burst to see");
        item.report(problem.help("write a longer `time-scale`, or use the model `poisson`"));
        return None;
    }
    Some(Mmpp2 { rate_per_hour, burst_share: burst_share?, rate_ratio: rate_ratio?, time_scale })
}

#[expect(clippy::cast_precision_loss, reason = "exact for every length of time that a scenario can mean")]
fn hours(span: SimSpan) -> f64 {
    span.0 as f64 / SimSpan::HOUR.0 as f64
}

/// The daily curve of a table, if it has one; `None` if that is wrong.
#[expect(clippy::option_option, reason = "absent is an answer, wrong is none")]
fn read_curve(table: &Table<'_>) -> Option<Option<RateCurve>> {
    match (table.get("profile"), table.get("harmonics")) {
        (None, None) => Some(None),
        (Some(item), None) => read_profile(&item).map(RateCurve::Hourly).map(Some),
        (None, Some(item)) => read_harmonics(table, &item).map(RateCurve::Harmonics).map(Some),
        (Some(_), Some(item)) => {
            let problem = Problem::new(Rule::Conflict, "arrivals have a `profile` and `harmonics`");
            item.report(problem.label("one too many").help("leave one of the two out"));
            None
        }
    }
}

fn read_harmonics(table: &Table<'_>, item: &Item<'_>) -> Option<Vec<Harmonic>> {
    let entries = table.tables("harmonics", &keys::HARMONIC);
    let read = |entry: &Table<'_>| {
        let cycles = entry.or_default("cycles").integer_u32(1..=24);
        let amplitude = entry.get("amplitude").and_then(|item| item.real(-HEIGHT..=HEIGHT));
        let peak = entry.get("peak").and_then(|item| item.span_of_time());
        Some(Harmonic { cycles: cycles?, amplitude: amplitude?, peak: peak? })
    };
    let waves: Vec<Option<Harmonic>> = entries.iter().map(read).collect();
    let waves: Vec<Harmonic> = waves.into_iter().collect::<Option<_>>()?;
    let height = waves.iter().fold(0.0, |sum, wave| sum + wave.amplitude.abs());
    if waves.is_empty() || waves.len() > 24 || height > HEIGHT {
        let message = format!("`harmonics` has {} waves with amplitudes of {height} in all", waves.len());
        let problem = Problem::new(Rule::Law, message).label("not a daily curve");
        item.report(problem.help(format!("give 1 to 24 waves with amplitudes of at most {HEIGHT} in all")));
        return None;
    }
    Some(waves)
}

fn read_batch_sizes(table: &Table<'_>) -> Option<CountLaw> {
    let item = table.get("batch-sizes")?;
    if item.value().is_table() {
        let (_, law) = item.tagged("model", &[("bounded-zeta", &keys::ZETA_SIZES)])?;
        return read_zeta(&law);
    }
    read_sizes(table, "batch-sizes")
}

/// A bounded zeta law.
pub(crate) fn read_zeta(table: &Table<'_>) -> Option<CountLaw> {
    let exponent = table.get("exponent").and_then(|item| item.real(0.01..=20.0));
    let maximum = table.get("maximum").and_then(|item| item.integer_u32(1..=limits::WEIGHT));
    Some(CountLaw::BoundedZeta { exponent: exponent?, maximum: maximum? })
}

/// A list of sizes and weights under a key.
pub(crate) fn read_sizes(table: &Table<'_>, key: &'static str) -> Option<CountLaw> {
    let item = table.get(key)?;
    let sizes = table.tables(key, &keys::BATCH_SIZE);
    if sizes.is_empty() {
        item.report(Problem::new(Rule::Law, format!("`{key}` is empty")).label("empty").help("give at least one size"));
        return None;
    }
    let read = |entry: &Table<'_>| {
        let size = entry.get("size").and_then(|item| item.integer_u32(1..=limits::WEIGHT));
        let weight = entry.or_default("weight").integer_u32(1..=limits::WEIGHT);
        Some((size?, weight?))
    };
    let read: Vec<Option<(u32, u32)>> = sizes.iter().map(read).collect();
    read.into_iter().collect::<Option<_>>().map(CountLaw::Weighted)
}

/// 24 relative rates, of which one at least is above 0.
fn read_profile(item: &Item<'_>) -> Option<Vec<f64>> {
    let hours = item.list()?;
    let profile: Option<Vec<f64>> = hours.iter().map(|hour| hour.real(0.0..=limits::RATE)).collect();
    let profile = profile?;
    if profile.len() != 24 {
        let message = format!("`profile` has {} numbers", profile.len());
        item.report(
            Problem::new(Rule::Law, message).label("not a day").help("give 24 numbers, one for each hour of the day"),
        );
        return None;
    }
    if profile.iter().all(|rate| *rate <= 0.0) {
        item.report(
            Problem::new(Rule::Law, "`profile` is 0 in every hour")
                .label("nothing ever arrives")
                .help("give a rate above 0 to some hour"),
        );
        return None;
    }
    Some(profile)
}
