//! Which forms of ports, GPUs and interface slots a task of each form takes something from.
//!
//! # Cost
//! A task that takes ports strikes the kinds of a row of words; one that gives them back has those forms asked again that
//! want one of the same. Where GPUs or slots come or go, all that ask for such are asked again. A row, and a list, for each
//! form of the run.

use rustc_hash::FxHashMap;

use super::kinds::Check;
use super::table::{add, take};
use crate::model::{Demand, Port};

/// Which checks may have another answer once a task comes or goes: they are numbered as in [`Kinds`](super::kinds::Kinds).
#[derive(Clone, Debug, Default)]
pub(super) struct Rivals {
    /// Those that ask for GPUs.
    gpus: Vec<u32>,
    /// Those that ask for interface slots.
    slots: Vec<u32>,
    /// By form of the cluster: those that ask for one of its ports.
    by_ports: Vec<Vec<u32>>,
    /// By form of the cluster, then word: their kinds.
    kinds: Vec<u64>,
}

impl Rivals {
    pub(super) fn new(forms: &[Demand], checks: &[Check<Demand>]) -> Self {
        let mut rivals = Self::default();
        let mut of_port: FxHashMap<Port, Vec<u32>> = FxHashMap::default();
        for (number, Check { what, .. }) in (0..).zip(checks) {
            if !what.gpus.is_none() {
                rivals.gpus.push(number);
            }
            if what.eni_slots > 0 {
                rivals.slots.push(number);
            }
            what.ports.iter().for_each(|port| of_port.entry(*port).or_default().push(number));
        }
        for form in forms {
            let mut kinds = vec![0; checks.first().map_or(0, |check| check.kinds.len())];
            let mut by_ports: Vec<u32> =
                form.ports.iter().filter_map(|port| of_port.get(port)).flatten().copied().collect();
            by_ports.sort_unstable();
            by_ports.dedup();
            by_ports.iter().for_each(|&check| add(&mut kinds, &checks[check as usize].kinds));
            rivals.by_ports.push(by_ports);
            rivals.kinds.extend(kinds);
        }
        rivals
    }

    /// Those that a demand concerns by its GPUs and interface slots, some of them perhaps more than once.
    pub(super) fn by_devices(&self, taken: &Demand) -> impl Iterator<Item = u32> {
        let gpus = if taken.gpus.is_none() { &[][..] } else { &self.gpus };
        let slots = if taken.eni_slots == 0 { &[][..] } else { &self.slots };
        gpus.iter().chain(slots).copied()
    }

    /// Those that ask for one of the ports of a form.
    pub(super) fn by_ports(&self, form: u32) -> impl Iterator<Item = u32> {
        self.by_ports[form as usize].iter().copied()
    }

    /// Takes their kinds from a mask.
    #[inline]
    pub(super) fn strike(&self, form: u32, mask: &mut [u64]) {
        take(mask, &self.kinds[form as usize * mask.len()..][..mask.len()]);
    }
}
