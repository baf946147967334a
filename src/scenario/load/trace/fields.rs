//! The fields of a row, in the units that the scenario gives.
//!
//! Numbers are plain decimals, read exactly: times are cut off at the millisecond, sizes rounded up to whole CPU units and
//! MiB, so that no task asks for less than was written.

use super::columns::Columns;
use crate::model::{GpuDemand, MILLI_PER_DEVICE, counted};
use crate::scenario::reading::limits;
use crate::scenario::reading::quantity::LONGEST;
use crate::scenario::reading::rows::{self, Rows};

/// How many of ours one of theirs is, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    times: u64,
    over: u64,
}

impl Scale {
    const ONE: Self = Self { times: 1, over: 1 };

    const fn times(times: u64) -> Self {
        Self { times, over: 1 }
    }

    const fn over(over: u64) -> Self {
        Self { times: 1, over }
    }
}

macro_rules! units {
    ($(#[$doc:meta])* $kind:ident { $($(#[$about:meta])* $name:ident = $word:literal, $scale:expr;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $kind { $($(#[$about])* $name,)* }

        impl $kind {
            /// The words of a scenario, which are the ends of the names of columns too.
            pub(super) const WORDS: &[(&str, Self)] = &[$(($word, Self::$name),)*];

            pub(super) fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            pub(super) fn scale(self) -> Scale {
                match self { $(Self::$name => $scale,)* }
            }
        }
    };
}

units! {
    /// The unit of the times of a trace.
    TimeUnit {
        /// Nanoseconds.
        Nanoseconds = "ns", Scale::over(1_000_000);
        /// Microseconds.
        Microseconds = "us", Scale::over(1_000);
        /// Milliseconds.
        Milliseconds = "ms", Scale::ONE;
        /// Seconds.
        #[default]
        Seconds = "s", Scale::times(1_000);
        /// Minutes.
        Minutes = "m", Scale::times(60_000);
        /// Hours.
        Hours = "h", Scale::times(3_600_000);
        /// Days.
        Days = "d", Scale::times(86_400_000);
    }
}

units! {
    /// The unit of what the tasks of a trace ask of cpu.
    CpuUnit {
        /// CPU units of ECS, 1,024 a vCPU.
        #[default]
        Units = "units", Scale::ONE;
        /// Whole processors.
        Vcpus = "vcpus", Scale::times(1_024);
        /// Thousandths of a processor, as Kubernetes counts.
        Millicores = "millicores", Scale { times: 128, over: 125 };
    }
}

units! {
    /// The unit of what the tasks of a trace ask of memory.
    MemoryUnit {
        /// Bytes.
        Bytes = "bytes", Scale::over(1 << 20);
        /// 1,024 bytes.
        Kib = "kib", Scale::over(1 << 10);
        /// 1,048,576 bytes.
        #[default]
        Mib = "mib", Scale::ONE;
        /// 1,024 MiB.
        Gib = "gib", Scale::times(1 << 10);
        /// 1,000,000 bytes.
        Mb = "mb", Scale { times: 15_625, over: 1 << 14 };
        /// 1,000,000,000 bytes.
        Gb = "gb", Scale { times: 1_953_125, over: 1 << 11 };
    }
}

/// A row whose fields can all be read.
pub(super) struct Fields {
    /// Milliseconds, perhaps before 0.
    pub(super) at: i64,
    /// Milliseconds; `None` has no end.
    pub(super) life: Option<u64>,
    /// Whether the life was not seen to end.
    pub(super) is_censored: bool,
    pub(super) cpu: u32,
    pub(super) memory: u32,
    pub(super) gpus: GpuDemand,
}

/// The fields of the row, or `None` after every problem of it is noted.
pub(super) fn read(rows: &mut Rows<'_>, columns: &Columns) -> Option<Fields> {
    let arrival = signed_time(rows, columns, columns.arrival);
    let life = life(rows, columns, arrival);
    let is_censored = censored(rows, columns.censored);
    let cpu = size(rows, columns.cpu, columns.cpu_unit.scale(), limits::CPU);
    let memory = size(rows, columns.memory, columns.memory_unit.scale(), limits::MEMORY);
    let gpus = gpus(rows, columns);
    Some(Fields { at: arrival?, life: life?, is_censored: is_censored?, cpu: cpu?, memory: memory?, gpus: gpus? })
}

/// Whole GPUs, or thousandths of one.
fn gpus(rows: &mut Rows<'_>, columns: &Columns) -> Option<GpuDemand> {
    let count = rows.size_or_zero(columns.gpu, limits::GPUS);
    if columns.gpu_milli.is_none() || rows.text(columns.gpu_milli).is_empty() {
        return count.map(GpuDemand::from);
    }
    let milli = rows.size_or_zero(columns.gpu_milli, MILLI_PER_DEVICE);
    let (count, milli) = (count?, milli?);
    match (count, milli) {
        (1, 1..MILLI_PER_DEVICE) => return Some(GpuDemand::Share(milli)),
        (0, 0) | (1.., MILLI_PER_DEVICE) => return Some(count.into()),
        (0, _) => {
            let message = format!("`gpu_milli` = {milli} is a share of no GPU");
            rows.problem(columns.gpu_milli, message, "write 1 in `gpu`, or no share");
        }
        (_, _) => {
            let message = format!("`gpu_milli` = {milli} is a share of {}", counted(count, "GPU"));
            rows.problem(columns.gpu_milli, message, "a share is of one device: write 1000");
        }
    }
    None
}

/// A size in whole units of ours.
fn size(rows: &mut Rows<'_>, column: Option<usize>, scale: Scale, most: u32) -> Option<u32> {
    if scale == Scale::ONE {
        return rows.size(column, 0..=most);
    }
    let value = Decimal::read(rows.field(column)).and_then(|value| u32::try_from(value.up(scale)).ok());
    let value = value.filter(|value| *value <= most);
    if value.is_none() {
        let largest = u128::from(most) * u128::from(scale.over) / u128::from(scale.times);
        rows.refuse(column, &format!("write a number from 0 to {largest}, decimals after a point"));
    }
    value
}

/// A time that is not negative, in milliseconds.
fn time(rows: &mut Rows<'_>, columns: &Columns, column: Option<usize>) -> Option<u64> {
    let value = milliseconds(rows.field(column), columns.unit);
    if value.is_none() {
        refuse_time(rows, columns, column);
    }
    value
}

/// A time that may be negative, in milliseconds.
fn signed_time(rows: &mut Rows<'_>, columns: &Columns, column: Option<usize>) -> Option<i64> {
    let field = rows.field(column);
    let (digits, is_negative) = match field.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (field, false),
    };
    let value = milliseconds(digits, columns.unit).and_then(|value| i64::try_from(value).ok());
    if value.is_none() {
        refuse_time(rows, columns, column);
    }
    value.map(|value| if is_negative { -value } else { value })
}

#[cold]
fn refuse_time(rows: &mut Rows<'_>, columns: &Columns, column: Option<usize>) {
    let is_date = rows.text(column).contains([':', '/']) || rows.text(column).matches('-').count() > 1;
    let unit = columns.unit.name();
    let help = if is_date {
        format!("times are numbers, here of {unit}: count them from a moment, such as the first arrival")
    } else {
        format!("write {unit} such as `12` or `12.5`, at most 100 years")
    };
    rows.refuse(column, &help);
}

impl TimeUnit {
    fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "nanoseconds",
            Self::Microseconds => "microseconds",
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }
}

fn milliseconds(field: &[u8], unit: TimeUnit) -> Option<u64> {
    let value = Decimal::read(field)?.down(unit.scale());
    u64::try_from(value).ok().filter(|value| *value <= LONGEST.0)
}

/// A number of plain digits, perhaps with decimals: `digits` over 10^`places`, and whether more than 18 decimals were cut.
#[derive(Clone, Copy)]
struct Decimal {
    digits: u128,
    one: u64,
    is_cut: bool,
}

impl Decimal {
    fn read(field: &[u8]) -> Option<Self> {
        let Some(dot) = field.iter().position(|byte| *byte == b'.') else {
            return Some(Self { digits: whole(field)?.into(), one: 1, is_cut: false });
        };
        let (integer, decimals) = (whole(&field[..dot])?, &field[dot + 1..]);
        if decimals.is_empty() || !decimals.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let (kept, cut) = decimals.split_at(decimals.len().min(MOST_DECIMALS));
        let one = 10_u64.pow(u32::try_from(kept.len()).ok()?);
        let digits = u128::from(integer) * u128::from(one) + u128::from(rows::digits(kept)?);
        Some(Self { digits, one, is_cut: cut.iter().any(|digit| *digit != b'0') })
    }

    /// Times the scale, rounded down.
    fn down(self, scale: Scale) -> u128 {
        let over = u128::from(self.one) * u128::from(scale.over);
        let product = self.digits * u128::from(scale.times);
        // Most fields are whole numbers of a unit that is no part of ours.
        if over == 1 { product } else { product / over }
    }

    /// Times the scale, rounded up.
    fn up(self, scale: Scale) -> u128 {
        let over = u128::from(self.one) * u128::from(scale.over);
        (self.digits * u128::from(scale.times) + u128::from(self.is_cut)).div_ceil(over)
    }
}

/// More decimals say nothing that a millisecond or a byte could hold.
const MOST_DECIMALS: usize = 18;

/// Up to 19 digits: nanoseconds since 1970 have as many.
fn whole(field: &[u8]) -> Option<u64> {
    match field {
        [first, rest @ ..] if field.len() == 19 => {
            let first = first.is_ascii_digit().then(|| u64::from(first - b'0'))?;
            Some(first * 1_000_000_000_000_000_000 + rows::digits(rest)?)
        }
        _ => rows::digits(field),
    }
}

/// The life of a row: `Some(None)` is one without an end, `None` is a wrong one.
#[expect(clippy::option_option, reason = "without an end is an answer, wrong is none")]
fn life(rows: &mut Rows<'_>, columns: &Columns, arrival: Option<i64>) -> Option<Option<u64>> {
    if columns.stop.is_none() {
        return if rows.field(columns.duration).is_empty() {
            Some(None)
        } else {
            time(rows, columns, columns.duration).map(Some)
        };
    }
    if rows.field(columns.stop).is_empty() {
        return Some(None);
    }
    let (stop, arrival) = (signed_time(rows, columns, columns.stop)?, arrival?);
    let life = u64::try_from(stop - arrival).ok();
    if life.is_none() {
        rows.problem(columns.stop, "a task stops before it starts", "write a stop at or after the arrival of the row");
    }
    life.map(Some)
}

/// Whether the life of a row was not seen to end.
fn censored(rows: &mut Rows<'_>, column: Option<usize>) -> Option<bool> {
    match rows.field(column) {
        b"" | b"0" => Some(false),
        b"1" => Some(true),
        _ => {
            rows.refuse(column, "write 1 if the life was not seen to end, else 0");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_in_every_unit() {
        let check = |field: &str, unit, expected| assert_eq!(milliseconds(field.as_bytes(), unit), expected, "{field}");
        check("12", TimeUnit::Seconds, Some(12_000));
        check("100.0019", TimeUnit::Seconds, Some(100_001));
        check("1999", TimeUnit::Microseconds, Some(1));
        check("1700000000123456789", TimeUnit::Nanoseconds, Some(1_700_000_000_123));
        check("0.5", TimeUnit::Days, Some(43_200_000));
        check("1.99", TimeUnit::Milliseconds, Some(1));
        check("0.0166666666666666666666", TimeUnit::Hours, Some(59_999));
        for wrong in ["", ".", "1.", ".5", "1.x", "1e3", "-1", "36501", "99999999999999999999"] {
            check(wrong, TimeUnit::Days, None);
        }
    }

    #[test]
    fn sizes_are_rounded_up_to_whole_units() {
        let up = |field: &str, scale| Decimal::read(field.as_bytes()).unwrap().up(scale);
        assert_eq!(up("0.25", CpuUnit::Vcpus.scale()), 256);
        assert_eq!(up("250", CpuUnit::Millicores.scale()), 256);
        assert_eq!(up("100", CpuUnit::Millicores.scale()), 103);
        assert_eq!(up("1048577", MemoryUnit::Bytes.scale()), 2);
        assert_eq!(up("1.5", MemoryUnit::Gib.scale()), 1_536);
        assert_eq!(up("1000", MemoryUnit::Mb.scale()), 954);
        assert_eq!(up("1.048576", MemoryUnit::Gb.scale()), 1_000);
        // What is cut off still counts.
        assert_eq!(up("1.0000000000000000000001", CpuUnit::Vcpus.scale()), 1_025);
    }
}
