//! `GET /mem/search`: which of one's own events answer a query best.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{answer, limit, listed};
use crate::{
    adapters::memory::Remembered,
    domain::memory::{query::Query, snippet::snippet},
    http::{State, caller::Caller, error::ApiError},
};

/// The query of a search.
#[derive(Deserialize)]
pub struct Asked {
    q: Option<String>,
    limit: Option<u32>,
}

/// `GET /mem/search?q=&limit=`: one's own events that answer `q` best, the best
/// first, in the shape of lists; each with a `snippet` in which what was found
/// stands between `⟦` and `⟧`.
///
/// # Errors
///
/// 400 for a query without words or with too many, 503 when memory is off or away.
pub async fn search(
    caller: Caller,
    asked: web::Query<Asked>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let Asked { q, limit: most } = asked.into_inner();
    let query = Query::parse(&q.unwrap_or_default());
    let query = query.map_err(|error| ApiError::Invalid(error.to_string()))?;
    let owner = &caller.identity.owner;
    let found = state.memory.search(owner, &query, limit(most)?).await?;
    let events = found.into_iter().map(|event| hit(event, &query));
    Ok(answer(events.collect(), None))
}

fn hit(event: Remembered, query: &Query) -> Value {
    // Of title and text, in this order, the one that says more.
    let snippets = event.texts().map(|text| snippet(text, query));
    let hits = |shown: &String| shown.matches('⟦').count();
    let snippet = snippets.max_by_key(hits).unwrap_or_default();
    let additional = [("snippet".to_owned(), snippet.into())];
    listed(event, Map::from_iter(additional))
}
