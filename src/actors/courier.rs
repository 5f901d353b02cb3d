//! Tells webhooks what happens to tasks.

mod places;
mod turn;

use std::{sync::Arc, time::Duration};

use actix::prelude::*;
use tokio::sync::{
    broadcast::{Receiver, error::RecvError},
    watch,
};

use crate::{
    actors::{drain::Drain, pulse},
    adapters::{
        push::{Due, Poster, Webhooks},
        store::{Change, Store, StoreError},
        usage::prometheus::Prometheus,
    },
    domain::{a2a::push::Patience, time::UnixMillis},
};
use places::Places;
use turn::Desk;

/// How long hints are gathered: one look serves them all.
const GATHER: Duration = Duration::from_millis(20);

/// How fast, and how much at once.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Webhooks served at once.
    pub places: usize,
    /// Those of them that one host and port may have: a slow receiver holds up
    /// only its own.
    pub per_host: usize,
    /// Those of them that the tasks of one person may have, however many hosts
    /// they name. The last quarter of the places is for people who have none.
    pub per_owner: usize,
    /// How often it looks for what is due, though no hint came.
    pub tick: Duration,
    /// How long a receiver may take to answer.
    pub timeout: Duration,
    /// How long one that fails is tried.
    pub patience: Patience,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            places: 32,
            per_host: 4,
            per_owner: 8,
            tick: Duration::from_secs(1),
            timeout: Duration::from_secs(15),
            patience: Patience::default(),
        }
    }
}

/// Delivers what is due. A clone is cheap.
///
/// Each webhook gets its task's events in order, one at a time and at least
/// once: its row moves on after the receiver's 2xx, so an event whose delivery a
/// crash cut off is sent again, under the same `X-A2A-Event-Id`. Gateways that share
/// a database share this work: each has a lease on the rows it delivers.
#[derive(Clone)]
pub struct Courier {
    addr: Addr<CourierActor>,
    drain: Drain,
}

impl Courier {
    /// Starts delivering to `webhooks` what happens to the tasks of `store`, and
    /// counts it in `metrics`.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn start(
        store: Store,
        webhooks: Webhooks,
        metrics: Prometheus,
        pace: Pace,
    ) -> Result<Self, reqwest::Error> {
        let idle = watch::Sender::new(true);
        let drain = Drain::new(&idle);
        let changes = store.changes();
        let desk = Desk {
            poster: Poster::new(webhooks.clone(), pace.timeout)?,
            store,
            webhooks,
            metrics,
            patience: pace.patience,
            draining: drain.subscribe(),
        };
        let actor = CourierActor {
            desk: Arc::new(desk),
            places: Places::new(pace.places, pace.per_host, pace.per_owner),
            tick: pace.tick,
            changes: Some(changes),
            refused: 0,
            is_gathering: false,
            is_looking: false,
            is_woken: false,
            idle,
        };
        Ok(Self {
            addr: actor.start(),
            drain,
        })
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        pulse::wait(&self.addr).await
    }

    /// Begins no more deliveries and waits `patience` for those under way; what
    /// is cut off then is delivered again by the next process.
    pub async fn drain(&self, patience: Duration) {
        if !self.drain.begin(patience).await {
            tracing::info!("deliveries to webhooks cut off, the next process makes them again");
            // An error says that the actor is gone, and its deliveries with it.
            let _ = self.addr.send(Stop).await;
        }
    }
}

/// It knows what is under way; the rows know the rest, so recovery after a crash
/// is its first tick.
struct CourierActor {
    desk: Arc<Desk>,
    places: Places,
    tick: Duration,
    changes: Option<Receiver<Change>>,
    /// Looks at the rows that failed.
    refused: u64,
    /// Whether hints are being gathered.
    is_gathering: bool,
    /// Whether it looks at the rows now.
    is_looking: bool,
    /// Whether there was a reason to look again meanwhile.
    is_woken: bool,
    /// Nothing is looked for and nothing delivered.
    idle: watch::Sender<bool>,
}

pulse::has_pulse!(CourierActor);

impl Actor for CourierActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(self.tick, |this, ctx| this.wake(ctx));
        if let Some(changes) = self.changes.take() {
            let is_shared = self.desk.store.is_shared();
            ctx.add_stream(futures_util::stream::unfold(
                changes,
                move |changes| async move { due(changes, is_shared).await },
            ));
        }
        self.wake(ctx);
    }
}

/// A webhook may be due.
struct Hint;

/// The next hint. A server says when a webhook is due, so that what happens to the
/// other tasks is no reason to ask it.
async fn due(mut changes: Receiver<Change>, is_shared: bool) -> Option<(Hint, Receiver<Change>)> {
    loop {
        match changes.recv().await {
            Ok(Change::Grew(_) | Change::Canceled(_)) if is_shared => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return Some((Hint, changes)),
            Err(RecvError::Closed) => return None,
        }
    }
}

impl StreamHandler<Hint> for CourierActor {
    fn handle(&mut self, _: Hint, ctx: &mut Self::Context) {
        if !self.is_gathering {
            self.is_gathering = true;
            ctx.run_later(GATHER, |this, ctx| {
                this.is_gathering = false;
                this.wake(ctx);
            });
        }
    }

    /// The store is gone, but the tick still comes.
    fn finished(&mut self, _: &mut Self::Context) {}
}

#[derive(Message)]
#[rtype(result = "()")]
struct Stop;

impl Handler<Stop> for CourierActor {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl CourierActor {
    /// Looks for what is due: one look at a time. Deliveries must go on while it
    /// does (so it is no `AtomicResponse`): they may hold the connections to the
    /// database that it waits for.
    fn wake(&mut self, ctx: &mut Context<Self>) {
        if self.is_looking || self.desk.is_draining() {
            self.is_woken = true;
            return;
        }
        (self.is_looking, self.is_woken) = (true, false);
        self.idle.send_replace(false);
        let (desk, places) = (self.desk.clone(), self.places.clone());
        let look = async move { pick(&desk, places).await };
        ctx.spawn(look.into_actor(self).map(|picked, this, ctx| {
            this.is_looking = false;
            match picked {
                Ok(due) => due.into_iter().for_each(|due| this.begin(due, ctx)),
                Err(error) => this.not_served(&error),
            }
            this.over(this.is_woken, ctx);
        }));
    }

    /// Something is over: there may be more to do, or nothing at all.
    fn over(&mut self, look: bool, ctx: &mut Context<Self>) {
        if look {
            self.wake(ctx);
        }
        let is_idle = !self.is_looking && self.places.taken() == 0;
        self.idle.send_replace(is_idle);
    }

    fn not_served(&mut self, error: &StoreError) {
        // Said now and then: the tick comes back each second.
        if self.refused.is_multiple_of(60) {
            tracing::warn!(%error, "no webhooks served, each tick tries again");
        }
        self.refused += 1;
    }

    /// While it drains, a turn only gives back.
    fn begin(&mut self, due: Due, ctx: &mut Context<Self>) {
        let Some(place) = self.places.take(&due) else {
            return;
        };
        let desk = self.desk.clone();
        let turn = async move { desk.turn(due).await };
        ctx.spawn(turn.into_actor(self).map(move |(), this, ctx| {
            this.places.give_back(&place);
            this.over(true, ctx);
        }));
    }
}

/// Fills the free places with what is due. Whoever has their share is left out of
/// the next look, so that they hide nobody behind them.
async fn pick(desk: &Desk, mut places: Places) -> Result<Vec<Due>, StoreError> {
    let mut picked = Vec::new();
    while places.free() > 0 && !desk.is_draining() {
        let busy = places.busy();
        let limit = u32::try_from(places.free()).unwrap_or(u32::MAX);
        let now = UnixMillis::now();
        let due = match desk.webhooks.due(now, &busy, limit).await {
            Ok(due) => due,
            Err(error) if picked.is_empty() => return Err(error),
            // What was picked is this gateway's to deliver; the next look says it again.
            Err(_) => break,
        };
        let (taken, over): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|due| places.take(due).is_some());
        if let Err(error) = desk.webhooks.give_back(&over).await {
            tracing::debug!(%error, "webhooks not given back, others have them when their leases end");
        }
        if taken.is_empty() {
            break;
        }
        picked.extend(taken);
    }
    Ok(picked)
}
