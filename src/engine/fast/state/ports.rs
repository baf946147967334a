//! Static ports: those that requests ask for are numbered, so that the ports which an instance has taken are bits of a word.
//!
//! # Invariants
//! 1. A port keeps its number when further requests become known: they are counted in the order of the requests.
//!
//! # Cost
//! The ports of a form are taken and given back as a word; a port that is asked for is one look into a table, which has two
//! bytes for each number between the lowest port and the highest. From the 65th distinct port on, ports stand in a list on each instance that has taken one.

use crate::model::{ClassId, Fleet, MAX_PORTS_PER_INSTANCE, Port, Protocol};

/// Some ports, counted from 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    /// The lowest port.
    first: u16,
    /// By protocol, then port from the lowest on.
    tables: [Vec<u16>; 2],
    pub(crate) count: u16,
}

/// The number of a port that has none: there are fewer than that.
const NONE: u16 = u16::MAX;

impl Numbers {
    /// Ports in the order in which they are counted; one that comes again changes nothing.
    pub(crate) fn new<'p>(ports: impl Iterator<Item = &'p Port> + Clone) -> Self {
        let mut numbers = Self { first: ports.clone().map(|port| port.number).min().unwrap_or(0), ..Self::default() };
        for port in ports {
            let at = usize::from(port.number - numbers.first);
            let table = &mut numbers.tables[protocol(*port)];
            table.resize(table.len().max(at + 1), NONE);
            if table[at] == NONE && numbers.count < NONE {
                table[at] = numbers.count;
                numbers.count += 1;
            }
        }
        numbers
    }

    #[inline]
    pub(crate) fn get(&self, port: Port) -> Option<u16> {
        let at = usize::from(port.number.wrapping_sub(self.first));
        self.tables[protocol(port)].get(at).copied().filter(|number| *number != NONE)
    }
}

#[inline]
fn protocol(port: Port) -> usize {
    match port.protocol {
        Protocol::Tcp => 0,
        Protocol::Udp => 1,
    }
}

/// The ports of all requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ports {
    numbers: Numbers,
    /// By class.
    reserved: Vec<Reserved>,
    /// No instance has more of them taken or reserved.
    most: usize,
}

/// Ports that no task on an instance of a class may take.
#[derive(Clone, Debug)]
struct Reserved {
    bits: u64,
    /// Those without a number, and others that nobody asks for.
    others: Vec<Port>,
    len: usize,
}

/// Ports of the tasks of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    bits: u64,
    len: u32,
    /// Those without a number, if there are any.
    others: Option<Box<Others>>,
}

/// Ports without a number, away from what is read of every instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Others {
    ports: Vec<Port>,
}

/// Ports of a demand, looked up once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claim {
    bits: u64,
    /// Those without a number.
    others: Vec<Port>,
    pub(crate) len: u32,
}

impl Taken {
    /// A task has come that takes these ports.
    #[inline]
    pub(crate) fn take(&mut self, claim: &Claim) {
        self.len += claim.len;
        self.bits |= claim.bits;
        if !claim.others.is_empty() {
            self.others.get_or_insert_default().ports.extend(&claim.others);
        }
    }

    /// It has gone.
    #[inline]
    pub(crate) fn give_back(&mut self, claim: &Claim) {
        self.len -= claim.len;
        self.bits &= !claim.bits;
        if !claim.others.is_empty() {
            self.others.iter_mut().for_each(|others| others.ports.retain(|port| !claim.others.contains(port)));
            self.others.take_if(|others| others.ports.is_empty());
        }
    }

    fn others(&self) -> &[Port] {
        self.others.as_ref().map_or(&[], |others| &others.ports)
    }
}

impl Ports {
    /// `asked` are those of the requests, in their order.
    pub(crate) fn new<'p>(asked: impl Iterator<Item = &'p Port> + Clone, fleet: &Fleet) -> Self {
        let mut ports = Self { numbers: Numbers::new(asked), ..Self::default() };
        let reserved = |ports: &Self, reserved: &[Port]| Reserved {
            bits: reserved.iter().filter_map(|port| ports.bit(*port)).fold(0, |all, bit| all | bit),
            others: reserved.iter().filter(|port| ports.bit(**port).is_none()).copied().collect(),
            len: reserved.len(),
        };
        ports.reserved = fleet.classes.iter().map(|class| reserved(&ports, &class.reserved_ports)).collect();
        let most_reserved = ports.reserved.iter().map(|reserved| reserved.len).max().unwrap_or(0);
        ports.most = most_reserved + usize::from(ports.numbers.count);
        ports
    }

    #[inline]
    fn bit(&self, port: Port) -> Option<u64> {
        1_u64.checked_shl(u32::from(self.numbers.get(port)?))
    }

    ///
    #[inline]
    pub(crate) fn fit(&self, taken: &Taken, wanted: &[Port], class: ClassId) -> bool {
        if wanted.is_empty() {
            return true;
        }
        let reserved = &self.reserved[class.index()];
        let is_free = |port: &Port| match self.bit(*port) {
            Some(bit) => (taken.bits | reserved.bits) & bit == 0,
            None => !taken.others().contains(port) && !reserved.others.contains(port),
        };
        wanted.iter().all(is_free) && reserved.len + taken.len as usize + wanted.len() <= MAX_PORTS_PER_INSTANCE
    }

    /// Some instance may have so many ports that no more than so many are left.
    pub(crate) fn may_be_full(&self, wanted: usize) -> bool {
        self.most + wanted > MAX_PORTS_PER_INSTANCE
    }

    /// Ports that are taken on an instance of a class.
    pub(crate) fn count(&self, taken: &Taken, class: ClassId) -> usize {
        self.reserved[class.index()].len + taken.len as usize
    }

    /// Some distinct ports, to be taken and given back.
    pub(crate) fn claim(&self, ports: &[Port]) -> Claim {
        Claim {
            bits: ports.iter().filter_map(|&port| self.bit(port)).fold(0, |all, bit| all | bit),
            others: ports.iter().filter(|&&port| self.bit(port).is_none()).copied().collect(),
            len: u32::try_from(ports.len()).expect("fewer than 2^32 ports"),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.numbers.tables.iter().map(|table| table.capacity() * 2).sum::<usize>()
            + self.reserved.capacity() * size_of::<Reserved>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InstanceClass, ZoneId};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Ports on an instance are a set of at most 100, whether they have numbers or not.
        #[test]
        fn ports_of_an_instance_are_a_set(steps in prop::collection::vec((0..130_u16, any::<bool>()), 0..200)) {
            let mut class = InstanceClass::new(ZoneId(0), "a", 1, 1);
            class.reserved_ports = [3, 70, 9_999].map(Port::tcp).to_vec();
            let fleet = Fleet { classes: vec![class], ..Fleet::default() };
            let ports = Ports::new((0..130).map(Port::tcp).collect::<Vec<_>>().iter(), &fleet);
            let (mut taken, mut model) = (Taken::default(), BTreeSet::new());
            for (number, is_stop) in steps {
                let wanted = [Port::tcp(number), Port::tcp((number + 60) % 130)];
                let reserved = wanted.iter().any(|port| [3, 70].contains(&port.number));
                let fits = !reserved && wanted.iter().all(|port| !model.contains(port)) && model.len() + 5 <= 100;
                prop_assert_eq!(ports.fit(&taken, &wanted, ClassId(0)), fits);
                if fits {
                    taken.take(&ports.claim(&wanted));
                    model.extend(wanted);
                } else if is_stop && wanted.iter().all(|port| model.contains(port)) {
                    taken.give_back(&ports.claim(&wanted));
                    wanted.iter().for_each(|port| _ = model.remove(port));
                }
                prop_assert_eq!(ports.count(&taken, ClassId(0)), model.len() + 3);
            }
            model.iter().for_each(|port| taken.give_back(&ports.claim(&[*port])));
            prop_assert_eq!(taken, Taken::default());
        }
    }
}
