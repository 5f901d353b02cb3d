//! The gateway by gRPC, with the client that is generated from the protocol.

use a2a_pb::proto::{
    self, Message, Part, Role, SendMessageRequest, StreamResponse, Task, TaskState,
    a2a_service_client::A2aServiceClient, part::Content, send_message_response, stream_response,
};
use serde_json::Value;
use tonic::{Request, Status, Streaming, transport::Channel};

use super::gateway::Gateway;

pub type Client = A2aServiceClient<Channel>;

/// A caller by gRPC.
#[derive(Clone)]
pub struct Hub {
    pub client: Client,
    metadata: Vec<(&'static str, String)>,
}

impl Gateway {
    /// A card, as `path` gives it.
    pub async fn card(&self, path: &str) -> Value {
        let answer = self.client.get(self.at(path)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// Host and port of the gRPC server, as the card says.
    pub async fn grpc_address(&self) -> Option<String> {
        let card = self.card("/.well-known/agent-card.json").await;
        let interfaces = card["supportedInterfaces"].as_array().unwrap();
        let grpc = interfaces
            .iter()
            .find(|one| one["protocolBinding"] == "GRPC")?;
        Some(grpc["url"].as_str().unwrap().to_owned())
    }

    /// `sub` by gRPC, speaking 1.0.
    pub async fn hub(&self, sub: &str) -> Hub {
        let token = self.token(sub);
        let hub = self.stranger().await.with("a2a-version", "1.0");
        hub.with("authorization", &format!("Bearer {token}"))
    }

    /// Someone who says nothing of themselves.
    pub async fn stranger(&self) -> Hub {
        let address = self.grpc_address().await.expect("gRPC is on");
        let client = Client::connect(format!("http://{address}")).await.unwrap();
        Hub {
            client,
            metadata: Vec::new(),
        }
    }
}

impl Hub {
    /// The same with this metadata.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.metadata.retain(|(known, _)| *known != name);
        self.and(name, value)
    }

    /// The same with one more entry.
    pub fn and(mut self, name: &'static str, value: &str) -> Self {
        self.metadata.push((name, value.to_owned()));
        self
    }

    pub fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        for (name, value) in &self.metadata {
            request.metadata_mut().append(*name, value.parse().unwrap());
        }
        request
    }

    /// What a message comes to: a task.
    pub async fn send(&self, message: SendMessageRequest) -> Result<Task, Status> {
        let sent = self
            .client
            .clone()
            .send_message(self.request(message))
            .await?;
        match sent.into_inner().payload {
            Some(send_message_response::Payload::Task(task)) => Ok(task),
            other => panic!("no task: {other:?}"),
        }
    }

    pub async fn stream(
        &self,
        message: SendMessageRequest,
    ) -> Result<Streaming<StreamResponse>, Status> {
        let request = self.request(message);
        let stream = self.client.clone().send_streaming_message(request).await?;
        Ok(stream.into_inner())
    }

    pub async fn subscribe(&self, id: &str) -> Result<Streaming<StreamResponse>, Status> {
        let request = self.request(proto::SubscribeToTaskRequest {
            tenant: String::new(),
            id: id.to_owned(),
        });
        let stream = self.client.clone().subscribe_to_task(request).await?;
        Ok(stream.into_inner())
    }

    pub async fn task(&self, id: &str) -> Result<Task, Status> {
        let request = self.request(proto::GetTaskRequest {
            id: id.to_owned(),
            ..Default::default()
        });
        Ok(self.client.clone().get_task(request).await?.into_inner())
    }

    pub async fn cancel(&self, id: &str) -> Result<Task, Status> {
        let request = self.request(proto::CancelTaskRequest {
            id: id.to_owned(),
            ..Default::default()
        });
        Ok(self.client.clone().cancel_task(request).await?.into_inner())
    }

    pub async fn list(
        &self,
        list: proto::ListTasksRequest,
    ) -> Result<proto::ListTasksResponse, Status> {
        let request = self.request(list);
        Ok(self.client.clone().list_tasks(request).await?.into_inner())
    }

    pub async fn extended_card(&self, tenant: &str) -> Result<proto::AgentCard, Status> {
        let request = self.request(proto::GetExtendedAgentCardRequest {
            tenant: tenant.to_owned(),
        });
        let card = self.client.clone().get_extended_agent_card(request).await?;
        Ok(card.into_inner())
    }
}

/// A message of one text for the default agent.
pub fn says(text: &str) -> SendMessageRequest {
    SendMessageRequest {
        message: Some(message(vec![text_part(text)])),
        ..Default::default()
    }
}

pub fn message(parts: Vec<Part>) -> Message {
    Message {
        message_id: "m-1".to_owned(),
        role: Role::User as i32,
        parts,
        ..Default::default()
    }
}

pub fn text_part(text: &str) -> Part {
    part(Content::Text(text.to_owned()))
}

pub fn part(content: Content) -> Part {
    Part {
        content: Some(content),
        ..Default::default()
    }
}

/// The same for another agent.
pub fn to(agent: &str, mut request: SendMessageRequest) -> SendMessageRequest {
    agent.clone_into(&mut request.tenant);
    request
}

/// The same, not waited for.
pub fn at_once(mut request: SendMessageRequest) -> SendMessageRequest {
    request.configuration = Some(proto::SendMessageConfiguration {
        return_immediately: true,
        ..Default::default()
    });
    request
}

pub fn state(task: &Task) -> TaskState {
    task.status.as_ref().unwrap().state()
}

/// The text of each part of its artifacts.
pub fn texts(task: &Task) -> Vec<&str> {
    let parts = task.artifacts.iter().flat_map(|one| &one.parts);
    parts
        .filter_map(|part| match &part.content {
            Some(Content::Text(text)) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// What a stream says, in words, up to its end.
pub async fn told(stream: &mut Streaming<StreamResponse>) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(response) = stream.message().await.unwrap() {
        told.push(word(&response));
    }
    told
}

pub fn word(response: &StreamResponse) -> String {
    match response.payload.as_ref().unwrap() {
        stream_response::Payload::Task(task) => format!("task {:?}", state(task)),
        stream_response::Payload::StatusUpdate(update) => {
            format!("status {:?}", update.status.as_ref().unwrap().state())
        }
        stream_response::Payload::ArtifactUpdate(_) => "artifact".to_owned(),
        stream_response::Payload::Message(_) => "message".to_owned(),
    }
}
