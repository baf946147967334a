//! What decisions outside of the orders read of them: what strategies are shown, and the counts of buckets by name.

use super::Orders;
use crate::engine::fast::index::columns::amounts::Amounts;
use crate::engine::fast::index::columns::contests::{Game, Title};
use crate::engine::fast::index::columns::rosters::{Asked, Source};
use crate::engine::fast::plan::Plan;
use crate::engine::fast::plan::chain::{End, Shown};
use crate::engine::fast::state::cluster::Cluster;
use crate::model::Demand;

impl Orders {
    /// The position of an attribute that is spread over.
    pub(crate) fn attribute(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// No attribute is found any more.
    #[cfg(test)]
    pub(crate) fn forget_names(&mut self) {
        self.names.clear();
    }

    /// What a strategy is shown in the decisions of a plan on this path, if there is one.
    pub(crate) fn shown(&self, plan: &Plan) -> Option<Shown> {
        match &self.chains[self.entry(plan).chain].end {
            End::Ask(_, shown) => Some(*shown),
            End::Lowest | End::Uniform => None,
        }
    }

    /// What the contest of a title is about, whose chain ends with a strategy.
    pub(crate) fn game<'g>(&'g self, cluster: &'g Cluster<'_>, title: Title, demand: &'g Demand) -> Game<'g> {
        let End::Ask(custom, _) = &self.chains[title.chain].end else { unreachable!("a contest is by a strategy") };
        let order = &self.orders[title.order];
        Game {
            custom,
            demand,
            classes: &cluster.fleet.classes,
            amounts: self.amounts(),
            marks: order.marks(title.kind),
            lane_of_class: order.lanes_of_classes(),
        }
    }

    /// Where a roster is read from.
    pub(crate) fn source<'s>(&'s self, cluster: &'s Cluster<'_>, asked: Asked) -> Source<'s> {
        let counts = cluster.counts.as_ref().filter(|_| asked.group.is_some());
        Source { amounts: self.amounts(), marks: self.orders[asked.order].marks(asked.kind), counts }
    }

    /// What strategies that must see every candidate read.
    pub(crate) fn amounts(&self) -> &Amounts {
        self.amounts.as_ref().expect("kept where a strategy must see every candidate")
    }
}
