//! Amounts of compose files: bytes with or without a unit, and processors.

/// Mebibytes of `536870912`, `512m`, `1gb` or `1.5GiB`, rounded down.
pub(super) fn mebibytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().trim_end_matches('b').trim_end_matches('i') {
        "" => 0_u32,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return None,
    };
    thousandths(number)?.checked_mul(1 << shift).map(|bytes| bytes / 1_000 / (1 << 20))
}

/// CPU units of a number of processors, rounded down.
pub(super) fn cpu_units(processors: &str) -> Option<u64> {
    thousandths(processors.trim())?.checked_mul(1_024).map(|units| units / 1_000)
}

/// A decimal number in thousandths; further digits are cut.
fn thousandths(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(&fraction) {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(1_000)?.checked_add(fraction.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        let bytes = [
            ("524288000", Some(500)),
            ("512m", Some(512)),
            ("512M", Some(512)),
            ("1gb", Some(1_024)),
            ("1.5GiB", Some(1_536)),
            ("2048k", Some(2)),
            ("1048575", Some(0)),
            ("much", None),
            ("-1", None),
            ("99999999999999999999g", None),
        ];
        for (text, expected) in bytes {
            assert_eq!(mebibytes(text), expected, "{text}");
        }
        assert_eq!(cpu_units("0.5"), Some(512));
        assert_eq!(cpu_units("2"), Some(2_048));
        assert_eq!(cpu_units("half"), None);
    }
}
