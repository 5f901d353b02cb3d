//! What is in the rows from before, so that nothing is written twice.

use std::collections::HashSet;

use a2a::{Artifact, Message};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::ending;
use crate::{
    adapters::store::{Claimed, Store, StoreError, dialogue::Depth},
    domain::a2a::artifact::{ArtifactUpdate, Artifacts},
};

/// Messages that are remembered, the newest.
const REMEMBERED: u32 = 200;

/// What the row holds from before.
#[derive(Default)]
pub(super) struct Known {
    /// Ids of messages.
    pub(super) said: HashSet<String>,
    pub(super) artifacts: Artifacts,
    pub(super) metadata: Map<String, Value>,
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
        known.metadata = metadata.unwrap_or_default();
        Ok(known)
    }

    fn messages(&mut self, all: &[Box<RawValue>]) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Named {
            message_id: String,
        }
        let named = all.iter().map(|raw| serde_json::from_str(raw.get()));
        let ids = named.filter_map(|named| named.ok().map(|named: Named| named.message_id));
        self.said.extend(ids.filter(|id| !id.is_empty()));
    }
}

/// The artifact as it would be if its parts had come one by one.
pub(super) fn folded(artifact: Artifact) -> Artifact {
    let mut one = Artifacts::default();
    let mut parts = artifact.parts.into_iter();
    let first = Artifact {
        parts: parts.next().into_iter().collect(),
        ..artifact
    };
    let id = first.artifact_id.clone();
    let update = |artifact, append| ArtifactUpdate {
        artifact,
        append,
        last_chunk: false,
        metadata: None,
    };
    one.take(update(first, false));
    let rest = Artifact {
        artifact_id: id,
        name: None,
        description: None,
        parts: parts.collect(),
        metadata: None,
        extensions: None,
    };
    one.take(update(rest, true));
    one.into_inner().remove(0)
}

/// Bytes of a message as it is kept.
pub(super) fn size(message: &Message) -> usize {
    ending::to_json(message).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests {
    use a2a::Part;

    use super::*;

    #[test]
    fn an_artifact_that_came_whole_is_the_one_that_came_in_pieces() {
        let artifact = |parts: &[&str]| Artifact {
            artifact_id: "a".to_owned(),
            name: Some("n".to_owned()),
            description: None,
            parts: parts.iter().copied().map(Part::text).collect(),
            metadata: None,
            extensions: None,
        };
        assert_eq!(folded(artifact(&["a", "b", "c"])), artifact(&["abc"]));
        assert_eq!(folded(artifact(&[])), artifact(&[]));
    }
}
