//! The hub as a client: the protocol's own client over transports that read
//! within limits and tell an agent that is away from one that answers badly.

pub mod fault;
mod http;
mod jsonrpc;
mod rest;

use std::sync::Arc;

use a2a::{
    A2AError, AgentCard, AgentInterface, CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest, GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest, GetTaskRequest, ListTaskPushNotificationConfigsRequest,
    ListTaskPushNotificationConfigsResponse, ListTasksRequest, ListTasksResponse,
    SendMessageRequest, SendMessageResponse, SubscribeToTaskRequest, TRANSPORT_PROTOCOL_HTTP_JSON,
    TRANSPORT_PROTOCOL_JSONRPC, Task, TaskPushNotificationConfig,
};
use a2a_client::{A2AClient, ServiceParams, Transport, middleware::CallInterceptor};
use async_trait::async_trait;
use reqwest::Client;

use http::Events;
use jsonrpc::JsonRpc;
use rest::Rest;

/// A client of one agent.
pub type AgentClient = A2AClient<Box<dyn Transport>>;

/// The bindings there are, the one we like best first.
pub const BINDINGS: [&str; 2] = [TRANSPORT_PROTOCOL_JSONRPC, TRANSPORT_PROTOCOL_HTTP_JSON];

/// A client that calls `interface` through `client`; `headers` go with every
/// call.
///
/// # Errors
///
/// The interface has another binding.
pub fn connect(
    interface: &AgentInterface,
    client: Client,
    headers: Arc<dyn CallInterceptor>,
) -> Result<AgentClient, A2AError> {
    let url = interface.url.clone();
    let link = match &*interface.protocol_binding {
        TRANSPORT_PROTOCOL_JSONRPC => Link::JsonRpc(JsonRpc { client, url }),
        TRANSPORT_PROTOCOL_HTTP_JSON => {
            let base = url.trim_end_matches('/').to_owned();
            Link::Rest(Rest { client, base })
        }
        other => {
            let text = format!("the hub does not speak {other}");
            return Err(A2AError::unsupported_operation(text));
        }
    };
    let link: Box<dyn Transport> = Box::new(link);
    let client = AgentClient::new(link).with_interceptors(vec![headers]);
    let tenant = interface.tenant.as_deref();
    Ok(match tenant.filter(|tenant| !tenant.is_empty()) {
        Some(tenant) => client.with_tenant(tenant),
        None => client,
    })
}

/// A transport: what the hub asks of agents, and no more.
enum Link {
    JsonRpc(JsonRpc),
    Rest(Rest),
}

fn unasked<T>() -> Result<T, A2AError> {
    let text = "the hub asks no such thing of an agent";
    Err(A2AError::unsupported_operation(text))
}

#[async_trait]
impl Transport for Link {
    async fn send_message(
        &self,
        params: &ServiceParams,
        request: &SendMessageRequest,
    ) -> Result<SendMessageResponse, A2AError> {
        match self {
            Self::JsonRpc(link) => link.send(params, request).await,
            Self::Rest(link) => link.send(params, request).await,
        }
    }

    async fn send_streaming_message(
        &self,
        params: &ServiceParams,
        request: &SendMessageRequest,
    ) -> Result<Events, A2AError> {
        match self {
            Self::JsonRpc(link) => link.stream(params, request).await,
            Self::Rest(link) => link.stream(params, request).await,
        }
    }

    async fn get_task(
        &self,
        params: &ServiceParams,
        request: &GetTaskRequest,
    ) -> Result<Task, A2AError> {
        match self {
            Self::JsonRpc(link) => link.get(params, request).await,
            Self::Rest(link) => link.get(params, request).await,
        }
    }

    async fn cancel_task(
        &self,
        params: &ServiceParams,
        request: &CancelTaskRequest,
    ) -> Result<Task, A2AError> {
        match self {
            Self::JsonRpc(link) => link.cancel(params, request).await,
            Self::Rest(link) => link.cancel(params, request).await,
        }
    }

    async fn subscribe_to_task(
        &self,
        params: &ServiceParams,
        request: &SubscribeToTaskRequest,
    ) -> Result<Events, A2AError> {
        match self {
            Self::JsonRpc(link) => link.subscribe(params, request).await,
            Self::Rest(link) => link.subscribe(params, request).await,
        }
    }

    async fn list_tasks(
        &self,
        _: &ServiceParams,
        _: &ListTasksRequest,
    ) -> Result<ListTasksResponse, A2AError> {
        unasked()
    }

    async fn create_push_config(
        &self,
        _: &ServiceParams,
        _: &TaskPushNotificationConfig,
    ) -> Result<TaskPushNotificationConfig, A2AError> {
        unasked()
    }

    async fn get_push_config(
        &self,
        _: &ServiceParams,
        _: &GetTaskPushNotificationConfigRequest,
    ) -> Result<TaskPushNotificationConfig, A2AError> {
        unasked()
    }

    async fn list_push_configs(
        &self,
        _: &ServiceParams,
        _: &ListTaskPushNotificationConfigsRequest,
    ) -> Result<ListTaskPushNotificationConfigsResponse, A2AError> {
        unasked()
    }

    async fn delete_push_config(
        &self,
        _: &ServiceParams,
        _: &DeleteTaskPushNotificationConfigRequest,
    ) -> Result<(), A2AError> {
        unasked()
    }

    async fn get_extended_agent_card(
        &self,
        params: &ServiceParams,
        request: &GetExtendedAgentCardRequest,
    ) -> Result<AgentCard, A2AError> {
        match self {
            Self::JsonRpc(link) => link.extended_card(params, request).await,
            Self::Rest(link) => link.extended_card(params, request).await,
        }
    }

    async fn destroy(&self) -> Result<(), A2AError> {
        Ok(())
    }
}
