//! What an expression may ask of a container instance.

/// The view of one container instance that expressions are evaluated against.
pub trait Facts {
    /// Whether the agent is connected.
    fn agent_connected(&self) -> bool;
    /// Version of the ECS agent, such as `1.14.5`; `None` where unknown: every predicate on it is then false.
    fn agent_version(&self) -> Option<&str>;
    /// EC2 instance id; `None` where unknown: every predicate on it is then false.
    fn ec2_instance_id(&self) -> Option<&str>;
    /// Registration time in seconds since 1970-01-01 UTC; `None` where unknown.
    fn registered_at(&self) -> Option<i64>;
    /// Tasks whose desired status is RUNNING.
    fn running_tasks_count(&self) -> u32;
    /// Whether some group of a counted task on the instance satisfies `test`.
    fn any_task_group(&self, test: &mut dyn FnMut(&str) -> bool) -> bool;
    /// The value of an attribute: `None` absent, `Some(None)` present without a value.
    fn attribute(&self, name: &str) -> Option<Option<&str>>;
}
