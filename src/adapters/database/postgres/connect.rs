//! How a server is met.

use std::{io, time::Duration};

use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool, postgres::PgPoolOptions};
use tokio::time::timeout;

use super::super::OpenError;
use crate::config::Server;

/// How long a statement waits for a connection: callers get 503 after it.
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection that rested for longer is tried before it is used: the server may have
/// been started again meanwhile.
const RESTED: Duration = Duration::from_secs(1);
/// The oldest version we know to be enough, as the server counts.
const OLDEST: i64 = 110_000;

/// What holds on our connections, whatever the server or the database says: statements
/// see what others committed before them, a gateway that was cut off in the middle of a
/// transaction keeps its locks for a minute at most, and what is no fault is not told.
/// Our statements take milliseconds: compiling one costs ten times that.
const MANNERS: &str = "
    set default_transaction_isolation = 'read committed';
    set jit = off;
    set idle_in_transaction_session_timeout = '60s';
    set client_min_messages = 'warning'";

const LOOK: &str = "
    select current_setting('server_version_num')::bigint, current_setting('server_version'),
           current_setting('server_encoding')";

/// Connections to `server`, which is there and fit for us.
pub(super) async fn pool(server: &Server) -> Result<PgPool, OpenError> {
    let (first, _) = first(server).await?;
    // Whoever is not told goodbye notices by itself.
    let _ = first.close().await;
    Ok(PgPoolOptions::new()
        .max_connections(server.connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .after_connect(|conn, _| Box::pin(async move { conn.execute(MANNERS).await.map(drop) }))
        .before_acquire(|conn, told| {
            Box::pin(async move { Ok(told.idle_for < RESTED || conn.ping().await.is_ok()) })
        })
        .connect_lazy_with(server.options.clone()))
}

/// A first connection, to a server that is fit for us, and its version. Its error says
/// what is wrong; that of a pool only that no connection came.
pub(super) async fn first(server: &Server) -> Result<(PgConnection, String), OpenError> {
    let met = timeout(PATIENCE, server.options.connect()).await;
    let met = met.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()));
    let mut met = met.map_err(|source| OpenError::server(server, source))?;
    let version = look(server, &mut met).await?;
    Ok((met, version))
}

/// The version of a server that we can use.
async fn look(server: &Server, conn: &mut PgConnection) -> Result<String, OpenError> {
    let found = sqlx::query_as(LOOK).fetch_one(conn).await;
    let (number, version, encoding): (i64, String, String) =
        found.map_err(|source| OpenError::server(server, source))?;
    let unfit = |why: String| OpenError::Unfit {
        place: server.place(),
        why,
    };
    if number < OLDEST {
        return Err(unfit(format!(
            "it is PostgreSQL {version}; 11 or newer is needed"
        )));
    }
    if encoding != "UTF8" {
        return Err(unfit(format!(
            "the database keeps texts as {encoding}; make one with encoding UTF8"
        )));
    }
    Ok(version)
}
