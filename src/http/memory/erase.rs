//! `DELETE /mem/events/{id}` and `DELETE /mem/events?all=true`: one's own events
//! leave for good.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::event_id;
use crate::http::{State, caller::Caller, error::ApiError, params::Params};

/// What is to go.
#[derive(Deserialize)]
pub struct Wanted {
    all: Option<String>,
}

/// `DELETE /mem/events/{id}`: 204 once it is gone. Goes on when the client leaves.
///
/// # Errors
///
/// 404 for unknown and for other people's events, 503 when memory is off or away.
pub async fn erase(
    caller: Caller,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let id = event_id(&id)?;
    let owner = caller.identity.owner.clone();
    let erased = tokio::spawn(async move { state.memory.erase(id, &owner).await });
    erased.await.map_err(ApiError::internal)??;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /mem/events?all=true`: everything of the caller, and how many that
/// was. Goes on when the client leaves.
///
/// # Errors
///
/// 400 without `all=true`, 503 when memory is off or away.
pub async fn erase_all(
    caller: Caller,
    wanted: Params<Wanted>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    if wanted.all.as_deref() != Some("true") {
        let remedy = "all: write all=true to erase everything, or name one event in the path";
        return Err(ApiError::Invalid(remedy.to_owned()));
    }
    let owner = caller.identity.owner.clone();
    let erased = tokio::spawn(async move { state.memory.erase_all(&owner).await });
    let erased = erased.await.map_err(ApiError::internal)??;
    Ok(HttpResponse::Ok().json(json!({ "erased": erased })))
}
