//! What the ways cost by which engines find instances, in plain words, for people who are about to wait.

/// What one placement costs on a path of [`Engine::path`](super::Engine::path).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    /// As much as touching one instance, whatever the size of the fleet.
    Accesses,
    /// The same, and a look at each lane.
    Lanes,
    /// The same as accesses, and a look at what is in the way.
    InTheWay,
    /// A few comparisons for each change since a like task was placed.
    Changes,
    /// A pass over a few columns with an entry for each instance.
    Columns,
    /// A look at every candidate.
    Candidates,
}

impl Cost {
    /// The cost of a path; of one that is not known, the highest.
    #[must_use]
    pub fn of(path: &str) -> Self {
        match path {
            "fit index" | "pack index (cpu)" | "pack index (memory)" | "levels" => Self::Accesses,
            "pack index, walked" => Self::InTheWay,
            "ordered lanes" => Self::Lanes,
            "contests" => Self::Changes,
            "columns" | "scan" => Self::Columns,
            _ => Self::Candidates,
        }
    }

    /// In plain words, as in "a placement costs …".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Accesses => "a few memory accesses, whatever the size of the fleet",
            Self::Lanes => "a few dozen memory accesses, and a look at each zone, rack or other lane",
            Self::InTheWay => "a few memory accesses, and a look at instances that hold a task of the group",
            Self::Changes => "a few comparisons for each instance that has changed since a task like it was placed",
            Self::Columns => "a pass over a few numbers of every instance",
            Self::Candidates => "a look at every instance that may take the task",
        }
    }

    /// Whether it grows with the fleet.
    #[must_use]
    pub fn grows(self) -> bool {
        self.ns_an_instance().is_some()
    }

    /// The most nanoseconds, about, that it takes for each instance of the fleet, if it grows with it: the dearest rows of
    /// `stowplan bench --realistic`.
    #[must_use]
    pub fn ns_an_instance(self) -> Option<u64> {
        match self {
            Self::Accesses | Self::Lanes | Self::InTheWay | Self::Changes => None,
            Self::Columns => Some(7),
            Self::Candidates => Some(60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_told_as_the_dearest() {
        assert_eq!(Cost::of("fit index"), Cost::Accesses);
        assert_eq!(Cost::of("a new path"), Cost::Candidates);
        let costs = [Cost::Accesses, Cost::Lanes, Cost::InTheWay, Cost::Columns, Cost::Candidates];
        assert!(costs.is_sorted_by_key(|cost| cost.ns_an_instance()), "those that grow with the fleet come last");
    }
}
