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
    /// Tokens of the prompt without its images, where they were counted.
    pub(super) counted: Option<u64>,
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
    let (limit, bound) = (quota.limits.smallest(&under), body.len() as u64);
    let (prompt, counted) = if bound <= limit / 16 {
        (bound, None)
    } else {
        let counted = counted(state, limit, (kind, ask), body).await?;
        let tokens = counted.unwrap_or(limit.saturating_add(1));
        let images = u64::from(ask.images) * IMAGE;
        (tokens.saturating_add(images), counted)
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
        counted,
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

/// Tokens of the prompt without its images, if they are `limit` at most: nothing
/// depends on how many more they are.
async fn counted(
    state: &State,
    limit: u64,
    (kind, ask): (Kind, &Ask),
    body: &web::Bytes,
) -> Result<Option<u64>, ApiError> {
    let model = ask.model.as_deref().unwrap_or_default();
    let counter = state.counter.for_model(model);
    if body.len() <= COUNT_HERE {
        return Ok(prompt_tokens_within(kind, body, &counter, limit));
    }
    let turn = state.counting.turn().await.ok_or(ApiError::Busy)?;
    let body = body.clone();
    let count = web::block(move || {
        let _turn = turn;
        prompt_tokens_within(kind, &body, &counter, limit)
    });
    count.await.map_err(ApiError::internal)
}
