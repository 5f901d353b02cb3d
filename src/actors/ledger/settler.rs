//! Tells Redis what ended calls have cost, and that others still run.

use std::{slice, sync::Arc, time::Duration};

use actix::prelude::*;
use tokio::time::{Instant, sleep, timeout};

use super::{Meters, shelf::Shelf};
use crate::adapters::quota::redis::{Away, Redis, Settled};

/// How often it looks, though nothing has ended: for leases, and whether Redis is
/// there.
const TICK: Duration = Duration::from_millis(500);
/// How often leases are looked at.
const LEASES: Duration = Duration::from_secs(5);
/// Calls in one batch.
const BATCH: usize = 200;
/// How often Redis is asked to settle one call that it refuses.
const TRIES: usize = 3;
/// How often it is looked whether all is drained.
const LOOK: Duration = Duration::from_millis(5);

/// The way to the actor. A clone is cheap.
#[derive(Clone)]
pub(super) struct Settler {
    addr: Addr<SettlerActor>,
    shelf: Arc<Shelf>,
}

impl Settler {
    pub(super) fn start(redis: Redis, shelf: Arc<Shelf>, meters: Arc<Meters>) -> Self {
        let round = Round {
            redis,
            shelf: shelf.clone(),
            meters,
            leases_at: Instant::now(),
            connection: 0,
        };
        let addr = SettlerActor(Some(round)).start();
        Self { addr, shelf }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// Waits until all is settled, `patience` at most; whether it is.
    pub(super) async fn drain(&self, patience: Duration) -> bool {
        let settled = async {
            while self.shelf.waiting() > 0 {
                sleep(LOOK).await;
            }
        };
        timeout(patience, settled).await.is_ok()
    }
}

/// One thing after the other, so that nothing is renewed once it is settled.
struct SettlerActor(Option<Round>);

impl Actor for SettlerActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(round) = self.0.take() {
            ctx.spawn(round.run().into_actor(self));
        }
    }
}

struct Round {
    redis: Redis,
    shelf: Arc<Shelf>,
    meters: Arc<Meters>,
    leases_at: Instant,
    /// The connection over which leases were looked at.
    connection: u64,
}

impl Round {
    async fn run(mut self) {
        loop {
            // Out of time is a reason to look, too.
            let _ = timeout(TICK, self.shelf.filled.notified()).await;
            if self.turn().await.is_err() {
                self.tell_lost();
                sleep(TICK).await;
            }
        }
    }

    async fn turn(&mut self) -> Result<(), Away> {
        self.redis.connect().await?;
        let mut is_idle = true;
        // A long shelf takes longer than a lease.
        while {
            self.renew().await?;
            self.settle().await?
        } {
            is_idle = false;
        }
        if is_idle {
            // Better that it finds out than a caller.
            self.redis.ping().await?;
        }
        Ok(())
    }

    /// Settles a batch; whether there was one.
    async fn settle(&self) -> Result<bool, Away> {
        let batch = self.shelf.batch(BATCH);
        if batch.is_empty() {
            return Ok(false);
        }
        match self.redis.settle(&batch).await {
            Err(away) if away.was_refused => self.settle_each(&batch).await?,
            done => {
                done?;
                batch.iter().for_each(|settled| self.charged(settled));
            }
        }
        self.shelf.settled();
        Ok(true)
    }

    /// Settles one after the other, and sets aside what Redis refuses: for one call
    /// that it never takes no other may wait.
    async fn settle_each(&self, batch: &[Settled]) -> Result<(), Away> {
        let mut taken = Vec::with_capacity(batch.len());
        for settled in batch {
            taken.push(self.is_taken(settled).await?);
        }
        // Only now: should Redis go in between, all is told it again.
        for (settled, is_taken) in batch.iter().zip(taken) {
            if is_taken {
                self.charged(settled);
            } else {
                self.meters.set_aside(settled.spent);
                let (call, tokens) = (&settled.call.id, settled.spent);
                tracing::error!(%call, tokens, "redis does not take what a call has cost, it is not charged");
            }
        }
        Ok(())
    }

    async fn is_taken(&self, settled: &Settled) -> Result<bool, Away> {
        for _ in 0..TRIES {
            match self.redis.settle(slice::from_ref(settled)).await {
                Err(away) if away.was_refused => {}
                done => return done.map(|()| true),
            }
        }
        Ok(false)
    }

    fn charged(&self, settled: &Settled) {
        self.meters.charged(settled.spent, &settled.call.under);
    }

    /// Renews leases that are due: all of them at a Redis that may have lost them.
    async fn renew(&mut self) -> Result<(), Away> {
        let connection = self.redis.connection();
        let is_new = connection != self.connection;
        if !is_new && self.leases_at.elapsed() < LEASES {
            return Ok(());
        }
        for due in self.shelf.due(is_new).chunks(BATCH) {
            match self.redis.renew(due).await {
                // The others of them are renewed.
                Err(away) if away.was_refused => {
                    tracing::warn!("redis does not take that a call goes on");
                }
                done => done?,
            }
        }
        (self.leases_at, self.connection) = (Instant::now(), connection);
        Ok(())
    }

    fn tell_lost(&self) {
        let tokens = self.shelf.lost();
        if tokens > 0 {
            tracing::error!(
                tokens,
                "tokens are charged to nobody: redis has been away for too long for so many users"
            );
        }
    }
}
