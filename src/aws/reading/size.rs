//! Sizes of tasks as the API takes them: texts such as `256`, `1 vCPU`, `.5 GB`.

use crate::model::CpuUnits;

/// MiB in one GB of the API.
const PER_GB: u32 = 1024;

/// CPU units of a text; exact, so `0.3 vCPU` is none.
///
/// The result may be 0, which stands for "not set".
pub(crate) fn cpu_units(text: &str) -> Option<u32> {
    scaled(text, "vcpu", CpuUnits::PER_VCPU)
}

/// MiB of a text.
pub(crate) fn memory_mib(text: &str) -> Option<u32> {
    scaled(text, "gb", PER_GB)
}

/// A whole number, or a decimal with the unit, times `factor`.
fn scaled(text: &str, unit: &str, factor: u32) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    let Some(number) = text.strip_suffix(unit) else { return text.parse().ok() };
    let (whole, fraction) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || fraction.len() > 12 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let scale = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
    let product = digits.checked_mul(u64::from(factor))?;
    (product % scale == 0).then(|| u32::try_from(product / scale).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_5_4_and_r_5_7_sizes_are_digits_or_have_a_unit() {
        let check = |text, cpu, memory| assert_eq!((cpu_units(text), memory_mib(text)), (cpu, memory), "{text:?}");
        check("256", Some(256), Some(256));
        check("0", Some(0), Some(0));
        check("1 vCPU", Some(1024), None);
        check(".5 vcpu", Some(512), None);
        check("0.25vCPU", Some(256), None);
        check("192 vCPU", Some(196_608), None);
        check("0.3 vCPU", None, None);
        check("1GB", None, Some(1024));
        check("0.5 GB", None, Some(512));
        for text in ["", "vCPU", " . gb", "-1", "1e3", "99999999999999999999 GB", "1.5", "one GB", "1..5 vCPU"] {
            check(text, None, None);
        }
    }
}
