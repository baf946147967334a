//! One row of a log.

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Placed,
    Rejected,
    Waiting,
    Withdrawn,
    Stopped,
    Registered,
    Drained,
    Activated,
    Lost,
    Disconnected,
    Connected,
}

impl Event {
    const WORDS: [(&'static str, Self); 11] = [
        ("placed", Self::Placed),
        ("rejected", Self::Rejected),
        ("waiting", Self::Waiting),
        ("withdrawn", Self::Withdrawn),
        ("stopped", Self::Stopped),
        ("instance-registered", Self::Registered),
        ("instance-drained", Self::Drained),
        ("instance-activated", Self::Activated),
        ("instance-lost", Self::Lost),
        ("agent-disconnected", Self::Disconnected),
        ("agent-connected", Self::Connected),
    ];

    pub(super) fn named(word: &str) -> Result<Self, String> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, event)| *event).ok_or_else(|| {
            let known: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
            format!("`{word}` is no event; known are {}", known.join(", "))
        })
    }
}

/// A row, its cells read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r> {
    pub(super) line: u64,
    pub(super) run: &'r str,
    pub(super) time_ms: u64,
    pub(super) event: Event,
    pub(super) task: &'r str,
    pub(super) group: &'r str,
    pub(super) task_definition: &'r str,
    pub(super) cpu: Option<u64>,
    pub(super) memory: Option<u64>,
    pub(super) gpu_milli: Option<u64>,
    pub(super) gpu_memory: Option<u64>,
    pub(super) ports: &'r str,
    /// Whether the log has a column of ports.
    pub(super) tells_ports: bool,
    pub(super) instance: &'r str,
    /// `None` where the log has no such column.
    pub(super) zone: Option<&'r str>,
    pub(super) reason: Option<&'r str>,
}
