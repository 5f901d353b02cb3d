//! What is in the rows from before, so that nothing is written twice.

use std::collections::{HashMap, HashSet};

use a2a::{Message, Role};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::{
    adapters::{
        runner::pen::{Halt, Pen, bytes_of, unkept},
        store::{Claimed, Store, StoreError, dialogue::Depth},
    },
    domain::a2a::artifact::Artifacts,
};

/// Messages that are remembered, the newest.
const REMEMBERED: u32 = 200;

/// What the row holds from before.
#[derive(Default)]
pub(super) struct Known {
    /// Ids of messages.
    pub(super) said: HashSet<String>,
    /// How often the caller used each id: nothing keeps one from using it again.
    pub(super) asked: HashMap<String, usize>,
    pub(super) artifacts: Artifacts,
    pub(super) metadata: Metadata,
}

impl Known {
    /// Of a task that its agent has not taken yet, nothing: it begins anew.
    pub(super) async fn of(store: &Store, claimed: &Claimed) -> Result<Self, StoreError> {
        let mut known = Self::default();
        if claimed.remote.is_none() {
            return Ok(known);
        }
        let depth = Depth {
            history: REMEMBERED,
            artifacts: true,
        };
        let task = store.snapshot(claimed.attempt.task, None, depth).await?;
        known.messages(&task.history);
        known.messages(task.message.as_slice());
        known.artifacts = Artifacts::read(task.artifacts.as_deref());
        let metadata = task.metadata.as_deref().map(RawValue::get);
        let metadata = metadata.and_then(|json| serde_json::from_str(json).ok());
        known.metadata.all = metadata.unwrap_or_default();
        Ok(known)
    }

    fn messages(&mut self, all: &[Box<RawValue>]) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Named {
            message_id: String,
            role: Role,
        }
        let named = all.iter().map(|raw| serde_json::from_str(raw.get()));
        for Named { message_id, role } in named.filter_map(Result::ok) {
            if role == Role::User {
                *self.asked.entry(message_id.clone()).or_default() += 1;
            }
            if !message_id.is_empty() {
                self.said.insert(message_id);
            }
        }
    }
}

/// The agent's own metadata of the task.
#[derive(Default)]
pub(super) struct Metadata {
    all: Map<String, Value>,
    is_new: bool,
}

impl Metadata {
    /// Takes what is told; what is there by the same name is replaced.
    pub(super) fn learn(
        &mut self,
        told: Option<HashMap<String, Value>>,
        pen: &mut Pen<'_>,
    ) -> Result<(), Halt> {
        for (name, value) in told.into_iter().flatten() {
            if self.all.get(&name) != Some(&value) {
                let bytes = bytes_of(&value).ok_or_else(unkept)?;
                pen.spend(name.len() + bytes)?;
                self.all.insert(name, value);
                self.is_new = true;
            }
        }
        Ok(())
    }

    /// All of it, if there is some that was not written.
    pub(super) fn news(&mut self, pen: &mut Pen<'_>) -> Result<Option<String>, Halt> {
        if !std::mem::take(&mut self.is_new) {
            return Ok(None);
        }
        let json = serde_json::to_string(&self.all).map_err(|_| unkept())?;
        pen.spend(json.len())?;
        Ok(Some(json))
    }
}

/// Bytes of a message as it is kept.
pub(super) fn size(message: &Message) -> usize {
    bytes_of(message).unwrap_or(0)
}
