//! Every fault, and the law that finds it.

use super::placer::Fault;

/// A fault, what it is, and the number of the law that finds it.
pub(crate) struct Known {
    pub(crate) fault: Fault,
    pub(crate) is: &'static str,
    pub(crate) law: &'static str,
}

const fn known(fault: Fault, law: &'static str, is: &'static str) -> Known {
    Known { fault, is, law }
}

pub(crate) const FAULTS: &[Known] = &[
    known(Fault::SpreadsByAllTasks, "P17", "spreads by the tasks of every group"),
    known(Fault::CountsOnlyCandidates, "P17", "counts a bucket's tasks on candidates only"),
    known(Fault::BreaksTiesBeforeTheNextRule, "P19", "breaks ties before the next rule"),
    known(Fault::LastRuleFirst, "P19", "applies the last rule first"),
    known(Fault::IgnoresTheSecondConstraint, "P11", "ignores the second constraint"),
    known(Fault::PlacesOnDraining, "P14", "places on draining instances"),
    known(Fault::BooksAPortTwice, "P12", "books a port twice"),
    known(Fault::TcpForUdp, "P13", "takes tcp for udp"),
    known(Fault::ForgetsReservedPorts, "P12", "forgets the ports that are reserved"),
    known(Fault::ForgetsToFreePorts, "P38", "forgets to give back ports"),
    known(Fault::ForgetsToFreeGpus, "P38", "forgets to give back GPUs"),
    known(Fault::ForgetsToFreeInterfaces, "P38", "forgets to give back network interfaces"),
    known(Fault::OffByOneInMemory, "P9", "is off by one in memory"),
    known(Fault::SumsSoftAndHardLimits, "P13", "sums soft and hard limits of memory"),
    known(Fault::CountsStoppingTasksInDistinct, "P38", "counts stopping tasks in distinctInstance"),
    known(Fault::BiasedRandom, "P66", "draws the first candidate more often"),
    known(Fault::TakesTurnsForRandom, "P67", "takes turns and calls it random"),
    known(Fault::HashOrder, "P24", "depends on the order of a hash map"),
    known(Fault::ChangesOnRefusal, "P6", "changes something when it refuses"),
    known(Fault::ForgetsTasksAtRegister, "P10", "forgets whose tasks run where when an instance registers"),
    known(Fault::PacksByShare, "P16", "packs by shares, not amounts"),
    known(Fault::CountsLostTasks, "P17", "counts the tasks of lost instances"),
    known(Fault::OrdersByName, "P30", "breaks ties by name, not by order"),
    known(Fault::ForgetsToActivate, "P41", "forgets to activate"),
    known(Fault::DifferentWithoutTheAttribute, "P11", "finds `!=` true where there is no attribute"),
    known(Fault::DistinctByFamily, "P10", "keeps tasks of a family apart, not of a group"),
    known(Fault::IgnoresTheAgent, "P9", "places where the agent is not connected"),
    known(Fault::NamesNobody, "P4", "answers with a name that no instance has"),
    known(Fault::ScalesInTheEmptiest, "P23", "scales in where fewest tasks of the service are"),
    known(Fault::KeepsWhatDrains, "P23", "scales in without a look at what drains"),
    known(Fault::Panics, "P0", "panics"),
];
