//! Placement strategies and constraints as a scenario writes them: in the words of the API.

use super::Writer;
use super::text::{list, quoted};
use crate::model::{Constraint, PackedResource, Rule, SpreadField, Strategy};

impl Writer {
    pub(super) fn strategy(&mut self, strategy: Option<&Strategy>) {
        let Some(Strategy(rules)) = strategy else { return };
        let rule = |rule: &Rule| match rule {
            Rule::Random => "{ type = \"random\" }".to_owned(),
            Rule::Custom(custom) => format!("{{ type = {} }}", quoted(custom.name())),
            Rule::Spread(SpreadField::InstanceId) => "{ type = \"spread\", field = \"instanceId\" }".to_owned(),
            Rule::Spread(SpreadField::Attribute(name)) => {
                format!("{{ type = \"spread\", field = {} }}", quoted(&format!("attribute:{name}")))
            }
            Rule::Binpack(PackedResource::Cpu) => "{ type = \"binpack\", field = \"cpu\" }".to_owned(),
            Rule::Binpack(PackedResource::Memory) => "{ type = \"binpack\", field = \"memory\" }".to_owned(),
        };
        self.set("placementStrategy", list(rules.iter().map(rule)));
    }

    pub(super) fn constraints(&mut self, constraints: &[Constraint]) {
        if constraints.is_empty() {
            return;
        }
        let constraint = |constraint: &Constraint| match constraint {
            Constraint::DistinctInstance => "{ type = \"distinctInstance\" }".to_owned(),
            Constraint::MemberOf(expression) => {
                format!("{{ type = \"memberOf\", expression = {} }}", quoted(&expression.to_string()))
            }
        };
        self.set("placementConstraints", list(constraints.iter().map(constraint)));
    }
}
