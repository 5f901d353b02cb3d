//! Bodies: one that must keep arriving, and one that holds something until it has
//! been sent.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::time::{Instant, Sleep};
use tonic::{
    Status,
    body::Body,
    codegen::{Body as HttpBody, Bytes},
};

use super::status::{http_status, status};
use crate::{
    adapters::trace::Span,
    http::{body::PAUSE, error::ApiError, span::BROKEN},
};

type Frame = Option<Result<http_body::Frame<Bytes>, Status>>;

/// A request's body, which breaks off after a pause of [`PAUSE`].
pub(super) struct Arriving {
    inner: Body,
    realm: String,
    pause: Pin<Box<Sleep>>,
}

impl Arriving {
    pub(super) fn new(inner: Body, realm: &str) -> Self {
        Self {
            inner,
            realm: realm.to_owned(),
            pause: Box::pin(tokio::time::sleep(PAUSE)),
        }
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Frame> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) {
            self.pause.as_mut().reset(Instant::now() + PAUSE);
            return Poll::Ready(frame);
        }
        ready!(self.pause.as_mut().poll(context));
        let slow = status(&ApiError::BodyTooSlow.into(), &self.realm);
        Poll::Ready(Some(Err(slow)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}

/// An answer's body; what it holds is dropped with it. A stream that ends in our
/// trouble fails its span.
pub(super) struct Holding<T> {
    inner: Body,
    span: Span,
    _held: T,
}

impl<T> Holding<T> {
    pub(super) fn new(inner: Body, span: Span, held: T) -> Self {
        let _held = held;
        Self { inner, span, _held }
    }
}

impl<T: Unpin> HttpBody for Holding<T> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Frame> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if is_broken(&frame) {
            self.span.fail(BROKEN);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}

/// A stream says in its trailers how it ended.
fn is_broken(frame: &Frame) -> bool {
    let trailers = match frame {
        None => None,
        Some(Err(_)) => return true,
        Some(Ok(frame)) => frame.trailers_ref(),
    };
    let status = trailers.and_then(Status::from_header_map);
    status.is_some_and(|status| http_status(status.code()) >= 500)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tonic::Code;

    use super::*;

    /// A body that never comes to an end, nor to anything else.
    struct Silent;

    impl HttpBody for Silent {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Frame> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_arriving_breaks_off() {
        let began = Instant::now();
        let mut body = Arriving::new(Body::new(Silent), "Bearer");
        let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        assert_eq!(frame.unwrap().unwrap_err().code(), Code::DeadlineExceeded);
        assert_eq!(began.elapsed().as_secs(), PAUSE.as_secs());
    }
}
