//! Cells of the event log, put into a buffer without the detour over `fmt`.

use crate::model::{Port, SimTime};

/// Host ports, a space between.
pub(super) fn ports_text(ports: &[Port]) -> String {
    let ports: Vec<String> = ports.iter().map(Port::to_string).collect();
    ports.join(" ")
}

/// A text cell, quoted where CSV needs it.
pub(super) fn push_text(buffer: &mut Vec<u8>, text: &str) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return buffer.extend_from_slice(text.as_bytes());
    }
    buffer.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            buffer.push(b'"');
        }
        buffer.push(byte);
    }
    buffer.push(b'"');
}

/// Decimal digits, without the detour over `fmt`, which costs as much as the rest of a row.
pub(super) fn push_integer(buffer: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + u8::try_from(value % 10).expect("a decimal digit");
        value /= 10;
        if value == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[first..]);
}

/// As `SimTime` prints itself.
pub(super) fn push_seconds(buffer: &mut Vec<u8>, at: SimTime) {
    push_integer(buffer, at.0 / 1_000);
    let thousandths = at.0 % 1_000;
    if thousandths == 0 {
        return;
    }
    let digits = [thousandths / 100, thousandths / 10 % 10, thousandths % 10];
    let shown = 3 - digits.iter().rev().take_while(|digit| **digit == 0).count();
    buffer.push(b'.');
    digits[..shown].iter().for_each(|&digit| push_integer(buffer, digit));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_quoted_only_where_needed() {
        let check = |text: &str, expected: &str| {
            let mut buffer = Vec::new();
            push_text(&mut buffer, text);
            assert_eq!(String::from_utf8(buffer).unwrap(), expected);
        };
        check("service:api", "service:api");
        check("", "");
        check("a,b", "\"a,b\"");
        check("say \"hi\"", "\"say \"\"hi\"\"\"");
        check("two\nlines", "\"two\nlines\"");
        check("Ümlaut – €", "Ümlaut – €");
    }

    proptest! {
        /// The fast printing may never differ from the plain one.
        #[test]
        fn numbers_print_as_display_prints_them(value: u64) {
            let mut integer = Vec::new();
            push_integer(&mut integer, value);
            prop_assert_eq!(String::from_utf8(integer).unwrap(), value.to_string());
            for at in [SimTime(value), SimTime(value % 100_000), SimTime(value % 100 * 10), SimTime(value % 50 * 100)] {
                let mut seconds = Vec::new();
                push_seconds(&mut seconds, at);
                prop_assert_eq!(String::from_utf8(seconds).unwrap(), at.to_string());
            }
        }
    }
}
