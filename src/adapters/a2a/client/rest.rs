//! The HTTP+JSON binding.

use a2a::{
    A2AError, AgentCard, CancelTaskRequest, GetExtendedAgentCardRequest, GetTaskRequest,
    JsonRpcError, SendMessageRequest, SendMessageResponse, StreamResponse, SubscribeToTaskRequest,
    Task, error_code, errordetails, reason_to_error_code,
};
use a2a_client::ServiceParams;
use a2a_pb::protojson_conv::ProtoJsonPayload;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::{
    fault,
    http::{self, Events, Whole},
};

/// One interface of this binding.
pub(super) struct Rest {
    pub(super) client: Client,
    /// Without a slash at its end.
    pub(super) base: String,
}

/// An error, as far as it matters.
#[derive(Deserialize)]
struct Refusal {
    error: Said,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Vec<Value>,
}

impl Rest {
    pub(super) async fn send(
        &self,
        params: &ServiceParams,
        request: &SendMessageRequest,
    ) -> Result<SendMessageResponse, A2AError> {
        let to = self.place(request.tenant.as_deref(), "/message:send");
        let post = self.client.post(to).json(&http::write(request)?);
        self.call(post, params).await
    }

    pub(super) async fn stream(
        &self,
        params: &ServiceParams,
        request: &SendMessageRequest,
    ) -> Result<Events, A2AError> {
        let to = self.place(request.tenant.as_deref(), "/message:stream");
        let post = self.client.post(to).json(&http::write(request)?);
        self.events(post, params).await
    }

    pub(super) async fn get(
        &self,
        params: &ServiceParams,
        request: &GetTaskRequest,
    ) -> Result<Task, A2AError> {
        let to = self.task(request.tenant.as_deref(), &request.id, "");
        let length = request.history_length.map(|n| ("historyLength", n));
        let get = self.client.get(to).query(&length.as_slice());
        self.call(get, params).await
    }

    pub(super) async fn cancel(
        &self,
        params: &ServiceParams,
        request: &CancelTaskRequest,
    ) -> Result<Task, A2AError> {
        let to = self.task(request.tenant.as_deref(), &request.id, ":cancel");
        let post = self.client.post(to).json(&http::write(request)?);
        self.call(post, params).await
    }

    /// The specification says POST, its proto GET: what one agent does not know
    /// another does.
    pub(super) async fn subscribe(
        &self,
        params: &ServiceParams,
        request: &SubscribeToTaskRequest,
    ) -> Result<Events, A2AError> {
        let to = self.task(request.tenant.as_deref(), &request.id, ":subscribe");
        let asked = |method| self.client.request(method, &to);
        match self.events(asked(Method::GET), params).await {
            Err(error) if error.code == error_code::METHOD_NOT_FOUND => {
                self.events(asked(Method::POST), params).await
            }
            answered => answered,
        }
    }

    pub(super) async fn extended_card(
        &self,
        params: &ServiceParams,
        request: &GetExtendedAgentCardRequest,
    ) -> Result<AgentCard, A2AError> {
        let to = self.place(request.tenant.as_deref(), "/extendedAgentCard");
        self.call(self.client.get(to), params).await
    }

    async fn call<R: ProtoJsonPayload>(
        &self,
        request: RequestBuilder,
        params: &ServiceParams,
    ) -> Result<R, A2AError> {
        let whole = http::read(http::open(request, params).await?).await?;
        http::understand(json(&whole)?)
    }

    async fn events(
        &self,
        request: RequestBuilder,
        params: &ServiceParams,
    ) -> Result<Events, A2AError> {
        let response = http::open(http::streaming(request), params).await?;
        if response.status().is_success() && http::is_stream(response.headers()) {
            return Ok(http::events(response, event));
        }
        let only = http::understand(json(&http::read(response).await?)?);
        Ok(Box::pin(futures_util::stream::iter([only])))
    }

    fn task(&self, tenant: Option<&str>, id: &str, verb: &str) -> String {
        // An id is the agent's own word: it must not become another path.
        self.place(tenant, &format!("/tasks/{}{verb}", segment(id)))
    }

    fn place(&self, tenant: Option<&str>, path: &str) -> String {
        let tenant = tenant.map(|name| format!("/{}", segment(name)));
        format!("{}{}{path}", self.base, tenant.unwrap_or_default())
    }
}

/// `text` as one segment of a path.
fn segment(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let encoded = text.bytes().map(|byte| match byte {
        byte if plain(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    encoded.collect()
}

fn json(whole: &Whole) -> Result<Value, A2AError> {
    if whole.status.is_success() {
        return serde_json::from_slice(&whole.body).map_err(|_| fault::nonsense());
    }
    match serde_json::from_slice::<Refusal>(&whole.body) {
        Ok(refusal) => Err(told(refusal, whole.status)),
        Err(_) => Err(fault::refused(whole.status)),
    }
}

/// The data of one event.
fn event(data: &[u8]) -> Result<StreamResponse, A2AError> {
    if let Ok(refusal) = serde_json::from_slice::<Refusal>(data) {
        return Err(told(refusal, StatusCode::OK));
    }
    // As some servers write it on a stream.
    if let Ok(error) = serde_json::from_slice::<JsonRpcError>(data) {
        return Err(fault::told(error));
    }
    let json = serde_json::from_slice(data).map_err(|_| fault::nonsense())?;
    http::understand(json)
}

fn told(refusal: Refusal, status: StatusCode) -> A2AError {
    let mut reasons = refusal.error.details.iter().filter_map(reason);
    let code = reasons.next_back().unwrap_or(match status {
        StatusCode::METHOD_NOT_ALLOWED => error_code::METHOD_NOT_FOUND,
        _ => error_code::INTERNAL_ERROR,
    });
    let Said { message, details } = refusal.error;
    fault::told(JsonRpcError {
        code,
        message,
        data: Some(Value::Array(details)),
    })
}

fn reason(detail: &Value) -> Option<i32> {
    let is_info = detail["@type"] == errordetails::ERROR_INFO_TYPE;
    let reason = detail["reason"].as_str().filter(|_| is_info)?;
    reason_to_error_code(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::a2a::client::fault::Fault;

    fn rest() -> Rest {
        Rest {
            client: Client::builder().no_proxy().build().unwrap(),
            base: "http://a.example/x".to_owned(),
        }
    }

    #[test]
    fn an_id_of_an_agent_is_one_segment_of_a_path() {
        let to = rest().task(Some("a/b"), "../../admin?x#y", ":cancel");
        let base = "http://a.example/x/a%2Fb/tasks/";
        assert!(to.starts_with(base) && to.ends_with(":cancel"), "{to}");
        assert!(!to[base.len()..].contains(['/', '?', '#']), "{to}");
    }

    #[test]
    fn an_error_has_the_code_of_its_reason() {
        let body = br#"{"error":{"code":404,"message":"gone","details":[{"@type":
            "type.googleapis.com/google.rpc.ErrorInfo","reason":"TASK_NOT_FOUND"}]}}"#;
        let status = StatusCode::NOT_FOUND;
        let whole = |body: &[u8]| Whole {
            status,
            body: body.to_vec(),
        };
        let error = json(&whole(body)).unwrap_err();
        assert_eq!(Fault::of(&error), Fault::Unknown);
        let bare = event(br#"{"code":-32001,"message":"gone"}"#).unwrap_err();
        assert_eq!(Fault::of(&bare), Fault::Unknown);
        let error = json(&whole(b"<html>")).unwrap_err();
        assert_eq!(Fault::of(&error), Fault::Refused);
        assert_eq!(error.message, "agent answered 404");
    }
}
