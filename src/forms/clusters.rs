//! Services of several clusters in one file: one cluster is simulated at a time.

use super::Forms;
use super::values::{counted, last_segment};

/// Something of a cluster, with its place.
pub(super) struct OfCluster<T> {
    /// The cluster's name or ARN, as far as it is known.
    pub(super) cluster: Option<String>,
    /// The path in the file.
    pub(super) member: String,
    pub(super) what: T,
}

/// What is of the cluster that is meant: the one that was chosen, else the only one. Several are told, and those of the
/// first are read.
pub(super) fn choose<T>(forms: &mut Forms<'_>, file: &str, all: Vec<OfCluster<T>>) -> (Option<String>, Vec<T>) {
    let name_of = |one: &OfCluster<T>| one.cluster.as_deref().map(last_segment).map(str::to_owned);
    let first = all.iter().find_map(|one| Some((name_of(one)?, one.member.clone())));
    let Some((first, first_member)) = first else {
        return (None, all.into_iter().map(|one| one.what).collect());
    };
    let chosen = forms.hints.cluster.as_deref().map_or_else(|| first.clone(), |name| last_segment(name).to_owned());
    let (of_it, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| name_of(one).is_none_or(|name| name == chosen));
    if let Some(other) = others.first() {
        let name = name_of(other).unwrap_or_default();
        if forms.hints.cluster.is_some() {
            let count = counted(others.len(), "service");
            forms.note(format!("{file}: {count} of other clusters than `{chosen}` are left out"));
        } else {
            let name = name.escape_debug();
            let message = format!("cluster `{name}`, but `{first_member}` is of cluster `{}`", first.escape_debug());
            let help = format!("choose one by `--cluster {first}` or `--cluster {name}`");
            forms.refuse(file, &other.member, message, help);
        }
    }
    (Some(chosen), of_it.into_iter().map(|one| one.what).collect())
}
