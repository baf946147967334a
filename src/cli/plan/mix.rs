//! `stowplan plan mix`.

use std::fmt::Write as _;

use super::args::{Architecture, MixArguments};
use super::{Answered, ask};
use crate::model::{Fleet, InstanceClass, Policy, Scenario};
use crate::planning::Load;
use crate::planning::mix::{Question, Spot, answer, mix, offered};
use crate::scenario::catalogue::{self, InstanceType};

pub(super) fn run(arguments: &MixArguments) -> anyhow::Result<Answered> {
    let subject = ask::subject(&arguments.common)?;
    let types = types(arguments, &subject.scenario)?;
    let classes = classes(&types, &subject.scenario, &arguments.zone)?;
    let load = Load::of(&subject.scenario, subject.factor);
    let offered = offered(&load, &classes);
    let spot = arguments.spot_share.zip(arguments.spot_discount).map(|(share, discount)| Spot { share, discount });
    let question = Question { spot, most: usize::try_from(arguments.most)? };
    let policies: Vec<&Policy> = subject.scenario.policies.iter().collect();
    let answer = ask::work(&arguments.common, |watch| {
        let all: Vec<_> = policies.iter().map(|policy| mix(&load, &offered, policy, question, watch)).collect();
        answer(&offered, &policies, question, &all)
    })?;
    Ok(Answered { answer, subject, packings: Vec::new(), certificates: Vec::new() })
}

/// The types that may be bought, by name; without any those of the present fleet.
fn types(arguments: &MixArguments, scenario: &Scenario) -> anyhow::Result<Vec<&'static InstanceType>> {
    let mut patterns: Vec<String> = arguments.r#type.clone();
    patterns.extend(arguments.type_family.iter().map(|family| format!("{family}.*")));
    if patterns.is_empty() {
        let mut names: Vec<String> =
            scenario.fleet.classes.iter().filter_map(|class| class.instance_type.clone()).collect();
        names.sort();
        names.dedup();
        names.retain(|name| catalogue::find(name).is_some_and(|one| one.price.is_some()));
        anyhow::ensure!(
            !names.is_empty(),
            "no instance of the fleet has a type of the catalogue; say `--type` or `--family`"
        );
        patterns = names;
    }
    let mut types: Vec<&InstanceType> = Vec::new();
    for pattern in &patterns {
        types.extend(matching(pattern)?);
    }
    types.retain(|one| match arguments.architecture {
        None => true,
        Some(Architecture::X86) => one.architecture == catalogue::Architecture::X86,
        Some(Architecture::Arm) => one.architecture == catalogue::Architecture::Arm,
    });
    types.sort_by_key(|one| one.name);
    types.dedup_by_key(|one| one.name);
    anyhow::ensure!(!types.is_empty(), "no type is left of that architecture");
    anyhow::ensure!(types.len() <= 400, "{} types are more than 400; name families", types.len());
    Ok(types)
}

/// The types that a name or a name with stars means. Of stars, types without a price are left out.
fn matching(pattern: &str) -> anyhow::Result<Vec<&'static InstanceType>> {
    let shown = pattern.escape_debug();
    if !pattern.contains('*') {
        let Some(found) = catalogue::find(pattern) else {
            let near = catalogue::nearest(pattern).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            anyhow::bail!("the instance type `{shown}` is not known{near}");
        };
        anyhow::ensure!(
            found.price.is_some(),
            "the price of `{shown}` is not known, so that it cannot be compared; leave it out"
        );
        return Ok(vec![found]);
    }
    let parts: Vec<&str> = pattern.split('*').collect();
    let matches = |name: &str| {
        let Some(mut rest) = name.strip_prefix(parts[0]) else { return false };
        for (position, part) in parts.iter().enumerate().skip(1) {
            let is_last = position + 1 == parts.len();
            match if is_last {
                rest.ends_with(part).then_some(rest.len())
            } else {
                rest.find(part).map(|at| at + part.len())
            } {
                Some(at) => rest = &rest[at..],
                None => return false,
            }
        }
        true
    };
    let found: Vec<&InstanceType> =
        catalogue::all().iter().filter(|one| matches(one.name) && one.price.is_some()).collect();
    anyhow::ensure!(!found.is_empty(), "no instance type with a known price is called `{shown}`");
    Ok(found)
}

/// A class of each type in each zone, as the scenario's own reader makes them, with what all present instances share.
fn classes(types: &[&InstanceType], scenario: &Scenario, zones: &[String]) -> anyhow::Result<Vec<InstanceClass>> {
    let fleet = &scenario.fleet;
    for zone in zones {
        anyhow::ensure!(
            fleet.zones.contains(zone),
            "there is no zone `{}`; the fleet has {}",
            zone.escape_debug(),
            fleet.zones.join(", ")
        );
    }
    let all: Vec<&String> = fleet.zones.iter().filter(|zone| *zone != Fleet::UNKNOWN_ZONE).collect();
    let chosen: Vec<&&String> = all.iter().filter(|zone| zones.is_empty() || zones.contains(zone)).collect();
    anyhow::ensure!(!chosen.is_empty(), "no zone of the fleet is known, so that no instance can be dealt");
    let names = all.iter().map(|zone| format!("{zone:?}")).collect::<Vec<_>>().join(", ");
    let mut text = format!("name = \"types\"\n[cluster]\nzones = [{names}]\n");
    for one in types {
        for zone in &chosen {
            let _ = write!(text, "[[cluster.instances]]\ntype = \"{}\"\nzones = [{zone:?}]\n", one.name);
        }
    }
    text.push_str("[[policies]]\nname = \"p\"\ntemplate = \"random\"\n");
    let loaded = crate::scenario::parse(&text, "types.toml".as_ref(), &[])
        .map_err(|error| anyhow::anyhow!("the types cannot be read: {}", error.problems[0]))?;
    let mut classes = loaded.scenario.fleet.classes;
    for class in &mut classes {
        let name = &loaded.scenario.fleet.zones[class.zone.index()];
        let at = fleet.zones.iter().position(|zone| zone == name).expect("zones are those of the fleet");
        class.zone = crate::model::ZoneId::from_index(at);
        share(fleet, class);
    }
    Ok(classes)
}

/// Custom attributes and the capacity provider, where all present instances have the same.
fn share(fleet: &Fleet, class: &mut InstanceClass) {
    let Some(first) = fleet.classes.first() else { return };
    for (name, value) in first.attributes.iter().filter(|(name, _)| !name.starts_with("ecs.")) {
        if fleet.classes.iter().all(|other| other.attributes.get(name) == Some(value)) {
            class.attributes.insert(name.clone(), value.clone());
        }
    }
    if fleet.classes.iter().all(|other| other.provider == first.provider) {
        class.provider = first.provider;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_mean_every_type_of_that_name_with_a_price() {
        let names = |pattern: &str| matching(pattern).map(|types| types.iter().map(|one| one.name).collect::<Vec<_>>());
        let m5 = names("m5.*").unwrap();
        assert!(m5.contains(&"m5.large") && m5.iter().all(|name| name.starts_with("m5.")), "{m5:?}");
        assert!(names("m5*.large").unwrap().contains(&"m5a.large"));
        assert_eq!(names("m5.large").unwrap(), ["m5.large"]);
        assert!(names("m5.lrage").unwrap_err().to_string().contains("did you mean `m5.large`"));
        assert!(names("zz*").is_err());
    }
}
