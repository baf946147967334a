//! For strategies that rank by amounts alone: who wins among the instances of each lane, for each kind of task.
//!
//! Which of two such instances is better does not hang on who else is there, so that the best of many is found by a
//! tournament, of which only the matches of instances that have changed are played anew. A kind that is asked for so rarely
//! that most has changed meanwhile has none: a pass over columns is cheaper then.
//!
//! # Invariants
//! 1. The winners of a contest are those that its players would get at the moment up to which it is caught up.
//!
//! # Cost
//! A few comparisons for each instance that has changed since a kind was last asked for, and a few dozen for each of these
//! that had won: never more than two passes. Memory: four bytes for each 15 instances and kind that is asked for, and eight bytes an instance.
//!
//! # Sources
//! A tournament tree with wide matches, as in Knuth, "The Art of Computer Programming", volume 3, section 5.4.1.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::amounts::{Amounts, place};
use super::journal::Moment;
use super::marks::Marks;
use super::rounds::{NOBODY, Rounds, TABLE, chunk};
use crate::engine::fast::index::order::table::Bits;
use crate::engine::fast::state::looks;
use crate::model::contract::{Candidate, Custom, View};
use crate::model::{CpuUnits, Demand, InstanceClass, InstanceId, MemoryMib};

/// With fewer instances, or fewer for each lane, a pass is cheaper.
const LEAST_INSTANCES: usize = if cfg!(test) { 2 } else { 512 };
const LEAST_A_LANE: usize = if cfg!(test) { 0 } else { 64 };

/// Which contest: a chain, and a kind of its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Title {
    pub(crate) order: usize,
    pub(crate) chain: usize,
    pub(crate) kind: Bits,
}

/// What a contest is about, and by whose rule.
pub(crate) struct Game<'g> {
    pub(crate) custom: &'g Custom,
    pub(crate) demand: &'g Demand,
    pub(crate) classes: &'g [InstanceClass],
    pub(crate) amounts: &'g Amounts,
    /// Who may play.
    pub(crate) marks: Marks<'g>,
    pub(crate) lane_of_class: &'g [u32],
}

/// Where the instances of an order sit, lane by lane in the order of their ids.
#[derive(Clone, Debug, Default)]
struct Hall {
    lanes: Vec<Vec<u32>>,
    /// By instance: where it sits in its lane.
    seats: Vec<u32>,
}

/// One chain and kind.
#[derive(Clone, Debug)]
enum Contest {
    /// A pass was made, at this moment.
    Awaited(Moment),
    Played {
        until: Moment,
        lanes: Vec<Rounds>,
        demand: Demand,
    },
}

/// Someone to be met in a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Challenger {
    lane: usize,
    /// The match, in its round.
    number: usize,
    id: u32,
}

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Contests {
    /// By order.
    halls: Vec<Hall>,
    contests: FxHashMap<Title, Contest>,
}

impl Contests {
    /// The best of every lane that is left, ascending; `None` where a pass is cheaper.
    pub(crate) fn winners(
        &mut self,
        title: Title,
        game: &Game<'_>,
        classes: Option<&[bool]>,
    ) -> Option<SmallVec<[u32; 8]>> {
        let instances = game.amounts.len();
        let lanes = game.lane_of_class.iter().max().map_or(0, |last| *last as usize + 1);
        if instances < LEAST_INSTANCES || instances < LEAST_A_LANE * lanes {
            return None;
        }
        if self.halls.len() <= title.order {
            self.halls.resize_with(title.order + 1, Hall::default);
        }
        let hall = &mut self.halls[title.order];
        hall.admit(game, lanes);
        let now = game.amounts.journal.now();
        let contest = self.contests.entry(title).or_insert(Contest::Awaited(Moment::NEVER));
        let since = match contest {
            Contest::Awaited(moment) => *moment,
            Contest::Played { until, .. } => *until,
        };
        let Some(changed) = game.amounts.journal.since(since) else {
            *contest = Contest::Awaited(now);
            return None;
        };
        if let Contest::Awaited(_) = contest {
            *contest = Contest::Played { until: now, lanes: Vec::new(), demand: game.demand.clone() };
        }
        let Contest::Played { until, lanes: rounds, .. } = contest else { unreachable!("it was made so above") };
        *until = now;
        rounds.resize_with(lanes, Rounds::default);
        catch_up(rounds, hall, changed, game);
        let winner = |lane: usize| Some(rounds[lane].winner()).filter(|winner| *winner != NOBODY);
        let mut winners: SmallVec<[u32; 8]> = match classes {
            None => (0..lanes).filter_map(winner).collect(),
            Some(classes) => {
                let left = game.lane_of_class.iter().zip(classes).filter(|(_, is_left)| **is_left);
                left.filter_map(|(lane, _)| winner(*lane as usize)).collect()
            }
        };
        winners.sort_unstable();
        winners.dedup();
        Some(winners)
    }

    /// Plays every contest from the start and compares; `game` tells what one of an order is about.
    pub(crate) fn validate<'g>(&'g self, game: impl Fn(Title, &'g Demand) -> Game<'g>) -> Result<(), String> {
        for (&title, contest) in &self.contests {
            let Contest::Played { until, lanes, demand } = contest else { continue };
            let (game, hall) = (game(title, demand), &self.halls[title.order]);
            let Some(changed) = game.amounts.journal.since(*until) else { continue };
            let (mut kept, mut anew) = (lanes.clone(), vec![Rounds::default(); lanes.len()]);
            let mut hall = hall.clone();
            hall.admit(&game, lanes.len());
            catch_up(&mut kept, &hall, changed, &game);
            catch_up(&mut anew, &hall, &[], &game);
            if kept != anew {
                return Err(format!("contests: {title:?} was won by {kept:?}, and by {anew:?} if all play anew"));
            }
        }
        Ok(())
    }

    pub(crate) fn bytes(&self) -> usize {
        let hall = |hall: &Hall| hall.seats.capacity() + hall.lanes.iter().map(Vec::capacity).sum::<usize>();
        let rounds = self.contests.values().map(|contest| match contest {
            Contest::Awaited(_) => 0,
            Contest::Played { lanes, .. } => lanes.iter().map(Rounds::bytes).sum::<usize>(),
        });
        self.halls.iter().map(hall).sum::<usize>() * size_of::<u32>() + rounds.sum::<usize>()
    }
}

impl Hall {
    /// Those who are new take their seats.
    fn admit(&mut self, game: &Game<'_>, lanes: usize) {
        self.lanes.resize_with(lanes, Vec::new);
        for id in self.seats.len()..game.amounts.len() {
            let id = InstanceId::from_index(id).0;
            let lane = &mut self.lanes[game.lane_of(id)];
            self.seats.push(u32::try_from(lane.len()).expect("fewer than 2^32 instances"));
            lane.push(id);
        }
    }

    /// An instance in its match of the first round.
    fn challenger(&self, game: &Game<'_>, id: u32) -> Challenger {
        Challenger { lane: game.lane_of(id), number: self.seats[id as usize] as usize / TABLE, id }
    }
}

/// Plays what may end otherwise now that some have changed, round by round. A winner who has not changed need only meet those
/// who have.
fn catch_up(lanes: &mut [Rounds], hall: &Hall, changed: &[u32], game: &Game<'_>) {
    let mut changed: SmallVec<[u32; 64]> = changed.into();
    changed.sort_unstable();
    changed.dedup();
    let mut challengers: SmallVec<[Challenger; 64]> = changed.iter().map(|&id| hall.challenger(game, id)).collect();
    for (lane, rounds) in lanes.iter_mut().enumerate() {
        let seated = &hall.lanes[lane];
        if rounds.grow(seated.len()) {
            *rounds = Rounds::default();
            rounds.grow(seated.len());
            challengers.extend(seated.iter().map(|&id| hall.challenger(game, id)));
        }
    }
    challengers.sort_unstable();
    challengers.dedup();
    let mut round = 0;
    while !challengers.is_empty() {
        let mut winners = SmallVec::new();
        for met in challengers.chunk_by(|one, other| (one.lane, one.number) == (other.lane, other.number)) {
            let Challenger { lane, number, .. } = met[0];
            let rounds = &mut lanes[lane];
            let before = rounds.winner_of(round, number);
            let has_changed = changed.binary_search(&before).is_ok();
            let seated = if round == 0 { chunk(&hall.lanes[lane], number) } else { rounds.players(round, number) };
            let may_play = |id: &u32| *id != NOBODY && (round > 0 || game.marks.has(*id));
            let winner = if has_changed {
                game.winner(seated.iter().copied().filter(may_play))
            } else {
                let met = met.iter().map(|met| met.id).filter(may_play);
                let mut players: SmallVec<[u32; TABLE]> = met.chain((before != NOBODY).then_some(before)).collect();
                players.sort_unstable();
                game.winner(players.into_iter())
            };
            rounds.settle(round, number, winner);
            if round + 1 < rounds.count() && (has_changed || winner != before) {
                winners.push(Challenger { lane, number: number / TABLE, id: winner });
            }
        }
        challengers = winners;
        round += 1;
    }
}

impl Game<'_> {
    fn lane_of(&self, id: u32) -> usize {
        self.lane_of_class[self.amounts.class(id).index()] as usize
    }

    /// Who wins among some, who come in the order of their ids.
    pub(crate) fn winner(&self, players: impl Iterator<Item = u32>) -> u32 {
        let shown: SmallVec<[Candidate<'_>; TABLE]> = players.map(|id| self.shown(id)).collect();
        looks::look(shown.len());
        let position = match shown.len() {
            0 => return NOBODY,
            1 => 0,
            _ => self.custom.choose(&View::new(self.demand, &shown, &|_| 0)),
        };
        shown[position].instance.0
    }

    /// Who ranks by amounts is told of no tasks.
    #[inline]
    fn shown(&self, id: u32) -> Candidate<'_> {
        let ((block, at), amounts) = (place(id), self.amounts);
        let class = &self.classes[amounts.class_of[block][at].index()];
        Candidate {
            instance: InstanceId(id),
            class,
            cpu: CpuUnits(amounts.cpu[block][at]),
            memory: MemoryMib(amounts.memory[block][at]),
            gpus: class.idle_gpus(),
            devices: &[],
            tasks: 0,
            group_tasks: 0,
        }
    }
}
