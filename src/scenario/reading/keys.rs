//! The tables of a scenario file and their keys: what the reader accepts and the JSON Schema describes.

/// A kind of table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// How messages call it, such as `[cluster]`.
    pub(crate) title: &'static str,
    /// The path of its keys in the table of defaults, such as `cluster`; also its name in the JSON Schema.
    pub(crate) path: &'static str,
    /// Keys that must be given.
    pub(crate) required: &'static [&'static str],
    /// Keys that may be given.
    pub(crate) optional: &'static [&'static str],
}

impl Shape {
    /// All keys, required ones first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.required.iter().chain(self.optional).copied()
    }
}

macro_rules! shapes {
    ($($name:ident: $title:literal, $path:literal, [$($required:literal),*], [$($optional:literal),*];)*) => {
        $(pub(crate) const $name: Shape = Shape {
            title: $title,
            path: $path,
            required: &[$($required),*],
            optional: &[$($optional),*],
        };)*

        /// Every kind of table.
        #[cfg(test)]
        pub(crate) const ALL: &[&Shape] = &[$(&$name),*];
    };
}

shapes! {
    ROOT: "a scenario", "", ["name", "cluster"],
        ["description", "files-from", "seeds", "horizon", "snapshot", "task-definitions", "running", "services", "tasks", "trace", "happenings",
         "failures", "capacity-providers", "policies", "policies-override", "options", "comparison", "expected"];
    CLUSTER: "[cluster]", "cluster", [],
        ["zones", "instances", "nodes", "node-columns", "node-attributes", "registered-memory", "reserved-memory", "awsvpc-trunking", "subnets"];
    NODE_COLUMNS: "node-columns", "cluster.node-columns", [], ["node", "zone", "cpu", "memory", "gpu", "type"];
    SUBNET: "[cluster.subnets]", "subnets", ["zone"], ["vpc"];
    MEMORY_PERCENT: "registered-memory", "registered-memory", ["percent"], [];
    INSTANCES: "[[cluster.instances]]", "cluster.instances", [],
        ["type", "cpu", "memory", "count", "zones", "gpu", "gpu-memory", "gpu-slice", "architecture", "attributes", "price-usd-per-hour", "eni-tasks",
         "awsvpc-trunking", "reserved-memory", "reserved-ports", "agent-version", "agent-connected", "identities", "status",
         "derived-attributes", "capacity-provider", "unknown-zone", "operating-system-family", "other-ports",
         "other-gpu", "other-gpu-memory"];
    IDENTITY: "identities", "identities", ["name"], ["ec2-instance-id", "registered-at", "other-tasks", "other-cpu", "other-memory", "surplus-cpu", "surplus-memory"];
    DEFINITION: "[[task-definitions]]", "task-definitions", ["family", "cpu", "memory"],
        ["revision", "hard-memory", "gpu", "gpu-memory", "network-mode", "ports", "requires-attributes", "placementConstraints",
         "operating-system-family", "cpu-architecture"];
    REQUIRED_ATTRIBUTE: "requires-attributes", "requires-attributes", ["name"], ["value"];
    RUNNING: "[[running]]", "running", ["task-definition", "instances"], ["group", "cpu", "memory", "gpu", "gpu-memory", "gpu-device", "ports"];
    SERVICE: "[[services]]", "services", ["name", "task-definition"],
        ["desired-count", "desired", "desired-curve", "scheduling-strategy", "minimum-healthy-percent", "maximum-percent",
         "healthy-after", "scale-in-protection", "circuit-breaker", "availability-zone-rebalancing", "deployments", "capacity-provider",
         "deployment-configuration", "capacityProviderStrategy", "placementStrategy", "placementConstraints", "copies",
         "subnets"];
    COPIES: "copies", "copies", ["count"], ["deployments-apart"];
    DESIRED: "desired", "desired", ["at", "count"], [];
    DESIRED_CURVE: "desired-curve", "desired-curve", ["mean", "amplitude"], ["peak", "step"];
    DEPLOYMENT: "deployments", "deployments", ["at"], ["task-definition"];
    DEPLOYMENT_CONFIGURATION: "deployment-configuration", "deployment-configuration", [],
        ["strategy", "early-success", "bake-time", "pause", "step-percent", "step-bake-time", "canary-percent",
         "canary-bake-time"];
    EARLY_SUCCESS: "early-success", "early-success", ["healthy-percent"], ["source-cleanup"];
    CIRCUIT_BREAKER: "circuit-breaker", "circuit-breaker", [],
        ["threshold-type", "threshold-value", "rollback", "reset-on-healthy-task"];
    TASKS: "[[tasks]]", "tasks", [],
        ["task-definition", "shapes", "count", "group", "start", "arrivals", "lifetime", "placementStrategy",
         "placementConstraints", "groups", "batch-shares", "load-factor", "capacity-provider", "capacityProviderStrategy",
         "container-instances", "started-by", "cpu", "memory", "gpu", "gpu-memory", "subnets"];
    PROVIDER_SHARE: "capacityProviderStrategy", "capacityProviderStrategy", ["capacityProvider"], ["weight", "base"];
    WEIGHTED_SHAPE: "shapes", "shapes", ["task-definition"], ["weight"];
    LOGNORMAL_SHAPES: "lognormal shapes", "shapes.lognormal",
        ["model", "cpu-median", "cpu-p90", "memory-per-vcpu-median", "memory-per-vcpu-p90", "cpu-steps", "memory-steps"],
        ["correlation"];
    EMPIRICAL_SHAPES: "empirical shapes", "shapes.empirical", ["model", "file"], ["trace"];
    ZETA_GROUPS: "bounded-zeta groups", "groups.bounded-zeta", ["model", "prefix", "count", "exponent", "maximum"],
        ["one-shape"];
    EMPIRICAL_GROUPS: "empirical groups", "groups.empirical", ["model", "prefix", "count", "sizes"], ["one-shape"];
    AT_ONCE: "at-once arrivals", "arrivals.at-once", ["model"], [];
    POISSON: "poisson arrivals", "arrivals.poisson", ["model", "rate-per-hour"], [];
    BATCH_POISSON: "batch-poisson arrivals", "arrivals.batch-poisson", ["model", "batches-per-hour", "batch-sizes"],
        ["profile", "harmonics"];
    BATCH_SIZE: "batch-sizes", "batch-sizes", ["size"], ["weight"];
    ZETA_SIZES: "bounded-zeta sizes", "batch-sizes.bounded-zeta", ["model", "exponent", "maximum"], [];
    HOURLY_PROFILE: "hourly-profile arrivals", "arrivals.hourly-profile", ["model", "rate-per-hour", "profile"], [];
    HARMONICS: "harmonics arrivals", "arrivals.harmonics", ["model", "rate-per-hour", "harmonics"], [];
    HARMONIC: "harmonics", "harmonics", ["amplitude", "peak"], ["cycles"];
    MMPP_2: "mmpp-2 arrivals", "arrivals.mmpp-2",
        ["model", "rate-per-hour", "burst-share", "rate-ratio", "time-scale"], ["profile", "harmonics"];
    FOREVER: "a forever lifetime", "lifetime.forever", ["model"], [];
    CONSTANT: "a constant lifetime", "lifetime.constant", ["model", "value"], [];
    EXPONENTIAL: "an exponential lifetime", "lifetime.exponential", ["model", "mean"], [];
    LOGNORMAL: "a lognormal lifetime", "lifetime.lognormal", ["model", "median", "p99"], ["cap"];
    WEIBULL: "a weibull lifetime", "lifetime.weibull", ["model", "scale", "shape", "cap"], [];
    BOUNDED_PARETO: "a bounded-pareto lifetime", "lifetime.bounded-pareto", ["model", "low", "high", "alpha"], [];
    LOGNORMAL_PARETO: "a lognormal-pareto lifetime", "lifetime.lognormal-pareto",
        ["model", "median", "p90", "tail-share", "alpha", "cap"], [];
    EMPIRICAL: "an empirical lifetime", "lifetime.empirical", ["model", "quantiles"], [];
    QUANTILE: "quantiles", "quantiles", ["p", "value"], [];
    MIXTURE: "a mixture of lifetimes", "lifetime.mixture", ["model", "classes"], [];
    LIFE_CLASS: "classes", "classes", ["lifetime"], ["weight"];
    TRACE: "[trace]", "trace", ["file"],
        ["origin", "limit", "from", "to", "running-at-start", "censored", "load-factor", "gpu-milli", "columns",
         "unit", "cpu-unit", "memory-unit"];
    TRACE_COLUMNS: "columns", "trace.columns", [],
        ["arrival", "duration", "stop", "censored", "group", "cpu", "memory", "gpu", "gpu-milli"];
    HAPPENING: "[[happenings]]", "happenings", ["at"],
        ["zone-lost", "zone-returned", "instance-drained", "instance-activated", "instance-lost", "instance-returned",
         "agent-disconnected", "agent-connected", "zone-disconnected", "zone-connected", "instances-registered",
         "patch-wave", "spot-interruption"];
    REGISTERED: "instances-registered", "instances-registered", ["like", "count"], [];
    PATCH_WAVE: "patch-wave", "patch-wave", ["at-a-time"], ["duration", "deadline", "zone"];
    SPOT: "spot-interruption", "spot-interruption", ["count"], ["zone", "notice", "replaced-after"];
    CAPACITY_PROVIDER: "[[capacity-providers]]", "capacity-providers", ["name"],
        ["managed-scaling", "target-capacity", "minimum-size", "maximum-size", "minimum-scaling-step-size", "maximum-scaling-step-size",
         "instance-warmup-period", "start-delay", "managed-termination-protection", "managed-draining"];
    FAILURES: "[failures]", "failures", ["mean-time"], ["replaced-after"];
    POLICY: "[[policies]]", "policies", ["name"],
        ["template", "baseline", "placementStrategy", "placementConstraints"];
    STRATEGY_RULE: "placementStrategy", "placementStrategy", ["type"], ["field"];
    CONSTRAINT: "placementConstraints", "placementConstraints", ["type"], ["expression"];
    OPTIONS: "[options]", "options", [],
        ["tie-break", "spread-counts-draining", "absent-attribute", "binpack-measure", "retry-interval",
         "service-turns", "scale-in", "retry-throttling", "maximum-counts-stopping", "stop-delay", "scale-out-groups",
         "provisioning-quota", "provisioning-timeout", "scale-in-pause", "idle-provider", "deployment-replacements", "daemon-holdback"];
    COMPARISON: "[comparison]", "comparison", [], ["primary", "smallest-effect", "baseline"];
    EXPECTED: "[expected]", "expected", ["checks"], [];
    CHECK: "checks", "checks", ["policy", "metric"], ["equals", "at-least", "at-most", "absent"];
}
