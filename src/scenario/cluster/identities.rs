//! The `identities` of instances: their names, and what of each is not as it registered.

use super::FleetBuilder;
use crate::model::{Identity, Others};
use crate::query::Instant;
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::limits;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// The `identities` of an entry, which stand for its `count`.
pub(super) fn read(entry: &Table<'_>, item: &Item<'_>, builder: &mut FleetBuilder<'_>) -> Vec<Identity> {
    if let Some(count) = entry.get("count") {
        let problem = Problem::new(Rule::Conflict, "instances have a `count` and `identities`");
        count.report(problem.label("one too many").help("leave `count` out: each identity is an instance"));
    }
    let tables = entry.tables("identities", &keys::IDENTITY);
    if tables.is_empty() {
        item.report(Problem::new(Rule::EmptyCluster, "`identities` is empty").label("no instances").help("name one"));
    }
    let read = |table: &Table<'_>| {
        let name = table.get("name")?;
        let text = name.name()?;
        if !builder.names.insert(text.to_owned()) {
            let message = format!("instance `{}` is given twice", text.escape_debug());
            name.report(Problem::new(Rule::DuplicateName, message).help("give each name once"));
        }
        let at = table.get("registered-at").and_then(|item| {
            let is_instant = |text: &str| Instant::parse(text).is_some();
            item.text_of("a time such as 2018-06-18T22:28:28Z", is_instant).and_then(Instant::parse)
        });
        let ec2 = table.get("ec2-instance-id").and_then(|item| item.name());
        let (name, ec2_instance_id) = (text.to_owned(), ec2.map(str::to_owned));
        let amount = |key, most| table.or_default(key).integer_u32(0..=most).unwrap_or_default();
        let others = Others {
            tasks: amount("other-tasks", limits::OTHER_TASKS),
            cpu: amount("other-cpu", limits::CPU),
            memory: amount("other-memory", limits::MEMORY),
            surplus_cpu: surplus(table, "surplus-cpu", "cpu", entry, limits::CPU),
            surplus_memory: surplus(table, "surplus-memory", "memory", entry, limits::MEMORY),
        };
        Some(Identity { name, ec2_instance_id, registered_at: at.map(Instant::seconds), others })
    };
    tables.iter().filter_map(read).collect()
}

/// What an instance shows beyond what it registered, which is less than all that it shows.
fn surplus(table: &Table<'_>, key: &'static str, of: &'static str, entry: &Table<'_>, most: u32) -> u32 {
    let Some(item) = table.get(key) else { return 0 };
    let whole = entry.get(of).and_then(|item| item.value().as_integer()?.as_str().parse::<u32>().ok());
    item.integer_u32(0..=whole.unwrap_or(most).saturating_sub(1)).unwrap_or_default()
}
