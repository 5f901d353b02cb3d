//! Who is here, since when.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix::prelude::*;

use crate::{
    adapters::sessions::{SessionTable, Visit},
    domain::{
        id::{Owner, SessionId},
        time::UnixMillis,
    },
};

const FLUSH: Duration = Duration::from_secs(1);
/// Sessions noted between two flushes at most; more wait for their next request.
const MOST: usize = 50_000;

type Visits = Arc<Mutex<HashMap<SessionId, Visit>>>;

/// Notes who calls. A clone is cheap.
#[derive(Clone)]
pub struct Sessions {
    addr: Addr<SessionsActor>,
    visits: Visits,
}

impl Sessions {
    /// Starts the directory kept in `table`.
    pub fn start(table: SessionTable) -> Self {
        let visits = Visits::default();
        let actor = SessionsActor {
            table,
            visits: visits.clone(),
        };
        let addr = actor.start();
        Self { addr, visits }
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
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

    /// Resolves once everything noted is in the table.
    pub async fn flush(&self) {
        // A stopped actor has nothing to write any more.
        let _ = self.addr.send(Flush).await;
    }
}

struct SessionsActor {
    table: SessionTable,
    visits: Visits,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Flush;

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
        let table = self.table.clone();
        let write = async move {
            if !batch.is_empty()
                && let Err(error) = table.write(batch).await
            {
                tracing::warn!(%error, "session visits not written; tasks and usage are not affected");
            }
        };
        AtomicResponse::new(Box::pin(write.into_actor(self)))
    }
}
