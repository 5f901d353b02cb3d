//! The HTTP+JSON binding: method and path tell what is asked.

pub(super) mod route;

use a2a::A2AError;
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    Call, Refusal, Told, asked::Asked, card::Privacy, jsonrpc::sent_value, push::Webhooks, sse, v03,
};
use crate::{
    domain::a2a::{
        error::{self, details},
        read,
    },
    http::{State, body, caller::Caller, error::ApiError},
};
use route::{Operation, Route};

/// What the specification calls JSON of the protocol.
const A2A_JSON: &str = "application/a2a+json";

/// `/agents/{name}/…`.
///
/// # Errors
///
/// What the protocol has no code for; all else is an error in its own shape.
pub async fn rest(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let limit = state.max_request_bytes;
    let (name, tail) = path.into_inner();
    if let Some(tail) = tail.strip_prefix("v1/") {
        return v03::rest::rest(request, payload, caller, (&name, tail), state).await;
    }
    let route = Route::of(request.method(), &tail).ok_or(ApiError::NoRoute)?;
    let asked = Asked::of(&request, state, caller, &name)?;
    let body = body::read(&request, payload, limit).await?;
    match answer(&request, &asked, route, &body).await {
        Ok(answer) => Ok(answer),
        Err(Refusal::A2a(error)) => Ok(failure(&request, &error)),
        Err(Refusal::Api(error)) => Err(error),
    }
}

async fn answer(
    request: &HttpRequest,
    asked: &Asked,
    route: Route<'_>,
    body: &[u8],
) -> Result<HttpResponse, Refusal> {
    asked.version.clone()?.wants_v10()?;
    let (query, said) = (query(request), given(route.operation, body)?);
    let named = query.get("tenant").or(said.get("tenant"));
    let call = asked.call(route.tenant.or(named.and_then(Value::as_str)))?;
    match route.operation {
        Operation::Send => {
            let sent = call.send(read::send(said)?).await?;
            success(request, &call, &sent_value(sent))
        }
        Operation::Stream => Ok(stream(&call, call.stream(read::send(said)?).await?)),
        Operation::Subscribe(id) => {
            let after = sse::last_event_id(request)?;
            Ok(stream(&call, call.subscribe(id, after).await?))
        }
        Operation::Get(id) => {
            let wanted = read::get(with(query, "id", id))?;
            let task = call.task(&wanted.id, wanted.history_length).await?;
            success(request, &call, &task)
        }
        Operation::List => {
            let wanted = read::list(query.into())?;
            success(request, &call, &call.list(wanted).await?)
        }
        Operation::Cancel(id) => {
            let task = call.cancel(read::cancel(of_task(said, id))?).await?;
            success(request, &call, &task)
        }
        Operation::ExtendedCard => {
            let card = call.signed_extended_card().await?;
            Ok(card.answer(request, Privacy::Private))
        }
        Operation::Webhooks(hooks) => {
            let answered = webhooks(&call, hooks, query, said).await?;
            success(request, &call, &answered)
        }
    }
}

async fn webhooks(
    call: &Call,
    asked: route::Webhooks<'_>,
    query: Map<String, Value>,
    mut said: Value,
) -> Result<Value, Refusal> {
    let written = |value: serde_json::Result<Value>| value.map_err(ApiError::internal);
    Ok(match asked {
        route::Webhooks::Create(task) => {
            said["taskId"] = task.into();
            let config = call.create_push(read::push(said)?).await?;
            written(serde_json::to_value(config))?
        }
        route::Webhooks::List(task) => {
            let wanted = read::list_push(with(query, "taskId", task))?;
            let found = call.pushes(wanted).await?;
            written(serde_json::to_value(Webhooks::from(found)))?
        }
        route::Webhooks::Get(task, id) => {
            written(serde_json::to_value(call.push(task, id).await?))?
        }
        route::Webhooks::Delete(task, id) => {
            call.delete_push(task, id).await?;
            json!({})
        }
    })
}

/// The body of an operation that has one, as an object; elsewhere it may be left
/// out, and counts for nothing.
///
/// # Errors
///
/// It is none.
fn given(operation: Operation<'_>, body: &[u8]) -> Result<Value, A2AError> {
    use Operation as O;
    let wants = matches!(operation, O::Send | O::Stream)
        || matches!(operation, O::Webhooks(route::Webhooks::Create(_)));
    match (wants, operation) {
        (true, _) => object(body),
        (false, O::Cancel(_)) if !body.is_empty() => object(body),
        _ => Ok(json!({})),
    }
}

/// What the body says of the task that the path names.
pub(super) fn of_task(mut said: Value, id: &str) -> Value {
    said["id"] = id.into();
    said
}

/// What the path says, among what the query does.
fn with(mut query: Map<String, Value>, name: &str, value: &str) -> Value {
    query.insert(name.to_owned(), value.into());
    query.into()
}

/// The body as an object.
///
/// # Errors
///
/// It is none.
pub(super) fn object(body: &[u8]) -> Result<Value, A2AError> {
    let json: Result<Value, _> = serde_json::from_slice(body);
    match json {
        Ok(json @ Value::Object(_)) => Ok(json),
        Ok(_) => Err(A2AError::invalid_request("the body is not a JSON object")),
        Err(_) => Err(A2AError::parse_error("the body is not valid JSON")),
    }
}

/// The query as the members of a request.
pub(super) fn query(request: &HttpRequest) -> Map<String, Value> {
    let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    let known = pairs.filter(|(name, _)| !name.eq_ignore_ascii_case("a2a-version"));
    known
        .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
        .collect()
}

fn stream(call: &Call, following: super::Following) -> HttpResponse {
    sse::answer(call, following, |told: &Told, _| {
        told.json().map(|json| json.to_string())
    })
}

fn success(
    request: &HttpRequest,
    call: &Call,
    result: &impl Serialize,
) -> Result<HttpResponse, Refusal> {
    let json = serde_json::to_string(result).map_err(ApiError::internal)?;
    let mut answer = HttpResponse::Ok();
    call.tell_extensions(&mut answer);
    Ok(written(request, answer, json))
}

/// The protocol's error as `google.rpc.Status`.
fn failure(request: &HttpRequest, error: &A2AError) -> HttpResponse {
    let (code, status) = error::status(error);
    let body = json!({ "error": {
        "code": code, "status": status, "message": error.message, "details": details(error),
    }});
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    written(request, HttpResponse::build(code), body.to_string())
}

fn written(request: &HttpRequest, mut answer: HttpResponseBuilder, json: String) -> HttpResponse {
    answer
        .insert_header((header::CONTENT_TYPE, content_type(request)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(json)
}

/// The answer's type is the request's: who writes `application/json`, or asks
/// for it, gets it.
fn content_type(request: &HttpRequest) -> &'static str {
    let says = |name: header::HeaderName| {
        let value = request.headers().get(name).and_then(|v| v.to_str().ok());
        value.is_some_and(|value| {
            let mut kinds = value.split([',', ';']).map(str::trim);
            kinds.any(|kind| kind.eq_ignore_ascii_case("application/json"))
        })
    };
    match says(header::CONTENT_TYPE) || says(header::ACCEPT) {
        true => "application/json",
        false => A2A_JSON,
    }
}
