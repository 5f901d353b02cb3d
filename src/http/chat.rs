//! The proxied call of an engine.

mod hold;
mod models;
mod route;
mod witness;

use std::time::{Duration, Instant};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header},
    web,
};
use futures_util::{Stream, StreamExt};

use crate::{
    actors::mirror::KEPT,
    adapters::engine::{EngineAnswer, EngineClient, EngineRequest},
    domain::{
        chat::{Ask, Kind},
        stream::{Answer, Dialect},
    },
    http::{
        State,
        bill::{Bill, End, Order, Told, images},
        body,
        caller::Caller,
        door::Place,
        error::ApiError,
        headers,
        tap::{Broken, Holding, Tap, Upstream},
    },
};
pub use models::models;
use route::{Opened, Route};
use witness::Witness;

/// An answer that is one JSON is held back up to this size, so that its numbers
/// can go in its headers; a larger one passes as it comes.
const WHOLE_BYTES: usize = 1 << 20;

/// `/api/*` and `/v1/*`: method, path, query and body go to the engine as they
/// are, its status, headers and body come back as they are.
///
/// # Errors
///
/// 400, 413, 429, 503; 502 and 504 when the engine does not answer.
pub async fn proxy(
    request: HttpRequest,
    payload: web::Payload,
    place: Place,
    caller: Caller,
    state: web::Data<State>,
    client: web::Data<EngineClient>,
) -> Result<HttpResponse, ApiError> {
    let started = Instant::now();
    let body = body::read(&request, payload, state.max_request_bytes).await?;
    let mut route = Route::of(&request, &body, &state, &client).await?;
    let call = EngineRequest {
        method: request.method().clone(),
        path: route.path.clone(),
        headers: headers::to_engine(request.headers(), &caller),
        body: body.clone(),
    };
    let witness = Witness::of(&state, &caller, route.ask.as_ref());
    let Some((kind, ask)) = route.ask.take() else {
        let opened = route.open(&client, call, &witness).await?;
        return Ok(passed(opened, client.idle_limit(), place));
    };
    let asked = (kind, ask, body);
    let order = order((caller, place, started), asked, &state).await?;
    let keep = if order.mirrors { KEPT } else { 0 };
    let mut bill = Bill::open(order);
    match route.open(&client, call, &witness).await {
        Ok(opened) => answered(opened, bill, (kind, keep), client.idle_limit()).await,
        Err(error) => {
            bill.refused(error.status_code().as_u16()).await?;
            Err(error)
        }
    }
}

/// What is known, held and kept free before the engine is asked.
async fn order(
    (caller, place, started): (Caller, Place, Instant),
    (kind, ask, body): (Kind, Ask, web::Bytes),
    state: &State,
) -> Result<Order, ApiError> {
    let payer = state.auth.payer(&caller.identity.owner);
    let spending = hold::reserve(state, (&caller.identity, &payer), (kind, &ask), &body).await?;
    Ok(Order {
        kind,
        images: images(&ask),
        model: ask.model,
        started,
        counter: state.counter,
        counting: state.counting.clone(),
        shown: state.counts_usage.then(|| state.metrics.clone()),
        payer,
        usage: Some(state.usage.place().await?),
        room: state.mirror.room(2).await?,
        mirrors: state.mirror.is_on(),
        is_strict: state.is_strict,
        spending,
        place,
        caller,
        body,
    })
}

/// The engine's answer on its way to the caller, `keep` bytes of its text kept.
async fn answered(
    opened: Opened,
    mut bill: Bill,
    (kind, keep): (Kind, usize),
    idle: Duration,
) -> Result<HttpResponse, ApiError> {
    let dialect = Dialect::of(content_type(&opened.answer));
    let status = opened.answer.status().as_u16();
    let mut answer = Answer::new(dialect, keep);
    let may_be_cut = dialect != Dialect::Json && status < 400 && bill.has_quota();
    if may_be_cut {
        answer.prepare_to_cut(dialect, kind);
    }
    bill.answered(opened.engine.name(), opened.place, status, answer);
    bill.watched(opened.span);
    let (response, length) = head(&opened.answer);
    let upstream = Upstream::new(opened.answer, idle);
    if dialect == Dialect::Json && length.is_none_or(|n| n <= WHOLE_BYTES as u64) {
        return whole(response, upstream, bill).await;
    }
    // What may end sooner or later than its engine says has no length.
    Ok(match may_be_cut {
        true => streamed(response, None, Tap::within_quota(upstream, bill, length)),
        false => streamed(response, length, Tap::new(upstream, bill, length)),
    })
}

/// Status and headers of an engine's answer, and the length it announces.
fn head(answer: &EngineAnswer) -> (HttpResponseBuilder, Option<u64>) {
    let mut response = HttpResponse::build(answer.status());
    for (name, value) in headers::from_engine(answer.headers()) {
        response.append_header((name.clone(), value.clone()));
    }
    if answer.status() == StatusCode::TOO_MANY_REQUESTS {
        response.insert_header(("x-attach-limited-by", "engine"));
    }
    if Dialect::of(content_type(answer)) != Dialect::Json {
        response.insert_header(("x-accel-buffering", "no"));
    }
    let length = answer.headers().get(header::CONTENT_LENGTH);
    (response, length.and_then(|v| v.to_str().ok()?.parse().ok()))
}

fn content_type(answer: &EngineAnswer) -> Option<&str> {
    answer.headers().get(header::CONTENT_TYPE)?.to_str().ok()
}

/// An answer that carries no prompt's answer: passed on, nothing is counted.
fn passed(opened: Opened, idle: Duration, place: Place) -> HttpResponse {
    let (mut response, length) = head(&opened.answer);
    let upstream = Upstream::new(opened.answer, idle);
    let body = Holding::new(upstream, (place, opened.place));
    match length {
        Some(length) => response.no_chunking(length).streaming(body),
        None => response.streaming(body),
    }
}

fn streamed(
    mut response: HttpResponseBuilder,
    length: Option<u64>,
    tap: Tap<Upstream>,
) -> HttpResponse {
    match length {
        Some(length) => response.no_chunking(length).streaming(tap),
        None => response.streaming(tap),
    }
}

/// One JSON: its numbers go in its headers.
async fn whole(
    mut response: HttpResponseBuilder,
    upstream: Upstream,
    mut bill: Bill,
) -> Result<HttpResponse, ApiError> {
    let mut upstream = Box::pin(upstream);
    let mut body = web::BytesMut::new();
    while let Some(chunk) = upstream.next().await {
        let chunk = chunk.map_err(|broken| {
            bill.close(End::Cut);
            match broken {
                Broken::Cut => ApiError::EngineUnreachable,
                Broken::Silent => ApiError::EngineTooSlow,
                Broken::Unwritten => ApiError::Store,
            }
        })?;
        bill.read(&chunk);
        body.extend_from_slice(&chunk);
        if body.len() > WHOLE_BYTES {
            let begun = futures_util::stream::iter([Ok(body.freeze())]);
            return Ok(response.streaming(too_long(begun, upstream, bill)));
        }
    }
    if let Some(told) = bill.told().await? {
        number(&mut response, &told);
    }
    Ok(response.body(body.freeze()))
}

/// A JSON that turned out longer than is held back: what is here, then the rest.
fn too_long(
    begun: impl Stream<Item = Result<web::Bytes, Broken>>,
    rest: std::pin::Pin<Box<Upstream>>,
    bill: Bill,
) -> impl Stream<Item = Result<web::Bytes, Broken>> {
    begun.chain(Tap::new(rest, bill, None))
}

fn number(response: &mut HttpResponseBuilder, told: &Told) {
    response.insert_header((
        "x-llm-model",
        headers::value(&crate::domain::header::percent_encoded(&told.model)),
    ));
    if let Some((input, output)) = told.tokens {
        response.insert_header(("x-tokens-in", input));
        response.insert_header(("x-tokens-out", output));
    }
}
