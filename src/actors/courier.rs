//! Tells webhooks what happens to tasks.

mod places;
mod turn;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix::prelude::*;
use tokio::sync::{
    broadcast::{Receiver, error::RecvError},
    watch,
};

use crate::{
    adapters::{
        push::{Due, Poster, Webhooks},
        store::{Store, StoreError},
        usage::prometheus::Prometheus,
    },
    domain::{a2a::push::Patience, id::TaskId, time::UnixMillis},
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
/// crash cut off is sent again, under the same `X-A2A-Event-Id`.
#[derive(Clone)]
pub struct Courier {
    addr: Addr<CourierActor>,
    draining: Arc<AtomicBool>,
    under_way: watch::Receiver<usize>,
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
        let draining = Arc::new(AtomicBool::new(false));
        let (count, under_way) = watch::channel(0);
        let changes = store.changes();
        let desk = Desk {
            poster: Poster::new(webhooks.clone(), pace.timeout)?,
            store,
            webhooks,
            metrics,
            patience: pace.patience,
            draining: draining.clone(),
        };
        let actor = CourierActor {
            desk: Arc::new(desk),
            places: Places::new(pace.places, pace.per_host),
            tick: pace.tick,
            changes: Some(changes),
            is_gathering: false,
            is_woken: false,
            count,
        };
        Ok(Self {
            addr: actor.start(),
            draining,
            under_way,
        })
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// Webhooks that are being served.
    pub fn under_way(&self) -> usize {
        *self.under_way.borrow()
    }

    /// Begins no more deliveries and waits `patience` for those under way; what
    /// is cut off then is delivered again by the next process.
    pub async fn drain(&self, patience: Duration) {
        self.draining.store(true, Ordering::Release);
        let mut under_way = self.under_way.clone();
        let ended = under_way.wait_for(|count| *count == 0);
        if tokio::time::timeout(patience, ended).await.is_err() {
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
    changes: Option<Receiver<TaskId>>,
    /// Whether hints are being gathered.
    is_gathering: bool,
    /// Whether a look at the rows is on its way.
    is_woken: bool,
    count: watch::Sender<usize>,
}

impl Actor for CourierActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(self.tick, |this, ctx| this.wake(ctx));
        if let Some(changes) = self.changes.take() {
            ctx.add_stream(futures_util::stream::unfold(changes, |mut changes| async {
                match changes.recv().await {
                    Ok(_) | Err(RecvError::Lagged(_)) => Some((Hint, changes)),
                    Err(RecvError::Closed) => None,
                }
            }));
        }
        self.wake(ctx);
    }
}

/// Something has happened to a task.
struct Hint;

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
struct Wake;

impl Handler<Wake> for CourierActor {
    // Atomic: the places must not change between counting and filling them.
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, _: Wake, _: &mut Self::Context) -> Self::Result {
        self.is_woken = false;
        let (desk, places) = (self.desk.clone(), self.places.clone());
        let pick = async move { pick(&desk, places).await };
        let begin = pick.into_actor(self).map(|picked, this, ctx| match picked {
            Ok(due) => due.into_iter().for_each(|due| this.begin(due, ctx)),
            Err(error) => {
                tracing::warn!(%error, "no webhooks served, each tick tries again");
            }
        });
        AtomicResponse::new(Box::pin(begin))
    }
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
    #[expect(clippy::disallowed_methods, reason = "one under way at most")]
    fn wake(&mut self, ctx: &mut Context<Self>) {
        if !self.is_woken && !self.desk.is_draining() {
            self.is_woken = true;
            ctx.address().do_send(Wake);
        }
    }

    fn begin(&mut self, due: Due, ctx: &mut Context<Self>) {
        let (key, host) = (due.key.clone(), due.host.clone());
        if !self.places.take(&due) {
            return;
        }
        self.count.send_replace(self.places.taken());
        let desk = self.desk.clone();
        let turn = async move { desk.turn(due).await };
        ctx.spawn(turn.into_actor(self).map(move |(), this, ctx| {
            this.places.give_back(&key, &host);
            this.count.send_replace(this.places.taken());
            this.wake(ctx);
        }));
    }
}

/// Fills the free places with what is due. A host without a free place is left
/// out of the next look, so that it hides nobody behind it.
async fn pick(desk: &Desk, mut places: Places) -> Result<Vec<Due>, StoreError> {
    let mut picked = Vec::new();
    while places.free() > 0 && !desk.is_draining() {
        let (busy, under_way) = (places.busy_hosts(), places.under_way());
        let limit = u32::try_from(places.free()).unwrap_or(u32::MAX);
        let now = UnixMillis::now();
        let due = desk.webhooks.due(now, &busy, &under_way, limit).await?;
        let before = picked.len();
        picked.extend(due.into_iter().filter(|due| places.take(due)));
        if picked.len() == before {
            break;
        }
    }
    Ok(picked)
}
