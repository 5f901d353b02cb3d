//! What a call may cost, held before the engine is asked.

use actix_web::web;

use crate::{
    actors::ledger::Reservation,
    domain::{
        chat::{Ask, Kind, prompt_tokens_within},
        id::Owner,
        identity::Identity,
        quota::{Hold, Subject},
    },
    http::{State, bill::SLICE, counting::COUNT_HERE, error::ApiError},
};

/// What one image counts until the engine says.
const IMAGE: u64 = 1_000;

/// What is held for a call.
pub(super) struct Held {
    /// All of it.
    pub(super) reservation: Reservation,
    /// As much of it as is for the prompt.
    pub(super) prompt: u64,
}

/// Holds the tokens a call may cost. The body's length in bytes is an upper
/// bound of its tokens; only where that bound matters, at the smallest limit, is
/// anything counted. `None` where nothing limits the call.
pub(super) async fn reserve(
    state: &State,
    (identity, payer): (&Identity, &Owner),
    (kind, ask): (Kind, &Ask),
    body: &web::Bytes,
) -> Result<Option<Held>, ApiError> {
    let Some(quota) = &state.quota else {
        return Ok(None);
    };
    let Some(under) = quota.limits.under(&subject(identity, ask)) else {
        return Ok(None);
    };
    let (bound, limit) = (body.len() as u64, quota.limits.smallest(&under));
    let prompt = if bound <= limit / 16 {
        bound
    } else {
        counted(state, (kind, ask), body, limit).await?
    };
    let output = match kind.generates() {
        true => ask.max_output.unwrap_or(SLICE),
        false => 0,
    };
    let hold = Hold { prompt, output };
    let reservation = quota.ledger.reserve(payer.clone(), under, hold).await?;
    Ok(Some(Held {
        reservation,
        prompt,
    }))
}

/// What limits look at: the caller, what their credential was granted, the model.
fn subject<'a>(identity: &'a Identity, ask: &'a Ask) -> Subject<'a> {
    Subject {
        owner: &identity.owner,
        scopes: identity.scopes,
        model: ask.model.as_deref().unwrap_or_default(),
    }
}

/// What does not fit the whole limit is one more than that: nothing depends on how
/// much more it is.
async fn counted(
    state: &State,
    (kind, ask): (Kind, &Ask),
    body: &web::Bytes,
    limit: u64,
) -> Result<u64, ApiError> {
    let counter = state
        .counter
        .for_model(ask.model.as_deref().unwrap_or_default());
    let images = u64::from(ask.images) * IMAGE;
    let count = move |body: &[u8]| {
        let tokens = prompt_tokens_within(kind, body, &counter, limit);
        tokens
            .unwrap_or(limit.saturating_add(1))
            .saturating_add(images)
    };
    if body.len() <= COUNT_HERE {
        return Ok(count(body));
    }
    let turn = state.counting.turn().await.ok_or(ApiError::Busy)?;
    let body = body.clone();
    let counted = web::block(move || {
        let _turn = turn;
        count(&body)
    });
    counted.await.map_err(ApiError::internal)
}
