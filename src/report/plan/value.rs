//! One value of an answer, for people and for programs.

use serde_json::{Value as Json, json};

use crate::planning::Value;
use crate::report::text::humane::count;

/// For people.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Absent => "–".to_owned(),
        Value::Count(number) => count(*number),
        Value::Change(change) => signed(*change < 0, &count(change.unsigned_abs())),
        Value::Text(text) => text.clone(),
        Value::Usd(micro) => cents(*micro),
        Value::UsdChange(micro) => signed(*micro < 0, &cents(micro.unsigned_abs())),
        Value::Share(ratio) => format!("{:.1} %", ratio.to_f64() * 100.0),
        Value::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
    }
}

/// Whether it stands at the right of its column.
pub(super) fn is_number(value: &Value) -> bool {
    !matches!(value, Value::Text(_) | Value::Flag(_))
}

/// For programs: numbers are numbers, prices dollars an hour.
pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::Absent => Json::Null,
        Value::Count(count) => json!(count),
        Value::Change(change) => json!(change),
        Value::Text(text) => json!(text),
        Value::Usd(micro) => micro_json(false, *micro),
        Value::UsdChange(micro) => micro_json(*micro < 0, micro.unsigned_abs()),
        Value::Share(ratio) => json!(ratio.to_f64()),
        Value::Flag(flag) => json!(flag),
    }
}

/// In a cell.
pub(super) fn csv(value: &Value) -> String {
    match json(value) {
        Json::Null => String::new(),
        Json::String(text) => text,
        other => other.to_string(),
    }
}

fn micro_json(is_negative: bool, micro: u128) -> Json {
    let text = format!("{}{}.{:06}", if is_negative { "-" } else { "" }, micro / 1_000_000, micro % 1_000_000);
    text.parse::<f64>().map_or(Json::Null, |dollars| json!(dollars))
}

fn signed(is_negative: bool, text: &str) -> String {
    let sign = match (is_negative, text.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'$'))) {
        (_, true) => "",
        (true, _) => "-",
        (false, _) => "+",
    };
    format!("{sign}{text}")
}

/// Dollars with two decimals, with four below one dollar.
fn cents(micro: u128) -> String {
    if micro < 1_000_000 && micro > 0 {
        let parts = (micro + 50) / 100;
        return format!("${}.{:04}", parts / 10_000, parts % 10_000);
    }
    let cents = (micro + 5_000) / 10_000;
    format!("${}.{:02}", count(cents / 100), cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Value, expected: [&str; 2]) {
        assert_eq!([text(&value), csv(&value)], expected, "{value:?}");
    }

    #[test]
    fn values_read_well_and_lose_nothing_in_cells() {
        check(Value::Absent, ["–", ""]);
        check(Value::Count(1_234_567), ["1,234,567", "1234567"]);
        check(Value::Change(-3), ["-3", "-3"]);
        check(Value::Change(0), ["0", "0"]);
        check(Value::Usd(192_000), ["$0.1920", "0.192"]);
        check(Value::Usd(1_234_567_890), ["$1,234.57", "1234.56789"]);
        check(Value::UsdChange(-5_000_000), ["-$5.00", "-5.0"]);
        check(Value::UsdChange(0), ["$0.00", "0.0"]);
        check(Value::share(1, 8), ["12.5 %", "0.125"]);
        check(Value::share(1, 0), ["–", ""]);
        check(Value::Flag(true), ["yes", "true"]);
    }
}
