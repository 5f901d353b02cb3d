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
    let call = |tenant: Option<&str>| asked.call(route.tenant.or(tenant));
    match route.operation {
        Operation::Send => {
            let sent = read::send(object(body)?)?;
            let call = call(sent.tenant.as_deref())?;
            success(request, asked, &sent_value(call.send(sent).await?))
        }
        Operation::Stream => {
            let sent = read::send(object(body)?)?;
            let call = call(sent.tenant.as_deref())?;
            Ok(stream(asked, call.stream(sent).await?))
        }
        Operation::Subscribe(id) => {
            let after = sse::last_event_id(request)?;
            Ok(stream(asked, call(None)?.subscribe(id, after).await?))
        }
        Operation::Get(id) => {
            let mut query = query(request);
            query.insert("id".to_owned(), id.into());
            let wanted = read::get(query.into())?;
            let call = call(wanted.tenant.as_deref())?;
            success(
                request,
                asked,
                &call.task(&wanted.id, wanted.history_length).await?,
            )
        }
        Operation::List => {
            let wanted = read::list(query(request).into())?;
            let call = call(wanted.tenant.as_deref())?;
            success(request, asked, &call.list(wanted).await?)
        }
        Operation::Cancel(id) => {
            if !body.is_empty() {
                object(body)?;
            }
            success(request, asked, &call(None)?.cancel(id).await?)
        }
        Operation::ExtendedCard => {
            let card = call(None)?.signed_extended_card().await?;
            Ok(card.answer(request, Privacy::Private))
        }
        Operation::Webhooks(hooks) => {
            let answered = webhooks(request, &call(None)?, hooks, body).await?;
            success(request, asked, &answered)
        }
    }
}

async fn webhooks(
    request: &HttpRequest,
    call: &Call,
    asked: route::Webhooks<'_>,
    body: &[u8],
) -> Result<Value, Refusal> {
    let written = |value: serde_json::Result<Value>| value.map_err(ApiError::internal);
    Ok(match asked {
        route::Webhooks::Create(task) => {
            let mut config = object(body)?;
            config["taskId"] = task.into();
            let config = call.create_push(read::push(config)?).await?;
            written(serde_json::to_value(config))?
        }
        route::Webhooks::List(task) => {
            let mut query = query(request);
            query.insert("taskId".to_owned(), task.into());
            let found = call.pushes(read::list_push(query.into())?).await?;
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

fn stream(asked: &Asked, following: super::Following) -> HttpResponse {
    sse::answer(asked, following, |told: &Told, _| {
        told.json().map(|json| json.to_string())
    })
}

fn success(
    request: &HttpRequest,
    asked: &Asked,
    result: &impl Serialize,
) -> Result<HttpResponse, Refusal> {
    let json = serde_json::to_string(result).map_err(ApiError::internal)?;
    let mut answer = HttpResponse::Ok();
    asked.tell_extensions(&mut answer);
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
