//! Webhooks by gRPC.

use a2a_pb::{pbconv, proto};
use tonic::Status;

use super::{check, status::refused};
use crate::http::a2a::Call;

/// `CreateTaskPushNotificationConfig`.
pub(super) async fn create(
    call: &Call,
    of: &proto::TaskPushNotificationConfig,
) -> Result<proto::TaskPushNotificationConfig, Status> {
    check::given(&[("taskId", &of.task_id), ("url", &of.url)])?;
    let config = pbconv::from_proto_task_push_notification_config(of);
    let made = call.create_push(config).await.map_err(refused(call))?;
    Ok(pbconv::to_proto_task_push_notification_config(&made))
}

/// `GetTaskPushNotificationConfig`.
pub(super) async fn one(
    call: &Call,
    of: &proto::GetTaskPushNotificationConfigRequest,
) -> Result<proto::TaskPushNotificationConfig, Status> {
    check::given(&[("taskId", &of.task_id), ("id", &of.id)])?;
    let found = call
        .push(&of.task_id, &of.id)
        .await
        .map_err(refused(call))?;
    Ok(pbconv::to_proto_task_push_notification_config(&found))
}

/// `ListTaskPushNotificationConfigs`.
pub(super) async fn all(
    call: &Call,
    of: &proto::ListTaskPushNotificationConfigsRequest,
) -> Result<proto::ListTaskPushNotificationConfigsResponse, Status> {
    check::given(&[("taskId", &of.task_id)])?;
    let wanted = pbconv::from_proto_list_task_push_notification_configs_request(of);
    let found = call.pushes(wanted).await.map_err(refused(call))?;
    Ok(pbconv::to_proto_list_task_push_notification_configs_response(&found))
}

/// `DeleteTaskPushNotificationConfig`.
pub(super) async fn delete(
    call: &Call,
    of: &proto::DeleteTaskPushNotificationConfigRequest,
) -> Result<(), Status> {
    check::given(&[("taskId", &of.task_id), ("id", &of.id)])?;
    call.delete_push(&of.task_id, &of.id)
        .await
        .map_err(refused(call))
}
