//! Dense typed indices: each names a row of one table of a run, so that tables are flat vectors.

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in its table.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of a position.
            ///
            /// # Panics
            /// If the position does not fit in 32 bits: no table of a run is that long.
            #[must_use]
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("tables of a run have fewer than 2^32 rows"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    )*};
}

ids! {
    /// A container instance: its position in the input, which is also the order of the `order` tie-break.
    InstanceId;
    /// A class of container instances that share everything but their name.
    ClassId;
    /// An availability zone of the fleet.
    ZoneId;
    /// A capacity provider of the scenario.
    ProviderId;
    /// A task definition of the scenario.
    DefinitionId;
    /// A task group, such as `service:api` or `family:report`.
    GroupId;
    /// A kind of placement request: one task definition in one group under one policy.
    RequestId;
}
