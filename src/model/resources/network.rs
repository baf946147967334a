//! Where the network and the platform of a task let it run (R-1.2, U-18).

use super::{InstanceClass, VPC_ATTRIBUTE};
use super::{OS_FAMILY_ATTRIBUTE, OS_TYPE_ATTRIBUTE};
use crate::model::units::ZoneId;
use crate::query::Expression;

/// The network of a task in `awsvpc` mode: its subnets, as far as they say where it may run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TaskNetwork {
    /// Ids of its subnets, as they are given.
    pub subnets: Vec<String>,
    /// The zones of its subnets among those of the fleet, ascending. `None` where no subnet is given or the zone of one is
    /// not known: then no instance is refused for its zone.
    pub zones: Option<Vec<ZoneId>>,
    /// The VPC of its subnets, where it is known.
    pub vpc: Option<String>,
}

impl TaskNetwork {
    /// Whether instances of a class are in the zone of a subnet. Of an instance whose zone is not known that cannot be told.
    #[must_use]
    pub fn admits_zone(&self, class: &InstanceClass) -> bool {
        self.zones.as_ref().is_none_or(|zones| !class.knows_zone() || zones.binary_search(&class.zone).is_ok())
    }

    /// Whether instances of a class may be in the VPC of the subnets: they say no other one.
    #[must_use]
    pub fn admits_vpc(&self, class: &InstanceClass) -> bool {
        let Some(vpc) = &self.vpc else { return true };
        class.attribute(VPC_ATTRIBUTE).flatten().is_none_or(|of_instance| of_instance == vpc)
    }
}

/// What a task definition says of the operating system and the processor (`runtimePlatform`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Platform {
    /// The operating system family, such as `LINUX` or `WINDOWS_SERVER_2022_CORE`: instances of another take no task.
    pub os_family: Option<String>,
    /// The architecture as instances name it, `x86_64` or `arm64`: nothing is refused for it, and a mismatch is warned of.
    pub cpu_architecture: Option<String>,
}

impl Platform {
    /// What must hold of an instance (U-18): its family is that of the definition; where it tells none, its system is.
    ///
    /// ```
    /// use stowplan::model::Platform;
    ///
    /// let platform = Platform { os_family: Some("LINUX".to_owned()), ..Platform::default() };
    /// let holds = "attribute:ecs.os-family == LINUX or attribute:ecs.os-family !exists and attribute:ecs.os-type == linux";
    /// assert_eq!(platform.expression().unwrap().to_string(), holds);
    /// ```
    ///
    /// # Panics
    /// If the family is no word: that is refused where it is read.
    #[must_use]
    pub fn expression(&self) -> Option<Expression> {
        let family = self.os_family.as_deref()?;
        let text = format!(
            "attribute:{OS_FAMILY_ATTRIBUTE} == {family} or attribute:{OS_FAMILY_ATTRIBUTE} !exists and \
             attribute:{OS_TYPE_ATTRIBUTE} == {}",
            os_type(family)
        );
        Some(Expression::parse(&text).expect("a family is a word"))
    }
}

/// The operating system of a family, as the attribute `ecs.os-type` names it.
#[must_use]
pub fn os_type(family: &str) -> &'static str {
    if family.starts_with("WINDOWS") { "windows" } else { "linux" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resources::ZONE_ATTRIBUTE;

    #[test]
    fn zones_and_vpc_refuse_only_what_is_known_to_be_elsewhere() {
        let mut class = InstanceClass::new(ZoneId(1), "b", 1, 1);
        let network = |zones: Option<&[u32]>, vpc: Option<&str>| TaskNetwork {
            zones: zones.map(|zones| zones.iter().copied().map(ZoneId).collect()),
            vpc: vpc.map(str::to_owned),
            ..TaskNetwork::default()
        };
        for (zones, admitted) in [(None, true), (Some(&[0, 1][..]), true), (Some(&[0, 2]), false), (Some(&[]), false)] {
            assert_eq!(network(zones, None).admits_zone(&class), admitted, "{zones:?}");
        }
        assert!(network(None, Some("vpc-1")).admits_vpc(&class), "the instance tells none");
        class.attributes.insert(VPC_ATTRIBUTE.to_owned(), Some("vpc-1".to_owned()));
        assert!(network(None, Some("vpc-1")).admits_vpc(&class) && network(None, None).admits_vpc(&class));
        assert!(!network(None, Some("vpc-2")).admits_vpc(&class));
        class.attributes.remove(ZONE_ATTRIBUTE);
        assert!(network(Some(&[0]), None).admits_zone(&class), "its zone is not known");
    }
}
