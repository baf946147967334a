//! One service of a compose file as a container.

use serde_json::{Map, Value, json};

use super::super::values::list;
use super::sizes::{cpu_units, mebibytes};
use super::variables::Variables;

/// The memory that `ecs-cli` gives to a container without any.
const USUAL_MEMORY_MIB: u64 = 512;

/// A container, and what was said of it.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) container: Value,
    pub(super) notes: Vec<String>,
    /// Members that are wrong, with a message.
    pub(super) wrong: Vec<(String, String)>,
}

/// Reads a service; the parameters of the same name come before its own members.
pub(super) fn read(at: &str, name: &str, service: &Value, params: &Value, variables: &mut Variables<'_>) -> Read {
    let mut read = Read { container: json!({ "name": name }), ..Read::default() };
    if let Some(image) = service.get("image").and_then(|image| variables.try_fill(image)) {
        read.container["image"] = Value::from(image);
    }
    let own = params.get("task_definition").and_then(|all| all.get("services")?.get(name));
    let mut sizes = Sizes { at, service, own, variables };
    sizes.all(&mut read);
    let is_essential = own.and_then(|own| own.get("essential")).and_then(Value::as_bool);
    if let Some(is_essential) = is_essential {
        read.container["essential"] = Value::from(is_essential);
    }
    let mut mappings = Vec::new();
    for (position, port) in list(service, "ports").iter().enumerate() {
        let member = format!("{at}.ports[{position}]");
        match ports(port, &member, variables) {
            Some(found) => mappings.extend(found),
            None => read.wrong.push((member, "no port that is known here".to_owned())),
        }
    }
    read.container["portMappings"] = Value::Array(mappings);
    let deploy = service.get("deploy");
    for (place, count) in
        [("deploy.replicas", deploy.and_then(|deploy| deploy.get("replicas"))), ("scale", service.get("scale"))]
    {
        if let Some(count) = count.and_then(|count| variables.try_fill(count)).filter(|count| count != "1") {
            let what = "is not read: `ecs-cli` makes one service of the whole file, of 1 task";
            read.notes.push(format!("{at}.{place} = {} {what}", count.escape_debug()));
        }
    }
    read
}

struct Sizes<'s, 'v, 'h> {
    at: &'s str,
    service: &'s Value,
    own: Option<&'s Value>,
    variables: &'v mut Variables<'h>,
}

impl Sizes<'_, '_, '_> {
    fn all(&mut self, read: &mut Read) {
        if let Some(cpu) = self.size(&["cpu_shares"], whole, read) {
            read.container["cpu"] = Value::from(cpu);
        } else if let Some(cpu) =
            self.size(&["cpus"], cpu_units, read).or_else(|| self.deployed("cpus", cpu_units, read))
        {
            read.container["cpu"] = Value::from(cpu);
        }
        let memory = self.size(&["mem_limit"], mebibytes, read);
        let memory = memory.or_else(|| self.of_deploy("limits", "memory", mebibytes, read));
        let reserved = self.size(&["mem_reservation"], mebibytes, read);
        let reserved = reserved.or_else(|| self.of_deploy("reservations", "memory", mebibytes, read));
        if memory.is_none() && reserved.is_none() {
            let at = self.at;
            read.notes.push(format!("{at} has no memory; `ecs-cli` gives it {USUAL_MEMORY_MIB} MiB"));
            read.container["memory"] = Value::from(USUAL_MEMORY_MIB);
        }
        if let Some(memory) = memory {
            read.container["memory"] = Value::from(memory);
        }
        if let Some(reserved) = reserved {
            read.container["memoryReservation"] = Value::from(reserved);
        }
        if let Some(gpus) = self.size(&["gpu"], whole, read).or_else(|| self.devices()) {
            read.container["resourceRequirements"] = json!([{ "type": "GPU", "value": gpus.to_string() }]);
        }
    }

    /// A member of the parameters, or else of the service.
    fn size(&mut self, names: &[&str], parse: fn(&str) -> Option<u64>, read: &mut Read) -> Option<u64> {
        let member = names[0];
        let value = self.own.and_then(|own| own.get(member)).or_else(|| self.service.get(member))?.clone();
        self.parsed(&value, member, parse, read)
    }

    /// CPU that is reserved, or else the limit.
    fn deployed(&mut self, name: &str, parse: fn(&str) -> Option<u64>, read: &mut Read) -> Option<u64> {
        self.of_deploy("reservations", name, parse, read).or_else(|| self.of_deploy("limits", name, parse, read))
    }

    fn of_deploy(&mut self, kind: &str, name: &str, parse: fn(&str) -> Option<u64>, read: &mut Read) -> Option<u64> {
        let value = self.service.pointer(&format!("/deploy/resources/{kind}/{name}"))?.clone();
        self.parsed(&value, &format!("deploy.resources.{kind}.{name}"), parse, read)
    }

    fn parsed(&mut self, value: &Value, member: &str, parse: fn(&str) -> Option<u64>, read: &mut Read) -> Option<u64> {
        let member = format!("{}.{member}", self.at);
        let text = self.variables.fill(value, &member)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            read.wrong.push((member, format!("`{}` is no amount", text.escape_debug())));
        }
        parsed
    }

    /// GPUs by `deploy.resources.reservations.devices`.
    fn devices(&self) -> Option<u64> {
        let devices = self.service.pointer("/deploy/resources/reservations/devices")?.as_array()?;
        let is_gpu = |device: &&Value| list(device, "capabilities").iter().any(|one| one == "gpu");
        let count = |device: &Value| device.get("count").and_then(Value::as_u64).unwrap_or(1);
        let gpus = devices.iter().filter(is_gpu).map(count).sum::<u64>();
        (gpus > 0).then_some(gpus)
    }
}

fn whole(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Port mappings of `"80:8080/tcp"`, of a range, or of the long form.
fn ports(port: &Value, member: &str, variables: &mut Variables<'_>) -> Option<Vec<Value>> {
    if let Some(long) = port.as_object() {
        return long_form(long, member, variables).map(|mapping| vec![mapping]);
    }
    let Some(text) = variables.fill(port, member) else { return Some(Vec::new()) };
    let (text, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
    let mut parts = text.rsplitn(3, ':');
    let container = range(parts.next()?)?;
    let host = parts.next().filter(|host| !host.is_empty()).map(range);
    let host = match host {
        Some(host) => Some(host?),
        None => None,
    };
    if let Some(host) = &host
        && host.len() != container.len()
    {
        return None;
    }
    let mapping = |(position, container): (usize, u16)| {
        let host = host.as_ref().map_or(0, |host| host[position]);
        json!({ "containerPort": container, "hostPort": host, "protocol": protocol })
    };
    Some(container.into_iter().enumerate().map(mapping).collect())
}

fn long_form(long: &Map<String, Value>, member: &str, variables: &mut Variables<'_>) -> Option<Value> {
    let container: u16 = variables.fill(long.get("target")?, member)?.parse().ok()?;
    let host: u16 = match long.get("published") {
        Some(published) => variables.fill(published, member)?.parse().ok()?,
        None => 0,
    };
    let protocol = long.get("protocol").and_then(Value::as_str).unwrap_or("tcp");
    Some(json!({ "containerPort": container, "hostPort": host, "protocol": protocol }))
}

/// `3000` or `3000-3005`.
fn range(text: &str) -> Option<Vec<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last && last - first < 1_000).then(|| (first..=last).collect())
}
