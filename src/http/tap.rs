//! The engine's bytes on their way to the client, read in passing.

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
    /// With `USAGE_DURABILITY=strict` the chunk that ends the answer, or the end
    /// where none does, is held until the rows of the answer are on disk, five
    /// seconds at most; then the body breaks off instead. No other chunk is held.
    pub struct Tap<S> {
        #[pin]
        upstream: S,
        bill: Bill,
        left: Option<u64>,
        stage: Stage,
    }
}

enum Stage {
    /// Chunks are read and passed.
    Reading,
    /// The last chunk, or `None` for the end, waits for the rows.
    Holding(Option<Bytes>, LocalBoxFuture<'static, Result<Sum, Full>>),
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
            upstream,
            bill,
            left: length,
            stage: Stage::Reading,
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
                    let next = ready!(this.upstream.as_mut().poll_next(cx));
                    *this.stage = read(this.bill, this.left, &next);
                    if !matches!(this.stage, Stage::Holding(..)) {
                        return Poll::Ready(next);
                    }
                }
                Stage::Holding(last, rows) => {
                    let rows = ready!(rows.as_mut().poll(cx));
                    let (stage, next) = released(last.take(), rows);
                    *this.stage = stage;
                    return Poll::Ready(next);
                }
                Stage::Passing => return this.upstream.as_mut().poll_next(cx),
                Stage::Over => return Poll::Ready(None),
            }
        }
    }
}

/// Reads what came, and says how it goes on.
fn read(bill: &mut Bill, left: &mut Option<u64>, next: &Option<Chunk>) -> Stage {
    match next {
        Some(Ok(chunk)) => {
            bill.read(chunk);
            *left = left.map(|left| left.saturating_sub(chunk.len() as u64));
            match bill.waits(*left == Some(0)) {
                true => settled(bill, Some(chunk.clone())),
                false => Stage::Reading,
            }
        }
        None => settled(bill, None),
        // Nobody takes this for a finished answer: it waits for nothing.
        Some(Err(_)) => {
            bill.close(End::Cut);
            Stage::Over
        }
    }
}

/// The answer is whole: its bill is settled, which `last` may have to wait for.
fn settled(bill: &mut Bill, last: Option<Bytes>) -> Stage {
    let waits = bill.waits(true);
    match bill.hand_over(End::Clean).filter(|_| waits) {
        Some(handed) => Stage::Holding(last, Box::pin(handed.committed())),
        None => Stage::Over,
    }
}

/// What follows a wait for the rows.
fn released(last: Option<Bytes>, rows: Result<Sum, Full>) -> (Stage, Option<Chunk>) {
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
