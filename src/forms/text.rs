//! Bytes to text: UTF-8 and UTF-16, with or without a byte order mark.

use std::borrow::Cow;

/// The text of a file; Windows PowerShell writes UTF-16 and a byte order mark.
///
/// # Errors
/// What is wrong with the bytes, as a message and what to do.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, (String, &'static str)> {
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Without a mark every other byte of such a text is zero, as its first character is of ASCII.
    match bytes {
        [_, 0, _, 0, ..] => return utf16(bytes, u16::from_le_bytes),
        [0, _, 0, _, ..] => return utf16(bytes, u16::from_be_bytes),
        [0x1f, 0x8b, ..] => return Err(("a file packed by gzip".to_owned(), "unpack it: `gunzip FILE`")),
        [b'P', b'K', 3, 4, ..] => return Err(("a ZIP archive".to_owned(), NO_ARCHIVE)),
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            Err((format!("line {line} is not UTF-8"), "save the file as UTF-8"))
        }
    }
}

/// What to do with an archive, of which a plan of Terraform is one.
const NO_ARCHIVE: &str = "a plan of Terraform is read as JSON: `terraform show -json PLANFILE > plan.json`; of other \
                          archives, give the files in it";

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, (String, &'static str)> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    let wrong = || ("the file begins as UTF-16 and is not".to_owned(), "save the file as UTF-8");
    if bytes.len() % 2 == 1 {
        return Err(wrong());
    }
    String::from_utf16(&units).map(Cow::Owned).map_err(|_| wrong())
}

/// The name of a file without its folders and its extensions, with the characters that a family may have.
pub(super) fn stem(file: &str) -> String {
    // The number of a document stands behind the name.
    let file = file.split(" (").next().unwrap_or(file);
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let name = name.split('.').find(|part| !part.is_empty()).unwrap_or_default();
    let allowed = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    let stem: String = name.chars().map(allowed).collect();
    if stem.trim_matches('-').is_empty() { "definition".to_owned() } else { stem }
}
