//! Every rule that a scenario file may break: its code, its name and why it is a rule.
//!
//! The table is the only place where a code is written. A code is never reused for another rule.

/// How bad it is to break a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// The scenario runs, but perhaps not as its writer thinks.
    Warning,
}

macro_rules! rules {
    ($($name:ident, $code:literal, $severity:ident, $title:literal, $why:literal;)*) => {
        /// A rule of scenario files; [`Rule::code`] is what people see.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $title] $name,)*
        }

        impl Rule {
            /// Every rule, by code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code, such as `S004`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Whether breaking the rule stops the scenario.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// The rule in one line.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// The reason for the rule, one paragraph.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $why,)* }
            }
        }
    };
}

rules! {
    Unreadable, "S001", Error, "a file cannot be read",
        "The scenario file and every file that it names must exist and be readable. Names of files in a scenario are \
         relative to the folder of the scenario, not to the folder that the command runs in.";
    NotUtf8, "S002", Error, "a file is not UTF-8",
        "Scenario files, node files and trace files are UTF-8 text. Save the file as UTF-8, or convert it, for example \
         with `iconv -t UTF-8`.";
    Syntax, "S003", Error, "the file is not TOML",
        "Scenario files are TOML 1.1 (toml.io). Rules that need a whole file are not checked until its syntax is right, \
         so that one lost bracket does not bring a page of other problems.";
    UnknownKey, "S004", Error, "a table has a key that it does not know",
        "Every key must be known to its table. A key with a spelling mistake would otherwise be a setting that silently \
         does nothing. `stowplan check --schema` prints all keys as a JSON Schema that editors understand.";
    WrongType, "S005", Error, "a value has the wrong type",
        "Numbers are written without quotes, lengths of time as strings such as \"90s\", names as strings, lists in \
         brackets.";
    MissingKey, "S006", Error, "a table lacks a key that it needs",
        "Some keys have no sensible default: the name of a scenario, the size of a task, the number of tasks of a \
         service. Keys that have a default are listed, with the value used, in the manifest of the results.";
    OutOfRange, "S007", Error, "a number is outside its range",
        "Sizes of instances and the memory of tasks are at least 1; no number is negative. The upper limits are far \
         above what EC2 offers; they keep sums of a whole fleet exact.";
    Malformed, "S008", Error, "a text does not have the form that its key asks for",
        "Lengths of time are a number and a unit (`250ms`, `90s`, `4m`, `1.5h`, `7d`), ports are `80` or `80/tcp`, \
         names of services and families have letters, digits, `-` and `_`, as in Amazon ECS.";
    UnknownChoice, "S009", Error, "a word is none of those that its key allows",
        "Keys such as `tie-break` or `model` take one of a few words. Words of Amazon ECS are taken in the spelling of \
         its API; fields of `binpack` and `instanceId` also in upper case, as the API returns them.";
    DuplicateName, "S010", Error, "a name is given twice",
        "Names of policies, services, task definitions, zones and nodes tell rows of the results apart, so each may be \
         given once.";
    UnknownName, "S011", Error, "a name refers to nothing",
        "A service names a task definition, a happening names a zone or an instance, an expected figure names a policy \
         and a metric. What is named must be defined in the same scenario.";
    Conflict, "S012", Error, "keys exclude each other, or one of several is needed",
        "Some keys are alternatives: an instance has a `type` or its own `cpu` and `memory`; tasks have a \
         `task-definition` or a list of `shapes`; a happening is one of several kinds. Exactly one must be given. \
         Two percentages of 100 exclude every deployment: nothing may stop before something has started, and nothing may \
         start.";
    UnknownInstanceType, "S013", Error, "the catalogue does not know the instance type",
        "The program holds a catalogue of more than 1,000 EC2 instance types. For a type that it does not hold give \
         `cpu` and `memory` instead of `type`.";
    TooManyRules, "S014", Error, "a placement strategy has more than five rules",
        "Amazon ECS takes at most five strategy rules for a task or a service.";
    TooManyConstraints, "S015", Error, "a task has more than ten placement constraints",
        "Amazon ECS takes at most ten placement constraints for a task, and counts those of its task definition and \
         those given when it is started together. Here those of the policy are added too.";
    Placement, "S016", Error, "a placement rule does not have the form of Amazon ECS",
        "`spread` takes `instanceId` (or `host`) or `attribute:<name>`; `binpack` takes `cpu` or `memory`; `random` \
         takes no field. `memberOf` takes an expression, `distinctInstance` takes none and is not allowed in a task \
         definition.";
    Expression, "S017", Error, "an expression of the cluster query language is wrong",
        "Expressions of `memberOf` constraints follow the cluster query language of Amazon ECS: a subject, an operator \
         and a value, joined by `and`, `or`, `not`.";
    AfterHorizon, "S018", Error, "a time is after the end of the run",
        "What is set for a time after the horizon would never happen. Set the time earlier or the horizon later.";
    Endless, "S019", Error, "a load has no end",
        "Tasks that arrive one after another need a `count`, or the scenario needs a `horizon`; otherwise the run would \
         never end.";
    Law, "S020", Error, "the parameters of a law contradict each other",
        "A median is not above its 99th percentile, a shortest life is below the longest, quantiles rise from \
         probability 0 to 1, a profile has a rate above 0 in some hour.";
    Row, "S021", Error, "a row of a CSV file is wrong",
        "Node files have the columns `node_id`, `cpu_units`, `memory_mib` and may have `zone`, `gpu`, `instance_type`; \
         trace files have `arrival_s`, `cpu_units`, `memory_mib` and may have `task_id`, `group`, `duration_s` or \
         `stop_s`, `duration_censored`, `gpu`; files of shapes have `cpu_units`, `memory_mib`, `share` and may have `trace`. \
         Numbers are plain digits, times may have decimals. The first 20 rows that are wrong are shown.";
    EmptyCluster, "S022", Error, "the cluster has no instances or no zones",
        "A scenario needs at least one container instance, and every instance is in a zone.";
    AbsentAttribute, "S023", Warning, "no instance has the attribute",
        "A spread over an attribute that no instance has puts all instances in one bucket and so does nothing; an \
         expression about it is false on every instance unless it asks for absence; a required attribute that is \
         nowhere keeps its tasks from being placed.";
    FitsNowhere, "S024", Warning, "a task fits on no instance of the fleet",
        "Even on an empty fleet no instance has room for the task, so it will never be placed. The shortfall is that of \
         the instance that comes closest: the fewest resources short, then the smallest share missing. What is held back \
         there for tasks that are in no file, for daemons (unless `daemon-holdback = false`) or by reservation is named.";
    Unused, "S025", Warning, "a setting has no effect",
        "The setting is legal but changes nothing where it stands: a field of `random`, or a rule after `random`, which \
         leaves one candidate only.";
    NoSize, "S026", Warning, "a task reserves nothing",
        "A task without a CPU reservation is legal in Amazon ECS, but `binpack` by CPU is blind to it. Traces may hold \
         tasks without memory, which Amazon ECS would refuse.";
    EniLimit, "S027", Warning, "the limit of awsvpc tasks is not known",
        "How many tasks with a network interface of their own an instance can hold depends on its type and on ENI \
         trunking. For a type outside the catalogue it is taken as unlimited, and for a type whose limit with trunking \
         is not published the limit without trunking is used. Give `eni-tasks` to set it.";
    NeverMoves, "S028", Warning, "a service can never replace a task",
        "The minimum healthy percent is rounded up and the maximum percent down to whole tasks. Where the first leaves \
         none to stop and the second none to start, a deployment never begins and an instance never drains.";
    Censored, "S029", Warning, "lives of a trace were not seen to end",
        "Where `duration_censored` is 1 the task still ran when the trace was cut: `duration_s` is then the age that it \
         had reached and not its life. By `censored = \"run-on\"` such tasks run to the end of the run, by \
         `\"stop-at-age\"` they stop at that age, which makes lives too short. Write the one that is meant.";
    HoldsNowhere, "S030", Warning, "an expression holds on no instance",
        "No instance of the fleet satisfies the expression, whatever runs there, so the tasks that it binds are never \
         placed. Values and names compare exactly, letter case included; a pattern of `=~` is a regular expression that \
         must match the whole value, and no glob.";
    NeverStarts, "S031", Warning, "a task waits for a task that never comes",
        "`task:group == G` holds only on instances that host a task of `G` already. The first task of `G` cannot satisfy \
         it, so a service that asks for its own group never starts, and neither does one that asks for a group that \
         nothing starts.";
    NoInstances, "S032", Warning, "the cluster has no instances",
        "An empty cluster is no mistake: it answers every task with `No Container Instances were found in your cluster.`, \
         as Amazon ECS does. Give `[[cluster.instances]]` a `count` above 0 where that is not the question.";
    TooLarge, "S040", Error, "a run would need more memory than is taken",
        "Numbers that are each within their range may together ask for more memory than any machine has. What grows with \
         them is worked out before any of it is taken: tasks of services, tasks found running, instances, minutes of \
         capacity providers. The limit is 4 GiB.";
    UnknownSubnet, "S042", Warning, "a zone is not known where subnets are given",
        "Tasks with a network interface of their own run only in the zones of their subnets. The zone of a subnet is that of \
         an instance whose attribute `ecs.subnet-id` names it, or what `[cluster.subnets]` says; where it is not known, and \
         on instances of an unknown zone, nothing is refused for it.";
    OtherArchitecture, "S043", Warning, "instances have another architecture than the task",
        "Amazon ECS was not seen to refuse an instance for its processor architecture, so a task may be placed where its image \
         cannot run. Hold it to the right instances, such as by `attribute:ecs.cpu-architecture == arm64`.";
    NoFormOfEcs, "S045", Warning, "a policy of ECS's own rules places what ECS does not know",
        "Thousandths of a GPU (`gpu-milli` of a trace) are a key of research: Amazon ECS shares a GPU by memory or not at \
         all. Chains of `spread`, `binpack` and `random` then say how such rules would do, not what ECS would do.";
}

/// A code with its title and the reason for it, or `None` if no rule has the code.
///
/// # Examples
///
/// ```
/// assert!(stowplan::scenario::explain("S014").is_some_and(|text| text.contains("five")));
/// assert_eq!(stowplan::scenario::explain("S999"), None);
/// ```
#[must_use]
pub fn explain(code: &str) -> Option<String> {
    let rule = Rule::ALL.iter().find(|rule| rule.code() == code)?;
    let severity = match rule.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    Some(format!("{} ({severity}): {}\n\n{}", rule.code(), rule.title(), rule.explanation()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_none_comes_twice() {
        assert!(Rule::ALL.is_sorted_by(|a, b| a.code() < b.code()));
        assert!(Rule::ALL.iter().all(|rule| rule.code().len() == 4 && rule.code().starts_with('S')));
    }

    #[test]
    fn every_rule_says_what_it_is_and_why() {
        for rule in Rule::ALL {
            assert!(!rule.title().ends_with('.'), "{}", rule.code());
            assert!(rule.explanation().len() > 60 && rule.explanation().ends_with('.'), "{}", rule.code());
        }
    }
}
