//! What is on both sides before and after.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr};

use super::{Move, MoveError, TABLES, place::Origin};
use crate::adapters::database::Database;

/// Tables of the server that a file has not.
const MORE: &str = "signing_key, moved, moved_from";

/// Who moves holds it; the second number is this module's.
const SOLE: &str = "select pg_try_advisory_lock(1635021921, 70)";

/// Which file it is: when its first table was made, and how long that took, in
/// nanoseconds. Its name may change.
const SOURCE: &str = "
    select installed_on || ' ' || execution_time from _sqlx_migrations where version = 1";

/// What is another whenever somebody has made use of the file meanwhile.
const MARK: &str = "
    select (select coalesce(max(updated_at), 0) || ' ' || count(*) from task)
        || ' ' || (select coalesce(max(usage_no), 0) from usage_record)
        || ' ' || (select coalesce(max(last_no), 0) || ' ' || coalesce(sum(events), 0)
                     from memory_owner)
        || ' ' || (select coalesce(max(last_seen_at), 0) from session)
        || ' ' || (select count(*) || ' ' || coalesce(max(revoked_at), 0) from api_key)";

const GATEWAYS: &str = "
    select count(*) from pg_stat_activity
     where datname = current_database() and application_name = 'attach-gateway'";

const NOTED: &str = "
    select coalesce(sum(rows), 0)::bigint from moved where step = $1 or step like $1 || ' %'";

/// How often it is looked whether others are gone, and the pause between two looks: who
/// was just killed leaves a moment later.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// How many rows a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Which one.
    pub table: &'static str,
    /// In the file.
    pub here: i64,
    /// On the server.
    pub there: i64,
}

/// Whether a move to `database` has begun and not ended: what is there is not all.
///
/// # Errors
///
/// The database.
pub async fn is_under_way(database: &Database) -> sqlx::Result<bool> {
    if !database.is_shared() {
        return Ok(false);
    }
    let under_way = "select exists (select 1 from moved_from where ended_at is null)";
    database.query(under_way).scalar().await
}

impl Move {
    /// Sees that nothing would be mixed up, and notes that rows are coming.
    pub(super) async fn see(&mut self, replace: bool) -> Result<(), MoveError> {
        alone(&mut self.to).await?;
        self.origin = self.origin().await?;
        if replace {
            let text = format!("truncate {}, {MORE}", TABLES.join(", "));
            let emptied = sqlx::query(AssertSqlSafe(text).into_sql_str());
            emptied
                .execute(&mut *self.to)
                .await
                .map_err(MoveError::target)?;
        } else {
            self.refuse_others().await?;
        }
        self.origin
            .note(&mut self.to)
            .await
            .map_err(MoveError::target)
    }

    async fn origin(&mut self) -> Result<Origin, MoveError> {
        let source = sqlx::query_scalar(SOURCE).fetch_one(&mut *self.from).await;
        let mark = sqlx::query_scalar(MARK).fetch_one(&mut *self.from).await;
        Ok(Origin {
            source: source.map_err(MoveError::source)?,
            mark: mark.map_err(MoveError::source)?,
        })
    }

    /// Everything on the server came from this file, as it is now.
    async fn refuse_others(&mut self) -> Result<(), MoveError> {
        let others = |why: &str| {
            Err(MoveError::Told(format!(
                "{why}; with --replace everything of a gateway on the server is thrown away first"
            )))
        };
        match Origin::noted(&mut self.to)
            .await
            .map_err(MoveError::target)?
        {
            Some(noted) if noted.source != self.origin.source => {
                return others("what is on the server came from another file");
            }
            Some(noted) if noted.mark != self.origin.mark => {
                return others("the file was used after it was moved, wholly or in part");
            }
            Some(_) => {}
            None if count(&mut self.to, "signing_key").await? > 0 => {
                return others("a gateway has served from the server already");
            }
            None => {}
        }
        for &table in TABLES {
            let there = count(&mut self.to, table).await?;
            let noted = sqlx::query_scalar(NOTED).bind(table);
            let noted: i64 = noted
                .fetch_one(&mut *self.to)
                .await
                .map_err(MoveError::target)?;
            if there != noted {
                return others(&format!(
                    "on the server {table} has {there} rows, of which {noted} were moved from this file"
                ));
            }
        }
        Ok(())
    }

    pub(super) async fn counts(&mut self) -> Result<Vec<Count>, MoveError> {
        let mut counts = Vec::new();
        for &table in TABLES {
            let here = sqlx::query_scalar(counting(table))
                .fetch_one(&mut *self.from)
                .await;
            counts.push(Count {
                table,
                here: here.map_err(MoveError::source)?,
                there: count(&mut self.to, table).await?,
            });
        }
        Ok(counts)
    }
}

async fn count(target: &mut PgConnection, table: &str) -> Result<i64, MoveError> {
    let counted = sqlx::query_scalar(counting(table)).fetch_one(target).await;
    counted.map_err(MoveError::target)
}

fn counting(table: &str) -> sqlx::SqlStr {
    AssertSqlSafe(format!("select count(*) from {table}")).into_sql_str()
}

/// Sees that nobody else moves, and no gateway serves.
async fn alone(target: &mut PgConnection) -> Result<(), MoveError> {
    let mut looks = 0;
    while let Some(why) = others(target).await.map_err(MoveError::target)? {
        looks += 1;
        if looks == LOOKS {
            return Err(MoveError::Told(why.to_owned()));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Who is there besides, if anybody is.
async fn others(target: &mut PgConnection) -> sqlx::Result<Option<&'static str>> {
    if !sqlx::query_scalar(SOLE).fetch_one(&mut *target).await? {
        return Ok(Some(
            "another attach-gateway migrate is at work on the server",
        ));
    }
    let serving: i64 = sqlx::query_scalar(GATEWAYS).fetch_one(target).await?;
    Ok((serving > 0).then_some("a gateway uses the database on the server; stop it first"))
}
