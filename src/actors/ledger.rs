//! Who may spend how many tokens this minute.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix::prelude::*;

use crate::{
    actors::pulse,
    domain::{
        id::Owner,
        quota::{Hold, Limit, Refusal, Standing, Window},
        time::UnixMillis,
    },
};

/// How often users who spent nothing lately are forgotten.
const SWEEP: Duration = Duration::from_secs(30);

/// Calls that have ended since the ledger last looked. Nothing waits for these:
/// they matter when the next call asks.
type Returns = Arc<Mutex<Vec<Settled>>>;

/// Asks the quota ledger to hold tokens. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Ledger(Addr<LedgerActor>);

/// Tokens held for one call. Settling is dropping: what was not
/// [spent](Self::spend) goes back, also when the client hangs up mid-stream.
#[derive(Debug)]
pub struct Reservation {
    ledger: Ledger,
    returns: Returns,
    owner: Owner,
    held: u64,
    spent: u64,
    /// Where the user stands, this call included.
    pub standing: Standing,
}

/// Why nothing was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReserveError {
    /// The user's window has no room: answer 429, or 400 if it never will.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The ledger has died and the process is going down: answer 503.
    #[error("the quota ledger has stopped")]
    Gone,
}

impl Ledger {
    /// Starts a ledger with one limit for everyone.
    pub fn start(limit: Limit) -> Self {
        let actor = LedgerActor {
            limit,
            users: HashMap::new(),
            returns: Returns::default(),
        };
        Self(actor.start())
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.0.connected()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        pulse::wait(&self.0).await
    }

    /// Holds tokens of `owner`'s window until the reservation is dropped.
    ///
    /// Costs one message to the ledger's thread and back: about 5 µs.
    ///
    /// # Errors
    ///
    /// [`ReserveError`]; nothing is held then.
    pub async fn reserve(&self, owner: Owner, hold: Hold) -> Result<Reservation, ReserveError> {
        let reserve = Reserve { owner, hold };
        self.0.send(reserve).await.map_err(|_| ReserveError::Gone)?
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
        let (ledger, owner) = (self.ledger.clone(), self.owner.clone());
        let slice = Hold {
            prompt: 0,
            output: tokens,
        };
        async move { ledger.reserve(owner, slice).await }
    }

    /// Holds what `slice` held, too.
    pub fn absorb(&mut self, mut slice: Self) {
        self.held = self.held.saturating_add(mem::take(&mut slice.held));
        self.standing = slice.standing;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let (owner, held, spent) = (self.owner.clone(), self.held, self.spent);
        let mut returns = self.returns.lock().unwrap_or_else(PoisonError::into_inner);
        returns.push(Settled { owner, held, spent });
    }
}

/// What one call held and what it cost.
#[derive(Debug)]
struct Settled {
    owner: Owner,
    held: u64,
    spent: u64,
}

/// Owns every user's window. One owner, so two reservations cannot race.
struct LedgerActor {
    limit: Limit,
    users: HashMap<Owner, Window>,
    returns: Returns,
}

pulse::has_pulse!(LedgerActor);

impl Actor for LedgerActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(SWEEP, |this, _| {
            let (limit, now) = (this.limit, UnixMillis::now());
            this.settle(now);
            this.users.retain(|_, window| !window.is_idle(limit, now));
        });
    }
}

#[derive(Message)]
#[rtype(result = "Result<Reservation, ReserveError>")]
struct Reserve {
    owner: Owner,
    hold: Hold,
}

impl Handler<Reserve> for LedgerActor {
    // The reply is the guard: if the caller is gone by now, the reply is
    // dropped, and dropping it gives the tokens back.
    type Result = Result<Reservation, ReserveError>;

    fn handle(
        &mut self,
        Reserve { owner, hold }: Reserve,
        ctx: &mut Context<Self>,
    ) -> Self::Result {
        let now = UnixMillis::now();
        self.settle(now);
        let window = self.users.entry(owner.clone()).or_default();
        let held = window.reserve(hold, self.limit, now)?;
        Ok(Reservation {
            ledger: Ledger(ctx.address()),
            returns: self.returns.clone(),
            owner,
            held,
            spent: 0,
            standing: window.standing(self.limit, now),
        })
    }
}

impl LedgerActor {
    fn settle(&mut self, now: UnixMillis) {
        let mut returns = self.returns.lock().unwrap_or_else(PoisonError::into_inner);
        for Settled { owner, held, spent } in returns.drain(..) {
            let window = self.users.entry(owner).or_default();
            window.settle(held, spent, self.limit, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        tokens: 100,
        window_ms: 60_000,
    };

    fn hold(prompt: u64) -> Hold {
        Hold { prompt, output: 0 }
    }

    async fn remaining(ledger: &Ledger, owner: &Owner) -> u64 {
        let held = ledger.reserve(owner.clone(), hold(0)).await.unwrap();
        held.standing.remaining
    }

    #[actix::test]
    async fn a_client_that_hangs_up_pays_for_what_it_saw() {
        let (ledger, ada) = (Ledger::start(LIMIT), Owner::new("i", "ada"));
        let mut held = ledger.reserve(ada.clone(), hold(80)).await.unwrap();
        let second = ledger.reserve(ada.clone(), hold(30)).await;
        assert!(matches!(second, Err(ReserveError::Refused(_))));
        held.spend(10);
        drop(held);
        assert_eq!(remaining(&ledger, &ada).await, 90);
    }

    #[actix::test]
    async fn of_two_hundred_at_once_exactly_those_that_fit_are_admitted() {
        let (ledger, ada) = (Ledger::start(LIMIT), Owner::new("i", "ada"));
        let all = (0..200).map(|_| ledger.reserve(ada.clone(), hold(10)));
        let all = futures_util::future::join_all(all).await;
        assert_eq!(all.iter().filter(|r| r.is_ok()).count(), 10);
    }

    #[actix::test]
    async fn what_is_held_grows_by_what_room_there_is_until_there_is_none() {
        let (ledger, ada) = (Ledger::start(LIMIT), Owner::new("i", "ada"));
        let mut held = ledger.reserve(ada.clone(), hold(80)).await.unwrap();
        held.spend(75);
        held.absorb(held.more(30).await.unwrap());
        assert_eq!((held.left(), held.standing.remaining), (25, 0));
        assert!(held.more(1).await.is_err());
        drop(held);
        assert_eq!(remaining(&ledger, &ada).await, 25);
    }

    #[actix::test]
    async fn a_reservation_nobody_waits_for_any_more_is_given_back() {
        let (ledger, ada) = (Ledger::start(LIMIT), Owner::new("i", "ada"));
        let mut request = Box::pin(ledger.reserve(ada.clone(), hold(80)));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(request.as_mut().poll(&mut cx).is_pending());
        drop(request);
        assert_eq!(remaining(&ledger, &ada).await, 100);
    }
}
