//! Every law P1 to P77: its number, its text, the rule it comes from, and what holds it.
//!
//! Most laws are about one placer and are checked here, of anybody's; the others are about our own indexes, figures and
//! parsers, and name the test of this crate that holds them. What the numbers of rules stand for is in [`super::rules`], and
//! for readers in `docs/laws.md`.

use super::drive::{Seen, Wrong};
use super::{fixtures, monotone, relations, statistics, steps};
use crate::laws::placer::{Capabilities, Placers};
use crate::laws::world::History;

/// A law of one answer: what it is given, and what it says.
#[derive(Clone, Copy, Debug)]
pub struct OfStep(pub(super) fn(&Seen<'_>) -> Result<(), String>);
/// A law of several histories: what it is given, and what it says.
#[derive(Clone, Copy, Debug)]
pub struct OfHistories(pub(super) Relation);

pub(super) type Relation = fn(&mut dyn Placers, &Capabilities, &History) -> Result<(), Wrong>;
/// A law with histories of its own.
#[derive(Clone, Copy, Debug)]
pub struct OfItself(pub(super) fn(&mut dyn Placers, &Capabilities) -> Result<(), fixtures::Failed>);

type Fixture = fn(&mut dyn Placers, &Capabilities) -> Result<(), fixtures::Failed>;

/// How a law is held.
#[derive(Clone, Copy, Debug)]
pub enum Held {
    /// At every step of every history.
    Steps(OfStep),
    /// By a history and what it becomes when it is changed.
    Histories(OfHistories),
    /// By histories of its own, once.
    Fixture(OfItself),
    /// It is no law of a placer: this test of the crate holds it.
    Elsewhere(&'static str),
}

/// A law.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// Its number, such as `P16`.
    pub id: &'static str,
    /// What it says.
    pub text: &'static str,
    /// The numbers of the rules of Amazon ECS that it follows from (`docs/laws.md`), or else where it comes from in words.
    pub rule: &'static str,
    /// What a placer must know for it to apply.
    pub applies: fn(&Capabilities) -> bool,
    /// How it is held.
    pub held: Held,
}

impl PartialEq for Law {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Law {}

/// The law of this number.
#[must_use]
pub fn law(id: &str) -> Option<&'static Law> {
    LAWS.iter().find(|law| law.id == id)
}

const fn step(
    id: &'static str,
    rule: &'static str,
    text: &'static str,
    holds: fn(&Seen<'_>) -> Result<(), String>,
) -> Law {
    Law { id, text, rule, applies: |_| true, held: Held::Steps(OfStep(holds)) }
}

const fn relation(id: &'static str, rule: &'static str, text: &'static str, holds: Relation) -> Law {
    Law { id, text, rule, applies: Capabilities::is_determined, held: Held::Histories(OfHistories(holds)) }
}

const fn fixture(id: &'static str, rule: &'static str, text: &'static str, holds: Fixture) -> Law {
    Law { id, text, rule, applies: |_| true, held: Held::Fixture(OfItself(holds)) }
}

const fn elsewhere(id: &'static str, text: &'static str, test: &'static str) -> Law {
    Law { id, text, rule: "promised by this program", applies: |_| false, held: Held::Elsewhere(test) }
}

impl Law {
    /// How little it says of what is wrong: a filter that is wrong shows as a wrong choice too, and a wrong choice as a tie
    /// that is broken wrongly. Looked for while one of a higher rank is held back.
    pub(super) fn rank(&self) -> u8 {
        let is_of_histories = matches!(self.held, Held::Histories(_));
        match self.id {
            telling if TELLING.contains(&telling) => 0,
            _ if is_of_histories => 4,
            "P20" => 3,
            "P19" | "P23" => 2,
            "P16" | "P17" | "P18" => 1,
            _ => 0,
        }
    }

    /// Whether a law of several histories, where it is broken too, says why this one is.
    pub(super) fn may_be_told_by(&self, telling: &str) -> bool {
        match telling {
            "P30" => self.id == "P20",
            _ => !["P0", "P4"].contains(&self.id),
        }
    }

    const fn when(self, applies: fn(&Capabilities) -> bool) -> Self {
        Self { applies, ..self }
    }
}

/// Every law, by number. The first is none of ECS's: that there is an answer at all.
pub const LAWS: &[Law] = &[
    step("P0", "R-1.1", "Every question gets an answer: no panic, no death, no silence, no nonsense", |_| Ok(())),
    step("P1", "R-1.1", "What is left on an instance is never below 0 and never above what is registered", steps::p1)
        .when(|known| known.remaining),
    step("P2", "R-5.24", "What is left equals the recount: registered less the demands of the counted tasks", steps::p2)
        .when(|known| known.remaining),
    step("P3", "R-5.24", "Over the cluster, reserved and free add up to what is registered", steps::p3)
        .when(|known| known.remaining),
    step("P4", "R-1.10", "A placed task is on exactly one instance, which is registered", steps::p4),
    elsewhere("P5", "Attempts = placed + failed; reasons sum to failed; tasks = placed + stopped + waiting", "p4_p5_every_task_is_somewhere_and_every_attempt_ends_somehow"),
    relation("P6", "R-1.10", "A failed placement changes nothing: without the refused tasks the others go where they went", relations::p6),
    step("P7", "R-5.15, R-5.17", "GPUs and network interfaces are counted like CPU and memory", steps::p7)
        .when(|known| known.gpus || known.interfaces),
    elsewhere("P8", "Time integrals are additive: [0,t] + [t,h] = [0,h], exactly, for any t", "p8_integrals_are_additive"),
    step("P9", "R-1.1, R-1.2", "The chosen instance has a connected agent and enough CPU and memory", steps::p9),
    step("P10", "R-4.1, R-4.3", "distinctInstance: never two counted tasks of the group on one instance", steps::p10)
        .when(|known| known.distinct_instance),
    step("P11", "R-4.7", "memberOf: every expression is true on the chosen instance", steps::p11).when(|known| known.member_of),
    step("P12", "R-5.11, R-5.10", "No static (protocol, port) is held twice on an instance", steps::p12).when(|known| known.ports),
    step("P13", "R-1.3", "A task is refused if and only if there is no candidate", steps::p13),
    step("P14", "R-1.2", "DRAINING instances never gain a task", steps::p14).when(|known| known.drain),
    step("P15", "the order of reasons in docs/laws.md", "Every reason is true of the instance it names, and is the first in table order", steps::p15)
        .when(|known| known.failures),
    step("P16", "R-2.1, R-2.3", "binpack: what is left on the chosen instance is the least of all candidates that the rules before keep", steps::p16)
        .when(|known| known.binpack),
    step("P17", "R-1.5, R-1.6", "spread: the group's count in the chosen bucket is the least of all buckets that have a candidate, counted over the whole cluster", steps::p17)
        .when(|known| known.spread),
    step("P18", "U-2", "random: the chosen instance is among those that the rules before it keep", steps::p18).when(|known| known.random),
    step("P19", "R-1.4", "A chain narrows: the chosen instance survives every rule, each among those that the rules before keep", steps::p19)
        .when(|known| known.chain > 1),
    step("P20", "U-1, R-1.9", "Among those that all rules keep the declared tie-break decides", steps::p20)
        .when(Capabilities::is_determined),
    fixture("P21", "R-1.4", "A rule after one that leaves a single candidate changes nothing; in the other order it does", fixtures::p21)
        .when(|known| known.spread && known.binpack && known.chain > 1),
    relation("P22", "R-1.4, U-2", "Repeating a rule changes nothing, and nothing after `random` matters", relations::p22),
    step("P23", "R-7.20", "Scale-in stops a task that the documented rule ranks worst", steps::p23)
        .when(|known| known.scale_in.is_some()),
    Law {
        id: "P24",
        text: "The same history gets the same answers, twice",
        rule: "R-1.9, R-1.12",
        applies: |_| true,
        held: Held::Histories(OfHistories(relations::p24)),
    },
    elsewhere("P25", "1, 2 and N threads: the same bytes", "p24_p25_same_bytes_for_any_number_of_threads_in_any_process"),
    elsewhere("P26", "Any split of the instances into shards: the same choice", "determinism"),
    elsewhere("P27", "Dropping and rebuilding every index changes no later choice", "engine::proptests"),
    elsewhere("P28", "A strategy or a repetition more changes no row of the others", "p28_another_policy_or_seed_changes_no_row_of_the_others"),
    elsewhere("P29", "Saving and loading in mid-run changes nothing", "folders"),
    relation("P30", "U-1", "Renumbering: with other names the instances at the same positions are chosen", relations::p30),
    relation("P31", "U-4", "Renaming zones, attribute values and groups one to one, expressions along with them, changes no choice", relations::p31),
    relation("P32", "R-2.3", "Multiplying all CPU and memory, registered and demanded, changes no choice", relations::p32),
    relation("P33", "R-1.5", "An instance more that no task can use changes no choice", relations::p33),
    relation("P34", "R-4.7", "A service more, held to an instance of its own by memberOf, changes no choice of the others", relations::p34)
        .when(|known| known.is_determined() && known.member_of),
    fixture("P35", "R-3.2", "spread over zones with room everywhere: twice the zones and twice the tasks give the sorted counts twice", fixtures::p35)
        .when(|known| known.spread),
    relation("P36", "R-1.1", "A resource that nobody demands changes nothing", relations::p36).when(|known| known.is_determined() && known.gpus),
    relation("P37", "R-2.1", "Exchanging CPU and memory everywhere, rules included, changes no choice", relations::p37),
    relation("P38", "R-5.25", "A task that comes and goes leaves no trace", relations::p38),
    relation("P39", "R-5.25", "Any order of stops leaves the same", relations::p39),
    relation("P40", "R-5.25", "Once every task has stopped the cluster is as it was before the first", relations::p40),
    relation("P41", "R-1.2", "DRAINING and ACTIVE again before anything happens changes nothing", relations::p41)
        .when(|known| known.is_determined() && known.drain),
    elsewhere("P42", "The fast engine is the model after every operation", "engine::proptests"),
    elsewhere("P43", "Every index alone is the linear scan", "engine::proptests"),
    elsewhere("P44", "Incremental figures are those recomputed at random checkpoints", "p44_incremental_figures_equal_recounted_ones"),
    elsewhere("P45", "Bounds are their definitions, below the optimum, below any strategy", "p45_fast_bounds_are_their_definitions"),
    elsewhere("P46", "Instances used are no fewer than L1, L2, DFF and the clique of what was placed", "p45_p46_no_bound_passes_the_optimum_and_no_chain_beats_it"),
    fixture("P47", "proved of whatever opens no instance while a used one has room", "binpack on equal instances opens at most max(1, ceil(2 x sum of D/C) - 1) of them", fixtures::p47)
        .when(|known| known.binpack),
    fixture("P48", "proved of best fit: Dósa, Sgall 2013", "binpack opens at most floor(1.7 k) of the instances that k full ones were cut from", fixtures::p48)
        .when(|known| known.binpack),
    fixture("P49", "R-3.1", "spread, arrivals only, room everywhere: no bucket is more than one ahead of another", fixtures::p49)
        .when(|known| known.spread),
    fixture("P50", "R-3.2", "spread over zones, then instances: no zone, and no instance inside a zone, is more than one ahead", fixtures::p50)
        .when(|known| known.spread && known.chain > 1),
    fixture("P51", "R-3.1", "spread over instances puts n tasks on n of the equal, roomy instances", fixtures::p51).when(|known| known.spread),
    fixture("P52", "M13 of docs/figures.md", "Identical tasks: every strategy places exactly as many as there are holes", fixtures::p52),
    relation("P53", "R-1.1", "A placement never lets in what was refused, and a stop never shuts out what was placed", monotone::p53),
    relation("P54", "R-1.3", "With the state frozen a further instance turns no placeable task away", monotone::p54),
    elsewhere("P55", "Bounds never fall when a task is added", "p55_l1_and_l2_never_fall_when_a_task_is_added"),
    fixture("P56", "what `plan compact` rests on", "binpack on equal instances: the same trajectory for every number of them from the peak on, a refusal below it", fixtures::p56)
        .when(|known| known.binpack && known.tie_break == Some(crate::model::TieBreak::Order)),
    relation("P57", "M7 of docs/figures.md", "Strategies that place the same set of tasks leave as much of every resource", monotone::p57)
        .when(|known| known.is_determined() && known.remaining),
    elsewhere("P58", "Packing efficiency is never below reservation", "analysis::"),
    elsewhere("P59", "Dead free <= FGD fragmentation <= free", "analysis::"),
    fixture("P60", "known of best fit and of spread", "The anomalies are there: fewer tasks, smaller tasks, more and larger instances each hurt once", fixtures::p60)
        .when(|known| known.binpack && known.spread && known.tie_break == Some(crate::model::TieBreak::Order)),
    fixture("P61", "known of best fit", "Order matters: 4 4 6 6 opens three instances of 10, 6 6 4 4 opens two", fixtures::p61).when(|known| known.binpack),
    fixture("P62", "R-2.1", "binpack(cpu) may open more instances than binpack(memory)", fixtures::p62)
        .when(|known| known.binpack && known.tie_break == Some(crate::model::TieBreak::Order)),
    fixture("P63", "R-2.6", "Spread does not stay balanced after stops: nothing moves", fixtures::p63).when(|known| known.spread),
    fixture("P64", "R-1.6", "Spread per service does not balance the cluster: the third service goes 0/2/2", fixtures::p64)
        .when(|known| {
            known.spread && known.binpack && known.chain > 1 && known.tie_break == Some(crate::model::TieBreak::Order)
        }),
    elsewhere("P65", "A placement may raise FGD fragmentation", "p65_a_placement_may_raise_fragmentation"),
    fixture("P66", "U-2", "random takes each of k equal candidates equally often (chi-square, alpha 1e-6)", statistics::p66)
        .when(|known| known.random),
    fixture("P67", "U-2", "successive random choices are independent of each other (chi-square of pairs)", statistics::p67)
        .when(|known| known.random),
    fixture("P68", "U-2", "n small tasks under random use N(1 - (1 - 1/N)^n) of N instances on average", statistics::p68)
        .when(|known| known.random),
    elsewhere("P69", "Arrival counts and their profiles", "workload::"),
    elsewhere("P70", "Erlang B", "p70_blocking_is_what_erlang_b_says"),
    elsewhere("P71", "Kaufman-Roberts", "p71_blocking_of_several_sizes_is_what_kaufman_and_roberts_say"),
    elsewhere("P72", "Little", "p72_running_tasks_are_what_little_says"),
    elsewhere("P73", "parse(print(x)) = x", "p73_printing_then_parsing_gives_the_same_expression"),
    elsewhere("P74", "print(parse(t)) is a fixed point", "p74_p75_canonical_text_is_a_fixed_point_of_any_pieces"),
    elsewhere("P75", "Random bytes never panic", "p75_bytes_never_panic_and_errors_are_inside"),
    elsewhere("P76", "Unknown keys are errors; key order is free", "scenario::"),
    relation("P77", "R-4.7", "not(not(e)) is e, and De Morgan's laws hold", relations::p77)
        .when(|known| known.is_determined() && known.member_of),
];

/// The laws of one answer, in the order in which they are asked: the special before the general, so that what is told is
/// what is wrong.
pub(super) const STEP_ORDER: &[&str] = &[
    "P0", "P4", "P14", "P12", "P7", "P10", "P11", "P9", "P15", "P13", "P23", "P18", "P17", "P16", "P19", "P20", "P2",
    "P1", "P3",
];

/// What is told in place of a law of one answer, where the small history that breaks it breaks this one too: it says why.
pub(super) const TELLING: &[&str] = &["P24", "P6", "P38", "P41", "P30"];

/// Laws of several histories, the telling before the general.
pub(super) const RELATION_ORDER: &[&str] = &[
    "P24", "P6", "P38", "P41", "P40", "P39", "P77", "P30", "P31", "P33", "P36", "P34", "P22", "P32", "P37", "P54",
    "P53", "P57",
];
