//! N >= k: tasks of one group that each ask for distinctInstance, and tasks that take one static port, lie on as many
//! instances as there are of them.

use std::collections::BTreeMap;

use super::Packing;

/// The most tasks of a distinctInstance group or with a port.
pub(crate) fn bound(packing: &Packing) -> u64 {
    let (mut groups, mut ports) = (BTreeMap::new(), BTreeMap::new());
    for item in &packing.items {
        item.distinct.iter().for_each(|&group| *groups.entry(group).or_insert(0) += item.count);
        item.ports.iter().for_each(|&port| *ports.entry(port).or_insert(0) += item.count);
    }
    groups.into_values().chain(ports.into_values()).max().unwrap_or(0)
}
