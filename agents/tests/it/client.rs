//! The official A2A client, over either binding.

use std::{sync::Arc, time::Duration};

use a2a::{
    CancelTaskRequest, GetTaskRequest, Message, Part, Role, SendMessageConfiguration,
    SendMessageRequest, SendMessageResponse, StreamResponse, SubscribeToTaskRequest,
    TRANSPORT_PROTOCOL_HTTP_JSON, TRANSPORT_PROTOCOL_JSONRPC, Task, TaskState,
};
use a2a_client::{
    A2AClient, A2AClientFactory, Transport, agent_card::AgentCardResolver, auth::AuthInterceptor,
    jsonrpc::JsonRpcTransportFactory, rest::RestTransportFactory,
};
use futures_util::{Stream, StreamExt};

use crate::call::{TOKEN, http};

pub(crate) const BINDINGS: [&str; 2] = [TRANSPORT_PROTOCOL_JSONRPC, TRANSPORT_PROTOCOL_HTTP_JSON];

type Result<T> = std::result::Result<T, a2a::A2AError>;
pub(crate) type Events = std::pin::Pin<Box<dyn Stream<Item = Result<StreamResponse>> + Send>>;

/// A client of one agent.
pub(crate) struct Client(A2AClient<Box<dyn Transport>>);

impl Client {
    /// Finds the agent by its card, as the gateway does, and speaks `binding`.
    pub(crate) async fn new(base: &str, binding: &str, headers: &[(&str, &str)]) -> Self {
        let card = AgentCardResolver::new(Some(http())).resolve(base).await;
        let mut factory = A2AClientFactory::builder()
            .no_defaults()
            .preferred_bindings(vec![binding.to_owned()]);
        factory = match binding {
            TRANSPORT_PROTOCOL_JSONRPC => {
                factory.register(Arc::new(JsonRpcTransportFactory::new(Some(http()))))
            }
            _ => factory.register(Arc::new(RestTransportFactory::new(Some(http())))),
        };
        for (name, value) in headers {
            let header = AuthInterceptor::custom(*name, *value);
            factory = factory.with_interceptor(Arc::new(header));
        }
        let client = factory.build().create_from_card(&card.unwrap()).await;
        Self(client.unwrap())
    }

    /// A client that acts for the person the test's token stands for, at the
    /// gateway's task `task`.
    pub(crate) async fn acting(base: &str, binding: &str, task: &str) -> Self {
        let bearer = format!("Bearer {TOKEN}");
        let headers = [("authorization", &*bearer), ("x-attach-task", task)];
        Self::new(base, binding, &headers).await
    }

    pub(crate) async fn send(&self, message: Message) -> Result<SendMessageResponse> {
        self.0.send_message(&request(message)).await
    }

    /// Sends and does not wait for the end.
    pub(crate) async fn start(&self, message: Message) -> Task {
        let mut request = request(message);
        request.configuration = Some(SendMessageConfiguration {
            accepted_output_modes: None,
            task_push_notification_config: None,
            history_length: None,
            return_immediately: Some(true),
        });
        match self.0.send_message(&request).await.unwrap() {
            SendMessageResponse::Task(task) => task,
            SendMessageResponse::Message(message) => panic!("no task: {message:?}"),
        }
    }

    /// Sends, waits for the end, and expects a task.
    pub(crate) async fn task(&self, message: Message) -> Task {
        match self.send(message).await.unwrap() {
            SendMessageResponse::Task(task) => task,
            SendMessageResponse::Message(message) => panic!("no task: {message:?}"),
        }
    }

    pub(crate) async fn stream(&self, message: Message) -> Events {
        let events = self.0.send_streaming_message(&request(message)).await;
        events.unwrap()
    }

    /// Every event of a message, to the end of the stream.
    pub(crate) async fn events(&self, message: Message) -> Vec<StreamResponse> {
        all(self.stream(message).await).await
    }

    pub(crate) async fn subscribe(&self, task_id: &str) -> Result<Events> {
        let id = task_id.to_owned();
        let request = SubscribeToTaskRequest { id, tenant: None };
        self.0.subscribe_to_task(&request).await
    }

    pub(crate) async fn get(&self, task_id: &str) -> Result<Task> {
        let request = GetTaskRequest {
            id: task_id.to_owned(),
            history_length: None,
            tenant: None,
        };
        self.0.get_task(&request).await
    }

    pub(crate) async fn list(&self) -> Vec<Task> {
        let request = serde_json::from_str(r#"{"includeArtifacts":true}"#).unwrap();
        self.0.list_tasks(&request).await.unwrap().tasks
    }

    pub(crate) async fn cancel(&self, task_id: &str) -> Result<Task> {
        let request = CancelTaskRequest {
            id: task_id.to_owned(),
            metadata: None,
            tenant: None,
        };
        self.0.cancel_task(&request).await
    }
}

fn request(message: Message) -> SendMessageRequest {
    SendMessageRequest {
        message,
        configuration: None,
        metadata: None,
        tenant: None,
    }
}

/// A message of the user with this text.
pub(crate) fn text(text: &str) -> Message {
    Message::new(Role::User, vec![Part::text(text)])
}

/// What follows in an agent's task.
pub(crate) fn follow_up(task: &Task, said: &str) -> Message {
    Message {
        task_id: Some(task.id.clone()),
        ..text(said)
    }
}

/// Every event, to the end of the stream, which comes within ten seconds.
pub(crate) async fn all(events: Events) -> Vec<StreamResponse> {
    let events = events.map(Result::unwrap).collect();
    let limit = Duration::from_secs(10);
    tokio::time::timeout(limit, events).await.unwrap()
}

/// The next event, which comes within ten seconds.
pub(crate) async fn next(events: &mut Events) -> StreamResponse {
    let limit = Duration::from_secs(10);
    let next = tokio::time::timeout(limit, events.next()).await.unwrap();
    next.unwrap().unwrap()
}

/// An event in a few words: `task submitted`, `working: text`, `+code: text`
/// for what is added to an artifact, with `.` after what is the last of it.
pub(crate) fn words(event: &StreamResponse) -> String {
    match event {
        StreamResponse::Task(task) => format!("task {}", name(&task.status.state)),
        StreamResponse::Message(message) => format!("message: {}", message.text().unwrap()),
        StreamResponse::StatusUpdate(update) => {
            let said = update.status.message.as_ref().and_then(Message::text);
            let state = name(&update.status.state);
            said.map_or_else(|| state.clone(), |said| format!("{state}: {said}"))
        }
        StreamResponse::ArtifactUpdate(update) => {
            let plus = if update.append == Some(true) { "+" } else { "" };
            let dot = if update.last_chunk == Some(true) {
                "."
            } else {
                ""
            };
            let part = serde_json::to_value(&update.artifact.parts[0]).unwrap();
            let part = part["text"]
                .as_str()
                .map_or(part.to_string(), str::to_owned);
            format!("{plus}{}: {part}{dot}", update.artifact.artifact_id)
        }
    }
}

fn name(state: &TaskState) -> String {
    let name = serde_json::to_value(state).unwrap();
    let name = name.as_str().unwrap().trim_start_matches("TASK_STATE_");
    name.to_lowercase().replace('_', "-")
}
