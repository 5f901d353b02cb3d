//! An agent of the official server crate, as others build theirs.

use std::sync::Arc;

use a2a::{
    A2AError, AgentCard, AgentInterface, Artifact, Message, Part, Role, StreamResponse,
    TaskArtifactUpdateEvent, TaskStatus, TaskStatusUpdateEvent,
};
use a2a_server::{
    AgentExecutor, DefaultRequestHandler, ExecutorContext, InMemoryTaskStore, StaticAgentCard,
    agent_card::agent_card_router, jsonrpc::jsonrpc_router, rest::rest_router,
};
use attach_gateway::domain::task::TaskState;
use futures_util::stream::{self, BoxStream};
use serde_json::json;

use super::{Hub, asking, message};
use crate::support::{
    a2a_agent::{A2aAgent, Say},
    gateway::Gateway,
};

type Said = BoxStream<'static, Result<StreamResponse, A2AError>>;

/// Asks which one, and says so when it is told.
struct Picker;

impl AgentExecutor for Picker {
    fn execute(&self, ctx: ExecutorContext) -> Said {
        let ids = ctx.task_info();
        let text = ctx.message.as_ref().and_then(Message::text);
        let events = match text {
            Some("hello") => {
                vec![StreamResponse::Message(said("hello yourself"))]
            }
            Some("pick") => vec![
                status(&ids, a2a::TaskState::Working, None),
                piece(&ids, "you want ", false),
                status(&ids, a2a::TaskState::InputRequired, Some("which one?")),
            ],
            text => vec![
                status(&ids, a2a::TaskState::Working, None),
                piece(&ids, text.unwrap_or("nothing"), true),
                status(&ids, a2a::TaskState::Completed, Some("here you are")),
            ],
        };
        Box::pin(stream::iter(events.into_iter().map(Ok)))
    }

    fn cancel(&self, ctx: ExecutorContext) -> Said {
        let canceled = status(&ctx.task_info(), a2a::TaskState::Canceled, None);
        Box::pin(stream::iter([Ok(canceled)]))
    }
}

fn said(text: &str) -> Message {
    Message::new(Role::Agent, vec![Part::text(text)])
}

fn status(ids: &(String, String), state: a2a::TaskState, text: Option<&str>) -> StreamResponse {
    StreamResponse::StatusUpdate(TaskStatusUpdateEvent {
        task_id: ids.0.clone(),
        context_id: ids.1.clone(),
        status: TaskStatus {
            state,
            message: text.map(said),
            timestamp: None,
        },
        metadata: None,
    })
}

fn piece(ids: &(String, String), text: &str, append: bool) -> StreamResponse {
    StreamResponse::ArtifactUpdate(TaskArtifactUpdateEvent {
        task_id: ids.0.clone(),
        context_id: ids.1.clone(),
        artifact: Artifact {
            artifact_id: "a".to_owned(),
            name: None,
            description: None,
            parts: vec![Part::text(text)],
            metadata: None,
            extensions: None,
        },
        append: Some(append),
        last_chunk: None,
        metadata: None,
    })
}

/// Serves the agent on this thread; the address.
async fn serve(binding: &str, path: &str, streaming: bool) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut card: AgentCard =
        serde_json::from_value(crate::support::a2a_agent::card(&url)).unwrap();
    card.supported_interfaces = vec![AgentInterface::new(format!("{url}{path}"), binding)];
    card.capabilities.streaming = Some(streaming);
    let handler = DefaultRequestHandler::new(Picker, InMemoryTaskStore::new());
    let handler = Arc::new(handler.with_capabilities(card.capabilities.clone()));
    let router = axum::Router::new()
        .nest("/rpc", jsonrpc_router(handler.clone()))
        .nest("/rest", rest_router(handler))
        .merge(agent_card_router(Arc::new(StaticAgentCard::new(card))));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

#[actix_web::test]
async fn a_talk_with_an_official_agent_comes_to_its_end_by_each_binding() {
    for (binding, path) in [("JSONRPC", "/rpc"), ("HTTP+JSON", "/rest")] {
        for streaming in [true, false] {
            let url = serve(binding, path, streaming).await;
            let agents = format!("helper=a2a+{url}");
            let gateway = Gateway::with(&[("AGENTS", &agents)]);
            let hub = Hub::over(gateway, A2aAgent::start(|_| Say::Silence)).await;
            let id = hub
                .say("helper", &json!({}), &asking("first", "pick"))
                .await;
            let paused = hub.until(id, TaskState::InputRequired).await;
            assert_eq!(message(&paused)["parts"][0]["text"], "which one?");
            hub.follow_up(id, "second", "the blue one").await;
            let done = hub.completed(id).await;
            assert_eq!(super::text(&done), "you want the blue one");
            assert_eq!(message(&done)["parts"][0]["text"], "here you are");
            let asked = hub.kinds(id).await;
            let asked = asked
                .iter()
                .filter(|kind| *kind == "input-required")
                .count();
            assert_eq!(asked, 1, "{binding}, streaming {streaming}");

            let id = hub
                .say("helper", &json!({}), &asking("third", "hello"))
                .await;
            let done = hub.completed(id).await;
            assert!(done.is_direct);
            assert_eq!(message(&done)["parts"][0]["text"], "hello yourself");
        }
    }
}
