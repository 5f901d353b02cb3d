//! The JSON-RPC binding.

use a2a::{
    A2AError, AgentCard, CancelTaskRequest, GetExtendedAgentCardRequest, GetTaskRequest,
    JsonRpcError, JsonRpcId, JsonRpcRequest, SendMessageRequest, SendMessageResponse,
    StreamResponse, SubscribeToTaskRequest, Task, jsonrpc::methods,
};
use a2a_client::ServiceParams;
use a2a_pb::protojson_conv::ProtoJsonPayload;
use reqwest::Client;
use serde::Deserialize;
use serde_json::Value;

use super::{
    fault,
    http::{self, Events},
};

/// One interface of this binding.
pub(super) struct JsonRpc {
    pub(super) client: Client,
    pub(super) url: String,
}

/// An answer, as far as it matters.
#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    result: Option<Value>,
    #[serde(default)]
    error: Option<JsonRpcError>,
}

impl JsonRpc {
    pub(super) async fn send(
        &self,
        params: &ServiceParams,
        request: &SendMessageRequest,
    ) -> Result<SendMessageResponse, A2AError> {
        self.call(params, methods::SEND_MESSAGE, request).await
    }

    pub(super) async fn stream(
        &self,
        params: &ServiceParams,
        request: &SendMessageRequest,
    ) -> Result<Events, A2AError> {
        self.events(params, methods::SEND_STREAMING_MESSAGE, request)
            .await
    }

    pub(super) async fn get(
        &self,
        params: &ServiceParams,
        request: &GetTaskRequest,
    ) -> Result<Task, A2AError> {
        self.call(params, methods::GET_TASK, request).await
    }

    pub(super) async fn cancel(
        &self,
        params: &ServiceParams,
        request: &CancelTaskRequest,
    ) -> Result<Task, A2AError> {
        self.call(params, methods::CANCEL_TASK, request).await
    }

    pub(super) async fn subscribe(
        &self,
        params: &ServiceParams,
        request: &SubscribeToTaskRequest,
    ) -> Result<Events, A2AError> {
        self.events(params, methods::SUBSCRIBE_TO_TASK, request)
            .await
    }

    pub(super) async fn extended_card(
        &self,
        params: &ServiceParams,
        request: &GetExtendedAgentCardRequest,
    ) -> Result<AgentCard, A2AError> {
        self.call(params, methods::GET_EXTENDED_AGENT_CARD, request)
            .await
    }

    async fn call<T: ProtoJsonPayload, R: ProtoJsonPayload>(
        &self,
        params: &ServiceParams,
        method: &str,
        request: &T,
    ) -> Result<R, A2AError> {
        let request = self.client.post(&self.url).json(&rpc(method, request)?);
        let whole = http::read(http::open(request, params).await?).await?;
        http::understand(result(&whole)?)
    }

    /// An agent that has nothing to stream may answer with one JSON.
    async fn events<T: ProtoJsonPayload>(
        &self,
        params: &ServiceParams,
        method: &str,
        request: &T,
    ) -> Result<Events, A2AError> {
        let request = self.client.post(&self.url).json(&rpc(method, request)?);
        let response = http::open(http::streaming(request), params).await?;
        if response.status().is_success() && http::is_stream(response.headers()) {
            return Ok(http::events(response, event));
        }
        let only = http::understand(result(&http::read(response).await?)?);
        Ok(Box::pin(futures_util::stream::iter([only])))
    }
}

fn rpc<T: ProtoJsonPayload>(method: &str, request: &T) -> Result<JsonRpcRequest, A2AError> {
    let id = JsonRpcId::String(uuid::Uuid::new_v4().to_string());
    let params = http::write(request)?;
    Ok(JsonRpcRequest::new(id, method, Some(params)))
}

fn result(whole: &http::Whole) -> Result<Value, A2AError> {
    let reply = serde_json::from_slice::<Reply>(&whole.body).ok();
    match reply {
        Some(Reply {
            error: Some(error), ..
        }) => Err(fault::told(error)),
        _ if !whole.status.is_success() => Err(fault::refused(whole.status)),
        Some(Reply {
            result: Some(result),
            ..
        }) => Ok(result),
        _ => Err(fault::nonsense()),
    }
}

/// The data of one event.
fn event(data: &[u8]) -> Result<StreamResponse, A2AError> {
    match serde_json::from_slice::<Reply>(data) {
        Ok(Reply {
            error: Some(error), ..
        }) => Err(fault::told(error)),
        Ok(Reply {
            result: Some(result),
            ..
        }) => http::understand(result),
        _ => Err(fault::nonsense()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::adapters::a2a::client::fault::Fault;

    #[test]
    fn an_event_is_a_result_or_an_error_and_nothing_else() {
        let update = br#"{"jsonrpc":"2.0","id":1,"result":{"statusUpdate":{"taskId":"t",
            "contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}}"#;
        assert!(matches!(event(update), Ok(StreamResponse::StatusUpdate(_))));
        let error = br#"{"id":1,"error":{"code":-32001,"message":"gone"}}"#;
        assert_eq!(Fault::of(&event(error).unwrap_err()), Fault::Unknown);
        for odd in ["", "{}", "[]", "null", r#"{"result":{"kind":"task"}}"#] {
            let error = event(odd.as_bytes()).unwrap_err();
            assert_eq!(Fault::of(&error), Fault::Nonsense, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(data in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = event(&data);
        }
    }
}
