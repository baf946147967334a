//! Every default of a scenario file, in one place: what is not written has these values.
//!
//! A default that stands for a value is written as TOML, and the reader takes it on the same path as a written one.
//! The defaults that a scenario used are part of it, and so of the manifest of its results.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use toml::Spanned;
use toml::de::DeValue;

/// What a key means that is not written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Default {
    /// The key with the path of its table.
    pub(crate) key: &'static str,
    /// The value as TOML, or what holds instead, in words.
    pub(crate) value: Value,
    /// The rule, open point or reason behind it.
    pub(crate) source: &'static str,
}

/// The two kinds of default.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Toml(&'static str),
    Words(&'static str),
}

impl Value {
    pub(crate) fn text(&self) -> &'static str {
        match self {
            Self::Toml(text) | Self::Words(text) => text,
        }
    }
}

macro_rules! defaults {
    ($($key:literal = $kind:ident($value:literal), $source:literal;)*) => {
        /// All of them.
        pub(crate) const DEFAULTS: &[Default] =
            &[$(Default { key: $key, value: Value::$kind($value), source: $source },)*];
    };
}

defaults! {
    "description" = Toml("''"), "a description is optional";
    "seeds" = Toml("11"), "20 or more for a published study; what draws nothing runs once";
    "horizon" = Words("the last event"), "a run ends when nothing is left to happen";
    "snapshot" = Words("when no arrival and no happening is left"), "the fleet under its whole load";
    "policies" = Words("ecs-default: no strategy and no constraint"), "the defaults of ECS";
    "policies-override" = Toml("false"), "a strategy of a service or of tasks holds under every policy";
    "comparison.primary" = Words("instances_in_use_peak"), "instances are what a cluster costs";
    "comparison.smallest-effect" = Words("1 of a count, else 1 % of the baseline"), "what is smaller changes no decision";
    "comparison.baseline" = Words("the first policy"), "each policy is compared with one";
    "cluster.registered-memory" = Toml("'measured'"), "below nominal: seen on the type, else estimated (R-5.23)";
    "cluster.reserved-memory" = Toml("0"), "ECS_RESERVED_MEMORY (R-5.22)";
    "cluster.awsvpc-trunking" = Toml("false"), "trunking must be switched on for an account (R-5.18)";
    "cluster.node-columns" = Words("node_id, zone, cpu_units, memory_mib, gpu, instance_type"), "the names of this program";
    "cluster.node-attributes" = Toml("[]"), "further columns are not read";
    "cluster.instances.count" = Toml("1"), "one instance";
    "cluster.instances.zones" = Words("all zones of the cluster"), "dealt round-robin, the first zone first";
    "cluster.instances.gpu" = Toml("0"), "instances without a type have none";
    "cluster.instances.gpu-memory" = Words("by type, else unknown"), "EC2 DescribeInstanceTypes; R-5.15c needs it";
    "cluster.instances.gpu-slice" = Words("by type, else whole GPUs"), "R-5.15a";
    "cluster.instances.architecture" = Toml("'x86_64'"), "instances without a type, and nodes";
    "cluster.instances.eni-tasks" = Words("by type and trunking, else unlimited"), "R-5.17, U-13";
    "cluster.instances.price-usd-per-hour" = Words("by type, else unknown"), "Linux on demand, us-east-1, 2026-07-20";
    "cluster.instances.reserved-ports" = Toml("['22', '2375', '2376', '51678', '51679']"), "R-5.12";
    "cluster.instances.agent-version" = Words("unknown"), "expressions about it are false";
    "cluster.instances.agent-connected" = Toml("true"), "R-1.2";
    "cluster.instances.identities" = Words("numbered, such as i-00000042"), "names in results";
    "identities.other-tasks" = Toml("0"), "all tasks that run are in the file";
    "identities.other-cpu" = Toml("0"), "all tasks that run are in the file";
    "identities.other-memory" = Toml("0"), "all tasks that run are in the file";
    "cluster.instances.status" = Toml("'ACTIVE'"), "the status in which instances take tasks";
    "cluster.instances.derived-attributes" = Toml("true"), "what ECS sets itself, and what a current agent registers (4.3a)";
    "cluster.instances.unknown-zone" = Toml("false"), "instances of EC2 know their zone";
    "cluster.instances.operating-system-family" = Words("LINUX"), "an ECS-optimised AMI";
    "task-definitions.revision" = Words("none"), "needed only where a family is defined more than once";
    "task-definitions.hard-memory" = Words("what it reserves"), "memory without memoryReservation is both (R-5.6)";
    "task-definitions.gpu" = Toml("0"), "R-5.15";
    "task-definitions.network-mode" = Toml("'bridge'"), "R-5.9";
    "task-definitions.ports" = Toml("[]"), "R-5.9";
    "task-definitions.operating-system-family" = Words("any"), "U-18: only what is given filters";
    "task-definitions.cpu-architecture" = Words("any"), "U-18";
    "services.scheduling-strategy" = Toml("'REPLICA'"), "R-7.1";
    "services.minimum-healthy-percent" = Words("100; 0 for DAEMON"), "R-7.3";
    "services.maximum-percent" = Words("200; 100 for DAEMON"), "R-7.3";
    "services.healthy-after" = Toml("'40s'"), "no load balancer, no health check (R-7.4)";
    "services.scale-in-protection" = Toml("'0s'"), "tasks are not protected unless asked for (R-7.9)";
    "services.availability-zone-rebalancing" = Toml("false"), "what was never set is DISABLED (R-7.40)";
    "copies.deployments-apart" = Toml("'0s'"), "all copies deploy at once";
    "desired-curve.peak" = Toml("'14h'"), "early afternoon, counted from the start of the run";
    "desired-curve.step" = Toml("'5m'"), "a new count every five minutes";
    "deployments.task-definition" = Words("that of the service"), "a forced new deployment (R-7.8)";
    "deployment-configuration.strategy" = Toml("'ROLLING'"), "R-7.6";
    "deployment-configuration.bake-time" = Toml("'15m'"), "what the console offers (R-7.6c)";
    "deployment-configuration.pause" = Toml("'0s'"), "no hook holds the deployment (R-7.6c)";
    "deployment-configuration.step-percent" = Toml("10"), "R-7.6c";
    "deployment-configuration.step-bake-time" = Toml("'6m'"), "R-7.6c";
    "deployment-configuration.canary-percent" = Toml("5"), "R-7.6c";
    "deployment-configuration.canary-bake-time" = Toml("'10m'"), "R-7.6c";
    "early-success.source-cleanup" = Toml("'BLOCKING'"), "the old tasks stop first (R-7.6b)";
    "circuit-breaker.threshold-type" = Toml("'BOUNDED_PERCENT'"), "R-7.23";
    "circuit-breaker.threshold-value" = Toml("50"), "R-7.23";
    "circuit-breaker.rollback" = Toml("false"), "the API has no default; the console offers it";
    "circuit-breaker.reset-on-healthy-task" = Toml("true"), "R-7.23";
    "patch-wave.duration" = Toml("'5m'"), "a reboot and its checks";
    "patch-wave.deadline" = Toml("'1h'"), "standalone tasks may never end";
    "patch-wave.zone" = Words("all zones"), "the whole fleet";
    "spot-interruption.zone" = Words("all zones"), "the whole fleet";
    "spot-interruption.notice" = Toml("'2m'"), "the notice that EC2 gives";
    "spot-interruption.replaced-after" = Words("never"), "spot capacity may not come back";
    "cluster.instances.capacity-provider" = Words("none"), "instances outside any Auto Scaling group";
    "services.capacity-provider" = Words("none"), "launch type EC2: any instance (R-6.2)";
    "tasks.capacity-provider" = Words("none"), "launch type EC2: any instance (R-6.2)";
    "capacityProviderStrategy.weight" = Toml("0"), "R-8.1";
    "capacityProviderStrategy.base" = Toml("0"), "R-8.1";
    "capacity-providers.target-capacity" = Toml("100"), "R-8.6";
    "capacity-providers.minimum-size" = Toml("0"), "the group may shrink to nothing";
    "capacity-providers.maximum-size" = Toml("10000"), "the group may grow";
    "capacity-providers.minimum-scaling-step-size" = Toml("1"), "R-8.6";
    "capacity-providers.maximum-scaling-step-size" = Toml("10000"), "R-8.6";
    "capacity-providers.instance-warmup-period" = Toml("'300s'"), "R-8.6";
    "capacity-providers.start-delay" = Toml("'90s'"), "from launch to registration, as users see it";
    "capacity-providers.managed-scaling" = Toml("true"), "R-6.5; without it tasks that do not fit fail";
    "capacity-providers.managed-termination-protection" = Toml("true"), "R-8.9; without it any instance may go";
    "capacity-providers.managed-draining" = Toml("true"), "R-8.9: on by default";
    "failures.replaced-after" = Words("never"), "nobody replaces it";
    "running.gpu-device" = Words("by U-23"), "which device a share gets is not specified";
    "running.group" = Words("family:<family>"), "the default of ECS";
    "tasks.count" = Words("as many as arrive until the horizon"), "a source without a count";
    "tasks.group" = Words("family:<family>"), "the default of ECS";
    "tasks.start" = Toml("'0s'"), "the start of the run";
    "tasks.arrivals" = Toml("{ model = 'at-once' }"), "one RunTask call";
    "tasks.lifetime" = Toml("{ model = 'forever' }"), "tasks run to the end";
    "tasks.batch-shares" = Toml("[]"), "tasks of a batch share their time only";
    "tasks.load-factor" = Toml("1"), "the load as it is described";
    "shapes.lognormal.correlation" = Toml("0"), "memory for each vCPU does not depend on CPU";
    "shapes.empirical.trace" = Words("all rows"), "a file of one trace";
    "groups.bounded-zeta.one-shape" = Toml("true"), "a group is what a service is: one task definition";
    "groups.empirical.one-shape" = Toml("true"), "a group is what a service is: one task definition";
    "harmonics.cycles" = Toml("1"), "one wave a day";
    "classes.weight" = Toml("1"), "equal shares";
    "shapes.weight" = Toml("1"), "equal shares";
    "batch-sizes.weight" = Toml("1"), "equal shares";
    "lifetime.lognormal.cap" = Words("10 x p99"), "a bounded tail";
    "trace.origin" = Toml("'file'"), "times as they are written";
    "trace.from" = Words("the first time"), "the whole trace";
    "trace.to" = Words("the last row"), "the whole trace";
    "trace.running-at-start" = Toml("'keep'"), "a trace starts from a full cluster";
    "trace.censored" = Toml("'run-on'"), "a life that was not seen to end is longer than its age";
    "trace.gpu-milli" = Toml("false"), "shares of one GPU by thousandths are no form of ECS";
    "trace.load-factor" = Toml("1"), "the load as it was recorded";
    "trace.limit" = Words("all rows"), "the whole trace";
    "trace.columns" = Words("arrival_s, duration_s, cpu_units and so on"), "each name ends with its unit";
    "trace.unit" = Toml("'s'"), "times of a trace are seconds";
    "trace.cpu-unit" = Toml("'units'"), "CPU units of ECS, 1,024 a vCPU";
    "trace.memory-unit" = Toml("'mib'"), "ECS counts memory in MiB";
    "options.scale-out-groups" = Toml("'maximum'"), "U-22: a lower bound, as AWS calls it";
    "options.provisioning-quota" = Toml("500"), "tasks of a cluster that are PROVISIONING at a time (R-6.5)";
    "options.provisioning-timeout" = Words("never"), "AWS gives no figure (R-6.5)";
    "options.deployment-replacements" = Toml("'own-revision'"), "R-7.6a; new-revision before November 2025";
    "options.scale-in-pause" = Toml("'2m'"), "from one step of scale-in to the next (R-8.8); one minute before 2026-11-29";
    "options.daemon-holdback" = Toml("true"), "R-7.31: the room of a daemon that does not run yet is its own";
    "options.idle-provider" = Toml("'none'"), "R-8.7a: two idle instances were seen in 2019 and 2020";
    "options.tie-break" = Toml("'order'"), "U-1";
    "options.spread-counts-draining" = Toml("false"), "U-3; true before 2026-11-29";
    "options.absent-attribute" = Toml("'bucket'"), "U-5";
    "options.binpack-measure" = Toml("'absolute'"), "R-2.3";
    "options.retry-interval" = Toml("'10s'"), "U-21: often, against the hours that loads last";
    "options.service-turns" = Toml("'round-robin'"), "U-20";
    "options.scale-in" = Toml("'mirror'"), "R-7.20";
    "options.retry-throttling" = Toml("false"), "R-7.22";
    "options.maximum-counts-stopping" = Toml("false"), "AWS's pages differ; the newer one does not count them";
    "options.stop-delay" = Toml("'0s'"), "R-5.26: the second ledger is off";
}

/// The default of a key.
///
/// # Panics
/// If the table has none: the readers ask for written-down defaults only, and a test reads them all.
pub(crate) fn of(key: &str) -> &'static Default {
    DEFAULTS.iter().find(|default| default.key == key).expect("the reader asks for defaults of the table only")
}

/// The value of a default as if it had been read.
pub(crate) fn value_of(key: &str) -> &'static DeValue<'static> {
    static VALUES: LazyLock<BTreeMap<&'static str, Spanned<DeValue<'static>>>> = LazyLock::new(|| {
        let parse = |default: &Default| match default.value {
            Value::Toml(text) => Some((default.key, DeValue::parse(text).expect("defaults are TOML"))),
            Value::Words(_) => None,
        };
        DEFAULTS.iter().filter_map(parse).collect()
    });
    VALUES.get(key).expect("the reader asks for values of defaults that have one").get_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::reading::keys;

    #[test]
    fn every_default_is_of_an_optional_key_and_can_be_read() {
        let join = |path: &str, key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let known: Vec<String> =
            keys::ALL.iter().flat_map(|shape| shape.optional.iter().map(|key| join(shape.path, key))).collect();
        for default in DEFAULTS {
            assert!(known.iter().any(|key| key == default.key), "`{}` is no optional key", default.key);
            if let Value::Toml(_) = default.value {
                value_of(default.key);
            }
        }
    }
}
