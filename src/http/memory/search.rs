//! `GET /mem/search`: which of one's own events answer a query best.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{answer, limit, listed, noted::Begun};
use crate::{
    adapters::memory::{Remembered, access::Op},
    domain::memory::{query::Query, snippet::of_texts},
    http::{State, caller::Caller, error::ApiError, params::Params},
};

/// How much text is looked through where others are served meanwhile, in bytes.
const AT_ONCE: usize = 64 * 1024;

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
    asked: Params<Asked>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let begun = Begun::now();
    let Asked { q, limit: most } = asked.into_inner();
    let query = Query::parse(&q.unwrap_or_default());
    let query = query.map_err(|error| ApiError::Invalid(error.to_string()))?;
    let owner = &caller.identity.owner;
    let found = state.memory.search(owner, &query, limit(most)?).await?;
    begun.found((&state, &caller), Op::Search, &found);
    Ok(answer(hits(found, query).await?, None))
}

async fn hits(found: Vec<Remembered>, query: Query) -> Result<Vec<Value>, ApiError> {
    let bytes: usize = found.iter().flat_map(Remembered::texts).map(str::len).sum();
    let shown = move || {
        let events = found.into_iter().map(|event| hit(event, &query));
        events.collect()
    };
    match bytes {
        ..=AT_ONCE => Ok(shown()),
        _ => {
            let shown = tokio::task::spawn_blocking(shown).await;
            shown.map_err(ApiError::internal)
        }
    }
}

fn hit(event: Remembered, query: &Query) -> Value {
    let snippet = of_texts(event.texts(), query);
    let additional = [("snippet".to_owned(), snippet.into())];
    listed(event, Map::from_iter(additional))
}
