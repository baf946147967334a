//! Colours: ink, a palette for policies that colour-blind readers can tell apart, a ramp for shares.

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) struct Colour(pub(in crate::report) u8, pub(in crate::report) u8, pub(in crate::report) u8);

/// A colour and how much it covers, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Paint {
    pub(super) colour: Colour,
    pub(super) cover: f64,
}

impl From<Colour> for Paint {
    fn from(colour: Colour) -> Self {
        Self { colour, cover: 1.0 }
    }
}

impl Colour {
    pub(super) fn covering(self, cover: f64) -> Paint {
        Paint { colour: self, cover }
    }
}

pub(super) const WHITE: Colour = Colour(255, 255, 255);
pub(super) const INK: Colour = Colour(34, 34, 34);
pub(super) const MUTED: Colour = Colour(96, 96, 96);
pub(super) const AXIS: Colour = Colour(150, 150, 150);
/// Cells of instances without tasks: apart from every colour of the ramp.
pub(super) const EMPTY: Colour = Colour(226, 228, 230);
pub(super) const GRID: Colour = Colour(228, 228, 228);

/// The colours of Okabe and Ito without yellow, which is too pale for thin lines on white.
const PALETTE: [Colour; 7] = [
    Colour(0, 114, 178),
    Colour(213, 94, 0),
    Colour(0, 158, 115),
    Colour(204, 121, 167),
    Colour(86, 180, 233),
    Colour(230, 159, 0),
    Colour(0, 0, 0),
];

/// What stands for a policy where there is no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Mark {
    Dot,
    Square,
    Diamond,
}

/// How the lines and marks of a policy look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Look {
    pub(in crate::report) colour: Colour,
    /// Length of dashes; `None` is a whole line.
    pub(in crate::report) dash: Option<f64>,
    pub(in crate::report) mark: Mark,
}

/// The look of the policy in this place: colours first, then the same colours in shorter and shorter dashes, with other
/// marks. The page has the same (`html/assets/js/kit.js`).
pub(in crate::report) fn look(policy: usize) -> Look {
    let (dash, mark) = match policy / PALETTE.len() {
        0 => (None, Mark::Dot),
        1 => (Some(7.0), Mark::Square),
        _ => (Some(2.5), Mark::Diamond),
    };
    Look { colour: PALETTE[policy % PALETTE.len()], dash, mark }
}

/// Viridis from its bright end, at equal distances from 0 to 1.
const RAMP: [Colour; 9] = [
    Colour(253, 231, 37),
    Colour(173, 220, 48),
    Colour(94, 201, 98),
    Colour(40, 174, 128),
    Colour(33, 145, 140),
    Colour(44, 114, 142),
    Colour(59, 82, 139),
    Colour(71, 45, 123),
    Colour(68, 1, 84),
];

/// The colour of a share: bright near 0, dark at 1.
pub(super) fn ramp(share: f64) -> Colour {
    let place = share.clamp(0.0, 1.0) * 8.0;
    let first = (0..8).rev().find(|&stop| place >= STOPS[stop]).unwrap_or(0);
    let (from, to) = (RAMP[first], RAMP[first + 1]);
    let within = place - STOPS[first];
    Colour(mix(from.0, to.0, within), mix(from.1, to.1, within), mix(from.2, to.2, within))
}

/// The places of [`RAMP`] but the last.
const STOPS: [f64; 8] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes, rounded")]
fn mix(from: u8, to: u8, share: f64) -> u8 {
    (f64::from(from) * (1.0 - share) + f64::from(to) * share).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_meets_its_stops_and_goes_no_further() {
        assert_eq!(ramp(0.0), RAMP[0]);
        assert_eq!(ramp(0.5), RAMP[4]);
        assert_eq!(ramp(1.0), RAMP[8]);
        assert_eq!(ramp(7.0), RAMP[8]);
        assert_eq!(ramp(-1.0), RAMP[0]);
    }

    #[test]
    fn no_two_of_the_first_21_policies_look_alike() {
        for a in 0..21 {
            for b in 0..a {
                let (a, b) = (look(a), look(b));
                assert!(a.colour != b.colour || a.dash != b.dash, "as lines: {a:?}");
                assert!(a.colour != b.colour || a.mark != b.mark, "as marks: {a:?}");
            }
        }
    }
}
