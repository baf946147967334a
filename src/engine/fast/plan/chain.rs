//! A chain of rules as steps over lanes: what narrows lanes, what narrows the instances of each, and how it ends.
//!
//! A *lane* is a set of instances that no rule of the chain tells apart but by what is left on them and by their tasks:
//! they share the values of every attribute that the chain spreads over and, where shares of what is registered are
//! compared, what they registered. A spread over an attribute keeps whole lanes; any other rule keeps, in each lane, a
//! range of one order. So each lane answers for its best instance, and lanes are compared rule by rule.

use crate::engine::fast::state::parts::Part;
use crate::model::contract::{Custom, Ranking};
use crate::model::{PackedResource, PlacementOptions, Rule, SpreadField, Strategy, TieBreak};

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The lanes in the buckets with the fewest tasks of the group: the attribute, as a position in [`Names`].
    Bucket(usize),
    /// The least by a part of the order, as a position in [`Chain::parts`].
    Least(usize),
    /// The fewest tasks of the group on the instance.
    Level,
}

/// What chooses among those that all steps leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The lowest id.
    Lowest,
    /// A uniform draw.
    Uniform,
    /// A strategy, which is shown some instances.
    Ask(Custom, Shown),
}

/// Which instances a strategy must be shown, so that it chooses as if it saw all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The best of every lane.
    Best,
    /// Each.
    All,
    /// The winners of contests, as nothing stands before it but spreads over attributes.
    Winners,
}

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) steps: Vec<Step>,
    /// What the instances of a lane are ordered by.
    pub(crate) parts: Vec<Part>,
    /// The attributes that it spreads over, ascending.
    pub(crate) attributes: Vec<usize>,
    pub(crate) end: End,
    /// From this step on, the best of the lanes that are left is the one whose first instance has the least key.
    pub(crate) by_key: Option<usize>,
}

/// Names of attributes, each once.
pub(crate) type Names = Vec<String>;

impl Chain {
    /// The names of the attributes that it spreads over are added to `names`.
    pub(crate) fn new(strategy: &Strategy, options: PlacementOptions, names: &mut Names) -> Self {
        let mut chain =
            Self { steps: Vec::new(), parts: Vec::new(), attributes: Vec::new(), end: End::Lowest, by_key: None };
        for rule in &strategy.0 {
            match rule {
                Rule::Spread(SpreadField::Attribute(name)) => chain.spread(name, names),
                Rule::Spread(SpreadField::InstanceId) => chain.step(Step::Level),
                Rule::Binpack(resource) => chain.order_by(packed(*resource, options)),
                Rule::Random => {
                    chain.end = End::Uniform;
                    return chain;
                }
                Rule::Custom(custom) => return chain.asked(custom),
            }
        }
        match options.tie_break {
            TieBreak::Order => {}
            TieBreak::Random => chain.end = End::Uniform,
            TieBreak::FewestTasks => chain.order_by(Part::Tasks),
            TieBreak::MostRemaining => chain.order_by(Part::GreatestLeastShare),
        }
        chain.by_key = chain.least_to_the_end();
        chain
    }

    /// Where the steps begin that compare amounts to the end. Amounts compare across lanes as keys do; shares do not.
    fn least_to_the_end(&self) -> Option<usize> {
        let others = self.steps.iter().rposition(|step| !matches!(step, Step::Least(_)));
        let start = others.map_or(0, |last| last + 1);
        (self.end == End::Lowest && start < self.steps.len() && !self.has_shares()).then_some(start)
    }

    fn spread(&mut self, name: &str, names: &mut Names) {
        let known = names.iter().position(|known| known == name);
        let attribute = known.unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        self.step(Step::Bucket(attribute));
        if let Err(place) = self.attributes.binary_search(&attribute) {
            self.attributes.insert(place, attribute);
        }
    }

    /// Adds a step; one that is there already changes nothing.
    fn step(&mut self, step: Step) {
        if !self.steps.contains(&step) {
            self.steps.push(step);
        }
    }

    fn order_by(&mut self, part: Part) {
        let place = self.parts.iter().position(|known| *known == part).unwrap_or(self.parts.len());
        if place == self.parts.len() {
            self.parts.push(part);
        }
        self.step(Step::Least(place));
    }

    fn asked(mut self, custom: &Custom) -> Self {
        let (parts, shown): (&[Part], Shown) = match custom.ranking() {
            Ranking::First => return self,
            Ranking::ByAmounts if self.parts.is_empty() && !self.has_level() => (&[], Shown::Winners),
            Ranking::EachByItself | Ranking::ByAmounts => (&[], Shown::All),
            Ranking::LeastShares => (&[Part::LeastShares], Shown::Best),
            Ranking::GreatestShares => (&[Part::GreatestShares], Shown::Best),
        };
        self.parts.extend(parts.iter().filter(|part| !self.parts.contains(part)).copied().collect::<Vec<_>>());
        self.end = End::Ask(custom.clone(), shown);
        self
    }

    /// The attribute that it spreads over, where that is one, and all else is a comparison of keys.
    pub(crate) fn spread_then_by_key(&self) -> Option<usize> {
        let [only] = self.attributes[..] else { return None };
        (self.by_key == Some(1)).then_some(only)
    }

    /// It asks how many tasks of a group an instance holds.
    pub(crate) fn has_level(&self) -> bool {
        self.steps.contains(&Step::Level)
    }

    /// It asks so of whole lanes.
    pub(crate) fn asks_levels(&self) -> bool {
        self.steps.iter().find(|step| !matches!(step, Step::Bucket(_))) == Some(&Step::Level)
    }

    /// Instances are compared by shares of what they registered.
    pub(crate) fn has_shares(&self) -> bool {
        self.parts.iter().any(|part| part.is_share())
    }
}

fn packed(resource: PackedResource, options: PlacementOptions) -> Part {
    match (resource, options.binpack_by_fraction) {
        (PackedResource::Cpu, false) => Part::Cpu,
        (PackedResource::Memory, false) => Part::Memory,
        (PackedResource::Cpu, true) => Part::CpuShare,
        (PackedResource::Memory, true) => Part::MemoryShare,
    }
}
