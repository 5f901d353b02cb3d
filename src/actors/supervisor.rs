//! Which tasks run.

mod elsewhere;
mod take;
mod upkeep;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix::prelude::*;
use futures_util::stream::{self, StreamExt};
use tokio::sync::{oneshot, watch};

use upkeep::Renewals;

use crate::{
    actors::{
        beside::beside,
        pulse,
        round::Round,
        task::{Left, TaskHandle, TaskOver, Workshop},
    },
    adapters::store::{Claimed, Retry},
    config::{TaskConfig, TaskRunner},
    domain::{id::TaskId, task::Attempt, time::UnixMillis},
};

pub use take::Begun;

const TICK: Duration = Duration::from_secs(1);
const PURGE: Duration = Duration::from_secs(60);

/// Runs what is due. A clone is cheap.
#[derive(Clone)]
pub struct Supervisor {
    addr: Addr<SupervisorActor>,
    woken: Arc<AtomicBool>,
    running: watch::Receiver<usize>,
}

impl Supervisor {
    /// Starts claiming due tasks and running them in `workshop`.
    pub fn start(workshop: Workshop, config: TaskConfig) -> Self {
        let woken = Arc::new(AtomicBool::new(false));
        let (count, running) = watch::channel(0);
        let actor = SupervisorActor {
            workshop: Arc::new(workshop),
            config,
            running: HashMap::new(),
            woken: woken.clone(),
            count,
            draining: Arc::default(),
            round: Round::default(),
            refused: AtomicUsize::new(0),
            renewals: Renewals::default(),
        };
        let supervisor = Self {
            addr: actor.start(),
            woken,
            running,
        };
        supervisor.wake();
        supervisor
    }

    /// Says that a row may be due. A lost hint costs one tick, not the task.
    pub fn wake(&self) {
        wake(&self.addr, &self.woken);
    }

    /// Hangs up on the agents of tasks that have been canceled, and tells those
    /// that have tasks of their own for them to stop, but for the agent of
    /// `stopped`, which has stopped already.
    #[expect(clippy::disallowed_methods, reason = "one per cancel")]
    pub fn abort(&self, tasks: Vec<TaskId>, stopped: Option<TaskId>) {
        self.addr.do_send(Abort { tasks, stopped });
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        pulse::wait(&self.addr).await
    }

    /// Attempts under way here.
    pub fn running(&self) -> usize {
        *self.running.borrow()
    }

    /// Claims nothing more and waits `patience` for attempts under way; what is
    /// not done by then is given back, uncounted, for the next process.
    pub async fn drain(&self, patience: Duration) {
        // Errors say that the actor is gone: then nothing runs.
        let _ = self.addr.send(Drain).await;
        let mut running = self.running.clone();
        let ended = running.wait_for(|count| *count == 0);
        if tokio::time::timeout(patience, ended).await.is_err() {
            let _ = self.addr.send(GiveBack).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "one hint under way at most")]
fn wake(addr: &Addr<SupervisorActor>, woken: &AtomicBool) {
    if !woken.swap(true, Ordering::AcqRel) {
        addr.do_send(Wake);
    }
}

struct Running {
    handle: TaskHandle,
    depth: u32,
    /// Whoever waits for its end. Dropped once it only listens, which is an end, too.
    over: Option<oneshot::Sender<Left>>,
}

/// Agents of one tree of tasks that are told to stop at the same time.
const TELLING: usize = 8;
/// Those that were hung up on and are still listened to, at most.
const LINGERING: usize = 64;
/// It knows what runs here; the rows know the rest, so recovery after a crash is
/// nothing special: it is the first tick.
struct SupervisorActor {
    workshop: Arc<Workshop>,
    config: TaskConfig,
    running: HashMap<Attempt, Running>,
    woken: Arc<AtomicBool>,
    count: watch::Sender<usize>,
    /// Also seen by the attempts under way.
    draining: Arc<AtomicBool>,
    round: Round,
    refused: AtomicUsize,
    renewals: Renewals,
}

pulse::has_pulse!(SupervisorActor);

impl Actor for SupervisorActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TICK, |this, ctx| {
            this.recount();
            this.let_go();
            this.follow(ctx);
            wake(&ctx.address(), &this.woken);
        });
        ctx.run_interval(self.config.lease / 3, |this, ctx| this.renew(ctx));
        ctx.run_interval(PURGE, |this, ctx| this.purge(ctx));
        self.purge(ctx);
        self.follow(ctx);
        self.hear(ctx);
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Wake;

impl Handler<Wake> for SupervisorActor {
    // Atomic: `running` must not change between counting places and filling them.
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, _: Wake, _: &mut Self::Context) -> Self::Result {
        self.woken.store(false, Ordering::Release);
        if self.config.runner == TaskRunner::Temporal {
            // It says which, one by one.
            return AtomicResponse::new(Box::pin(fut::ready(())));
        }
        let (store, places) = (self.workshop.store.clone(), self.places());
        let now = UnixMillis::now();
        let lease = self.lease(now);
        // After a suspend the leases of what runs here have run out, too.
        let running = self.attempts();
        let claim = async move { store.claim(&places, &running, now, lease).await };
        let run = claim
            .into_actor(self)
            .map(|claimed, this, ctx| match claimed {
                Ok(tasks) => tasks.into_iter().for_each(|task| this.run(task, ctx)),
                Err(error) => {
                    // Said once a minute: the tick comes back each second.
                    if this
                        .refused
                        .fetch_add(1, Ordering::Relaxed)
                        .is_multiple_of(60)
                    {
                        tracing::warn!(%error, "no tasks claimed, each tick tries again");
                    }
                }
            });
        AtomicResponse::new(Box::pin(run))
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Abort {
    tasks: Vec<TaskId>,
    stopped: Option<TaskId>,
}

impl Handler<Abort> for SupervisorActor {
    type Result = ();

    fn handle(&mut self, Abort { mut tasks, stopped }: Abort, ctx: &mut Self::Context) {
        self.abort(|attempt| tasks.contains(&attempt.task));
        tasks.retain(|task| Some(*task) != stopped);
        self.tell_off(tasks, ctx);
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Drain;

impl Handler<Drain> for SupervisorActor {
    type Result = ();

    fn handle(&mut self, _: Drain, _: &mut Self::Context) {
        self.draining.store(true, Ordering::Release);
        self.recount();
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct GiveBack;

impl Handler<GiveBack> for SupervisorActor {
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, _: GiveBack, _: &mut Self::Context) -> Self::Result {
        let store = self.workshop.store.clone();
        let attempts: Vec<_> = self.running.drain().collect();
        let give_back = async move {
            for (attempt, mut running) in attempts {
                running.handle.abort(false);
                let now = UnixMillis::now();
                let retry = Retry {
                    due: now,
                    detail: None,
                    counted: false,
                };
                if let Err(error) = store.retry(attempt, &retry, now).await {
                    tracing::debug!(task = %attempt.task, %error, "left to its lease");
                }
            }
        };
        AtomicResponse::new(Box::pin(give_back.into_actor(self)))
    }
}

impl Handler<TaskOver> for SupervisorActor {
    type Result = ();

    fn handle(&mut self, over: TaskOver, ctx: &mut Self::Context) {
        let running = self.running.remove(&over.attempt);
        if let Some((told, left)) = running.and_then(|one| one.over).zip(over.left) {
            // Nobody may want to know any more.
            let _ = told.send(left);
        }
        self.recount();
        if !over.unwanted.is_empty() {
            self.abort(|attempt| over.unwanted.contains(&attempt.task));
            self.tell_off(over.unwanted, ctx);
        }
        wake(&ctx.address(), &self.woken);
    }
}

impl SupervisorActor {
    /// Free places at each depth of hand-offs: a task that waits for its child
    /// cannot take the place its child needs. The last are for all that is
    /// deeper, too: the limit may have been higher when it was accepted.
    fn places(&self) -> Vec<usize> {
        if self.draining.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut places = vec![self.config.max_running; self.config.max_depth as usize + 1];
        let last = places.len() - 1;
        for running in self.at_work() {
            if let Some(free) = places.get_mut(last.min(running.depth as usize)) {
                *free = free.saturating_sub(1);
            }
        }
        places
    }

    /// Those that have a place.
    fn at_work(&self) -> impl Iterator<Item = &Running> {
        let running = self.running.values();
        running.filter(|running| running.handle.is_at_work())
    }

    fn recount(&self) {
        self.count.send_replace(self.at_work().count());
    }

    fn attempts(&self) -> Vec<Attempt> {
        self.running.keys().copied().collect()
    }

    fn lease(&self, now: UnixMillis) -> UnixMillis {
        now.plus(i64::try_from(self.config.lease.as_millis()).unwrap_or(i64::MAX))
    }

    fn run(&mut self, claimed: Claimed, ctx: &mut Context<Self>) {
        // One that listened for the agent to go on by itself: the caller has
        // answered.
        self.abort(|attempt| attempt.task == claimed.attempt.task);
        self.start(claimed, false, ctx);
    }

    fn start(&mut self, claimed: Claimed, waits: bool, ctx: &mut Context<Self>) {
        let (attempt, depth) = (claimed.attempt, claimed.depth);
        let owner = ctx.address().recipient();
        let draining = self.draining.clone();
        let handle = TaskHandle::start(claimed, self.workshop.clone(), draining, owner, waits);
        let over = None;
        let running = Running {
            handle,
            depth,
            over,
        };
        self.running.insert(attempt, running);
        self.recount();
    }

    /// Hangs up on those that are `meant`.
    fn abort(&mut self, meant: impl Fn(&Attempt) -> bool) {
        let lingering = self.running.values();
        let mut lingering = lingering.filter(|one| one.handle.lingers()).count();
        for (attempt, running) in &mut self.running {
            if meant(attempt) {
                running.handle.abort(lingering < LINGERING);
                lingering += 1;
            }
        }
    }

    /// Looks at agents that wait for credentials, which they may get without us,
    /// and listens to as many as may be: a few at a time, so that a restart is no
    /// rush.
    fn follow(&mut self, ctx: &mut Context<Self>) {
        let waiting = self.running.values().filter(|one| one.handle.waits());
        let waiting = waiting.count();
        if self.draining.load(Ordering::Acquire) {
            return;
        }
        let Some((after, page)) = self.round.next(waiting) else {
            return;
        };
        let (store, now) = (self.workshop.store.clone(), UnixMillis::now());
        let lease = self.lease(now);
        let read = beside(async move { store.waiting(after, page, now, lease).await });
        let read = read.into_actor(self).map(move |found, this, ctx| {
            let last = found.as_ref().ok().map(|found| {
                let last = found.last().filter(|_| found.len() == page as usize);
                last.map(|claimed| claimed.attempt.task)
            });
            this.round.read(last);
            match found {
                Ok(found) => this.look_at(found, ctx),
                Err(error) => {
                    tracing::warn!(%error, "tasks that wait for credentials not read, trying again");
                }
            }
        });
        ctx.spawn(read);
    }

    fn look_at(&mut self, found: Vec<Claimed>, ctx: &mut Context<Self>) {
        for claimed in found {
            if !self.running.contains_key(&claimed.attempt) {
                self.start(claimed, true, ctx);
            }
        }
    }

    fn tell_off(&self, tasks: Vec<TaskId>, ctx: &mut Context<Self>) {
        let runner = self.workshop.runner.clone();
        let tell = stream::iter(tasks).for_each_concurrent(TELLING, move |task| {
            let runner = runner.clone();
            async move { runner.tell_off(task).await }
        });
        ctx.spawn(beside(tell).into_actor(self));
    }
}
