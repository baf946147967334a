//! Quantities as people write them, to exact integers: lengths of time, decimals, ports.
//!
//! No text is read through a float here; what an integer cannot hold exactly is refused, never rounded.

use crate::model::{Port, Protocol, SimSpan};

/// The longest time that a scenario may speak of: 100 years of 365 days.
pub(crate) const LONGEST: SimSpan = SimSpan(36_500 * 24 * SimSpan::HOUR.0);

/// Units of time and their milliseconds; the longest match comes first.
const UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// Why a quantity was refused: what is wrong with it, in the words of a label.
pub(crate) type Refusal = &'static str;

/// `digits[.digits]` times 10^`places` as an integer; refused where that is not one.
pub(crate) fn scaled(text: &str, places: usize) -> Result<u64, Refusal> {
    let (whole, fraction) = split_decimal(text).ok_or("not a plain decimal number")?;
    if fraction.len() > places {
        return Err("too many decimals");
    }
    let digits = format!("{whole}{fraction:0<places$}");
    digits.parse().map_err(|_| "too large")
}

/// A number of `unit`ths as a decimal without trailing zeros; `unit` is a power of ten.
pub(crate) fn shown(value: u64, unit: u64) -> String {
    let places = unit.ilog10() as usize;
    let text = format!("{}.{:0places$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whole and fractional digits, the latter without trailing zeros.
fn split_decimal(text: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = are_digits(whole) && fraction.is_none_or(are_digits);
    well_formed.then(|| (whole, fraction.unwrap_or_default().trim_end_matches('0')))
}

/// A length of time such as `90s`, `1.5h` or `1h 30m`, to the millisecond.
pub(crate) fn span(text: &str) -> Result<SimSpan, Refusal> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("no length of time");
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (milliseconds, tail) = span_part(rest)?;
        total = total.checked_add(milliseconds).ok_or("too long")?;
        rest = tail.trim_start();
    }
    if total > LONGEST.0 { Err("longer than 100 years") } else { Ok(SimSpan(total)) }
}

/// The milliseconds of the first number and unit, and what follows them.
fn span_part(text: &str) -> Result<(u64, &str), Refusal> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or("no unit of time")?;
    let (number, tail) = text.split_at(number_end);
    let tail = tail.trim_start();
    let unit_end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
    let (unit, tail) = tail.split_at(unit_end);
    let &(_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or("no length of time with a unit")?;
    let (whole, fraction) = split_decimal(number).ok_or("no length of time")?;
    if fraction.len() > 9 {
        return Err("finer than a millisecond");
    }
    let scale = 10_u128.pow(u32::try_from(fraction.len()).expect("at most 9 decimals"));
    let digits: u128 = format!("{whole}{fraction}").parse().map_err(|_| "too long")?;
    let product = digits.checked_mul(u128::from(milliseconds)).ok_or("too long")?;
    if product % scale != 0 {
        return Err("finer than a millisecond");
    }
    u64::try_from(product / scale).map(|exact| (exact, tail)).map_err(|_| "too long")
}

/// A length of time in the largest unit that keeps it whole.
pub(crate) fn show_span(span: SimSpan) -> String {
    let largest = UNITS.iter().rev().filter(|(name, _)| *name != "w").find(|(_, size)| span.0.is_multiple_of(*size));
    match largest {
        Some((unit, size)) if span.0 > 0 => format!("{}{unit}", span.0 / size),
        _ => "0s".to_owned(),
    }
}

/// A port such as `80`, `80/tcp` or `53/udp`.
pub(crate) fn port(text: &str) -> Option<Port> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        _ => return None,
    };
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse().ok().filter(|&number| is_plain && number > 0)?;
    Some(Port { number, protocol })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_exact() {
        let check =
            |text, expected: Result<u64, Refusal>| assert_eq!(span(text).map(|span| span.0), expected, "{text}");
        check("4m", Ok(240_000));
        check("2h", Ok(7_200_000));
        check("1.5h", Ok(5_400_000));
        check("90s", Ok(90_000));
        check("250ms", Ok(250));
        check("7d", Ok(604_800_000));
        check("1w", Ok(604_800_000));
        check("1h 30m", Ok(5_400_000));
        check("1h30m", Ok(5_400_000));
        check("0s", Ok(0));
        check("0.0005s", Err("finer than a millisecond"));
        check("0.0010s", Ok(1));
        check("5", Err("no unit of time"));
        check("", Err("no length of time"));
        check("-5s", Err("no length of time with a unit"));
        check("5 parsecs", Err("no length of time with a unit"));
        check("1.s", Err("no length of time"));
        check("99999999999999999999999999999999999999999s", Err("too long"));
        check("36501d", Err("longer than 100 years"));
    }

    #[test]
    fn lengths_of_time_are_shown_in_the_largest_whole_unit() {
        let check = |text: &str| assert_eq!(show_span(span(text).unwrap()), text);
        ["0s", "1ms", "1500ms", "90s", "90m", "36h", "7d"].into_iter().for_each(check);
    }

    #[test]
    fn decimals_scale_without_rounding() {
        assert_eq!(scaled("0.0058", 6), Ok(5_800));
        assert_eq!(scaled("12", 6), Ok(12_000_000));
        assert_eq!(scaled("0.1000000", 6), Ok(100_000));
        assert_eq!(scaled("0.0000001", 6), Err("too many decimals"));
        assert_eq!(scaled("1e3", 6), Err("not a plain decimal number"));
        assert_eq!(scaled("-1", 6), Err("not a plain decimal number"));
        assert_eq!(scaled("99999999999999999999", 6), Err("too large"));
    }

    #[test]
    fn scaled_numbers_are_shown_without_trailing_zeros() {
        let check = |value, unit, text: &str| assert_eq!(shown(value, unit), text);
        check(1_000, 1_000_000, "0.001");
        check(100_000_000, 1_000_000, "100");
        check(1_500_000, 1_000_000, "1.5");
        check(0, 10, "0");
        check(7, 1, "7");
    }

    #[test]
    fn ports_have_a_protocol_and_are_not_zero() {
        assert_eq!(port("80"), Some(Port::tcp(80)));
        assert_eq!(port("53/udp"), Some(Port::udp(53)));
        for text in ["", "0", "65536", "80/sctp", "80/", "/tcp", "+80", "80/TCP"] {
            assert_eq!(port(text), None, "{text}");
        }
    }
}
