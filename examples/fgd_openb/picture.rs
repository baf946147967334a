//! The two figures of the paper as one picture: what was published dashed, what was found here by the authors' scores
//! solid, and by the strategies of this crate dotted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Run;
use crate::cases::CASES;
use crate::measure::Curve;
use crate::tables::{over, published};

/// Colours of Okabe and Ito, in the order of the policies.
const POLICIES: [(&str, &str); 4] =
    [("random", "#0072b2"), ("dot product", "#e69f00"), ("best fit", "#009e73"), ("FGD", "#d55e00")];

/// A panel: which figure, from and to where, and what it says.
struct Panel {
    figure: usize,
    left: f64,
    asked: [f64; 2],
    shown: [f64; 2],
    /// Into how many parts both axes are cut.
    parts: u32,
    title: &'static str,
}

const TOP: f64 = 92.0;
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 300.0;
const PANELS: [Panel; 2] = [
    Panel {
        figure: 0,
        left: 52.0,
        asked: [70.0, 130.0],
        shown: [70.0, 100.0],
        parts: 6,
        title: "Allocated, % of GPUs",
    },
    Panel {
        figure: 1,
        left: 520.0,
        asked: [0.0, 100.0],
        shown: [0.0, 100.0],
        parts: 5,
        title: "Fragmented, % of idle GPUs",
    },
];

/// Both panels.
pub(crate) fn svg(curves: &BTreeMap<Run, Curve>) -> String {
    let mut text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"950\" height=\"446\" viewBox=\"0 0 950 446\" \
                    font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n\
                    <title>FGD's experiment on openb-2023</title>\n<rect width=\"950\" height=\"446\" fill=\"#fff\"/>\n\
                    <text x=\"24\" y=\"32\" font-size=\"18\" font-weight=\"bold\">FGD's experiment on openb-2023</text>\n\
                    <text x=\"926\" y=\"58\" text-anchor=\"end\">dashed: published; solid: here by the authors' scores; \
                    dotted: by stowplan's strategies</text>\n"
        .to_owned();
    for (position, (policy, colour)) in (0_u32..).zip(POLICIES) {
        let x = 24.0 + 106.0 * f64::from(position);
        let _ = writeln!(text, "<path d=\"M{x} 54h22\" stroke=\"{colour}\" stroke-width=\"2.5\"/>");
        let _ = writeln!(text, "<text x=\"{}\" y=\"58\">{policy}</text>", x + 28.0);
    }
    for panel in &PANELS {
        panel.frame(&mut text);
        for (policy, colour) in POLICIES {
            let case = |variant| CASES.iter().position(|case| case.policy == policy && case.variant == variant);
            let [authors, own] =
                ["authors", "stowplan"].map(|variant| case(variant).expect("every policy is run both ways"));
            let mean = |case: usize, at: u64| Some(over(curves, case, panel.figure, at)?.mean);
            panel.line(&mut text, colour, " stroke-dasharray=\"1.5 3\"", |at| mean(own, at));
            panel.line(&mut text, colour, " stroke-dasharray=\"5 4\"", |at| {
                Some(published(policy, panel.figure, at)?.mean)
            });
            panel.line(&mut text, colour, "", |at| mean(authors, at));
        }
    }
    text.push_str("</svg>\n");
    text
}

impl Panel {
    fn x(&self, asked: f64) -> f64 {
        self.left + WIDTH * (asked - self.asked[0]) / (self.asked[1] - self.asked[0])
    }

    fn y(&self, shown: f64) -> f64 {
        TOP + HEIGHT * (self.shown[1] - shown) / (self.shown[1] - self.shown[0])
    }

    fn frame(&self, text: &mut String) {
        let _ = writeln!(text, "<text x=\"{}\" y=\"82\" font-weight=\"bold\">{}</text>", self.left, self.title);
        for step in 0..=self.parts {
            let part = f64::from(step) / f64::from(self.parts);
            let shown = self.shown[0] + part * (self.shown[1] - self.shown[0]);
            let y = self.y(shown);
            let _ = writeln!(text, "<path d=\"M{:.1} {y:.1}h{WIDTH}\" stroke=\"#ddd\"/>", self.left);
            let (x, below) = (self.left - 6.0, y + 4.0);
            let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{below:.1}\" text-anchor=\"end\">{shown:.0}</text>");
            let asked = self.asked[0] + part * (self.asked[1] - self.asked[0]);
            let (x, y) = (self.x(asked), TOP + HEIGHT + 18.0);
            let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{asked:.0}</text>");
        }
        let (x, y) = (self.left + WIDTH / 2.0, TOP + HEIGHT + 38.0);
        let _ =
            writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">GPUs asked for, % of all</text>");
    }

    fn line(&self, text: &mut String, colour: &str, dash: &str, of: impl Fn(u64) -> Option<f64>) {
        let mut points = String::new();
        for at in (0_u32..=130).filter(|at| (self.asked[0]..=self.asked[1]).contains(&f64::from(*at))) {
            if let Some(shown) = of(u64::from(at)).filter(|shown| *shown >= self.shown[0]) {
                let _ = write!(points, "{:.1},{:.1} ", self.x(f64::from(at)), self.y(shown));
            }
        }
        let points = points.trim_end();
        let _ = writeln!(
            text,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\"{dash}/>"
        );
    }
}
