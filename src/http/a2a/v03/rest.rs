//! HTTP+JSON of 0.3, under `/agents/{name}/v1`: ProtoJSON of the package
//! `a2a.v1`. Its paths are those of 1.0, but for the card's.

use a2a::A2AError;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};
use serde_json::{Value, json};

use super::extended_card;
use crate::{
    domain::a2a::{
        error::{self, details},
        read,
        v03::{
            Bytes, Dialect, ask,
            refuse::{self, Names},
            tell,
        },
        version::Version,
    },
    http::{
        State,
        a2a::{
            Call, Following, Refusal,
            asked::Asked,
            jsonrpc::sent_value,
            rest::{
                object, of_task, query,
                route::{Operation, Route, Webhooks},
            },
            sse,
        },
        body,
        caller::Caller,
        error::ApiError,
    },
};

/// `/agents/{name}/v1/…`; `path` is the name and what comes after.
///
/// # Errors
///
/// No such path, or 0.3 is off; else what the protocol has no code for.
pub(in crate::http::a2a) async fn rest(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    (name, path): (&str, &str),
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let limit = state.max_request_bytes;
    let operation = operation(request.method(), path).filter(|_| state.v03);
    let operation = operation.ok_or(ApiError::NoRoute)?;
    let asked = Asked::of(&request, state, caller, name)?;
    let body = body::read(&request, payload, limit).await?;
    let dialect = dialect(&request);
    match answer(&request, &asked, operation, &body).await {
        Ok(answer) => Ok(answer),
        Err(Refusal::A2a(error)) => {
            let error = refuse::renamed(error, dialect, names(&operation));
            Ok(failure(&error))
        }
        Err(Refusal::Api(error)) => Err(error),
    }
}

fn operation<'a>(method: &Method, path: &'a str) -> Option<Operation<'a>> {
    if method == Method::GET && path == "card" {
        return Some(Operation::ExtendedCard);
    }
    let route = Route::of(method, path).filter(|route| route.tenant.is_none())?;
    Some(route.operation).filter(|known| *known != Operation::ExtendedCard)
}

/// The SDK for Python encodes files twice, and is told by its HTTP client; the
/// others do as the definition says.
fn dialect(request: &HttpRequest) -> Dialect {
    let agent = request.headers().get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    match agent.is_some_and(|agent| agent.contains("python-httpx")) {
        true => Dialect::Rest(Bytes::Twice),
        false => Dialect::Rest(Bytes::Once),
    }
}

fn names(operation: &Operation<'_>) -> Names {
    match operation {
        Operation::Send | Operation::Stream => Names::Message,
        Operation::Webhooks(Webhooks::Create(_)) => Names::Webhook,
        _ => Names::Same,
    }
}

async fn answer(
    request: &HttpRequest,
    asked: &Asked,
    operation: Operation<'_>,
    body: &[u8],
) -> Result<HttpResponse, Refusal> {
    if asked.version.clone()? == Version::V10 {
        return Err(not_v10().into());
    }
    let (call, dialect) = (asked.call(None)?, dialect(request));
    let result = match operation {
        Operation::Stream => {
            let sent = ask::send(dialect, object(body)?)?;
            return Ok(stream(&call, dialect, call.stream(sent).await?));
        }
        Operation::Subscribe(id) => {
            let after = sse::last_event_id(request)?;
            let following = call.resubscribe(id, after).await?;
            return Ok(stream(&call, dialect, following));
        }
        Operation::Send => {
            let sent = call.send(ask::send(dialect, object(body)?)?).await?;
            tell::sent(dialect, &sent_value(sent))
        }
        Operation::Get(id) => {
            let mut query = query(request);
            query.insert("id".to_owned(), id.into());
            let wanted = ask::get(query.into())?;
            let task = call.task(&wanted.id, wanted.history_length).await?;
            tell::task(dialect, &task)
        }
        Operation::List => list(request, &call, dialect).await?,
        Operation::Cancel(id) => {
            let said = match body.is_empty() {
                true => json!({}),
                false => object(body)?,
            };
            let wanted = ask::cancel(of_task(said, id))?;
            tell::task(dialect, &call.cancel(wanted).await?)
        }
        Operation::ExtendedCard => extended_card(&call).await?,
        Operation::Webhooks(hooks) => webhooks(request, &call, hooks, body).await?,
    };
    Ok(success(&call, &result))
}

/// The definition has no list; the specification's table of paths does.
async fn list(request: &HttpRequest, call: &Call, dialect: Dialect) -> Result<Value, Refusal> {
    let listed = call.list(ask::list(dialect, query(request))?).await?;
    let tasks = listed.tasks.iter().map(|one| tell::task(dialect, one));
    Ok(json!({
        "tasks": tasks.collect::<Vec<_>>(),
        "nextPageToken": listed.next_page_token,
        "pageSize": listed.page_size,
        "totalSize": listed.total_size,
    }))
}

async fn webhooks(
    request: &HttpRequest,
    call: &Call,
    asked: Webhooks<'_>,
    body: &[u8],
) -> Result<Value, Refusal> {
    let dialect = dialect(request);
    let told = |config| tell::webhook(dialect, &config);
    Ok(match asked {
        Webhooks::Create(task) => {
            let mut params = object(body)?;
            params["taskId"] = task.into();
            let config = ask::create_push(dialect, params)?;
            told(call.create_push(config).await?)
        }
        Webhooks::List(task) => {
            let mut query = query(request);
            query.remove("tenant");
            query.insert("taskId".to_owned(), task.into());
            let found = call.pushes(read::list_push(query.into())?).await?;
            json!({
                "configs": found.configs.into_iter().map(told).collect::<Vec<_>>(),
                "nextPageToken": found.next_page_token.unwrap_or_default(),
            })
        }
        Webhooks::Get(task, id) => told(call.push(task, id).await?),
        Webhooks::Delete(task, id) => {
            call.delete_push(task, id).await?;
            json!({})
        }
    })
}

fn stream(call: &Call, dialect: Dialect, following: Following) -> HttpResponse {
    sse::answer(call, following, move |told, is_last| {
        Some(tell::event(dialect, &told.response()?, is_last).to_string())
    })
}

fn not_v10() -> A2AError {
    let code = a2a::error_code::VERSION_NOT_SUPPORTED;
    A2AError::new(code, "0.3 is spoken here; leave out /v1 to speak 1.0")
}

fn success(call: &Call, result: &Value) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    call.tell_extensions(&mut answer);
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer.json(result)
}

/// Clients of 0.3 look for `type` and `message`, those of 1.0 into `error`.
fn failure(error: &A2AError) -> HttpResponse {
    let (code, status) = error::status(error);
    let body = json!({
        "type": refuse::name(error),
        "message": error.message,
        "error": {
            "code": code, "status": status, "message": error.message, "details": details(error),
        },
    });
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(code)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}
