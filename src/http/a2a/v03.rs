//! The 0.3 face: the same operations, in the words that 0.3 has for them.

pub(super) mod rest;
pub(super) mod rpc;

use a2a::{
    A2AError, ListTaskPushNotificationConfigsRequest, TaskPushNotificationConfig,
    error_code as code,
};
use serde_json::Value;

use super::{Call, Refusal};
use crate::domain::a2a::error::task_not_found;

/// All webhooks of a task: 0.3 has no pages in JSON-RPC.
async fn webhooks(
    call: &Call,
    mut wanted: ListTaskPushNotificationConfigsRequest,
) -> Result<Vec<TaskPushNotificationConfig>, Refusal> {
    let mut all = Vec::new();
    loop {
        let page = call.pushes(wanted.clone()).await?;
        all.extend(page.configs);
        match page.next_page_token.filter(|token| !token.is_empty()) {
            Some(token) => wanted.page_token = Some(token),
            None => return Ok(all),
        }
    }
}

/// The webhook that was made first, where none is named.
async fn first_webhook(
    call: &Call,
    wanted: ListTaskPushNotificationConfigsRequest,
) -> Result<TaskPushNotificationConfig, Refusal> {
    let found = call.pushes(wanted).await?.configs.into_iter().next();
    found.ok_or_else(|| task_not_found().into())
}

/// The card for this caller. Where there is none 0.3 has one error, whether or
/// not the agent could have had one.
async fn extended_card(call: &Call) -> Result<Value, Refusal> {
    let card = call
        .signed_extended_card()
        .await
        .map_err(|refusal| match refusal {
            Refusal::A2a(error) if error.code == code::UNSUPPORTED_OPERATION => {
                Refusal::A2a(A2AError {
                    code: code::EXTENDED_CARD_NOT_CONFIGURED,
                    ..error
                })
            }
            other => other,
        })?;
    Ok(card.legacy()?)
}
