//! Windows that Redis keeps for several gateways.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Meters, Reservation, ReserveError, SharedStanding, settler::Settler, shelf::Shelf};
use crate::{
    adapters::quota::redis::{Call, Payer, Redis},
    config::QuotaFail,
    domain::{
        id::Owner,
        quota::{Granted, Hold, Limits, Standing, Under},
    },
};

/// The way to Redis. A clone is cheap.
#[derive(Clone)]
pub(super) struct Shared(Arc<Parts>);

struct Parts {
    redis: Redis,
    fail: QuotaFail,
    limits: Limits,
    meters: Arc<Meters>,
    shelf: Arc<Shelf>,
    settler: Settler,
    /// What begins the names of this process's calls.
    process: String,
    calls: AtomicU64,
}

/// One call at Redis. What it holds there goes back when this is dropped, also where
/// nobody knows whether it holds anything.
pub(super) struct Ticket {
    shared: Shared,
    call: Call,
    /// What it has cost.
    pub(super) spent: u64,
    /// Whether dropping it ends the call.
    ends: bool,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ticket").field(&self.call).finish()
    }
}

impl Shared {
    pub(super) fn start(
        redis: Redis,
        fail: QuotaFail,
        limits: Limits,
        meters: Arc<Meters>,
    ) -> Self {
        let shelf = Arc::new(Shelf::default());
        Self(Arc::new(Parts {
            settler: Settler::start(redis.clone(), shelf.clone(), meters.clone()),
            redis,
            fail,
            limits,
            meters,
            shelf,
            process: uuid::Uuid::new_v4().simple().to_string(),
            calls: AtomicU64::new(0),
        }))
    }

    pub(super) fn is_alive(&self) -> bool {
        self.0.settler.is_alive()
    }

    pub(super) fn standing(&self) -> SharedStanding {
        SharedStanding {
            trouble: self.0.redis.trouble(),
            waiting: self.0.shelf.waiting(),
            fail: self.0.fail,
        }
    }

    pub(super) async fn drain(&self, patience: Duration) {
        if !self.0.settler.drain(patience).await {
            let waiting = self.0.shelf.waiting();
            tracing::warn!(
                waiting,
                "ended calls are not charged, redis did not take them"
            );
        }
    }

    pub(super) async fn reserve(
        &self,
        payer: &Owner,
        under: Under,
        hold: Hold,
    ) -> Result<Reservation, ReserveError> {
        if let Some(never) = self.0.limits.never(&under, hold.prompt) {
            return Err(never.into());
        }
        let ticket = self.begun(payer, under);
        let granted = match self.0.redis.reserve(&ticket.call, hold).await {
            // It was given up before it began.
            Ok(None) => return Err(ReserveError::Unavailable),
            Ok(Some(Ok(granted))) => Ok(granted),
            Ok(Some(Err(refusal))) => Err((refusal.into(), true)),
            Err(away) => {
                let granted = self.unchecked(&ticket.call.under, hold.all());
                granted.map_err(|error| (error, !away.in_doubt))
            }
        };
        ticket.granted(granted)
    }

    /// Where `payer` stands under each limit; nothing is held.
    pub(super) async fn look(
        &self,
        payer: &Owner,
        under: Under,
    ) -> Result<Vec<Standing>, ReserveError> {
        let looked = self.0.redis.look(Payer::of(payer), under).await;
        looked.map_err(|_| ReserveError::Unavailable)
    }

    /// A call that holds nothing yet.
    fn begun(&self, payer: &Owner, under: Under) -> Ticket {
        let number = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let call = Call {
            id: format!("{}-{number:x}", self.0.process).into(),
            payer: Payer::of(payer),
            under,
        };
        self.0.shelf.open(call.clone());
        Ticket {
            shared: self.clone(),
            call,
            spent: 0,
            ends: true,
        }
    }

    /// What a call gets that cannot be checked: a whole limit at most, so that a Redis
    /// that comes back learns of a hold that could be.
    fn unchecked(&self, under: &Under, tokens: u64) -> Result<Granted, ReserveError> {
        if self.0.fail == QuotaFail::Closed {
            return Err(ReserveError::Unavailable);
        }
        self.0.meters.unchecked();
        // Where they stand is not known.
        let limit = self.0.limits.smallest(under);
        let standing = Standing {
            limit,
            remaining: limit,
            reset_ms: 0,
        };
        Ok(Granted {
            held: tokens.min(limit),
            standing,
        })
    }
}

fn reservation(ticket: Ticket, granted: Granted) -> Reservation {
    Reservation {
        ticket: super::Ticket::Shared(ticket),
        held: granted.held,
        spent: 0,
        standing: granted.standing,
    }
}

impl Ticket {
    pub(super) fn more(
        &self,
        tokens: u64,
    ) -> impl Future<Output = Result<Reservation, ReserveError>> + use<> {
        // Redis knows it by the name of the call, whose end ends it all.
        let slice = Self {
            shared: self.shared.clone(),
            call: self.call.clone(),
            spent: 0,
            ends: false,
        };
        async move {
            let shared = &slice.shared;
            let granted = match shared.0.redis.more(&slice.call, tokens).await {
                Ok(Some(granted)) => granted?,
                Ok(None) => return Err(ReserveError::Unavailable),
                Err(_) => shared.unchecked(&slice.call.under, tokens)?,
            };
            Ok(reservation(slice, granted))
        }
    }

    /// The call holds so many tokens in all.
    pub(super) fn holds(&self, tokens: u64) {
        self.shared.0.shelf.holds(&self.call, tokens);
    }

    /// The reservation, or why there is none, and then whether surely nothing is held.
    fn granted(
        self,
        granted: Result<Granted, (ReserveError, bool)>,
    ) -> Result<Reservation, ReserveError> {
        match granted {
            Ok(granted) => {
                self.holds(granted.held);
                Ok(reservation(self, granted))
            }
            Err((error, holds_nothing)) => {
                if holds_nothing {
                    self.void();
                }
                Err(error)
            }
        }
    }

    /// Nothing is held: there is nothing to settle.
    fn void(mut self) {
        self.ends = false;
        self.shared.0.shelf.void(&self.call);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.ends {
            self.shared.0.shelf.end(&self.call, self.spent);
        }
    }
}
