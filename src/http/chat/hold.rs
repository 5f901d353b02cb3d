//! What a call may cost, held before the engine is asked.

use actix_web::web;

use crate::{
    actors::ledger::Reservation,
    domain::{
        chat::{Ask, Kind, prompt_tokens},
        id::Owner,
        identity::Identity,
        quota::{Hold, Subject},
    },
    http::{State, bill::COUNT_HERE, error::ApiError},
};

/// What an answer is taken to cost while it runs, if its request sets no limit.
const SLICE: u64 = 256;
/// What one image counts until the engine says.
const IMAGE: u64 = 1_000;

/// Holds the tokens a call may cost. The body's length in bytes is an upper
/// bound of its tokens; only where that bound matters, at the smallest limit, is
/// anything counted. `None` where nothing limits the call.
pub(super) async fn reserve(
    state: &State,
    (identity, payer): (&Identity, &Owner),
    (kind, ask): (Kind, &Ask),
    body: &web::Bytes,
) -> Result<Option<Reservation>, ApiError> {
    let Some(quota) = &state.quota else {
        return Ok(None);
    };
    let Some(under) = quota.limits.under(&subject(identity, ask)) else {
        return Ok(None);
    };
    let bound = body.len() as u64;
    let prompt = if bound <= quota.limits.smallest(&under) / 16 {
        bound
    } else {
        counted(state, kind, ask, body).await?
    };
    let output = match kind.generates() {
        true => ask.max_output.unwrap_or(SLICE),
        false => 0,
    };
    let hold = Hold { prompt, output };
    let held = quota.ledger.reserve(payer.clone(), under, hold).await?;
    Ok(Some(held))
}

/// What limits look at: the caller, what their credential was granted, the model.
fn subject<'a>(identity: &'a Identity, ask: &'a Ask) -> Subject<'a> {
    Subject {
        owner: &identity.owner,
        scopes: identity.scopes,
        model: ask.model.as_deref().unwrap_or_default(),
    }
}

async fn counted(state: &State, kind: Kind, ask: &Ask, body: &web::Bytes) -> Result<u64, ApiError> {
    let counter = state
        .counter
        .for_model(ask.model.as_deref().unwrap_or_default());
    let images = u64::from(ask.images) * IMAGE;
    if body.len() <= COUNT_HERE {
        return Ok(prompt_tokens(kind, body, &counter) + images);
    }
    let body = body.clone();
    let count = web::block(move || prompt_tokens(kind, &body, &counter)).await;
    count
        .map(|tokens| tokens + images)
        .map_err(ApiError::internal)
}
