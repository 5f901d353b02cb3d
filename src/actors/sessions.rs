//! Who is here, since when, and which browsers are signed in.

mod signed_in;

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix::prelude::*;

use crate::{
    actors::pulse,
    adapters::{
        browsers::{BrowserTable, Ended},
        database::WriteError,
        sessions::{SessionTable, SessionView, Visit},
    },
    domain::{
        browser::BrowserSession,
        id::{Owner, SessionId},
        time::UnixMillis,
    },
};
use signed_in::SignedIn;

const FLUSH: Duration = Duration::from_secs(1);
/// Sessions noted between two flushes at most; more wait for their next request.
const MOST: usize = 50_000;

type Visits = Arc<Mutex<HashMap<SessionId, Visit>>>;

/// The directory: notes who calls, and knows browsers by their cookies. A clone
/// is cheap.
#[derive(Clone)]
pub struct Sessions {
    addr: Addr<SessionsActor>,
    table: SessionTable,
    visits: Visits,
    signed_in: SignedIn,
}

impl Sessions {
    /// Starts the directory kept in `table` and `browsers`.
    pub fn start(table: SessionTable, browsers: BrowserTable) -> Self {
        let visits = Visits::default();
        let signed_in = SignedIn::new(browsers, UnixMillis::now());
        let actor = SessionsActor {
            table: table.clone(),
            visits: visits.clone(),
            signed_in: signed_in.clone(),
        };
        Self {
            addr: actor.start(),
            table,
            visits,
            signed_in,
        }
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        pulse::wait(&self.addr).await
    }

    /// Notes one request. Costs no message.
    pub fn saw(&self, session: &SessionId, owner: &Owner, now: UnixMillis) {
        let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(visit) = visits.get_mut(session) {
            visit.last_seen_at = now;
            visit.requests += 1;
        } else if visits.len() < MOST {
            visits.insert(session.clone(), Visit::first(owner.clone(), now));
        }
    }

    /// Opens `session` to the browser that brings `secret` in its cookie. Durable
    /// when it returns.
    ///
    /// # Errors
    ///
    /// The database: then nobody is signed in.
    pub async fn sign_in(&self, secret: &str, session: BrowserSession) -> Result<(), WriteError> {
        self.signed_in.open(secret, session).await
    }

    /// The open session of a cookie, which counts as used at `now`. Costs no
    /// message, and a read of the table only for a cookie not met before.
    ///
    /// # Errors
    ///
    /// The database: then nobody knows.
    pub async fn browser(
        &self,
        secret: &str,
        now: UnixMillis,
    ) -> Result<Option<BrowserSession>, sqlx::Error> {
        self.signed_in.find(secret, now).await
    }

    /// Ends the session of a cookie. Durable when it returns.
    ///
    /// # Errors
    ///
    /// The database: then the session is as it was.
    pub async fn sign_out(&self, secret: &str, now: UnixMillis) -> Result<(), WriteError> {
        self.signed_in.end(secret, now).await
    }

    /// Ends the session of `owner` with this id: durable when it returns, and no
    /// cookie of it opens anything here from then on; elsewhere within a second.
    ///
    /// # Errors
    ///
    /// The database: then the session is as it was.
    pub async fn end(
        &self,
        id: &SessionId,
        owner: &Owner,
        now: UnixMillis,
    ) -> Result<Ended, WriteError> {
        self.signed_in.end_own(id, owner, now).await
    }

    /// Up to `limit` sessions of `owner`, the one used last first. What was noted in
    /// the last second may be missing, unless `with` is to be among them.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn of(
        &self,
        owner: &Owner,
        with: &SessionId,
        limit: u32,
    ) -> Result<Vec<SessionView>, sqlx::Error> {
        let found = self.table.of(owner, limit).await?;
        if found.iter().any(|one| one.session == *with) {
            return Ok(found);
        }
        self.flush().await;
        self.table.of(owner, limit).await
    }

    /// Resolves once everything noted is in the table.
    pub async fn flush(&self) {
        // A stopped actor has nothing to write any more.
        let _ = self.addr.send(Flush).await;
    }
}

struct SessionsActor {
    table: SessionTable,
    visits: Visits,
    signed_in: SignedIn,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Flush;

pulse::has_pulse!(SessionsActor);

impl Actor for SessionsActor {
    type Context = Context<Self>;

    #[expect(clippy::disallowed_methods, reason = "one a second")]
    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(FLUSH, |_, ctx| ctx.address().do_send(Flush));
    }
}

impl Handler<Flush> for SessionsActor {
    // Atomic: no second batch is taken while the first is being written.
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, _: Flush, _: &mut Self::Context) -> Self::Result {
        let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = mem::take(&mut *visits);
        drop(visits);
        let (table, signed_in) = (self.table.clone(), self.signed_in.clone());
        let write = async move {
            if !batch.is_empty()
                && let Err(error) = table.write(batch).await
            {
                tracing::warn!(%error, "session visits not written; tasks and usage are not affected");
            }
            signed_in.tick(UnixMillis::now()).await;
        };
        AtomicResponse::new(Box::pin(write.into_actor(self)))
    }
}
