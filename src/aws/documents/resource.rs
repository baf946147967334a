//! One amount of a container instance: CPU, memory, ports, GPUs.
//!
//! Ports and GPUs are sets of opposite meaning: `PORTS` lists what is taken, `GPU` what there is or what is free.

use crate::aws::reading::check::{Check, Checker};
use crate::model::{Port, Protocol};

documents! {
    /// A named amount or set.
    Resource {
        name: text,
        #[serde(rename = "type")]
        kind: text,
        double_value: real,
        long_value: whole,
        integer_value: whole,
        string_set_value: texts,
    }
}

impl Resource {
    /// A whole amount.
    #[must_use]
    pub fn integer(name: &str, value: u32) -> Self {
        Self {
            name: Some(name.to_owned()),
            kind: Some("INTEGER".to_owned()),
            integer_value: Some(i64::from(value)),
            ..Self::default()
        }
    }

    /// A set of texts.
    #[must_use]
    pub fn set(name: &str, values: impl IntoIterator<Item = String>) -> Self {
        Self {
            name: Some(name.to_owned()),
            kind: Some("STRINGSET".to_owned()),
            string_set_value: values.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The amount, in whichever of its number members the type says; `None` for a set or without a number.
    #[must_use]
    pub fn amount(&self) -> Option<i64> {
        let whole_of = |value: f64| (value.fract() == 0.0).then(|| format!("{value:.0}").parse().ok()).flatten();
        match self.kind.as_deref() {
            Some("LONG") => self.long_value,
            Some("DOUBLE") => self.double_value.and_then(whole_of),
            Some("STRINGSET") => None,
            _ => self.integer_value.or(self.long_value),
        }
    }
}

/// The resource of that name.
pub(crate) fn find<'r>(resources: &'r [Resource], name: &str) -> Option<&'r Resource> {
    resources.iter().find(|resource| resource.name.as_deref() == Some(name))
}

/// The ports that are taken, ascending. Port 0 stands for a dynamic one and takes nothing; what is no port was reported.
pub(crate) fn ports(resources: &[Resource]) -> Vec<Port> {
    let of = |name, protocol| {
        let texts = find(resources, name).map(|resource| resource.string_set_value.as_slice()).unwrap_or_default();
        texts.iter().filter_map(move |text| {
            let number: u16 = text.parse().ok().filter(|number| *number > 0)?;
            Some(Port { number, protocol })
        })
    };
    let mut ports: Vec<Port> = of("PORTS", Protocol::Tcp).chain(of("PORTS_UDP", Protocol::Udp)).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

impl Check for Resource {
    fn check(&self, at: &mut Checker) {
        at.required("name", self.name.as_deref());
        at.word("type", self.kind.as_deref(), &["INTEGER", "LONG", "DOUBLE", "STRINGSET"]);
        let name = self.name.as_deref().unwrap_or_default();
        if ["CPU", "MEMORY"].contains(&name) && self.amount().is_none() {
            let message = format!("{name} has no whole number");
            at.report("", message, "ECS gives `integerValue` with the type INTEGER");
        }
        if ["PORTS", "PORTS_UDP"].contains(&name) {
            at.each_by("stringSetValue", &self.string_set_value, |port, at| {
                if port.parse::<u16>().is_err() {
                    let message = format!("`{}` is no port", port.escape_debug());
                    at.report("", message, "ports are numbers from 1 to 65535");
                }
            });
        }
    }
}
