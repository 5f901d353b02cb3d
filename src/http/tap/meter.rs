//! A stream within its quota: read event by event, and cut off between two.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::web::{Bytes, BytesMut};
use futures_util::{Stream, future::LocalBoxFuture};
use tokio::time::{Instant, Sleep, sleep};

use super::{Broken, Chunk};
use crate::{
    actors::ledger::{Reservation, ReserveError},
    http::bill::Bill,
};

/// Bytes of one event that are held back, when nothing is left, until it is known
/// whether it costs anything. A larger one does, most likely.
const MOST_HELD: usize = 1 << 20;
/// How long a stream stands still while nobody can say whether there is room.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long nobody is asked again after that.
const PAUSE: Duration = Duration::from_secs(1);

/// What comes next.
pub(super) enum Next {
    /// These bytes, which the bill has read.
    Passed(Bytes),
    /// Nothing: the engine's stream is over.
    End,
    /// Nothing: it broke.
    Broken(Broken),
    /// Nothing: what is held of the quota is used up, for this reason there is no more,
    /// and an event ended last.
    Cut(&'static str),
}

/// Watches what is left for a stream. A slice more is asked for before what is held
/// is used up, so a stream that has room never waits. When nothing is left and
/// nothing is granted, what costs nothing still passes, as the end of an answer
/// does that came out just long enough; the first event that costs is not passed.
/// While nobody can say whether there is room, what is held is used up, and then it
/// is asked for some seconds more.
#[derive(Default)]
pub(super) struct Meter {
    /// What came and was not read yet. With nothing left it begins where an event
    /// does.
    unread: Bytes,
    asking: Option<LocalBoxFuture<'static, Result<Reservation, ReserveError>>>,
    /// Why the last slice was not granted.
    refused: Option<ReserveError>,
    /// Until when nobody is asked again.
    pause: Option<Pin<Box<Sleep>>>,
    /// Since when the stream stands still because nobody can be asked.
    still_since: Option<Instant>,
    counting: Option<LocalBoxFuture<'static, Option<u64>>>,
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
                Some(Ok(chunk)) => self.unread = joined(std::mem::take(&mut self.unread), chunk),
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
                return Poll::Ready(Some(Next::Cut(self.why())));
            }
        }
        Poll::Ready(None)
    }

    /// Whether there is room for what costs, now that nothing is left.
    fn poll_room(&mut self, bill: &mut Bill, cx: &mut Context<'_>) -> Poll<bool> {
        while bill.left() == 0 {
            if self.counting.is_some() {
                return self.poll_counted(bill, cx);
            }
            if self.asking.is_none() {
                ready!(self.poll_pause(cx));
                self.asking = bill.more();
            }
            if !ready!(self.poll_slice(bill, cx)) && !self.may_ask_again() {
                return self.poll_counted(bill, cx);
            }
        }
        self.still_since = None;
        Poll::Ready(true)
    }

    /// Whether the slice that was asked for was granted.
    fn poll_slice(&mut self, bill: &mut Bill, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(asking) = &mut self.asking else {
            return Poll::Ready(false);
        };
        let answer = ready!(asking.as_mut().poll(cx));
        self.asking = None;
        self.refused = match answer {
            Ok(slice) => {
                bill.absorb(slice);
                None
            }
            Err(error) => Some(error),
        };
        self.pause = self.is_unknown().then(|| Box::pin(sleep(PAUSE)));
        Poll::Ready(self.refused.is_none())
    }

    /// Whether nobody could say if there is room.
    fn is_unknown(&self) -> bool {
        matches!(&self.refused, Some(error) if !matches!(error, ReserveError::Refused(_)))
    }

    fn may_ask_again(&mut self) -> bool {
        self.is_unknown() && {
            let since = self.still_since.get_or_insert_with(Instant::now);
            since.elapsed() < PATIENCE
        }
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(())
    }

    fn ask_early(&mut self, bill: &mut Bill, cx: &mut Context<'_>) {
        let may_ask = self.refused.is_none() || self.is_unknown();
        if self.asking.is_none()
            && may_ask
            && bill.is_short()
            && bill.left() > 0
            && self.poll_pause(cx).is_ready()
        {
            self.asking = bill.more();
        }
        // What comes of it is seen in what is left.
        let _: Poll<bool> = self.poll_slice(bill, cx);
    }

    /// Whether something is left after all, once the prompt is counted that was
    /// held by its bound.
    fn poll_counted(&mut self, bill: &mut Bill, cx: &mut Context<'_>) -> Poll<bool> {
        if !std::mem::replace(&mut self.is_counted, true) {
            self.counting = bill.count_prompt();
        }
        if let Some(counting) = &mut self.counting {
            let tokens = ready!(counting.as_mut().poll(cx));
            self.counting = None;
            tokens
                .into_iter()
                .for_each(|tokens| bill.prompt_has(tokens));
        }
        Poll::Ready(bill.left() > 0)
    }

    /// What a stream is told that ends here.
    fn why(&self) -> &'static str {
        match self.is_unknown() {
            true => "quota_unavailable",
            false => "token_quota",
        }
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

/// No copy unless something is held back, and then of what is new, as a rule.
fn joined(held: Bytes, chunk: Bytes) -> Bytes {
    if held.is_empty() {
        return chunk;
    }
    let held = held.try_into_mut();
    let mut both = held.unwrap_or_else(|held| BytesMut::from(&held[..]));
    both.extend_from_slice(&chunk);
    both.freeze()
}
