//! How long a connection is kept.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::http::a2a::grpc::Peer;

/// How long a client may take to greet.
pub(super) const HELLO: Duration = Duration::from_secs(10);
/// What it greets with, in bytes: the preface of HTTP/2 and the head of a frame.
pub(super) const GREETING: usize = 24 + 9;
/// How long a connection without a call is kept, like one of HTTP.
pub(super) const IDLE: Duration = Duration::from_secs(75);
/// How old a connection becomes before its client is asked to make another one.
pub(super) const MAX_AGE: Duration = Duration::from_secs(3600);
/// How long the calls of an old connection may go on; a stream that breaks off
/// then is subscribed to again.
pub(super) const GRACE: Duration = Duration::from_secs(3600);

/// The patience that one connection has left.
pub(super) struct Patience {
    peer: Peer,
    began: Instant,
    /// Bytes of the greeting that have come.
    greeted: usize,
    alarm: Pin<Box<Sleep>>,
}

impl Patience {
    pub(super) fn new(peer: Peer) -> Self {
        let began = Instant::now();
        Self {
            peer,
            began,
            greeted: 0,
            alarm: Box::pin(sleep_until(began + HELLO)),
        }
    }

    pub(super) fn peer(&self) -> &Peer {
        &self.peer
    }

    #[cfg(test)]
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// Notes that so many bytes have come.
    pub(super) fn heard(&mut self, bytes: usize) {
        self.greeted = self.greeted.saturating_add(bytes);
    }

    /// Ready once the connection is to end. The task of `context` is woken when
    /// it is time to look again.
    pub(super) fn poll_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.alarm.as_mut().poll(context));
            let next = self.next();
            if next <= Instant::now() {
                return Poll::Ready(());
            }
            self.alarm.as_mut().reset(next);
        }
    }

    /// When it is over as things stand, or may be.
    fn next(&self) -> Instant {
        let quiet = match self.peer.idle_since() {
            _ if self.greeted < GREETING => self.began + HELLO,
            Some(since) => since + IDLE,
            None => Instant::now() + IDLE,
        };
        quiet.min(self.began + MAX_AGE + GRACE)
    }
}
