//! Webhooks by gRPC.

use a2a::A2AError;
use a2a_pb::proto;
use tonic::Status;

use super::{check, status::told};
use crate::http::a2a::Call;

/// `CreateTaskPushNotificationConfig`.
pub(super) async fn create(
    _call: &Call,
    of: &proto::TaskPushNotificationConfig,
) -> Result<proto::TaskPushNotificationConfig, Status> {
    check::given(&[("taskId", &of.task_id), ("url", &of.url)])?;
    Err(none())
}

/// `GetTaskPushNotificationConfig`.
pub(super) async fn one(
    _call: &Call,
    of: &proto::GetTaskPushNotificationConfigRequest,
) -> Result<proto::TaskPushNotificationConfig, Status> {
    check::given(&[("taskId", &of.task_id), ("id", &of.id)])?;
    Err(none())
}

/// `ListTaskPushNotificationConfigs`.
pub(super) async fn all(
    _call: &Call,
    of: &proto::ListTaskPushNotificationConfigsRequest,
) -> Result<proto::ListTaskPushNotificationConfigsResponse, Status> {
    check::given(&[("taskId", &of.task_id)])?;
    Err(none())
}

/// `DeleteTaskPushNotificationConfig`.
pub(super) async fn delete(
    _call: &Call,
    of: &proto::DeleteTaskPushNotificationConfigRequest,
) -> Result<(), Status> {
    check::given(&[("taskId", &of.task_id), ("id", &of.id)])?;
    Err(none())
}

fn none() -> Status {
    told(&A2AError::push_notification_not_supported())
}
