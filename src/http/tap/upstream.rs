//! An engine's body within its idle limit.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::web::Bytes;
use awc::error::PayloadError;
use futures_util::Stream;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use super::Broken;
use crate::adapters::engine::{self, EngineAnswer};

pin_project! {
    /// An engine's body within its idle limit. No chunk is held back.
    pub struct Upstream {
        #[pin]
        body: EngineAnswer,
        #[pin]
        alarm: Sleep,
        idle: Duration,
        heard_at: Instant,
        ends_with_connection: bool,
        broken: Option<Broken>,
    }
}

impl Upstream {
    /// The body of `answer`, which may pause for `idle` at most.
    pub fn new(answer: EngineAnswer, idle: Duration) -> Self {
        let now = Instant::now();
        Self {
            ends_with_connection: engine::ends_with_connection(&answer),
            body: answer,
            alarm: tokio::time::sleep_until(now + idle),
            idle,
            heard_at: now,
            broken: None,
        }
    }
}

impl Stream for Upstream {
    type Item = Result<Bytes, Broken>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if let Some(broken) = this.broken.take() {
            return Poll::Ready(Some(Err(broken)));
        }
        match this.body.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                *this.heard_at = Instant::now();
                return Poll::Ready(Some(Ok(chunk)));
            }
            Poll::Ready(Some(Err(error))) => {
                if *this.ends_with_connection && engine::is_close(&error) {
                    return Poll::Ready(None);
                }
                log_cut(&error);
                // The server throws away what it has not written yet when a body
                // breaks: one turn later, the last words are out.
                *this.broken = Some(Broken::Cut);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => {}
        }
        // The alarm is set anew when it rings, not at each chunk.
        while this.alarm.as_mut().poll(cx).is_ready() {
            let deadline = *this.heard_at + *this.idle;
            if deadline <= Instant::now() {
                tracing::warn!(idle = ?*this.idle, "the engine fell silent");
                return Poll::Ready(Some(Err(Broken::Silent)));
            }
            this.alarm.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

fn log_cut(error: &PayloadError) {
    tracing::warn!(error = engine::cut(error), "the engine broke off");
}
