//! JSON-RPC of 0.3, at the same address as that of 1.0: the method tells them
//! apart.

use a2a::A2AError;
use actix_web::{HttpRequest, HttpResponse, http::header};
use serde_json::Value;

use super::{extended_card, first_webhook, webhooks};
use crate::{
    domain::a2a::{
        read,
        v03::{
            Dialect, ask,
            refuse::{self, Names},
            tell,
        },
    },
    http::a2a::{
        Call, Following, Refusal,
        asked::Asked,
        envelope::{enveloped, of_gateway_in_stream},
        jsonrpc::{Rpc, sent_value},
        sse,
    },
};

const SEND: &str = "message/send";
const STREAM: &str = "message/stream";
const GET: &str = "tasks/get";
const CANCEL: &str = "tasks/cancel";
const RESUBSCRIBE: &str = "tasks/resubscribe";
const SET_PUSH: &str = "tasks/pushNotificationConfig/set";
const GET_PUSH: &str = "tasks/pushNotificationConfig/get";
const LIST_PUSH: &str = "tasks/pushNotificationConfig/list";
const DELETE_PUSH: &str = "tasks/pushNotificationConfig/delete";
const CARD: &str = "agent/getAuthenticatedExtendedCard";
const METHODS: [&str; 10] = [
    SEND,
    STREAM,
    GET,
    CANCEL,
    RESUBSCRIBE,
    SET_PUSH,
    GET_PUSH,
    LIST_PUSH,
    DELETE_PUSH,
    CARD,
];

/// Whether the method is one of 0.3.
pub(in crate::http::a2a) fn is_known(method: &str) -> bool {
    METHODS.contains(&method)
}

/// Does what a known method asks. Errors of the protocol are answers.
pub(in crate::http::a2a) async fn answer(
    request: &HttpRequest,
    asked: &Asked,
    rpc: &Rpc,
    params: Value,
) -> Result<HttpResponse, Refusal> {
    match dispatch(request, asked, rpc, params).await {
        Err(Refusal::A2a(error)) => {
            let error = refuse::renamed(error, Dialect::Rpc, names(&rpc.method));
            let code = refuse::code(&error);
            Ok(match wants_events(request, &rpc.method) {
                true => rpc.refused_in_stream(code, &error),
                false => rpc.refused(code, &error),
            })
        }
        Err(Refusal::Api(error)) if wants_events(request, &rpc.method) => {
            Ok(of_gateway_in_stream(&rpc.id, error)?)
        }
        other => other,
    }
}

/// Clients of 0.3 read the answer to these as a stream, also where it is an
/// error; in 1.0 it is an answer like any other.
fn wants_events(request: &HttpRequest, method: &str) -> bool {
    // One client sends what it accepts as two headers.
    let accepted = request.headers().get_all(header::ACCEPT);
    let mut accepted = accepted.filter_map(|kinds| kinds.to_str().ok());
    matches!(method, STREAM | RESUBSCRIBE)
        && accepted.any(|kinds| kinds.contains("text/event-stream"))
}

fn names(method: &str) -> Names {
    match method {
        SEND | STREAM => Names::Message,
        SET_PUSH => Names::Webhook,
        GET_PUSH | LIST_PUSH | DELETE_PUSH => Names::Key,
        _ => Names::Same,
    }
}

async fn dispatch(
    request: &HttpRequest,
    asked: &Asked,
    rpc: &Rpc,
    params: Value,
) -> Result<HttpResponse, Refusal> {
    let call = asked.call(None)?;
    let result = match &*rpc.method {
        STREAM => {
            let sent = ask::send(Dialect::Rpc, params)?;
            return Ok(stream(&call, rpc, call.stream(sent).await?));
        }
        RESUBSCRIBE => {
            let wanted = ask::resubscribe(params)?;
            let after = sse::last_event_id(request)?;
            let following = call.resubscribe(&wanted.id, after).await?;
            return Ok(stream(&call, rpc, following));
        }
        SEND => {
            let sent = call.send(ask::send(Dialect::Rpc, params)?).await?;
            tell::sent(Dialect::Rpc, &sent_value(sent))
        }
        GET => {
            let wanted = ask::get(params)?;
            let task = call.task(&wanted.id, wanted.history_length).await?;
            tell::task(Dialect::Rpc, &task)
        }
        CANCEL => {
            let wanted = ask::cancel(params)?;
            tell::task(Dialect::Rpc, &call.cancel(wanted).await?)
        }
        CARD => extended_card(&call).await?,
        method => push(&call, method, params).await?,
    };
    rpc.answer(&call, &result)
}

async fn push(call: &Call, method: &str, params: Value) -> Result<Value, Refusal> {
    let told = |config| tell::webhook(Dialect::Rpc, &config);
    Ok(match method {
        SET_PUSH => {
            let config = ask::create_push(Dialect::Rpc, params)?;
            told(call.create_push(config).await?)
        }
        GET_PUSH => {
            let key = ask::key(params);
            if key.get("id").is_none() {
                return Ok(told(first_webhook(call, read::list_push(key)?).await?));
            }
            let key = read::get_push(key)?;
            told(call.push(&key.task_id, &key.id).await?)
        }
        LIST_PUSH => {
            let all = webhooks(call, ask::list_push(params)?).await?;
            all.into_iter().map(told).collect()
        }
        DELETE_PUSH => {
            let key = ask::delete_push(params)?;
            call.delete_push(&key.task_id, &key.id).await?;
            Value::Null
        }
        other => return Err(A2AError::method_not_found(other).into()),
    })
}

fn stream(call: &Call, rpc: &Rpc, following: Following) -> HttpResponse {
    let id = rpc.id.clone();
    sse::answer(call, following, move |told, is_last| {
        let event = tell::event(Dialect::Rpc, &told.response()?, is_last);
        Some(enveloped(&id, &event.to_string()))
    })
}
