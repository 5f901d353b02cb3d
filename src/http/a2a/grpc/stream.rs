//! A stream of a task as gRPC messages.

use std::pin::Pin;

use a2a_pb::{pbconv, proto};
use futures_util::{Stream, stream};
use tonic::Status;

use crate::http::a2a::{Following, Told};

/// What the stub sends on.
pub(super) type Responses =
    Pin<Box<dyn Stream<Item = Result<proto::StreamResponse, Status>> + Send>>;

/// What `following` tells. A stream that breaks off, because the gateway goes
/// down or the caller's right to look has ended, does not look like the end of
/// the task.
pub(super) fn responses(following: Following) -> Responses {
    Box::pin(stream::unfold(Some(following), async |following| {
        let mut following = following?;
        match next(&mut following).await {
            Some(response) => Some((Ok(response), Some(following))),
            None if following.is_over() => None,
            None => Some((Err(broken_off()), None)),
        }
    }))
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

fn broken_off() -> Status {
    Status::unavailable("the stream broke off before the task ended; subscribe again")
}
