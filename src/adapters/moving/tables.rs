//! What is moved, in which order.

/// Tables that are moved row by row, those that others refer to first.
pub const TABLES: &[&str] = &[
    "task",
    "task_event",
    "push_config",
    "workflow",
    "memory_access",
    "trace_place",
    "memory_owner",
    "memory_event",
    "memory_outbox",
    "memory_outbox_key",
    "usage_record",
    "openmeter",
    "openmeter_refused",
    "session",
    "browser_session",
    "api_key",
    "used_token",
];

/// Tables of a file whose rows mean nothing on a server: what its words are looked up
/// in is made anew there, and the probe is for whoever asks whether it can be written.
pub const LEFT: &[&str] = &["memory_index", "memory_word", "probe"];

/// The greatest depth of a hand-off.
const DEPTHS: i64 = 16;

/// A table, or a part of it that is moved by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The table.
    pub table: &'static str,
    /// Which rows of it: those with this `depth`. A task refers to the one above it.
    pub depth: Option<i64>,
}

impl Step {
    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLES.iter().flat_map(|&table| {
            let depths = match table {
                "task" => (0..=DEPTHS).map(Some).collect(),
                _ => vec![None],
            };
            depths.into_iter().map(move |depth| Self { table, depth })
        })
    }

    /// What it is called where its place is noted.
    pub fn name(self) -> String {
        match self.depth {
            Some(depth) => format!("{} {depth}", self.table),
            None => self.table.to_owned(),
        }
    }
}
