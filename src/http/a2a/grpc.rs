//! A2A 1.0 by gRPC: one server for all agents, told apart by the tenant.

mod asked;
mod body;
mod calls;
mod check;
mod gate;
mod numbers;
mod peer;
mod push;
mod status;
mod stream;

use a2a_pb::{
    pbconv,
    proto::{self, a2a_service_server::A2aService, a2a_service_server::A2aServiceServer},
};
use actix_web::web;
use tonic::{Request, Response, Status};

use super::Sent;
use crate::http::State;
use asked::{Asked, answer, last_event_id};
pub use calls::Calls;
pub use gate::Gate;
pub use peer::{Calling, Peer};
use status::refused;
use stream::{Responses, responses};

/// The operations, for callers whom the gate has let in.
pub struct Hub {
    state: web::Data<State>,
}

/// The service over `state`, which notes its `calls`. Messages may have
/// `MAX_REQUEST_BYTES`.
pub fn service(state: web::Data<State>, calls: Calls) -> Gate<A2aServiceServer<Hub>> {
    let limit = state.max_request_bytes;
    let hub = Hub {
        state: state.clone(),
    };
    let server = A2aServiceServer::new(hub).max_decoding_message_size(limit);
    Gate::new(state, calls, server)
}

#[tonic::async_trait]
impl A2aService for Hub {
    async fn send_message(
        &self,
        request: Request<proto::SendMessageRequest>,
    ) -> Result<Response<proto::SendMessageResponse>, Status> {
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        let sent = call
            .send(check::message(&of)?)
            .await
            .map_err(refused(&call))?;
        let response = match sent {
            Sent::Task(task) => a2a::SendMessageResponse::Task(*task),
            Sent::Message(message) => a2a::SendMessageResponse::Message(*message),
        };
        let response = pbconv::to_proto_send_message_response(&response);
        Ok(answer(&call, response))
    }

    type SendStreamingMessageStream = Responses;

    async fn send_streaming_message(
        &self,
        request: Request<proto::SendMessageRequest>,
    ) -> Result<Response<Responses>, Status> {
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        let message = check::message(&of)?;
        let following = call.stream(message).await.map_err(refused(&call))?;
        Ok(answer(&call, responses(following)))
    }

    async fn get_task(
        &self,
        request: Request<proto::GetTaskRequest>,
    ) -> Result<Response<proto::Task>, Status> {
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        check::given(&[("id", &of.id)])?;
        let task = call.task(&of.id, of.history_length).await;
        let task = task.map_err(refused(&call))?;
        Ok(answer(&call, pbconv::to_proto_task(&task)))
    }

    async fn list_tasks(
        &self,
        request: Request<proto::ListTasksRequest>,
    ) -> Result<Response<proto::ListTasksResponse>, Status> {
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        let tasks = call.list(check::list(&of)?).await.map_err(refused(&call))?;
        Ok(answer(&call, pbconv::to_proto_list_tasks_response(&tasks)))
    }

    async fn cancel_task(
        &self,
        request: Request<proto::CancelTaskRequest>,
    ) -> Result<Response<proto::Task>, Status> {
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        check::given(&[("id", &of.id)])?;
        let asked = pbconv::from_proto_cancel_task_request(&of);
        let task = call.cancel(asked).await.map_err(refused(&call))?;
        Ok(answer(&call, pbconv::to_proto_task(&task)))
    }

    type SubscribeToTaskStream = Responses;

    async fn subscribe_to_task(
        &self,
        request: Request<proto::SubscribeToTaskRequest>,
    ) -> Result<Response<Responses>, Status> {
        let after = last_event_id(request.metadata());
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        check::given(&[("id", &of.id)])?;
        let following = call.subscribe(&of.id, after?).await;
        let following = following.map_err(refused(&call))?;
        Ok(answer(&call, responses(following)))
    }

    async fn create_task_push_notification_config(
        &self,
        request: Request<proto::TaskPushNotificationConfig>,
    ) -> Result<Response<proto::TaskPushNotificationConfig>, Status> {
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        let made = push::create(&call, &of).await?;
        Ok(answer(&call, made))
    }

    async fn get_task_push_notification_config(
        &self,
        request: Request<proto::GetTaskPushNotificationConfigRequest>,
    ) -> Result<Response<proto::TaskPushNotificationConfig>, Status> {
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        let found = push::one(&call, &of).await?;
        Ok(answer(&call, found))
    }

    async fn list_task_push_notification_configs(
        &self,
        request: Request<proto::ListTaskPushNotificationConfigsRequest>,
    ) -> Result<Response<proto::ListTaskPushNotificationConfigsResponse>, Status> {
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        let found = push::all(&call, &of).await?;
        Ok(answer(&call, found))
    }

    async fn get_extended_agent_card(
        &self,
        request: Request<proto::GetExtendedAgentCardRequest>,
    ) -> Result<Response<proto::AgentCard>, Status> {
        let Asked { call, .. } = self.asked(request, |of| &of.tenant)?;
        let card = call.extended_card().await.map_err(refused(&call))?;
        Ok(answer(&call, pbconv::to_proto_agent_card(&card)))
    }

    async fn delete_task_push_notification_config(
        &self,
        request: Request<proto::DeleteTaskPushNotificationConfigRequest>,
    ) -> Result<Response<()>, Status> {
        let Asked { call, of } = self.asked(request, |of| &of.tenant)?;
        push::delete(&call, &of).await?;
        Ok(answer(&call, ()))
    }
}
