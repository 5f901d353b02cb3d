//! What a server looks like to somebody who changes nothing.

use sqlx::{PgConnection, migrate::Migrator};

use super::{OpenError, connect};
use crate::config::Server;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The server's version, as it says it.
    pub version: String,
    /// Steps of ours that made its tables so far.
    pub made: usize,
    /// Those that the next start of a gateway takes.
    pub to_make: usize,
    /// What is not allowed, in words; empty when nothing is missing.
    pub missing: Vec<String>,
    /// Connections that the server gives to everybody together.
    pub connections: i64,
}

const STEPS: &str = "select to_regclass('_sqlx_migrations') is not null";

const MADE: &str = "select version from _sqlx_migrations where success order by version";

/// Whether tables may be made, and those that are there written: the names of those
/// that may not.
const RIGHTS: &str = "
    select current_user::text, coalesce(current_schema()::text, ''),
           coalesce(has_schema_privilege(current_schema(), 'create'), false),
           coalesce((select string_agg(tablename::text, ', ' order by tablename)
              from pg_tables
             where schemaname = current_schema()
               and tablename in ('task', 'task_event', 'usage_record', 'session', 'probe')
               and not has_table_privilege(quote_ident(tablename), 'select, insert, update, delete')),
           '')";

const MOST: &str = "select current_setting('max_connections')::bigint";

/// Looks at `server`, which `steps` make the tables of.
pub(super) async fn look(server: &Server, steps: &Migrator) -> Result<Look, OpenError> {
    let (mut conn, version) = connect::first(server).await?;
    let looked = at(&mut conn, version, steps).await;
    looked.map_err(|source| OpenError::server(server, source))
}

async fn at(conn: &mut PgConnection, version: String, steps: &Migrator) -> sqlx::Result<Look> {
    let has_steps: bool = sqlx::query_scalar(STEPS).fetch_one(&mut *conn).await?;
    let made: Vec<i64> = match has_steps {
        true => sqlx::query_scalar(MADE).fetch_all(&mut *conn).await?,
        false => Vec::new(),
    };
    let to_make = steps
        .iter()
        .filter(|step| !made.contains(&step.version))
        .count();
    let newer = made
        .iter()
        .filter(|&&version| !steps.version_exists(version))
        .count();
    Ok(Look {
        version,
        made: made.len(),
        to_make,
        missing: missing(conn, to_make > 0, newer > 0).await?,
        connections: sqlx::query_scalar(MOST).fetch_one(conn).await?,
    })
}

async fn missing(
    conn: &mut PgConnection,
    makes: bool,
    is_newer: bool,
) -> sqlx::Result<Vec<String>> {
    let found = sqlx::query_as(RIGHTS).fetch_one(conn).await?;
    let (user, schema, may_make, closed): (String, String, bool, String) = found;
    let mut missing = Vec::new();
    if is_newer {
        missing.push("a newer gateway has made its tables; run that version".to_owned());
    }
    if makes && schema.is_empty() {
        missing.push(format!("{user} has no schema to make tables in"));
    } else if makes && !may_make {
        missing.push(format!(
            "{user} may not make tables, which grant create on schema {schema} to {user} allows"
        ));
    }
    if !closed.is_empty() {
        missing.push(format!("{user} may not read and write {closed}"));
    }
    Ok(missing)
}
