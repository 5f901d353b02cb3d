//! The end of a task's history, read once for all who watch it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use a2a::StreamResponse;

use crate::{
    adapters::{
        a2a::wire,
        store::{Store, StoreError, TaskLine},
    },
    domain::{id::TaskId, task::TaskState},
};

/// Lines read at once.
const PAGE: u32 = 200;
/// Lines that are kept for watchers who are a little behind.
const KEPT: usize = 512;

/// The tails of all watched tasks. One is dropped with its last watcher.
#[derive(Default)]
pub struct Tails(Mutex<HashMap<TaskId, Weak<Tail>>>);

/// The newest lines of one task.
pub struct Tail {
    id: TaskId,
    context: String,
    read: tokio::sync::Mutex<Read>,
}

/// One line, with what it is on the wire.
pub struct Event {
    /// Its number.
    pub seq: i64,
    /// Whether nothing can follow it.
    pub is_last: bool,
    /// Whether the agent asks for input with it.
    pub asks: bool,
    /// What A2A makes of it; `None` for lines it has no word for.
    pub response: Option<StreamResponse>,
    json: OnceLock<Arc<str>>,
}

#[derive(Default)]
struct Read {
    /// What the lines are complete as of.
    version: u64,
    /// Every line after this is in `lines`.
    before: i64,
    lines: VecDeque<Arc<Event>>,
    is_filled: bool,
}

impl Tails {
    /// The tail of `id`, shared with whoever watches it.
    pub fn of(&self, id: TaskId, context: &str) -> Arc<Tail> {
        let mut tails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = tails.get(&id).and_then(Weak::upgrade) {
            return tail;
        }
        if tails.len().is_power_of_two() {
            tails.retain(|_, tail| tail.strong_count() > 0);
        }
        let tail = Arc::new(Tail {
            id,
            context: context.to_owned(),
            read: tokio::sync::Mutex::default(),
        });
        tails.insert(id, Arc::downgrade(&tail));
        tail
    }
}

impl Tail {
    /// The lines after `after`, as of `version` of the task's watch: from the
    /// rows once for each version, from memory for everyone else. One who is far
    /// behind reads the rows alone, some at a time.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn after(
        &self,
        store: &Store,
        after: i64,
        version: u64,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        let mut read = self.read.lock().await;
        if !read.is_filled {
            read.is_filled = true;
            read.before = after;
        }
        if read.before <= after && read.version < version {
            self.fill(store, &mut read).await?;
            read.version = version;
        }
        // Also where filling it has just dropped what this one wants.
        if after < read.before {
            drop(read);
            let lines = store.lines(self.id, after, PAGE).await?;
            let events = lines.iter().map(|line| Arc::new(self.event(line)));
            return Ok(events.collect());
        }
        let newer = read.lines.iter().skip_while(|event| event.seq <= after);
        Ok(newer.cloned().collect())
    }

    async fn fill(&self, store: &Store, read: &mut Read) -> Result<(), StoreError> {
        loop {
            let last = read.lines.back().map_or(read.before, |event| event.seq);
            let lines = store.lines(self.id, last, PAGE).await?;
            let is_all = lines.len() < PAGE as usize;
            read.lines
                .extend(lines.iter().map(|line| Arc::new(self.event(line))));
            while read.lines.len() > KEPT {
                read.before = read.lines.pop_front().map_or(read.before, |gone| gone.seq);
            }
            if is_all {
                return Ok(());
            }
        }
    }

    fn event(&self, line: &TaskLine) -> Event {
        Event {
            seq: line.seq,
            is_last: line.is_last(),
            asks: line.kind == TaskState::InputRequired.name(),
            response: wire::event(self.id, &self.context, line),
            json: OnceLock::new(),
        }
    }
}

impl Event {
    /// The response as JSON, written once for all.
    pub fn json(&self) -> Option<Arc<str>> {
        let response = self.response.as_ref()?;
        let write = || serde_json::to_string(response).unwrap_or_default().into();
        Some(self.json.get_or_init(write).clone())
    }
}
