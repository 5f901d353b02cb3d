//! The engine's bytes on their way to the client, read in passing.

mod meter;
mod upstream;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::web::Bytes;
use futures_util::{Stream, future::LocalBoxFuture};
use pin_project_lite::pin_project;

use crate::{
    actors::writer::Full,
    http::bill::{Bill, End, Sum},
};
use meter::{Meter, Next};
pub use upstream::Upstream;

/// Why a body ended early. The client sees its connection break off, as it would
/// have at the engine.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum Broken {
    /// The engine's connection broke.
    #[error("the engine broke off")]
    Cut,
    /// Nothing came for `ENGINE_IDLE_TIMEOUT`.
    #[error("the engine fell silent")]
    Silent,
    /// With `USAGE_DURABILITY=strict`: no finished answer without its rows.
    #[error("usage and memory of the answer are not on disk")]
    Unwritten,
}

type Chunk = Result<Bytes, Broken>;

pin_project! {
    /// A body that is counted and mirrored while it passes. Dropping it, at the
    /// end or because the client hung up, settles its bill and closes the
    /// engine's connection.
    ///
    /// A stream of events [within a quota](Tap::within_quota) that is used up ends
    /// between two events, with a last one in its own dialect that says so; the
    /// engine's connection is closed at once.
    ///
    /// With `USAGE_DURABILITY=strict` the chunk that ends the answer, or the end
    /// where none does, is held until the rows of the answer are on disk, five
    /// seconds at most; then the body breaks off instead. No other chunk is held.
    pub struct Tap<S> {
        #[pin]
        upstream: Option<S>,
        bill: Bill,
        left: Option<u64>,
        meter: Option<Box<Meter>>,
        stage: Stage,
    }
}

enum Stage {
    /// Chunks are read and passed.
    Reading,
    /// The last chunk, or `None` for the end, waits for the rows.
    Holding(Option<Bytes>, LocalBoxFuture<'static, Result<Sum, Full>>),
    /// The last events of a stream that is cut off are made.
    Ending(LocalBoxFuture<'static, Result<String, Full>>),
    /// The answer is settled; what the engine says after it passes.
    Passing,
    /// Nothing comes any more.
    Over,
}

impl<S> Tap<S> {
    /// Reads `upstream` along for `bill`; it was announced to be of `length`
    /// bytes, if it was.
    pub fn new(upstream: S, bill: Bill, length: Option<u64>) -> Self {
        Self {
            upstream: Some(upstream),
            bill,
            left: length,
            meter: None,
            stage: Stage::Reading,
        }
    }

    /// The same for a stream of events, whose bill has a quota.
    pub fn within_quota(upstream: S, bill: Bill, length: Option<u64>) -> Self {
        Self {
            meter: Some(Box::default()),
            ..Self::new(upstream, bill, length)
        }
    }
}

impl<S> Stream for Tap<S>
where
    S: Stream<Item = Chunk>,
{
    type Item = Chunk;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        let mut this = self.project();
        loop {
            match this.stage {
                Stage::Reading => {
                    let upstream = this.upstream.as_mut().as_pin_mut();
                    let next = ready!(poll(upstream, this.meter, this.bill, cx));
                    let (stage, now) = on(this.bill, this.left, next);
                    if let Stage::Ending(_) = stage {
                        this.upstream.set(None);
                    }
                    *this.stage = stage;
                    if let Some(now) = now {
                        return Poll::Ready(now);
                    }
                }
                Stage::Holding(last, rows) => {
                    let rows = ready!(rows.as_mut().poll(cx));
                    let (stage, next) = released(last.take(), rows.map(drop));
                    *this.stage = stage;
                    return Poll::Ready(next);
                }
                Stage::Ending(text) => {
                    let last = ended(ready!(text.as_mut().poll(cx)));
                    *this.stage = Stage::Over;
                    return Poll::Ready(last);
                }
                Stage::Passing => {
                    let upstream = this.upstream.as_mut().as_pin_mut();
                    return upstream.map_or(Poll::Ready(None), |upstream| upstream.poll_next(cx));
                }
                Stage::Over => return Poll::Ready(None),
            }
        }
    }
}

/// What comes next, read by the bill.
fn poll<S: Stream<Item = Chunk>>(
    upstream: Option<Pin<&mut S>>,
    meter: &mut Option<Box<Meter>>,
    bill: &mut Bill,
    cx: &mut Context<'_>,
) -> Poll<Next> {
    let Some(upstream) = upstream else {
        return Poll::Ready(Next::End);
    };
    if let Some(meter) = meter {
        return meter.poll_next(upstream, bill, cx);
    }
    Poll::Ready(match ready!(upstream.poll_next(cx)) {
        Some(Ok(chunk)) => {
            bill.read(&chunk);
            Next::Passed(chunk)
        }
        Some(Err(broken)) => Next::Broken(broken),
        None => Next::End,
    })
}

/// How it goes on after `next`, and what the client gets now, if it gets anything.
fn on(bill: &mut Bill, left: &mut Option<u64>, next: Next) -> (Stage, Option<Option<Chunk>>) {
    let (stage, now) = match next {
        Next::Passed(chunk) => {
            *left = left.map(|left| left.saturating_sub(chunk.len() as u64));
            match bill.waits(*left == Some(0)) {
                true => (settled(bill, Some(chunk.clone())), Some(Ok(chunk))),
                false => (Stage::Reading, Some(Ok(chunk))),
            }
        }
        Next::End => (settled(bill, None), None),
        // Nobody takes this for a finished answer: it waits for nothing.
        Next::Broken(broken) => {
            bill.close(End::Cut);
            (Stage::Over, Some(Err(broken)))
        }
        Next::Cut(why) => match bill.cut(why) {
            Some(cut) => (Stage::Ending(Box::pin(cut.text())), None),
            None => (Stage::Over, None),
        },
    };
    let waits = matches!(stage, Stage::Holding(..) | Stage::Ending(_));
    (stage, (!waits).then_some(now))
}

/// The answer is whole: its bill is settled, which `last` may have to wait for.
fn settled(bill: &mut Bill, last: Option<Bytes>) -> Stage {
    let waits = bill.waits(true);
    match bill.hand_over(End::Clean).filter(|_| waits) {
        Some(handed) => Stage::Holding(last, Box::pin(handed.committed())),
        None => Stage::Over,
    }
}

/// The last events of a stream that is cut off, if it has any.
fn ended(text: Result<String, Full>) -> Option<Chunk> {
    let last = text.as_ref().ok().filter(|text| !text.is_empty());
    let last = last.map(|text| Bytes::copy_from_slice(text.as_bytes()));
    released(last, text.map(drop)).1
}

/// What follows a wait for the rows.
fn released(last: Option<Bytes>, rows: Result<(), Full>) -> (Stage, Option<Chunk>) {
    if rows.is_err() {
        tracing::error!(
            "an answer is cut off, its usage and memory are not on disk; look at the disk"
        );
        return (Stage::Over, Some(Err(Broken::Unwritten)));
    }
    match last {
        Some(last) => (Stage::Passing, Some(Ok(last))),
        None => (Stage::Over, None),
    }
}

pin_project! {
    /// A body that only keeps something alive until it is over.
    pub struct Holding<S, T> {
        #[pin]
        upstream: S,
        held: T,
    }
}

impl<S, T> Holding<S, T> {
    /// Passes `upstream` on and drops `held` with it.
    pub fn new(upstream: S, held: T) -> Self {
        Self { upstream, held }
    }
}

impl<S: Stream, T> Stream for Holding<S, T> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().upstream.poll_next(cx)
    }
}
