//! A PNG encoder for finished RGB pictures: a header, rows told from their neighbours, deflate.
//!
//! Most rows of a picture equal the one above, which is known here and need not be found out: an encoder for pictures of any
//! kind filters and compares them all.
//!
//! # Sources
//! W3C, "Portable Network Graphics (PNG) Specification", third edition, sections 5, 9 and 10.

use fdeflate::Compressor;
use flate2::Crc;

use super::pixels::Pixels;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// Eight bits a channel, true colour, the only compression and filter methods, not interlaced.
const KIND: [u8; 5] = [8, 2, 0, 0, 0];
const BYTES_PER_PIXEL: usize = 3;
/// The filters used: differences to the pixel on the left, and above.
const SUB: u8 = 1;
const UP: u8 = 2;
/// So many bytes of two rows are compared at once: most are equal, and need not be looked at one by one.
const RUN: usize = 24;

/// The bytes of a PNG file.
pub(super) fn encode(pixels: &Pixels) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    let mut header = Vec::from(pixels.width.to_be_bytes());
    header.extend(pixels.height.to_be_bytes());
    header.extend(KIND);
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &compressed(pixels));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).expect("a picture of less than 4 GiB");
    file.extend(length.to_be_bytes());
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(data);
    file.extend(kind);
    file.extend(data);
    file.extend(crc.sum().to_be_bytes());
}

fn compressed(pixels: &Pixels) -> Vec<u8> {
    let mut encoder = Compressor::new(Vec::new()).expect("memory takes every write");
    let length = pixels.width as usize * BYTES_PER_PIXEL;
    let blank = vec![0; length];
    let mut above = blank.as_slice();
    let same: Vec<u8> = std::iter::once(UP).chain(std::iter::repeat_n(0, length)).collect();
    let mut filtered = Vec::with_capacity(length + 1);
    for row in pixels.rgb.chunks_exact(length) {
        // Most rows of a picture are equal to the one above.
        if row == above {
            encoder.write_data(&same).expect("memory takes every write");
            continue;
        }
        filter(row, above, &mut filtered);
        encoder.write_data(&filtered).expect("memory takes every write");
        above = row;
    }
    encoder.finish().expect("memory takes every write")
}

/// A row as its differences to the pixel on the left or above, whichever are 0 more often, after the filter's number.
fn filter(row: &[u8], above: &[u8], filtered: &mut Vec<u8>) {
    let (first, rest) = row.split_at(BYTES_PER_PIXEL);
    let left = &row[..rest.len()];
    filtered.clear();
    if equal(row, above) >= equal(rest, left) {
        filtered.push(UP);
        differences(row, above, filtered);
    } else {
        filtered.push(SUB);
        filtered.extend_from_slice(first);
        differences(rest, left, filtered);
    }
}

/// How many bytes two rows have in common.
fn equal(row: &[u8], other: &[u8]) -> usize {
    let in_run = |(row, other): (&[u8], &[u8])| {
        if row == other { row.len() } else { row.iter().zip(other).filter(|(a, b)| a == b).count() }
    };
    row.chunks(RUN).zip(other.chunks(RUN)).map(in_run).sum()
}

fn differences(row: &[u8], other: &[u8], filtered: &mut Vec<u8>) {
    for (row, other) in row.chunks(RUN).zip(other.chunks(RUN)) {
        if row == other {
            filtered.resize(filtered.len() + row.len(), 0);
        } else {
            filtered.extend(row.iter().zip(other).map(|(a, b)| a.wrapping_sub(*b)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    use super::*;

    /// Undoes [`compressed`] by the definition.
    fn decoded(pixels: &Pixels) -> Vec<u8> {
        let mut raw = Vec::new();
        ZlibDecoder::new(compressed(pixels).as_slice()).read_to_end(&mut raw).unwrap();
        let length = pixels.width as usize * 3;
        let mut rgb: Vec<u8> = Vec::new();
        for (y, row) in raw.chunks_exact(length + 1).enumerate() {
            for x in 0..length {
                let left = if x < 3 { 0 } else { rgb[y * length + x - 3] };
                let above = if y == 0 { 0 } else { rgb[(y - 1) * length + x] };
                rgb.push(row[x + 1].wrapping_add(if row[0] == 1 { left } else { above }));
            }
        }
        rgb
    }

    #[test]
    fn pixels_come_back() {
        let rgb = (0..7 * 5 * 3).map(|i: u32| u8::try_from(i * i % 251).unwrap()).collect();
        let pixels = Pixels { width: 7, height: 5, rgb };
        assert_eq!(decoded(&pixels), pixels.rgb);
    }

    #[test]
    fn the_end_chunk_is_the_known_one() {
        let file = encode(&Pixels { width: 1, height: 1, rgb: vec![1, 2, 3] });
        assert_eq!(file[..8], SIGNATURE);
        assert_eq!(file[file.len() - 12..], [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82]);
    }
}
