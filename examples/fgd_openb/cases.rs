//! What is run: the authors' code, this crate, and one difference between them at a time.

use stowplan::model::contract::Custom;
use stowplan::model::{Policy, Rule, Scenario, Strategy};
use stowplan::strategy::BASELINES;

use crate::authors::{Authors, Equals, Score};
use crate::load::Order;

/// How a case chooses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chooser {
    /// ECS's own `random`, the device of a share by U-23.
    Random,
    /// A strategy of this crate by name.
    Here(&'static str),
    /// The authors' code, perhaps with a difference.
    Authors(Rules),
}

/// The authors' code, and what may differ from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) score: Score,
    /// Scores are whole numbers from 0 to 100.
    pub(crate) is_rounded: bool,
    pub(crate) equals: Equals,
    /// Random draws the device of a share too.
    pub(crate) is_device_drawn: bool,
    pub(crate) mix: Shapes,
}

/// Which shapes of pods fragmentation is measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shapes {
    /// The most frequent that make up this many per cent of the pods.
    Percent(usize),
    /// All, and whether they fit by memory counts too.
    WithMemory,
}

/// One line of the tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// The policy as the paper calls it.
    pub(crate) policy: &'static str,
    /// `authors`, `stowplan`, or the difference to the authors' code.
    pub(crate) variant: &'static str,
    pub(crate) order: Order,
    pub(crate) chooser: Chooser,
}

impl Case {
    /// As a policy that an engine knows.
    pub(crate) fn policy(&self, scenario: &Scenario, seed: u64) -> Policy {
        let rule = match self.chooser {
            Chooser::Random => Rule::Random,
            Chooser::Here(name) => {
                let baseline = BASELINES.iter().find(|baseline| baseline.name == name);
                Rule::Custom(baseline.expect("a strategy of this crate").strategy())
            }
            Chooser::Authors(rules) => Rule::Custom(Custom::new(Authors::new(scenario, rules, seed))),
        };
        Policy { name: self.policy.to_owned(), strategy: Some(Strategy(vec![rule])), constraints: Vec::new() }
    }
}

const fn rules(score: Score) -> Rules {
    Rules { score, is_rounded: true, equals: Equals::OrderOfTheRun, is_device_drawn: true, mix: Shapes::Percent(95) }
}

const fn authors(policy: &'static str, score: Score) -> Case {
    Case { policy, variant: "authors", order: Order::Shuffled, chooser: Chooser::Authors(rules(score)) }
}

const fn differs(policy: &'static str, variant: &'static str, rules: Rules) -> Case {
    Case { policy, variant, order: Order::Shuffled, chooser: Chooser::Authors(rules) }
}

const fn here(policy: &'static str, chooser: Chooser) -> Case {
    Case { policy, variant: "stowplan", order: Order::Shuffled, chooser }
}

const fn in_order(case: Case) -> Case {
    let variant = match case.chooser {
        Chooser::Authors(_) => "authors, pods in their order",
        _ => "stowplan, pods in their order",
    };
    Case { variant, order: Order::Trace, ..case }
}

const RANDOM: Rules = rules(Score::Random);
const BEST_FIT: Rules = rules(Score::BestFit);
const DOT_PRODUCT: Rules = rules(Score::DotProduct);
const FGD: Rules = rules(Score::Fgd);

/// All differences of this crate's `fgd` at once.
const EXACT_FGD: Rules = Rules { is_rounded: false, equals: Equals::OrderOfTheFile, mix: Shapes::WithMemory, ..FGD };

/// Every case, policies in the order of the paper's figure.
pub(crate) const CASES: &[Case] = &[
    authors("random", Score::Random),
    here("random", Chooser::Random),
    differs("random", "the fullest device that fits", Rules { is_device_drawn: false, ..RANDOM }),
    in_order(authors("random", Score::Random)),
    in_order(here("random", Chooser::Random)),
    authors("dot product", Score::DotProduct),
    here("dot product", Chooser::Here("fgd-dot-product")),
    differs("dot product", "equals by draw", Rules { equals: Equals::Drawn, ..DOT_PRODUCT }),
    differs("dot product", "equals in file order", Rules { equals: Equals::OrderOfTheFile, ..DOT_PRODUCT }),
    differs("dot product", "exact scores", Rules { is_rounded: false, ..DOT_PRODUCT }),
    in_order(authors("dot product", Score::DotProduct)),
    in_order(here("dot product", Chooser::Here("fgd-dot-product"))),
    authors("best fit", Score::BestFit),
    here("best fit", Chooser::Here("fgd-best-fit")),
    differs("best fit", "equals by draw", Rules { equals: Equals::Drawn, ..BEST_FIT }),
    differs("best fit", "equals in file order", Rules { equals: Equals::OrderOfTheFile, ..BEST_FIT }),
    differs("best fit", "exact scores", Rules { is_rounded: false, ..BEST_FIT }),
    in_order(authors("best fit", Score::BestFit)),
    in_order(here("best fit", Chooser::Here("fgd-best-fit"))),
    authors("FGD", Score::Fgd),
    here("FGD", Chooser::Here("fgd")),
    differs("FGD", "equals by draw", Rules { equals: Equals::Drawn, ..FGD }),
    differs("FGD", "equals in file order", Rules { equals: Equals::OrderOfTheFile, ..FGD }),
    differs("FGD", "exact scores", Rules { is_rounded: false, ..FGD }),
    differs("FGD", "every shape in the mix", Rules { mix: Shapes::Percent(100), ..FGD }),
    differs("FGD", "memory in the mix", Rules { mix: Shapes::WithMemory, ..FGD }),
    differs("FGD", "exact scores, file order, memory", EXACT_FGD),
    in_order(authors("FGD", Score::Fgd)),
    in_order(here("FGD", Chooser::Here("fgd"))),
];
