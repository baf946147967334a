//! Why one object of a call was refused.

documents! {
    /// A refusal; for RunTask and StartTask `arn` is the container instance that was examined.
    Failure {
        arn: text,
        reason: text,
        detail: text,
    }
}

impl Failure {
    /// The refusal of an instance, with one of ECS's own reason texts.
    #[must_use]
    pub fn new(arn: Option<&str>, reason: &str, detail: Option<&str>) -> Self {
        Self { arn: arn.map(str::to_owned), reason: Some(reason.to_owned()), detail: detail.map(str::to_owned) }
    }
}
