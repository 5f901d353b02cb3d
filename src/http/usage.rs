//! `GET /usage`: what was used in a time, what it cost, and what is left of the
//! quota.

mod bill;
mod quota;
mod range;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    adapters::usage::{
        picture::{Frame, Picture, PictureError, SlowCall},
        sums::Sum,
    },
    domain::{identity::Scope, price::Prices, time::UnixMillis},
    http::{State, answer::unkept, caller::Caller, error::ApiError, params::Params},
};

/// The query.
#[derive(Deserialize)]
pub struct Wanted {
    since: Option<i64>,
    until: Option<i64>,
    step: Option<String>,
    everyone: Option<bool>,
}

/// One's own, or with `everyone=true` everyone's, by the moment at which calls
/// ended. Where that are more records than can be read in three seconds, `cut` is true
/// and only those since `counted_since` are in it.
///
/// # Errors
///
/// 400 for a time or a step that is none, or more than a thousand steps; 403 for
/// everyone's without `metrics:read`; 503 when the records cannot be read, and when too
/// many ask at once.
pub async fn usage(
    caller: Caller,
    wanted: Params<Wanted>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let everyone = wanted.everyone == Some(true);
    if everyone && !caller.identity.scopes.has(Scope::MetricsRead) {
        return Err(ApiError::Scope(Scope::MetricsRead));
    }
    let owner = (!everyone).then(|| caller.identity.owner.clone());
    let frame = range::frame(&wanted, owner, UnixMillis::now())?;
    let (picture, quota) = tokio::join!(
        state.usage_table.picture(&frame, &caller.identity.owner),
        quota::told(&state, &caller)
    );
    let mut told = told(&frame, &picture.map_err(undrawn)?, &state.prices);
    told["quota"] = quota;
    Ok(unkept(told))
}

fn undrawn(error: PictureError) -> ApiError {
    match error {
        PictureError::Busy => ApiError::Busy,
        PictureError::Read(error) => {
            tracing::error!(%error, "usage cannot be read");
            ApiError::Unread
        }
    }
}

fn told(frame: &Frame, picture: &Picture, prices: &Prices) -> Value {
    let bill = bill::Bill::of(&picture.models, prices);
    json!({
        "since": frame.since,
        "until": frame.until,
        "step_ms": frame.step_ms,
        "cut": frame.since < picture.counted_since,
        "counted_since": picture.counted_since,
        "series": series(picture),
        "cost": bill.cost(),
        "models": bill.models,
        "priced": !prices.is_empty(),
        "slowest": picture.slowest.iter().map(slow).collect::<Vec<_>>(),
    })
}

fn series(picture: &Picture) -> Vec<Value> {
    let steps = picture.steps.iter();
    let step = |(at, model, sum): &(_, String, Sum)| {
        json!({
            "at": at,
            "model": model,
            "calls": sum.calls,
            "tokens_in": sum.tokens_in,
            "tokens_out": sum.tokens_out,
        })
    };
    steps.map(step).collect()
}

fn slow(call: &SlowCall) -> Value {
    json!({
        "at": call.at,
        "model": call.model,
        "engine": call.engine,
        "duration_ms": call.duration_ms,
        "first_byte_ms": call.first_byte_ms,
        "tokens_in": call.tokens_in,
        "tokens_out": call.tokens_out,
        "task_id": call.task_id,
        "outcome": call.outcome,
    })
}
