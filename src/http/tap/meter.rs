//! A stream within its quota: read event by event, and cut off between two.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::web::{Bytes, BytesMut};
use futures_util::{Stream, future::LocalBoxFuture};

use super::{Broken, Chunk};
use crate::{
    actors::ledger::{Reservation, ReserveError},
    http::bill::Bill,
};

/// Bytes of one event that are held back, when nothing is left, until it is known
/// whether it costs anything. A larger one does, most likely.
const MOST_HELD: usize = 1 << 20;

/// What comes next.
pub(super) enum Next {
    /// These bytes, which the bill has read.
    Passed(Bytes),
    /// Nothing: the engine's stream is over.
    End,
    /// Nothing: it broke.
    Broken(Broken),
    /// Nothing: the quota is used up, and an event ended last.
    Cut,
}

/// Watches what is left for a stream. A slice more is asked for before what is held
/// is used up, so a stream that has room never waits. When nothing is left and
/// nothing is granted, what costs nothing still passes, as the end of an answer
/// does that came out just long enough; the first event that costs is not passed.
#[derive(Default)]
pub(super) struct Meter {
    /// What came and was not read yet. With nothing left it begins where an event
    /// does.
    unread: Bytes,
    asking: Option<LocalBoxFuture<'static, Result<Reservation, ReserveError>>>,
    /// Whether it is known that there is no room for now.
    is_refused: bool,
    is_counted: bool,
    /// Whether the engine has ended, and what was held back is passed.
    is_over: bool,
}

impl Meter {
    pub(super) fn poll_next<S: Stream<Item = Chunk>>(
        &mut self,
        mut upstream: Pin<&mut S>,
        bill: &mut Bill,
        cx: &mut Context<'_>,
    ) -> Poll<Next> {
        loop {
            self.ask_early(bill, cx);
            if let Some(next) = ready!(self.read(bill, cx)) {
                return Poll::Ready(next);
            }
            if self.is_over {
                return Poll::Ready(Next::End);
            }
            match ready!(upstream.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => self.unread = joined(&self.unread, chunk),
                Some(Err(broken)) => return Poll::Ready(Next::Broken(broken)),
                None => return Poll::Ready(self.over(bill)),
            }
        }
    }

    /// Reads on as far as may be; `None` if more bytes are needed for that.
    fn read(&mut self, bill: &mut Bill, cx: &mut Context<'_>) -> Poll<Option<Next>> {
        while !self.unread.is_empty() {
            if bill.left() > 0 {
                let read = bill.read_within(&self.unread);
                return Poll::Ready(Some(self.pass(read)));
            }
            let free = bill.read_free(&self.unread);
            if free.read > 0 {
                return Poll::Ready(Some(self.pass(free.read)));
            }
            if !free.costs && self.unread.len() < MOST_HELD {
                return Poll::Ready(None);
            }
            if !ready!(self.poll_room(bill, cx)) {
                return Poll::Ready(Some(Next::Cut));
            }
        }
        Poll::Ready(None)
    }

    /// Whether there is room for what costs, now that nothing is left.
    fn poll_room(&mut self, bill: &mut Bill, cx: &mut Context<'_>) -> Poll<bool> {
        while bill.left() == 0 {
            if self.asking.is_none() {
                self.asking = bill.more();
            }
            if !ready!(self.poll_slice(bill, cx)) {
                return Poll::Ready(self.counted(bill));
            }
        }
        Poll::Ready(true)
    }

    /// Whether the slice that was asked for was granted.
    fn poll_slice(&mut self, bill: &mut Bill, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(asking) = &mut self.asking else {
            return Poll::Ready(false);
        };
        let answer = ready!(asking.as_mut().poll(cx));
        self.asking = None;
        self.is_refused = answer.is_err();
        if let Ok(slice) = answer {
            bill.absorb(slice);
        }
        Poll::Ready(!self.is_refused)
    }

    fn ask_early(&mut self, bill: &mut Bill, cx: &mut Context<'_>) {
        if self.asking.is_none() && !self.is_refused && bill.is_short() {
            self.asking = bill.more();
        }
        // What comes of it is seen in what is left.
        let _: Poll<bool> = self.poll_slice(bill, cx);
    }

    /// Whether something is left after all, once the prompt is counted that was
    /// held by its bound.
    fn counted(&mut self, bill: &mut Bill) -> bool {
        if !std::mem::replace(&mut self.is_counted, true) {
            bill.count_prompt();
        }
        bill.left() > 0
    }

    fn pass(&mut self, size: usize) -> Next {
        Next::Passed(self.unread.split_to(size))
    }

    /// The engine has ended: what is held back of a last event without its end
    /// passes, one event at most.
    fn over(&mut self, bill: &mut Bill) -> Next {
        if self.unread.is_empty() {
            return Next::End;
        }
        self.is_over = true;
        bill.read(&self.unread);
        self.pass(self.unread.len())
    }
}

/// No copy unless something is held back.
fn joined(held: &Bytes, chunk: Bytes) -> Bytes {
    if held.is_empty() {
        return chunk;
    }
    let mut both = BytesMut::with_capacity(held.len() + chunk.len());
    both.extend_from_slice(held);
    both.extend_from_slice(&chunk);
    both.freeze()
}
