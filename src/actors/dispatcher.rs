//! With `TASK_RUNNER=temporal`: has Temporal run what waits in the table, and writes down
//! what Temporal ended by itself.

use std::time::Duration;

use actix::prelude::*;
use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;

use crate::{
    actors::{
        beside::beside,
        drain::Drain,
        ends::{self, Ends},
        pulse,
        supervisor::Supervisor,
    },
    adapters::{
        store::StoreError,
        temporal::{Backlog, Ending, Handed, Taken, Unstarted},
    },
    domain::{id::TaskId, time::UnixMillis},
};

/// How often it looks at the rows, though no hint came.
const TICK: Duration = Duration::from_secs(1);
/// How often it looks for tasks whose gateway died.
const FREE: Duration = Duration::from_secs(5);
/// Workflows started at the same time.
const AT_ONCE: usize = 32;
/// So long after the end of a lease nobody works on the task any more, in ms: clocks of
/// machines differ.
const DEAD: i64 = 5_000;

/// When a task is looked at again for which there was no place, in ms.
const SOON: i64 = 2_000;

/// Gives tasks to Temporal. A clone is cheap.
#[derive(Clone)]
pub struct Dispatcher {
    addr: Addr<DispatcherActor>,
    backlog: Backlog,
    drain: Drain,
}

impl Dispatcher {
    /// Starts giving away what is in `backlog`; what comes back unfinished is run by
    /// `supervisor`, or ended by `ends`.
    pub fn start(backlog: Backlog, supervisor: Supervisor, ends: Ends) -> Self {
        let idle = watch::Sender::new(true);
        let drain = Drain::new(&idle);
        let actor = DispatcherActor {
            work: Work {
                backlog: backlog.clone(),
                supervisor,
                ends,
            },
            draining: drain.subscribe(),
            is_woken: false,
            failures: 0,
            idle,
        };
        Self {
            addr: actor.start(),
            backlog,
            drain,
        }
    }

    /// Says that there is a new task. A lost hint costs a second.
    #[expect(clippy::disallowed_methods, reason = "one per task that is accepted")]
    pub fn wake(&self) {
        self.addr.do_send(Wake);
    }

    /// Tells Temporal that these tasks are over: what waits there for its turn is taken
    /// back. Nothing depends on it.
    pub fn forget(&self, tasks: Vec<TaskId>) {
        ends::forget(self.backlog.clone(), tasks);
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        pulse::wait(&self.addr).await
    }

    /// Gives away nothing more and waits `patience` for what is under way.
    pub async fn drain(&self, patience: Duration) {
        self.drain.begin(patience).await;
    }
}

#[derive(Clone)]
struct Work {
    backlog: Backlog,
    supervisor: Supervisor,
    ends: Ends,
}

struct DispatcherActor {
    work: Work,
    draining: watch::Receiver<bool>,
    /// No round is under way.
    idle: watch::Sender<bool>,
    /// There was a reason to look again while a round was under way.
    is_woken: bool,
    /// In a row.
    failures: u32,
}

pulse::has_pulse!(DispatcherActor);

impl Actor for DispatcherActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TICK, |this, ctx| this.begin(ctx));
        ctx.run_interval(FREE, |this, ctx| {
            let work = this.work.clone();
            let free = beside(async move { work.free(UnixMillis::now()).await });
            ctx.spawn(free.into_actor(this));
        });
        let backlog = self.work.backlog.clone();
        ctx.add_stream(stream::unfold(backlog, |backlog| async {
            backlog.temporal().changed().await;
            Some((Turned, backlog))
        }));
        self.begin(ctx);
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Wake;

impl Handler<Wake> for DispatcherActor {
    type Result = ();

    fn handle(&mut self, _: Wake, ctx: &mut Self::Context) {
        self.begin(ctx);
    }
}

/// Temporal went away or came back.
struct Turned;

impl StreamHandler<Turned> for DispatcherActor {
    fn handle(&mut self, _: Turned, ctx: &mut Self::Context) {
        let backlog = self.work.backlog.clone();
        if backlog.temporal().away().is_some() {
            return;
        }
        let call = beside(async move { backlog.call_up(UnixMillis::now()).await });
        ctx.spawn(call.into_actor(self).map(|called, this, ctx| {
            if let Err(error) = called {
                tracing::warn!(%error, "tasks that waited for temporal are called later");
            }
            this.begin(ctx);
        }));
    }

    fn finished(&mut self, _: &mut Self::Context) {}
}

impl DispatcherActor {
    fn begin(&mut self, ctx: &mut Context<Self>) {
        if *self.draining.borrow() {
            return;
        }
        if !*self.idle.borrow() {
            self.is_woken = true;
            return;
        }
        self.is_woken = false;
        self.idle.send_replace(false);
        let work = self.work.clone();
        let round = beside(async move { work.round(UnixMillis::now()).await });
        ctx.spawn(round.into_actor(self).map(|is_more, this, ctx| {
            this.idle.send_replace(true);
            let is_more = this.noted(is_more);
            if is_more || this.is_woken {
                this.begin(ctx);
            }
        }));
    }

    /// Whether there is more to do at once.
    fn noted(&mut self, is_more: Result<bool, StoreError>) -> bool {
        match is_more {
            Ok(is_more) => {
                self.failures = 0;
                is_more
            }
            Err(error) => {
                // Said once a minute: the tick comes back each second.
                if self.failures.is_multiple_of(60) {
                    tracing::warn!(%error, "tasks are not given to temporal, trying again");
                }
                self.failures = self.failures.wrapping_add(1);
                // The tick, and not at once.
                self.is_woken = false;
                false
            }
        }
    }
}

impl Work {
    /// Makes those due whose gateway died.
    async fn free(&self, now: UnixMillis) {
        match self.backlog.free(now.plus(-DEAD), now).await {
            Ok(0) => {}
            Ok(tasks) => tracing::info!(tasks, "nobody works on them any more, they are due"),
            Err(error) => tracing::debug!(%error, "tasks of dead gateways are freed later"),
        }
    }

    /// Whether there may be more.
    async fn round(&self, now: UnixMillis) -> Result<bool, StoreError> {
        let Taken { tasks, is_more } = self.backlog.take(now).await?;
        let given = stream::iter(tasks).map(|task| self.give(task, now));
        let given: Vec<_> = given.buffer_unordered(AT_ONCE).collect().await;
        given.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(is_more)
    }

    async fn give(&self, task: Unstarted, now: UnixMillis) -> Result<(), StoreError> {
        let at = (task.id, task.depth);
        match self.backlog.hand(task, now).await? {
            Handed::On | Handed::Waits => Ok(()),
            Handed::Ended(ending) => self.fold(at, ending, now).await,
        }
    }

    /// Where there is a place; else it is looked at again soon.
    async fn run_here(
        &self,
        (task, depth): (TaskId, u32),
        ending: &Ending,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        if self.supervisor.take_in(task, depth).await? {
            tracing::info!(%task, ?ending, "temporal does not run the task any more, it is run here");
            return Ok(());
        }
        self.backlog.look_soon(task, now.plus(SOON)).await
    }

    /// What Temporal ended by itself ends the task; where it only gave up on running it,
    /// it is run here.
    async fn fold(
        &self,
        (task, depth): (TaskId, u32),
        ending: Ending,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        match ending.of_task() {
            Some(end) => self.ends.end(task, end).await,
            None => self.run_here((task, depth), &ending, now).await,
        }
    }
}
