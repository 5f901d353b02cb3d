//! Hears what the server tells of tasks: one connection that stays open.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use sqlx::{PgPool, postgres::PgListener};
use tokio::time::timeout;

use super::hints::{Change, Hints};
use crate::domain::time::UnixMillis;

/// As the triggers of migrations/postgres call it.
const CHANNEL: &str = "attach_task";
/// How long it is quiet before the server is asked whether it is still there, and how
/// long it may take to say so.
const BEAT: Duration = Duration::from_millis(500);
/// The pause before the server is tried again, and between hints meanwhile.
const AGAIN: Duration = Duration::from_secs(1);
/// Clocks that are further apart are told of: retries and leases are moved by as much.
const APART_MS: i64 = 1000;

/// Also says what time it is there.
const ASK: &str = "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)";

/// One gateway's.
pub(super) struct Ear {
    pool: PgPool,
    hints: Hints,
    /// Who listens: what it canceled itself is no news to it.
    runner: Arc<str>,
    is_lost: bool,
    is_apart: bool,
}

impl Ear {
    pub(super) fn new(pool: PgPool, hints: Hints, runner: Arc<str>) -> Self {
        Self {
            pool,
            hints,
            runner,
            is_lost: false,
            is_apart: false,
        }
    }

    /// Listens until the pool is closed.
    pub(super) async fn listen(self) {
        let hints = self.hints.clone();
        tokio::select! {
            () = self.listen_on() => {}
            () = doubt(&hints) => {}
        }
    }

    async fn listen_on(mut self) {
        loop {
            let Err(error) = self.hear().await;
            self.hints.set_told(false);
            if matches!(error, sqlx::Error::PoolClosed) {
                return;
            }
            // Once an outage.
            if !std::mem::replace(&mut self.is_lost, true) {
                tracing::warn!(%error, "the database no longer tells what other gateways do, looking each second until it does");
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn hear(&mut self) -> sqlx::Result<Infallible> {
        let mut line = PgListener::connect_with(&self.pool).await?;
        line.eager_reconnect(false);
        line.listen(CHANNEL).await?;
        self.hints.set_told(true);
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

    /// `webhook`, or a task's id, what happened, and who did it.
    fn pass_on(&self, said: &str) {
        let mut words = said.split(' ');
        let task = words.next().unwrap_or_default();
        if task == "webhook" {
            return self.hints.send(Change::Webhook);
        }
        let is_canceled = words.next() == Some("canceled");
        let is_own = words.next() == Some(&*self.runner);
        self.hints.send(match task.parse() {
            Ok(task) if is_canceled && !is_own => Change::Canceled(task),
            Ok(task) => Change::Grew(task),
            // Of a gateway that is newer than this one.
            Err(_) => Change::Any,
        });
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
async fn doubt(hints: &Hints) {
    loop {
        tokio::time::sleep(AGAIN).await;
        if !hints.is_told() {
            hints.send(Change::Any);
        }
    }
}
