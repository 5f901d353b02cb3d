//! Work that one gateway at a time does, however many serve from a database.

use std::{fmt, sync::Arc, time::Duration};

use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::Mutex;

use super::{Database, locks::CLASS};

/// How long the server may take to say that the lock is still held.
const PATIENCE: Duration = Duration::from_secs(5);

const TRY: &str = "select pg_try_advisory_lock($1::int, $2::int)";
const FREE: &str = "select pg_advisory_unlock_all()";

/// Has the server notice within some 15 s that the machine of the holder is gone
/// without a word: it would wait for hours.
const LISTEN_CLOSELY: &str = "
    select set_config(name, v.value, false)
      from (values ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '5'),
                   ('tcp_keepalives_count', '2'), ('tcp_user_timeout', '15000')) v (name, value)
      join pg_settings using (name)";

/// What is done by one gateway at a time. The numbers are those of the locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// OpenMeter is told of usage.
    Usage = 1,
    /// Memory goes to Weaviate.
    Memory = 2,
    /// Traces of tasks are written.
    Traces = 3,
    /// What is old is forgotten.
    Aging = 4,
}

/// The right to do a part alone. A clone shares it.
///
/// On a server it is a lock of a session: it goes when its holder stops, dies or
/// loses the connection, and the next one who asks has it. Who lost the connection
/// learns of it when it asks again, so two may overlap by what was begun before:
/// what is written in the end must bear that, and say where it began.
#[derive(Clone)]
pub struct Sole(Option<Arc<Shared>>);

struct Shared {
    part: Part,
    pool: PgPool,
    /// The session that has the lock, if this gateway has it.
    held: Mutex<Option<PgConnection>>,
}

impl Sole {
    /// The right to do `part` of the work on `db`. Nothing is asked yet.
    pub fn new(db: &Database, part: Part) -> Self {
        let Database::Postgres(server) = db else {
            return Self(None);
        };
        Self(Some(Arc::new(Shared {
            part,
            pool: server.pool.clone(),
            held: Mutex::default(),
        })))
    }

    /// Whether this gateway has it: takes it if nobody does. To be asked before each
    /// piece of the work. On a file always, at no cost; on a server one round trip.
    ///
    /// # Errors
    ///
    /// The server cannot be asked: nobody may do it now.
    pub async fn is_mine(&self) -> sqlx::Result<bool> {
        let Some(shared) = &self.0 else {
            return Ok(true);
        };
        // Not to be cut off between getting the lock and noting that.
        match tokio::spawn(look(shared.clone())).await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Ok(false),
            },
        }
    }

    /// Gives it back, if this gateway has it, so that another need not notice.
    pub async fn leave(&self) {
        let Some(shared) = &self.0 else { return };
        if let Some(session) = shared.held.lock().await.take() {
            // However that ends, it goes with the session.
            let _ = tokio::time::timeout(PATIENCE, given_back(session)).await;
        }
    }
}

/// Ends a session after its lock: a server that is asked to end it answers nothing,
/// and still holds the lock for a moment.
async fn given_back(mut session: PgConnection) -> sqlx::Result<()> {
    sqlx::query(FREE).execute(&mut session).await?;
    session.close().await
}

impl fmt::Debug for Sole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.0.as_ref().map(|shared| shared.part);
        f.debug_tuple("Sole").field(&part).finish()
    }
}

async fn look(shared: Arc<Shared>) -> sqlx::Result<bool> {
    let mut held = shared.held.lock().await;
    if let Some(mut session) = held.take() {
        if is_alive(&mut session).await {
            *held = Some(session);
            return Ok(true);
        }
        let part = shared.part;
        tracing::warn!(
            ?part,
            "the database connection broke that made this the one gateway to do it"
        );
    }
    *held = taken(&shared).await?;
    Ok(held.is_some())
}

async fn is_alive(session: &mut PgConnection) -> bool {
    let pinged = tokio::time::timeout(PATIENCE, session.ping()).await;
    pinged.is_ok_and(|answer| answer.is_ok())
}

/// A session with the lock, out of the pool, if nobody has it.
async fn taken(shared: &Shared) -> sqlx::Result<Option<PgConnection>> {
    let mut session = shared.pool.acquire().await?;
    let asked = sqlx::query_scalar(TRY)
        .bind(i64::from(CLASS))
        .bind(shared.part as i64)
        .fetch_one(&mut *session);
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(false)) => return Ok(None),
        Ok(Ok(true)) => {}
        // Nobody knows whether it has the lock: not back into the pool.
        Ok(Err(error)) => {
            session.close_on_drop();
            return Err(error);
        }
        Err(_) => {
            session.close_on_drop();
            return Err(sqlx::Error::PoolTimedOut);
        }
    }
    let mut session = session.detach();
    let told = sqlx::query(LISTEN_CLOSELY).execute(&mut session);
    let told = tokio::time::timeout(PATIENCE, told).await;
    told.map_err(|_| sqlx::Error::PoolTimedOut)??;
    Ok(Some(session))
}
