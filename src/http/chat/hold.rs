//! What a call may cost, held before the engine is asked.

use actix_web::web;

use crate::{
    actors::ledger::{Ledger, ReserveError},
    domain::{
        chat::{Ask, Kind, prompt_tokens_within},
        id::Owner,
        identity::Identity,
        quota::{Hold, Subject, Under},
    },
    http::{
        Quota, State,
        bill::{SLICE, Spending, images},
        counting::COUNT_HERE,
        error::ApiError,
    },
};

/// What is held for an answer that comes in one piece and whose request sets no
/// limit: nothing can be held while it grows, and engines that are asked for no limit
/// rarely say more.
const WHOLE: u64 = 4_096;

/// Holds the tokens a call may cost. The body's length in bytes is an upper
/// bound of its tokens; only where that bound matters, at the smallest limit, is
/// anything counted. `None` where nothing limits the call.
pub(super) async fn reserve(
    state: &State,
    (identity, payer): (&Identity, &Owner),
    (kind, ask): (Kind, &Ask),
    body: &web::Bytes,
) -> Result<Option<Spending>, ApiError> {
    let Some(quota) = &state.quota else {
        return Ok(None);
    };
    let Some(under) = quota.limits.under(&subject(identity, ask)) else {
        return Ok(None);
    };
    let asked = (kind, ask);
    let (prompt, counted) = prompt(state, quota, (payer, &under), asked, body).await?;
    let prompt = prompt.saturating_add(images(ask));
    let output = output(kind, ask);
    let hold = Hold { prompt, output };
    Ok(Some(Spending {
        reservation: quota.ledger.reserve(payer.clone(), under, hold).await?,
        prompt,
        counted,
        most: ask.max_output,
    }))
}

/// What is held for the prompt, and what it was counted to, its images aside.
async fn prompt(
    state: &State,
    quota: &Quota,
    (payer, under): (&Owner, &Under),
    (kind, ask): (Kind, &Ask),
    body: &web::Bytes,
) -> Result<(u64, Option<u64>), ApiError> {
    let (limit, bound) = (quota.limits.smallest(under), body.len() as u64);
    if bound.saturating_add(images(ask)) <= limit / 16 {
        return Ok((bound, None));
    }
    if body.len() > COUNT_HERE {
        has_room(&quota.ledger, payer, under).await?;
    }
    let counted = counted(state, (payer, limit), (kind, ask), body).await?;
    Ok((counted.unwrap_or(limit.saturating_add(1)), counted))
}

/// What is held for the answer.
fn output(kind: Kind, ask: &Ask) -> u64 {
    let unsaid = if ask.stream { SLICE } else { WHOLE };
    match kind.generates() {
        true => ask.max_output.unwrap_or(unsaid),
        false => 0,
    }
}

/// Whether one token is left: whoever has none is refused before their prompt costs
/// a tokenizer's time.
async fn has_room(ledger: &Ledger, payer: &Owner, under: &Under) -> Result<(), ReserveError> {
    let nothing = Hold {
        prompt: 0,
        output: 0,
    };
    let asked = ledger.reserve(payer.clone(), under.clone(), nothing);
    asked.await.map(drop)
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
    (payer, limit): (&Owner, u64),
    (kind, ask): (Kind, &Ask),
    body: &web::Bytes,
) -> Result<Option<u64>, ApiError> {
    let model = ask.model.as_deref().unwrap_or_default();
    let counter = state.counter.for_model(model);
    if body.len() <= COUNT_HERE {
        return Ok(prompt_tokens_within(kind, body, &counter, limit));
    }
    let turn = state.counting.turn(payer, body.len()).await;
    let turn = turn.ok_or(ApiError::Busy)?;
    let body = body.clone();
    let count = web::block(move || {
        let _turn = turn;
        prompt_tokens_within(kind, &body, &counter, limit)
    });
    count.await.map_err(ApiError::internal)
}
