//! Searching memory.

use serde::Deserialize;
use serde_json::Value;

use super::{Delegate, memory::DOCUMENT, parsed, read_within, send};
use crate::{error::Error, id::Id, stream::LIMIT_BYTES, subject::Subject};

/// How many events a search may find: the most the gateway gives, since most of
/// them are no documents.
const FOUND: u32 = 100;
/// The largest answer to a search, in bytes. The gateway ends one at 4 MiB of
/// texts, the last of which may be long, and tells some of them twice.
const FOUND_BYTES: usize = 4 * LIMIT_BYTES;
const STEP: &str = "search memory";

/// A document that was found.
#[derive(Debug, Deserialize)]
pub(crate) struct Found {
    event: String,
    agent: String,
    task_id: Option<String>,
    /// Its title.
    pub(crate) title: String,
    /// Its text.
    pub(crate) text: String,
    /// What the search adds to it.
    #[serde(rename = "_additional")]
    pub(crate) additional: Additional,
}

/// What a search knows of a document.
#[derive(Debug, Deserialize)]
pub(crate) struct Additional {
    /// Its id.
    pub(crate) id: Id,
}

impl Found {
    /// Whether it is a document of this `kind` by `agent`.
    pub(crate) fn is(&self, agent: &str, kind: &str) -> bool {
        let rest = self.title.strip_prefix(kind);
        self.event == DOCUMENT
            && self.agent == agent
            && rest.is_some_and(|rest| rest.starts_with(": "))
    }

    /// Whether it was written by `task`.
    pub(crate) fn is_of_task(&self, task: &Id) -> bool {
        self.task_id.as_deref() == Some(task.as_str())
    }
}

impl Delegate<'_> {
    /// The documents of this person on `subject`, the best first. What is no
    /// document with title, text and agent is left out.
    ///
    /// # Errors
    ///
    /// The gateway's refusal.
    pub(crate) async fn search(&self, subject: &Subject) -> Result<Vec<Found>, Error> {
        let words = subject.in_address();
        let request = self.get(&format!("/mem/search?q={words}&limit={FOUND}"));
        let body = read_within(FOUND_BYTES, STEP, send(STEP, request).await?).await?;
        let mut answer: Value = parsed(STEP, &body)?;
        let events = answer.pointer_mut("/data/Get/MemoryEvent").map(Value::take);
        let Some(Value::Array(events)) = events else {
            let problem = "the gateway's answer holds no list of events".to_owned();
            return Err(Error::Unexpected {
                step: STEP,
                problem,
            });
        };
        let found = events.into_iter().map(serde_json::from_value);
        Ok(found.filter_map(Result::ok).collect())
    }
}
