//! What is sent to an agent.

use std::collections::HashMap;

use a2a::{Message, SendMessageConfiguration, SendMessageRequest};

use crate::{
    adapters::store::{Claimed, Store, StoreError, dialogue::Remote},
    domain::{
        a2a::message::{Request, of_input},
        id::TaskId,
    },
};

/// Tasks that a message refers to, at most.
const REFERENCES: usize = 16;

/// What the caller said, in the caller's own words; the input of a task of
/// another face as a message.
pub(super) fn request(claimed: &Claimed) -> Request {
    let asked = claimed.request.as_deref();
    let asked = asked.and_then(|json| serde_json::from_str(json).ok());
    asked.unwrap_or_else(|| {
        let id = claimed.attempt.task.to_string();
        Request {
            message: of_input(&id, &claimed.context, &claimed.input),
            accepted_output_modes: Vec::new(),
            metadata: None,
            extensions: Vec::new(),
        }
    })
}

/// The same in the agent's words: its own names for tasks and the context.
pub(super) async fn compose(
    store: &Store,
    claimed: &Claimed,
    request: &Request,
    remote: Option<&Remote>,
) -> Result<SendMessageRequest, StoreError> {
    let Request {
        message,
        accepted_output_modes: modes,
        metadata,
        ..
    } = request.clone();
    let context = match remote.and_then(|remote| remote.context.clone()) {
        Some(context) => Some(context),
        None => {
            let (owner, context) = (&claimed.owner, &claimed.context);
            store
                .remote_context(owner, context, &claimed.target)
                .await?
        }
    };
    let references = references(store, claimed, &message).await?;
    let configuration = SendMessageConfiguration {
        accepted_output_modes: (!modes.is_empty()).then_some(modes),
        task_push_notification_config: None,
        history_length: None,
        // Of no effect where the answer is a stream.
        return_immediately: Some(true),
    };
    Ok(SendMessageRequest {
        message: Message {
            task_id: remote.map(|remote| remote.task.clone()),
            context_id: context,
            reference_task_ids: (!references.is_empty()).then_some(references),
            ..message
        },
        configuration: Some(configuration),
        metadata: metadata.map(|all| all.into_iter().collect::<HashMap<_, _>>()),
        tenant: None,
    })
}

/// What the agent calls the tasks that a message refers to; those of others, or
/// at other agents, are none of its business.
async fn references(
    store: &Store,
    claimed: &Claimed,
    message: &Message,
) -> Result<Vec<String>, StoreError> {
    let named = message.reference_task_ids.iter().flatten();
    let ids = named.filter_map(|id| id.parse::<TaskId>().ok());
    let mut known = Vec::new();
    for id in ids.take(REFERENCES) {
        if let Some((_, other)) = store.attached(id).await?
            && (&other.owner, &other.target) == (&claimed.owner, &claimed.target)
        {
            known.extend(other.remote.map(|remote| remote.task));
        }
    }
    Ok(known)
}
