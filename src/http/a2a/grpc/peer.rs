//! The other end of a connection: where it is, and whether it calls.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::time::Instant;

/// Who connected. Each request carries one; a clone speaks of the same
/// connection.
#[derive(Clone, Debug)]
pub struct Peer(Arc<Line>);

#[derive(Debug)]
struct Line {
    address: Option<IpAddr>,
    calls: AtomicUsize,
    idle_since: Mutex<Instant>,
}

/// A call of a peer, under way until it is dropped.
#[derive(Debug)]
pub struct Calling {
    peer: Peer,
    is_known: bool,
}

impl Peer {
    /// A peer that has just connected.
    pub fn new(address: Option<IpAddr>) -> Self {
        Self(Arc::new(Line {
            address,
            calls: AtomicUsize::new(0),
            idle_since: Mutex::new(Instant::now()),
        }))
    }

    /// Where it is, if the system knows.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.address
    }

    /// Since when it has not called; `None` while a call is under way. A call of
    /// someone who was not let in counts for nothing once it is over, so that
    /// strangers cannot keep a connection.
    pub fn idle_since(&self) -> Option<Instant> {
        let calls = self.0.calls.load(Ordering::Acquire);
        let since = self.0.idle_since.lock();
        (calls == 0).then(|| *since.unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a call.
    pub fn call(&self) -> Calling {
        self.0.calls.fetch_add(1, Ordering::AcqRel);
        Calling {
            peer: self.clone(),
            is_known: false,
        }
    }
}

impl Calling {
    /// Says that the caller was let in.
    pub fn let_in(&mut self) {
        self.is_known = true;
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        let Line {
            calls, idle_since, ..
        } = &*self.peer.0;
        if self.is_known {
            *idle_since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        calls.fetch_sub(1, Ordering::AcqRel);
    }
}
