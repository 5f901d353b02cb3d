//! A stream of a task as gRPC messages.

use std::pin::Pin;

use a2a_pb::{pbconv, proto};
use actix_web::web;
use futures_util::{Stream, stream};
use tonic::Status;

use super::{Hub, status::status};
use crate::http::{
    State,
    a2a::{Call, Following, Told},
    error::ApiError,
};

/// What the stub sends on.
pub(super) type Responses =
    Pin<Box<dyn Stream<Item = Result<proto::StreamResponse, Status>> + Send>>;

impl Hub {
    /// What `following` tells. A stream that breaks off because the gateway goes
    /// down ends with UNAVAILABLE: the caller subscribes again.
    pub(super) fn responses(&self, call: &Call, following: Following) -> Responses {
        let from = Some((following, call.state.clone(), self.calls.begin()));
        Box::pin(stream::unfold(from, async |from| {
            let (mut following, state, under) = from?;
            match next(&mut following).await {
                Some(response) => Some((Ok(response), Some((following, state, under)))),
                None => broken_off(&following, &state).map(|status| (Err(status), None)),
            }
        }))
    }
}

/// The next message. HTTP/2 shows by itself that a silent line lives.
async fn next(following: &mut Following) -> Option<proto::StreamResponse> {
    loop {
        let told: Told = following.next().await?;
        if let Some(response) = told.response() {
            return Some(pbconv::to_proto_stream_response(&response));
        }
    }
}

fn broken_off(following: &Following, state: &web::Data<State>) -> Option<Status> {
    let is_early = state.is_draining() && !following.is_over();
    is_early.then(|| status(&ApiError::Draining.into(), &state.realm))
}
