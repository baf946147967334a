//! Old names and the new ones that stand for them.

use std::collections::{BTreeMap, BTreeSet};

use crate::query::{Renaming, Subject};

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noun {
    Account,
    Attribute,
    Cluster,
    Container,
    Deployment,
    Device,
    Ec2Instance,
    Family,
    Group,
    Image,
    Instance,
    Label,
    Other,
    Provider,
    Service,
    Task,
    Value,
}

impl Noun {
    /// The new name of a number, which has so many digits.
    fn name(self, number: usize, width: usize) -> String {
        let word = match self {
            Self::Account => return format!("{number:012}"),
            Self::Ec2Instance => return format!("i-{number:017x}"),
            Self::Instance | Self::Task => return format!("{number:032x}"),
            Self::Deployment => return format!("{number:019}"),
            Self::Attribute => "attribute",
            Self::Cluster => "cluster",
            Self::Container => "container",
            Self::Device => "GPU",
            Self::Family => "family",
            Self::Group => "group",
            Self::Image => "image",
            Self::Label => "label",
            Self::Other => "name",
            Self::Provider => "provider",
            Self::Service => "service",
            Self::Value => "value",
        };
        format!("{word}-{number:0width$}")
    }
}

/// All names of the documents. Before they are numbered a name is noted and stays; after that it gets its new one.
#[derive(Debug, Default)]
pub(super) struct Names {
    seen: BTreeSet<(Noun, String)>,
    new: BTreeMap<(Noun, String), String>,
    values: BTreeMap<String, BTreeSet<String>>,
    groups: BTreeSet<String>,
    is_numbered: bool,
}

/// Attributes of ECS whose values tell whose cluster it is.
const TELLING: [&str; 5] = ["ecs.ami-id", "ecs.awsvpc-trunk-id", "ecs.outpost-arn", "ecs.subnet-id", "ecs.vpc-id"];

impl Names {
    /// Gives every name that was seen its new one.
    pub(super) fn number(&mut self) {
        let mut by_noun: BTreeMap<Noun, Vec<&String>> = BTreeMap::new();
        for (noun, name) in &self.seen {
            by_noun.entry(*noun).or_default().push(name);
        }
        let mut new = BTreeMap::new();
        for (noun, mut names) in by_noun {
            if noun == Noun::Family {
                // Definitions stand in the order of `family:revision`.
                names.sort_by_key(|name| format!("{name}:"));
            }
            let width = names.len().to_string().len();
            for (number, name) in (1..).zip(names) {
                let named =
                    if noun == Noun::Group { group_name(name, number, width) } else { noun.name(number, width) };
                new.insert((noun, name.clone()), named);
            }
        }
        self.new = new;
        self.is_numbered = true;
    }

    pub(super) fn of(&mut self, noun: Noun, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let key = (noun, name.to_owned());
        if !self.is_numbered {
            self.seen.insert(key);
            return name.to_owned();
        }
        self.new.get(&key).cloned().unwrap_or_else(|| "unseen".to_owned())
    }

    /// A provider; those of Fargate are names of AWS.
    pub(super) fn provider(&mut self, name: &str) -> String {
        if name.starts_with("FARGATE") { name.to_owned() } else { self.of(Noun::Provider, name) }
    }

    /// `service:web`, `family:web`, or a name that somebody chose.
    pub(super) fn group(&mut self, group: &str) -> String {
        if !self.is_numbered {
            self.groups.insert(group.to_owned());
        }
        match group.split_once(':') {
            Some(("service", name)) => format!("service:{}", self.of(Noun::Service, name)),
            Some(("family", name)) => format!("family:{}", self.of(Noun::Family, name)),
            _ => self.of(Noun::Group, group),
        }
    }

    /// `family`, `family:revision`.
    pub(super) fn reference(&mut self, reference: &str) -> String {
        match reference.split_once(':') {
            Some((family, revision)) => format!("{}:{revision}", self.of(Noun::Family, family)),
            None => self.of(Noun::Family, reference),
        }
    }

    pub(super) fn attribute_name(&mut self, name: &str) -> String {
        if is_of_aws(name) { name.to_owned() } else { self.of(Noun::Attribute, name) }
    }

    /// The value of an attribute. What ECS sets stays unless it tells whose it is, and so do numbers, which are compared.
    pub(super) fn attribute_value(&mut self, attribute: &str, value: &str) -> String {
        if keeps_values(attribute) || is_plain(value) {
            return value.to_owned();
        }
        if !self.is_numbered {
            self.values.entry(attribute.to_owned()).or_default().insert(value.to_owned());
        }
        self.of(Noun::Value, value)
    }

    /// An image: the registry of an account keeps its form, from which a requirement follows.
    pub(super) fn image(&mut self, image: &str) -> String {
        let Some((registry, repository)) = image.split_once(".dkr.ecr.") else { return self.of(Noun::Image, image) };
        let account = self.of(Noun::Account, registry);
        let (host, name) = repository.split_once('/').unwrap_or((repository, "image"));
        format!("{account}.dkr.ecr.{host}/{}", self.of(Noun::Image, name))
    }
}

impl Renaming for Names {
    fn attribute(&mut self, name: &str) -> String {
        self.attribute_name(name)
    }

    fn text(&mut self, subject: Subject<'_>, text: &str) -> String {
        match subject {
            Subject::Ec2InstanceId => self.of(Noun::Ec2Instance, text),
            Subject::Group => self.group(text),
            Subject::Attribute(name) => self.attribute_value(name, text),
        }
    }

    fn known(&self, subject: Subject<'_>) -> Option<Vec<String>> {
        if !self.is_numbered {
            return None;
        }
        match subject {
            Subject::Ec2InstanceId => {
                let ids = self.seen.iter().filter(|(noun, _)| *noun == Noun::Ec2Instance);
                Some(ids.map(|(_, id)| id.clone()).collect())
            }
            Subject::Group => Some(self.groups.iter().cloned().collect()),
            Subject::Attribute(name) if keeps_values(name) => None,
            Subject::Attribute(name) => Some(self.values.get(name).into_iter().flatten().cloned().collect()),
        }
    }
}

/// The new name of a group that somebody chose: it stands to `family:…` and `service:…` as the old one did.
fn group_name(old: &str, number: usize, width: usize) -> String {
    let word = match old {
        old if old < "family:" => "custom",
        old if old < "service:" => "group",
        _ => "tasks",
    };
    format!("{word}-{number:0width$}")
}

/// Whether an attribute is one of ECS.
pub(super) fn is_of_aws(name: &str) -> bool {
    name.starts_with("ecs.") || name.starts_with("com.amazonaws.") || name.starts_with("aws:")
}

fn keeps_values(attribute: &str) -> bool {
    is_of_aws(attribute) && !TELLING.contains(&attribute)
}

/// Whether a text says nothing of anybody: a number, a version or a flag.
pub(super) fn is_plain(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.len() < 12;
    is_number || matches!(text, "true" | "false")
}
