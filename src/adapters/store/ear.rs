//! Hears what the server tells of tasks: one connection that stays open.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{
    channel::channel,
    hints::{Change, Hints},
};
use crate::{
    adapters::chance::chance,
    domain::{id::TaskId, time::UnixMillis},
};

/// How often the server is asked whether it is still there.
const BEAT: Duration = Duration::from_millis(500);
/// How long it may take to say so: a slow one is not to be taken for one that is gone,
/// as a line that is given up costs it more than the answer.
const ANSWER: Duration = Duration::from_secs(4);
/// How long a new connection may take, and then to be told what is listened for.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause between hints while it cannot be heard, and the longest one before it is
/// tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Clocks that are further apart are told of: retries and leases are moved by as much.
const APART_MS: i64 = 1000;

/// Whoever has not been heard for so long is not there: longer than the server may take
/// to pass on what each says twice a second.
const GONE: Duration = Duration::from_secs(10);

/// Says what time it is there, and to the others that this gateway is here.
const ASK: &str = concat!(
    "
    select cast(extract(epoch from now) * 1000 as bigint),
           pg_notify('",
    channel!(),
    "', $1), set_config('synchronous_commit', 'off', true)
      from (select clock_timestamp() as now) here"
);

/// One gateway's.
pub(super) struct Ear {
    /// The gateway's.
    pool: PgPool,
    hints: Hints,
    /// Who listens: what it canceled itself is no news to it.
    runner: Arc<str>,
    /// False while the server cannot be heard.
    is_heard: Arc<AtomicBool>,
    /// When another gateway was heard last, or could have been first.
    others_at: Instant,
    is_lost: bool,
    is_apart: bool,
}

impl Ear {
    pub(super) fn new(pool: PgPool, hints: Hints, runner: Arc<str>) -> Self {
        Self {
            pool,
            hints,
            runner,
            is_heard: Arc::default(),
            others_at: Instant::now(),
            is_lost: false,
            is_apart: false,
        }
    }

    /// Listens until the pool is closed.
    pub(super) async fn listen(self) {
        let (hints, is_heard) = (self.hints.clone(), self.is_heard.clone());
        let pool = self.pool.clone();
        tokio::select! {
            () = pool.close_event() => {}
            () = self.listen_on() => {}
            () = doubt(&hints, &is_heard) => {}
        }
    }

    async fn listen_on(mut self) {
        loop {
            let Err(error) = self.hear().await;
            self.set_heard(false);
            // Once an outage.
            if !std::mem::replace(&mut self.is_lost, true) {
                tracing::warn!(%error, "the database no longer tells what other gateways do, looking each second until it does");
            }
            tokio::time::sleep(pause()).await;
        }
    }

    /// What happened in between is anything.
    fn set_heard(&mut self, is_heard: bool) {
        self.meet();
        self.is_heard.store(is_heard, Ordering::Release);
        self.hints.send(Change::Any);
    }

    async fn hear(&mut self) -> sqlx::Result<Infallible> {
        // A connection besides those of the gateway, and a new one each time: the last
        // one may be long in dying.
        let server = self.pool.connect_options().as_ref().clone();
        let own = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE);
        let own = own.connect_lazy_with(server);
        let mut line = PgListener::connect_with(&own).await?;
        line.eager_reconnect(false);
        within(PATIENCE, line.listen(channel!())).await?;
        self.ask(&mut line).await?;
        self.set_heard(true);
        if std::mem::take(&mut self.is_lost) {
            tracing::info!("the database tells again what other gateways do");
        }
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                said = line.try_recv() => match said? {
                    Some(said) => self.pass_on(said.payload()),
                    None => return Err(io::Error::from(io::ErrorKind::ConnectionAborted).into()),
                },
                _ = beat.tick() => self.ask(&mut line).await?,
            }
        }
    }

    /// Another may be there.
    fn meet(&mut self) {
        self.others_at = Instant::now();
        self.hints.set_alone(false);
    }

    /// `webhook`, or who says it, what happened, and to which tasks.
    fn pass_on(&mut self, said: &str) {
        let mut words = said.split(' ');
        let (who, what) = (words.next().unwrap_or_default(), words.next());
        let change: fn(TaskId) -> Change = match what {
            None if who == "webhook" => return self.hints.send(Change::Webhook),
            // It has heard of its own doing already.
            _ if who == &*self.runner => return,
            Some("here") => return self.meet(),
            Some("grew") => Change::Grew,
            Some("canceled") => Change::Canceled,
            // Also what a newer gateway says.
            _ => return self.hints.send(Change::Any),
        };
        let tasks = words.filter_map(|word| word.parse().ok());
        tasks.for_each(|task| self.hints.send(change(task)));
    }

    /// Whether it is still there: a line that is dead says nothing either.
    async fn ask(&mut self, line: &mut PgListener) -> sqlx::Result<()> {
        let asked = UnixMillis::now().0;
        let here = format!("{} here", self.runner);
        let answer = sqlx::query_scalar(ASK).bind(here).fetch_one(line);
        let theirs: i64 = within(ANSWER, answer).await?;
        let answered = UnixMillis::now().0;
        let ahead = asked.midpoint(answered) - theirs;
        // A slow answer may have been given at any time between.
        let is_apart = ahead.abs() > APART_MS + (answered - asked) / 2;
        if is_apart && !self.is_apart {
            tracing::warn!(
                ahead_ms = ahead,
                "this machine's clock and the database's are apart, set them by NTP: retries come so much too late or too early, and TASK_LEASE must be more than twice that"
            );
        }
        self.is_apart = is_apart;
        if self.others_at.elapsed() > GONE {
            self.hints.set_alone(true);
        }
        Ok(())
    }
}

/// What the server answers, unless that takes longer than `limit`.
async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    match timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

/// Between a half and all of [`AGAIN`], so that not all gateways come back at once.
fn pause() -> Duration {
    AGAIN.mul_f64(0.5 + chance() / 2.0)
}

/// Says each second that anything may have happened, while nobody tells.
async fn doubt(hints: &Hints, is_heard: &AtomicBool) {
    loop {
        tokio::time::sleep(AGAIN).await;
        if !is_heard.load(Ordering::Acquire) {
            hints.send(Change::Any);
        }
    }
}
