//! The JSON-RPC binding: one address an agent, the method tells what is asked.

use a2a::{A2AError, JsonRpcId, jsonrpc::methods};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Serialize;
use serde_json::{Value, value::RawValue, value::to_raw_value};

use super::{
    Call, Refusal, Sent, Told,
    asked::Asked,
    envelope::{enveloped, failure, failure_in_stream, of_gateway, raw},
    push::Webhooks,
    sse, v03,
};
use crate::{
    domain::a2a::{read, version::Version},
    http::{State, body, caller::Caller, error::ApiError},
};

/// A request that can be answered.
pub(super) struct Rpc {
    pub(super) id: Box<RawValue>,
    pub(super) method: String,
    params: Value,
}

/// `POST /agents/{name}`.
///
/// # Errors
///
/// Who calls, and what they may. All else is an answer with an error in it.
pub async fn rpc(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    name: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let limit = state.max_request_bytes;
    let body = match body::read(&request, payload, limit).await {
        Ok(body) => body,
        Err(error) => return of_gateway(RawValue::NULL, error),
    };
    let mut rpc = match Rpc::read(&body) {
        Ok(rpc) => rpc,
        Err((id, error)) => return Ok(failure(&id, error.code, &error)),
    };
    let asked = match Asked::of(&request, state, caller, &name) {
        Ok(asked) => asked,
        Err(error) => return of_gateway(&rpc.id, error),
    };
    let params = std::mem::take(&mut rpc.params);
    match dispatch(&request, &asked, &rpc, params).await {
        Ok(answer) => Ok(answer),
        Err(Refusal::A2a(error)) => Ok(rpc.refused(error.code, &error)),
        Err(Refusal::Api(error)) => of_gateway(&rpc.id, error),
    }
}

/// The version is looked at first: the same word may mean another thing in
/// another one.
async fn dispatch(
    request: &HttpRequest,
    asked: &Asked,
    rpc: &Rpc,
    params: Value,
) -> Result<HttpResponse, Refusal> {
    match asked.version.clone()? {
        Version::V10 => v10(request, asked, rpc, params).await,
        Version::V03 if asked.serves_v03() && v03::rpc::is_known(&rpc.method) => {
            v03::rpc::answer(request, asked, rpc, params).await
        }
        Version::V03 if methods::is_valid(&rpc.method) => {
            Version::V03.wants_v10()?;
            Err(A2AError::method_not_found(&rpc.method).into())
        }
        Version::V03 => Err(A2AError::method_not_found(&rpc.method).into()),
    }
}

async fn v10(
    request: &HttpRequest,
    asked: &Asked,
    rpc: &Rpc,
    params: Value,
) -> Result<HttpResponse, Refusal> {
    match &*rpc.method {
        methods::SEND_MESSAGE => {
            let sent = read::send(params)?;
            let call = asked.call(sent.tenant.as_deref())?;
            rpc.answer(&call, &sent_value(call.send(sent).await?))
        }
        methods::SEND_STREAMING_MESSAGE => {
            let sent = read::send(params)?;
            let call = asked.call(sent.tenant.as_deref())?;
            Ok(rpc.stream(&call, call.stream(sent).await?))
        }
        methods::SUBSCRIBE_TO_TASK => {
            let wanted = read::subscribe(params)?;
            let after = sse::last_event_id(request)?;
            let call = asked.call(wanted.tenant.as_deref())?;
            Ok(rpc.stream(&call, call.subscribe(&wanted.id, after).await?))
        }
        methods::GET_TASK => {
            let wanted = read::get(params)?;
            let call = asked.call(wanted.tenant.as_deref())?;
            rpc.answer(&call, &call.task(&wanted.id, wanted.history_length).await?)
        }
        methods::LIST_TASKS => {
            let wanted = read::list(params)?;
            let call = asked.call(wanted.tenant.as_deref())?;
            rpc.answer(&call, &call.list(wanted).await?)
        }
        methods::CANCEL_TASK => {
            let wanted = read::cancel(params)?;
            let call = asked.call(wanted.tenant.as_deref())?;
            rpc.answer(&call, &call.cancel(wanted).await?)
        }
        _ => v10_other(asked, rpc, params).await,
    }
}

/// Webhooks, and the extended card.
async fn v10_other(asked: &Asked, rpc: &Rpc, params: Value) -> Result<HttpResponse, Refusal> {
    match &*rpc.method {
        methods::CREATE_PUSH_CONFIG => {
            let config = read::push(params)?;
            let call = asked.call(config.tenant.as_deref())?;
            rpc.answer(&call, &call.create_push(config).await?)
        }
        methods::GET_PUSH_CONFIG => {
            let key = read::get_push(params)?;
            let call = asked.call(key.tenant.as_deref())?;
            rpc.answer(&call, &call.push(&key.task_id, &key.id).await?)
        }
        methods::LIST_PUSH_CONFIGS => {
            let wanted = read::list_push(params)?;
            let call = asked.call(wanted.tenant.as_deref())?;
            rpc.answer(&call, &Webhooks::from(call.pushes(wanted).await?))
        }
        methods::DELETE_PUSH_CONFIG => {
            let key = read::delete_push(params)?;
            let call = asked.call(key.tenant.as_deref())?;
            call.delete_push(&key.task_id, &key.id).await?;
            // An empty message; some clients take null for no answer.
            rpc.answer(&call, &Value::Object(serde_json::Map::new()))
        }
        methods::GET_EXTENDED_AGENT_CARD => {
            let wanted = read::extended_card(params)?;
            let call = asked.call(wanted.tenant.as_deref())?;
            rpc.answer(&call, &call.extended_card().await?)
        }
        other if v03::rpc::is_known(other) => {
            let text = format!("{other} is a word of 0.3; leave out A2A-Version: 1.0 to speak it");
            Err(A2AError::new(a2a::error_code::METHOD_NOT_FOUND, text).into())
        }
        other => Err(A2AError::method_not_found(other).into()),
    }
}

/// A task, or the agent's whole answer, under its name.
pub(super) fn sent_value(sent: Sent) -> a2a::SendMessageResponse {
    match sent {
        Sent::Task(task) => a2a::SendMessageResponse::Task(*task),
        Sent::Message(message) => a2a::SendMessageResponse::Message(*message),
    }
}

impl Rpc {
    /// # Errors
    ///
    /// Not JSON, not one request, or one that names no method; with the id it
    /// had, as far as it could be read.
    fn read(body: &[u8]) -> Result<Self, (Box<RawValue>, A2AError)> {
        let nothing = || raw(&Value::Null);
        let json: Value = serde_json::from_slice(body).map_err(|_| {
            (
                nothing(),
                A2AError::parse_error("the body is not valid JSON"),
            )
        })?;
        let invalid = |text: &str| A2AError::invalid_request(text);
        let Value::Object(mut members) = json else {
            let text = "write one request object; batches are not taken";
            return Err((nothing(), invalid(text)));
        };
        let id = members.remove("id");
        let id = match id.clone().map(serde_json::from_value::<JsonRpcId>) {
            Some(Ok(_)) => raw(&id),
            Some(Err(_)) => return Err((nothing(), invalid("id: write a text or a whole number"))),
            None => return Err((nothing(), invalid("id: it is required"))),
        };
        if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err((id, invalid("jsonrpc: write \"2.0\"")));
        }
        let Some(Value::String(method)) = members.remove("method") else {
            return Err((id, invalid("method: it is required")));
        };
        let params = members
            .remove("params")
            .unwrap_or(Value::Object(Default::default()));
        Ok(Self { id, method, params })
    }

    /// # Errors
    ///
    /// The result cannot be written as JSON.
    pub(super) fn answer(
        &self,
        call: &Call,
        result: &impl Serialize,
    ) -> Result<HttpResponse, Refusal> {
        let result = to_raw_value(result).map_err(ApiError::internal)?;
        let mut answer = HttpResponse::Ok();
        call.tell_extensions(&mut answer);
        answer.insert_header((header::CONTENT_TYPE, "application/json"));
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        Ok(answer.body(self.enveloped(result.get())))
    }

    fn stream(&self, call: &Call, following: super::Following) -> HttpResponse {
        let id = self.id.clone();
        sse::answer(call, following, move |told: &Told, _| {
            let json = told.json()?;
            Some(enveloped(&id, &json))
        })
    }

    /// The error under this code, with its reason and its fields beside it.
    pub(super) fn refused(&self, code: i32, error: &A2AError) -> HttpResponse {
        failure(&self.id, code, error)
    }

    /// The same as the only event of a stream.
    pub(super) fn refused_in_stream(&self, code: i32, error: &A2AError) -> HttpResponse {
        failure_in_stream(&self.id, code, error)
    }

    fn enveloped(&self, result: &str) -> String {
        enveloped(&self.id, result)
    }
}
