//! Services with their terms, and the calls of RunTask and StartTask.

use std::collections::BTreeMap;

use super::text::{list, quoted};
use super::{Question, Writer};
use crate::aws::snapshot::{Breaker, Call, CallPlacement, Rebalancing, ServiceEntry, Snapshot};
use crate::model::{Cleanup, DeploymentStrategy, EarlySuccess, SimSpan, Staged, Threshold, Traffic};

impl Writer {
    pub(super) fn services(&mut self, snapshot: &Snapshot, referred: &BTreeMap<String, String>, question: Question) {
        for service in &snapshot.services {
            self.line("\n[[services]]");
            self.set("name", quoted(&service.name));
            self.set("task-definition", quoted(&referred[&service.definition]));
            if service.is_daemon {
                self.set("scheduling-strategy", quoted("DAEMON"));
            } else {
                self.set("desired-count", service.desired_count);
            }
            self.strategy(service.strategy.as_ref());
            self.constraints(&service.constraints);
            self.terms(service);
            if let Some(seconds) = snapshot.definitions[&service.definition].healthy_after {
                self.set("healthy-after", quoted(&format!("{seconds}s")));
            }
            let group = format!("service:{}", service.name);
            let of_group = snapshot.running.iter().filter(|tasks| tasks.group == group);
            let running: u64 = of_group.flat_map(|tasks| tasks.places.values()).map(|count| u64::from(*count)).sum();
            if question == Question::GoOn && !service.is_daemon && running > u64::from(service.desired_count) {
                let what = format!("{} ({running} for {})", service.name, service.desired_count);
                self.notes.about("services of which more tasks run than they want: none of them is stopped", &what);
            }
        }
    }

    pub(super) fn calls(&mut self, snapshot: &Snapshot, referred: &BTreeMap<String, String>) {
        for Call { definition, placed, group, demand, started_by, providers, subnets, place: _ } in &snapshot.calls {
            self.line("\n[[tasks]]");
            self.set("task-definition", quoted(&referred[definition]));
            if let CallPlacement::Named(positions) = placed {
                let names = positions.iter().map(|&position| quoted(&snapshot.instances[position].name));
                self.set("container-instances", list(names));
            }
            if let CallPlacement::Chosen { count, .. } = placed {
                self.set("count", count);
            }
            if let Some(group) = group {
                self.set("group", quoted(group));
            }
            if let Some(label) = started_by {
                self.set("started-by", quoted(label));
            }
            if let Some(demand) = demand {
                self.sizes(demand, &snapshot.definitions[definition].task.demand);
            }
            if let CallPlacement::Chosen { strategy, constraints, .. } = placed {
                self.strategy(strategy.as_ref());
                self.constraints(constraints);
            }
            self.shares(providers);
            self.subnets(subnets);
        }
    }

    /// How a service is kept and deployed, and where its tasks may run.
    fn terms(&mut self, service: &ServiceEntry) {
        let terms = &service.terms;
        if let Some(percent) = terms.minimum_healthy_percent {
            self.set("minimum-healthy-percent", percent);
        }
        if let Some(percent) = terms.maximum_percent {
            self.set("maximum-percent", percent);
        }
        if let Some(breaker) = &terms.breaker {
            self.breaker(*breaker);
        }
        self.deployment(terms.deployment);
        if !service.is_daemon {
            self.set("availability-zone-rebalancing", terms.rebalancing == Rebalancing::On);
        }
        self.shares(&terms.providers);
        self.subnets(&terms.subnets);
    }

    /// How a service is deployed; a plain rolling deployment is the default.
    fn deployment(&mut self, deployment: DeploymentStrategy) {
        let span = |span: SimSpan| quoted(&format!("{}m", span.0 / 60_000));
        let percent = |tenths: u32| format!("{}.{}", tenths / 10, tenths % 10);
        let rest = match deployment {
            DeploymentStrategy::Rolling { early_success: None } => return,
            DeploymentStrategy::Rolling { early_success: Some(EarlySuccess { healthy_percent, cleanup }) } => {
                let cleanup = if cleanup == Cleanup::Deferred { "DEFERRED" } else { "BLOCKING" };
                let cleanup = quoted(cleanup);
                format!("early-success = {{ healthy-percent = {healthy_percent}, source-cleanup = {cleanup} }}")
            }
            DeploymentStrategy::Staged(Staged { traffic, bake, .. }) => {
                let bake = format!("bake-time = {}", span(bake));
                match traffic {
                    Traffic::AtOnce => bake,
                    Traffic::Linear { step_tenths, step_bake } => {
                        let step = format!("step-percent = {}", percent(step_tenths));
                        format!("{bake}, {step}, step-bake-time = {}", span(step_bake))
                    }
                    Traffic::Canary { tenths, bake: watched } => {
                        let part = format!("canary-percent = {}", percent(tenths));
                        format!("{bake}, {part}, canary-bake-time = {}", span(watched))
                    }
                }
            }
        };
        self.set("deployment-configuration", format!("{{ strategy = {}, {rest} }}", quoted(deployment.name())));
    }

    fn breaker(&mut self, breaker: Breaker) {
        let (kind, value) = match breaker.threshold {
            Threshold::Count(value) => ("COUNT", value),
            Threshold::BoundedPercent(value) => ("BOUNDED_PERCENT", value),
            Threshold::UnboundedPercent(value) => ("UNBOUNDED_PERCENT", value),
        };
        let Breaker { rollback, resets, .. } = breaker;
        let kind = quoted(kind);
        let threshold = format!("threshold-type = {kind}, threshold-value = {value}");
        let rest = format!("rollback = {rollback}, reset-on-healthy-task = {resets}");
        self.set("circuit-breaker", format!("{{ {threshold}, {rest} }}"));
    }

    fn subnets(&mut self, subnets: &[String]) {
        if !subnets.is_empty() {
            self.set("subnets", list(subnets.iter().map(|subnet| quoted(subnet))));
        }
    }
}
