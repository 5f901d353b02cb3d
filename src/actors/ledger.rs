//! Who may spend how many tokens this minute.

mod here;
mod meters;
mod settler;
mod shared;
mod shelf;
#[cfg(test)]
mod tests;

use std::{mem, sync::Arc, time::Duration};

use futures_util::future::Either;

use crate::{
    adapters::{quota::redis::Redis, usage::prometheus::Prometheus},
    config::QuotaFail,
    domain::{
        id::Owner,
        quota::{Hold, Limits, Refusal, Standing, Under},
    },
};
use here::Here;
use meters::Meters;
use shared::Shared;

/// Asks the quota ledger to hold tokens. A clone is cheap.
#[derive(Clone)]
pub struct Ledger {
    keeper: Keeper,
    meters: Arc<Meters>,
}

/// Who adds up.
#[derive(Clone)]
enum Keeper {
    /// An actor of this process.
    Here(Here),
    /// Redis, for several gateways.
    Shared(Shared),
}

/// Tokens held for one call. Settling is dropping: what was not
/// [spent](Self::spend) goes back, also when the client hangs up mid-stream.
#[derive(Debug)]
pub struct Reservation {
    ticket: Ticket,
    held: u64,
    spent: u64,
    /// Where the user stands, this call included.
    pub standing: Standing,
}

/// Where a reservation is settled.
#[derive(Debug)]
enum Ticket {
    Here(here::Ticket),
    Shared(shared::Ticket),
}

/// Why nothing was held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReserveError {
    /// The user's window has no room: answer 429, or 400 if it never will.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Redis cannot be asked, and `QUOTA_FAIL=closed`: answer 503.
    #[error("the quota cannot be checked now")]
    Unavailable,
    /// The ledger has died and the process is going down: answer 503.
    #[error("the quota ledger has stopped")]
    Gone,
}

/// How a ledger stands that is not all in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedStanding {
    /// Why Redis cannot be asked, if it cannot.
    pub trouble: Option<String>,
    /// Calls that have ended and are not charged yet.
    pub waiting: usize,
    /// What becomes of calls meanwhile.
    pub fail: QuotaFail,
}

impl Ledger {
    /// Starts a ledger of this process alone.
    pub fn start(limits: Limits, metrics: &Prometheus) -> Self {
        let meters = Arc::new(Meters::new(&limits, metrics));
        Self {
            keeper: Keeper::Here(Here::start(limits, meters.clone())),
            meters,
        }
    }

    /// Starts a ledger that adds up in `redis`. Waits for the first connection, two
    /// seconds at most; without one it goes on trying.
    pub async fn shared(
        redis: Redis,
        fail: QuotaFail,
        limits: Limits,
        metrics: &Prometheus,
    ) -> Self {
        let meters = Arc::new(Meters::new(&limits, metrics));
        // Whether it worked is told by whoever asks.
        let _ = redis.connect().await;
        Self {
            keeper: Keeper::Shared(Shared::start(redis, fail, limits, meters.clone())),
            meters,
        }
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        match &self.keeper {
            Keeper::Here(here) => here.is_alive(),
            Keeper::Shared(shared) => shared.is_alive(),
        }
    }

    /// How long a message waits for its actor; nothing where Redis adds up.
    pub async fn wait(&self) -> Duration {
        match &self.keeper {
            Keeper::Here(here) => here.wait().await,
            Keeper::Shared(_) => Duration::ZERO,
        }
    }

    /// How it stands with Redis; `None` without.
    pub fn shared_standing(&self) -> Option<SharedStanding> {
        match &self.keeper {
            Keeper::Here(_) => None,
            Keeper::Shared(shared) => Some(shared.standing()),
        }
    }

    /// Holds tokens of `payer` in every window of `under` until the reservation is
    /// dropped.
    ///
    /// Costs one message to the ledger's thread and back, about 5 µs; with Redis one
    /// round trip to it, or, where it has to be connected to or does not answer, two
    /// seconds at most.
    ///
    /// # Errors
    ///
    /// [`ReserveError`]; nothing is held then.
    pub async fn reserve(
        &self,
        payer: Owner,
        under: Under,
        hold: Hold,
    ) -> Result<Reservation, ReserveError> {
        let reserved = match &self.keeper {
            Keeper::Here(here) => here.reserve(payer, under.clone(), hold).await,
            Keeper::Shared(shared) => shared.reserve(&payer, under.clone(), hold).await,
        };
        reserved.inspect_err(|error| {
            if let ReserveError::Refused(refusal) = error {
                self.meters.refused(refusal, &under);
            }
        })
    }

    /// Where `payer` stands under each limit of `under`, in their order. Holds
    /// nothing, and costs what [`reserve`](Self::reserve) does.
    ///
    /// # Errors
    ///
    /// [`ReserveError`], but no refusal: Redis cannot be asked, or the ledger has died.
    pub async fn look(&self, payer: Owner, under: Under) -> Result<Vec<Standing>, ReserveError> {
        match &self.keeper {
            Keeper::Here(here) => here.look(payer, under).await,
            Keeper::Shared(shared) => shared.look(&payer, under).await,
        }
    }

    /// Charges what has ended by now, if it can be done within `patience`.
    pub async fn drain(&self, patience: Duration) {
        if let Keeper::Shared(shared) = &self.keeper {
            shared.drain(patience).await;
        }
    }
}

impl Reservation {
    /// Says what the call has really cost so far, its prompt included.
    pub fn spend(&mut self, tokens: u64) {
        self.spent = tokens;
    }

    /// Tokens that are held and not spent.
    pub fn left(&self) -> u64 {
        self.held.saturating_sub(self.spent)
    }

    /// Asks for a slice of so many tokens more, of which it gets what room there is;
    /// it is to be [absorbed](Self::absorb). Costs what [`Ledger::reserve`] does.
    ///
    /// # Errors
    ///
    /// [`ReserveError`]: not one token is left.
    pub fn more(&self, tokens: u64) -> impl Future<Output = Result<Self, ReserveError>> + use<> {
        match &self.ticket {
            Ticket::Here(ticket) => Either::Left(ticket.more(tokens)),
            Ticket::Shared(ticket) => Either::Right(ticket.more(tokens)),
        }
    }

    /// Holds what `slice` held, too.
    pub fn absorb(&mut self, mut slice: Self) {
        self.held = self.held.saturating_add(mem::take(&mut slice.held));
        self.standing = slice.standing;
        if let Ticket::Shared(ticket) = &self.ticket {
            ticket.holds(self.held);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        match &mut self.ticket {
            Ticket::Here(ticket) => ticket.settle(self.held, self.spent),
            Ticket::Shared(ticket) => ticket.spent = self.spent,
        }
    }
}
