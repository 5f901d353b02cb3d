//! What a server looks like to somebody who changes nothing.

use sqlx::{PgConnection, PgPool, migrate::Migrator};

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

/// Every table of ours. A test compares it with what the steps make.
const TABLES: &[&str] = &[
    "api_key",
    "browser_session",
    "memory_access",
    "memory_event",
    "memory_outbox",
    "memory_outbox_key",
    "memory_owner",
    "moved",
    "moved_from",
    "openmeter",
    "openmeter_refused",
    "probe",
    "push_config",
    "session",
    "signing_key",
    "task",
    "task_event",
    "trace_place",
    "usage_record",
    "used_token",
    "workflow",
];

const STEPS: &str = "select to_regclass('_sqlx_migrations') is not null";

const TAKEN: &str = "select version, checksum from _sqlx_migrations where success";

const MADE: &str = "select version from _sqlx_migrations where success order by version";

/// Whether tables may be made, and those that are there read and written: the names of
/// those that may not. One call asks whether any of several rights is held, so there
/// are four. The steps that made them are only read, unless there are steps to take.
const RIGHTS: &str = "
    select current_user::text, coalesce(current_schema()::text, ''),
           coalesce(has_schema_privilege(current_schema(), 'create'), false),
           coalesce((select string_agg(relname::text, ', ' order by relname)
              from pg_class
             where relnamespace = quote_ident(current_schema())::regnamespace and relkind in ('r', 'p')
               and (relname::text = any($1) or relname = '_sqlx_migrations')
               and not (has_table_privilege(oid, 'select')
                        and (relname = '_sqlx_migrations' and not $2
                             or has_table_privilege(oid, 'insert')
                            and has_table_privilege(oid, 'update')
                            and has_table_privilege(oid, 'delete')))),
           '')";

const MOST: &str = "select current_setting('max_connections')::bigint";

/// Looks at `server`, which `steps` make the tables of.
pub(super) async fn look(server: &Server, steps: &Migrator) -> Result<Look, OpenError> {
    let (mut conn, version) = connect::first(server).await?;
    let looked = at(&mut conn, version, steps).await;
    looked.map_err(|source| OpenError::server(server, source))
}

/// Whether all `steps` are taken, as they are here, and no other. Then whoever may not
/// make tables need not try.
pub(super) async fn is_done(pool: &PgPool, steps: &Migrator) -> sqlx::Result<bool> {
    if !sqlx::query_scalar(STEPS).fetch_one(pool).await? {
        return Ok(false);
    }
    let taken: Vec<(i64, Vec<u8>)> = sqlx::query_as(TAKEN).fetch_all(pool).await?;
    let mut all = steps.iter();
    Ok(taken.len() == steps.iter().count()
        && all.all(|step| taken.contains(&(step.version, step.checksum.to_vec()))))
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
    let found = sqlx::query_as(RIGHTS).bind(TABLES).bind(makes);
    let found = found.fetch_one(conn).await?;
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

#[cfg(test)]
mod tests {
    use super::{super::STEPS, TABLES};

    #[test]
    fn every_table_that_the_steps_make_is_looked_at() {
        let text: String = STEPS.iter().map(|step| step.sql.as_str()).collect();
        let made = text.split("\ncreate table ").skip(1);
        let mut made: Vec<_> = made
            .filter_map(|rest| rest.split([' ', '(']).next())
            .collect();
        made.sort_unstable();
        assert_eq!(made, TABLES);
    }
}
