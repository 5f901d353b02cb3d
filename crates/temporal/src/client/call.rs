//! What every call has in common.

use std::time::Duration;

use prost::Message;
use serde::Serialize;
use temporalio_client::{RetryOptions, request_extensions::RetryConfigForCall};
use temporalio_common::protos::{
    google::rpc::Status as RpcStatus,
    temporal::api::{
        common::v1::{Payloads, WorkflowExecution},
        sdk::v1::UserMetadata,
        taskqueue::v1::TaskQueue,
    },
};
use tonic::{Code, Request, Status};

use super::Temporal;
use crate::{Fault, payload};

/// For one call, its repetitions apart.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A call that is not repeated: the answer to a look.
pub(super) fn once<T>(request: T) -> Request<T> {
    with(request, RetryOptions::no_retries())
}

/// A call that survives a connection that just broke, and no outage: those who ask come
/// again by themselves, and must not stand in line meanwhile.
pub(super) fn briefly<T>(request: T) -> Request<T> {
    let retry = RetryOptions::builder()
        .initial_interval(Duration::from_millis(50))
        .max_retries(3)
        .build();
    with(request, retry)
}

fn with<T>(request: T, retry: RetryOptions) -> Request<T> {
    let mut request = Request::new(request);
    request.set_timeout(ANSWER_WITHIN);
    request.extensions_mut().insert(RetryConfigForCall(retry));
    request
}

/// The newest run of the workflow `id`.
pub(super) fn execution(id: &str) -> Option<WorkflowExecution> {
    let workflow_id = id.to_owned();
    Some(WorkflowExecution {
        workflow_id,
        run_id: String::new(),
    })
}

pub(super) fn queue(name: &str) -> Option<TaskQueue> {
    let name = name.to_owned();
    Some(TaskQueue {
        name,
        ..TaskQueue::default()
    })
}

pub(super) fn summary(summary: Option<&str>) -> Result<Option<UserMetadata>, Fault> {
    let summary = summary
        .map(|summary| payload::of(&summary))
        .transpose()
        .map_err(unwritten)?;
    Ok(summary.map(|summary| UserMetadata {
        summary: Some(summary),
        details: None,
    }))
}

/// `None`, and so no limit, only for what is longer than any calendar.
pub(super) fn lasting<T: TryFrom<Duration>>(duration: Duration) -> Option<T> {
    duration.try_into().ok()
}

pub(super) fn unwritten(error: serde_json::Error) -> Fault {
    Fault::Refused(format!("what temporal is to be told is no json: {error}"))
}

pub(super) fn arguments(values: &[impl Serialize]) -> Result<Option<Payloads>, Fault> {
    payload::all(values).map(Some).map_err(unwritten)
}

/// Whether the workflow is not there, rather than the namespace.
pub(super) fn is_unknown(status: &Status) -> bool {
    let details = RpcStatus::decode(status.details())
        .unwrap_or_default()
        .details;
    let mut types = details.iter().map(|detail| &detail.type_url);
    let is_namespace = types.any(|of| of.ends_with(".NamespaceNotFoundFailure"));
    status.code() == Code::NotFound && !is_namespace
}

impl Temporal {
    /// What a call came to; one that found nobody makes the loop look after the
    /// connection at once.
    pub(super) fn fault(&self, doing: &str, status: &Status) -> Fault {
        let fault = Fault::of(doing, status);
        if fault.is_away() {
            self.doubt();
        }
        fault
    }
}
