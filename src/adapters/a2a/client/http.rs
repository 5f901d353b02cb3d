//! Requests and answers, within limits.

use a2a::{A2AError, StreamResponse};
use a2a_client::{BoxStream, ServiceParams};
use a2a_pb::protojson_conv::{self, ProtoJsonPayload};
use futures_util::stream;
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap},
};
use serde_json::Value;
use std::collections::VecDeque;

use super::fault;
use crate::{
    adapters::a2a::whole,
    domain::stream::{Dialect, Frame, Frames},
};

/// The largest answer, and the largest event of a stream, that is taken.
pub(super) const MAX_BYTES: usize = 8 << 20;

/// A stream of whatever an agent says.
pub(super) type Events = BoxStream<'static, Result<StreamResponse, A2AError>>;

/// Reads one event's data; `None` if it says nothing.
pub(super) type Parse = fn(&[u8]) -> Result<StreamResponse, A2AError>;

/// An answer that was read to its end.
pub(super) struct Whole {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// Sends `request` with `params` as its headers. An answer that says that it may
/// be tried again is an error already.
pub(super) async fn open(
    mut request: RequestBuilder,
    params: &ServiceParams,
) -> Result<Response, A2AError> {
    for (name, values) in params {
        for value in values {
            request = request.header(name, value);
        }
    }
    let response = request.send().await.map_err(|e| fault::unreachable(&e))?;
    match fault::busy(response.status(), response.headers()) {
        Some(error) => Err(error),
        None => Ok(response),
    }
}

/// Reads an answer to its end.
pub(super) async fn read(mut response: Response) -> Result<Whole, A2AError> {
    let mut body = Vec::new();
    let next = |e: reqwest::Error| fault::unreachable(&e);
    while let Some(chunk) = response.chunk().await.map_err(next)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(fault::too_large(MAX_BYTES));
        }
        body.extend_from_slice(&chunk);
    }
    let status = response.status();
    Ok(Whole { status, body })
}

/// Asks for a stream, where there is one.
pub(super) fn streaming(request: RequestBuilder) -> RequestBuilder {
    request.header(ACCEPT, "text/event-stream, application/json")
}

/// Whether the answer is a stream of events.
pub(super) fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    Dialect::of(kind) == Dialect::Sse
}

/// The request as ProtoJSON, whole numbers as they were.
pub(super) fn write<T: ProtoJsonPayload>(request: &T) -> Result<Value, A2AError> {
    let unwritable = |e| A2AError::internal(format!("the request cannot be written: {e}"));
    let mut json = protojson_conv::to_value(request).map_err(unwritable)?;
    whole::value(&mut json);
    Ok(json)
}

/// What an agent wrote in ProtoJSON.
pub(super) fn understand<T: ProtoJsonPayload>(json: Value) -> Result<T, A2AError> {
    protojson_conv::from_value(json).map_err(|error| {
        tracing::debug!(%error, "an agent's answer cannot be read");
        fault::nonsense()
    })
}

/// Reads along a stream of events. It ends after the first error.
pub(super) fn events(response: Response, parse: Parse) -> Events {
    let reading = Reading {
        response,
        frames: Frames::sse(MAX_BYTES),
        ready: VecDeque::new(),
        is_over: false,
        parse,
    };
    Box::pin(stream::unfold(reading, |mut reading| async move {
        let event = reading.next().await?;
        Some((event, reading))
    }))
}

struct Reading {
    response: Response,
    frames: Frames,
    ready: VecDeque<Result<StreamResponse, A2AError>>,
    is_over: bool,
    parse: Parse,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<StreamResponse, A2AError>> {
        while self.ready.is_empty() && !self.is_over {
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.take(Some(&chunk)),
                Ok(None) => self.take(None),
                Err(error) => self.ready.push_back(Err(fault::unreachable(&error))),
            }
            self.is_over |= self.ready.iter().any(Result::is_err);
        }
        self.ready.pop_front()
    }

    /// `None` is the end of the body.
    fn take(&mut self, chunk: Option<&[u8]>) {
        let (ready, parse) = (&mut self.ready, self.parse);
        let each = |frame: Frame<'_>| {
            ready.push_back(match frame {
                Frame::Whole(bytes) => parse(bytes),
                Frame::Ends(..) => Err(fault::too_large(MAX_BYTES)),
            });
        };
        match chunk {
            Some(bytes) => self.frames.push(bytes, each),
            None => {
                self.is_over = true;
                self.frames.end(each);
            }
        }
    }
}
