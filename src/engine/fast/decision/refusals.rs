//! Why a kind of request was refused last, so that the next refusal need not look at every instance.
//!
//! The reason is that of the instance which gets furthest. A task that comes never lets an instance get further than
//! before, where no expression asks for tasks; one that stops, and whatever else happens to an instance, may. So a reason stays right as long as its witness
//! gets as far as then, and as far as no instance that something happened to gets further: these are in a log.
//!
//! # Invariants
//! 1. No instance that is not in the log since gets further than the reason that is kept.
//!
//! # Cost
//! A look at the witness and at each instance in the log since the last refusal. Where the witness has fallen back, the
//! search for another goes on from it, and ends at the first that gets as far.

use rustc_hash::FxHashMap;

use super::scan::Scan;
use crate::engine::Reason;

/// A log that is longer is begun anew: every reason is found anew then.
const LONGEST_LOG: usize = 1 << 16;

/// What is known of a kind of request.
#[derive(Clone, Copy, Debug)]
struct Known {
    reason: Reason,
    witness: u32,
    /// The log is read up to here.
    read: usize,
    age: u64,
}

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals {
    known: FxHashMap<usize, Known>,
    /// Instances that may get further than before.
    log: Vec<u32>,
    /// How often the log was begun anew.
    age: u64,
}

impl Refusals {
    /// An instance may get further than before.
    #[inline]
    pub(crate) fn note(&mut self, instance: u32) {
        if self.known.is_empty() {
            return;
        }
        if self.log.len() == LONGEST_LOG {
            self.log.clear();
            self.age += 1;
        }
        self.log.push(instance);
    }

    /// The reason of a request that is refused now.
    pub(crate) fn reason(&mut self, request: usize, scan: Scan<'_, '_>) -> Reason {
        let Self { known, log, age } = self;
        let best = match known.get(&request).filter(|known| known.age == *age) {
            Some(known) => {
                let mut best = Furthest { reason: known.reason, witness: known.witness };
                let later = &log[known.read..];
                if scan.hindrance_of(known.witness) != Some(known.reason) {
                    best = scan.furthest_from(known.witness, Some(known.reason));
                }
                for &instance in later {
                    best.take(instance, scan.hindrance_of(instance));
                }
                best
            }
            None => scan.furthest_from(0, None),
        };
        known.insert(request, Known { reason: best.reason, witness: best.witness, read: log.len(), age: *age });
        best.reason
    }
}

/// The instance that gets furthest of those looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Furthest {
    pub(crate) reason: Reason,
    pub(crate) witness: u32,
}

impl Furthest {
    #[inline]
    pub(crate) fn take(&mut self, instance: u32, reason: Option<Reason>) {
        if let Some(reason) = reason.filter(|reason| reason.progress() > self.reason.progress()) {
            *self = Self { reason, witness: instance };
        }
    }
}
