//! The windows of this process, and the actor that owns them.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix::prelude::*;
use tokio::time::Instant;

use super::{Meters, Reservation, ReserveError};
use crate::{
    actors::pulse,
    domain::{
        id::Owner,
        quota::{Account, Hold, Limits, Standing, Under},
        time::UnixMillis,
    },
};

/// How often users who spent nothing lately are forgotten.
const SWEEP: Duration = Duration::from_secs(30);

/// Calls that have ended since the ledger last looked. Nothing waits for these:
/// they matter when the next call asks.
type Returns = Arc<Mutex<Vec<Settled>>>;

/// The way to the actor. A clone is cheap.
#[derive(Clone)]
pub(super) struct Here {
    addr: Addr<LedgerActor>,
    returns: Returns,
    meters: Arc<Meters>,
}

/// Whose tokens are held, and where.
pub(super) struct Ticket {
    here: Here,
    payer: Owner,
    under: Under,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = (&self.payer, &self.under);
        f.debug_tuple("Ticket").field(&parts).finish()
    }
}

/// What one call held and what it cost.
#[derive(Debug)]
struct Settled {
    payer: Owner,
    under: Under,
    held: u64,
    spent: u64,
}

impl Here {
    pub(super) fn start(limits: Limits, meters: Arc<Meters>) -> Self {
        let returns = Returns::default();
        let actor = LedgerActor {
            limits,
            meters: meters.clone(),
            accounts: HashMap::new(),
            returns: returns.clone(),
            clock: Clock::start(),
        };
        let addr = actor.start();
        Self {
            addr,
            returns,
            meters,
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// How many payers it remembers.
    #[cfg(test)]
    pub(super) async fn accounts(&self) -> usize {
        self.addr.send(Accounts).await.unwrap()
    }

    pub(super) async fn wait(&self) -> Duration {
        pulse::wait(&self.addr).await
    }

    pub(super) async fn reserve(
        &self,
        payer: Owner,
        under: Under,
        hold: Hold,
    ) -> Result<Reservation, ReserveError> {
        let reserve = Reserve { payer, under, hold };
        self.addr
            .send(reserve)
            .await
            .map_err(|_| ReserveError::Gone)?
    }
}

impl Here {
    /// Where `payer` stands under each limit; nothing is held.
    pub(super) async fn look(
        &self,
        payer: Owner,
        under: Under,
    ) -> Result<Vec<Standing>, ReserveError> {
        let look = Look { payer, under };
        self.addr.send(look).await.map_err(|_| ReserveError::Gone)
    }
}

impl Ticket {
    pub(super) fn more(
        &self,
        tokens: u64,
    ) -> impl Future<Output = Result<Reservation, ReserveError>> + use<> {
        let here = self.here.clone();
        let (payer, under) = (self.payer.clone(), self.under.clone());
        let slice = Hold {
            prompt: 0,
            output: tokens,
        };
        async move { here.reserve(payer, under, slice).await }
    }

    pub(super) fn settle(&mut self, held: u64, spent: u64) {
        self.here.meters.charged(spent, &self.under);
        let (payer, under) = (self.payer.clone(), self.under.clone());
        let settled = Settled {
            payer,
            under,
            held,
            spent,
        };
        let returns = self.here.returns.lock();
        let mut returns = returns.unwrap_or_else(PoisonError::into_inner);
        returns.push(settled);
    }
}

/// Time that is never set back, counted from what the wall clock said at the start.
struct Clock {
    began: Instant,
    at: UnixMillis,
}

impl Clock {
    fn start() -> Self {
        Self {
            began: Instant::now(),
            at: UnixMillis::now(),
        }
    }

    fn now(&self) -> UnixMillis {
        let since = i64::try_from(self.began.elapsed().as_millis());
        self.at.plus(since.unwrap_or(i64::MAX))
    }
}

/// Owns every payer's windows. One owner, so two reservations cannot race.
struct LedgerActor {
    limits: Limits,
    meters: Arc<Meters>,
    accounts: HashMap<Owner, Account>,
    returns: Returns,
    clock: Clock,
}

pulse::has_pulse!(LedgerActor);

impl Actor for LedgerActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(SWEEP, |this, _| this.sweep());
    }
}

#[derive(Message)]
#[rtype(result = "Result<Reservation, ReserveError>")]
struct Reserve {
    payer: Owner,
    under: Under,
    hold: Hold,
}

impl Handler<Reserve> for LedgerActor {
    // The reply is the guard: if the caller is gone by now, the reply is
    // dropped, and dropping it gives the tokens back.
    type Result = Result<Reservation, ReserveError>;

    fn handle(&mut self, reserve: Reserve, ctx: &mut Context<Self>) -> Self::Result {
        let Reserve { payer, under, hold } = reserve;
        let now = self.clock.now();
        self.settle(now);
        let account = self.accounts.entry(payer.clone()).or_default();
        let granted = account.reserve(hold, (&under, &self.limits), now)?;
        let here = Here {
            addr: ctx.address(),
            returns: self.returns.clone(),
            meters: self.meters.clone(),
        };
        Ok(Reservation {
            ticket: super::Ticket::Here(Ticket { here, payer, under }),
            held: granted.held,
            spent: 0,
            standing: granted.standing,
        })
    }
}

#[derive(Message)]
#[rtype(result = "Vec<Standing>")]
struct Look {
    payer: Owner,
    under: Under,
}

impl Handler<Look> for LedgerActor {
    type Result = MessageResult<Look>;

    /// Whoever spends nothing leaves nothing here.
    fn handle(&mut self, look: Look, _: &mut Context<Self>) -> Self::Result {
        let now = self.clock.now();
        self.settle(now);
        let on = (&look.under, &self.limits);
        MessageResult(match self.accounts.get_mut(&look.payer) {
            Some(account) => account.standings(on, now),
            None => Account::default().standings(on, now),
        })
    }
}

#[cfg(test)]
#[derive(Message)]
#[rtype(result = "usize")]
struct Accounts;

#[cfg(test)]
impl Handler<Accounts> for LedgerActor {
    type Result = usize;

    fn handle(&mut self, _: Accounts, _: &mut Context<Self>) -> usize {
        self.accounts.len()
    }
}

impl LedgerActor {
    fn settle(&mut self, now: UnixMillis) {
        let mut returns = self.returns.lock().unwrap_or_else(PoisonError::into_inner);
        for settled in returns.drain(..) {
            let account = self.accounts.entry(settled.payer).or_default();
            let sums = (settled.held, settled.spent);
            account.settle(sums, (&settled.under, &self.limits), now);
        }
    }

    /// Forgets those who spent and hold nothing, and gives their memory back.
    fn sweep(&mut self) {
        let now = self.clock.now();
        self.settle(now);
        self.accounts
            .retain(|_, account| !account.is_idle(&self.limits, now));
        if self.accounts.capacity() / 4 > self.accounts.len() {
            self.accounts.shrink_to(self.accounts.len() * 2);
        }
        let mut returns = self.returns.lock().unwrap_or_else(PoisonError::into_inner);
        returns.shrink_to(1024);
    }
}
