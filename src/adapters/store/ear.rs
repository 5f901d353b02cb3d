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
use tokio::time::timeout;

use super::hints::{Change, Hints};
use crate::domain::{id::TaskId, time::UnixMillis};

/// As [`News`](super::news::News) and the triggers of migrations/postgres call it.
const CHANNEL: &str = "attach_task";
/// How long it is quiet before the server is asked whether it is still there, and how
/// long it may take to say so.
const BEAT: Duration = Duration::from_millis(500);
/// How long a new connection may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before the server is tried again, and between hints meanwhile.
const AGAIN: Duration = Duration::from_secs(1);
/// Clocks that are further apart are told of: retries and leases are moved by as much.
const APART_MS: i64 = 1000;

/// Also says what time it is there.
const ASK: &str = "
    select cast(extract(epoch from now) * 1000 as bigint) from (select clock_timestamp() as now) here";

/// One gateway's.
pub(super) struct Ear {
    /// The gateway's.
    pool: PgPool,
    hints: Hints,
    /// Who listens: what it canceled itself is no news to it.
    runner: Arc<str>,
    /// False while the server cannot be heard.
    is_heard: Arc<AtomicBool>,
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
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// What happened in between is anything.
    fn set_heard(&self, is_heard: bool) {
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
        line.listen(CHANNEL).await?;
        self.set_heard(true);
        if std::mem::take(&mut self.is_lost) {
            tracing::info!("the database tells again what other gateways do");
        }
        loop {
            match timeout(BEAT, line.try_recv()).await {
                Ok(said) => match said? {
                    Some(said) => self.pass_on(said.payload()),
                    None => return Err(io::Error::from(io::ErrorKind::ConnectionAborted).into()),
                },
                Err(_) => self.ask(&mut line).await?,
            }
        }
    }

    /// `webhook`, or who says it, what happened, and to which tasks.
    fn pass_on(&self, said: &str) {
        let mut words = said.split(' ');
        let (who, what) = (words.next().unwrap_or_default(), words.next());
        let change: fn(TaskId) -> Change = match what {
            None if who == "webhook" => return self.hints.send(Change::Webhook),
            // It has heard of its own doing already.
            _ if who == &*self.runner => return,
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
        let answer = sqlx::query_scalar(ASK).fetch_one(line);
        let theirs: i64 = match timeout(BEAT, answer).await {
            Ok(theirs) => theirs?,
            Err(_) => return Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        };
        let ahead = asked.midpoint(UnixMillis::now().0) - theirs;
        let is_apart = ahead.abs() > APART_MS;
        if is_apart && !self.is_apart {
            tracing::warn!(
                ahead_ms = ahead,
                "this machine's clock and the database's are apart, set them by NTP: retries come so much too late or too early, and TASK_LEASE must be more than twice that"
            );
        }
        self.is_apart = is_apart;
        Ok(())
    }
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
