//! The statements, in the order of a task's life. Where they differ, a file's comes
//! first: a server has many writers, so that what decides is locked.

mod claim;
mod finish;

use super::channel::channel;
use crate::adapters::database::{Conn, Sql};

pub(super) use claim::{
    ANYTHING_DUE, CLAIM, CLAIM_AT_ONCE, CLAIM_NAMED, RENEW, RENEW_ALL, RENEW_DUE, RETRY, STILL_OWN,
    TAKE_BACK, WAITING_FOR, claim_columns,
};
pub(super) use finish::{ARTIFACT, CANCEL, FINISH, FINISH_OUTPUT, FOLD, OUTPUT_ARTIFACT};

/// Whether a task has not ended; then it does not before the transaction does.
pub(super) const STAYS_OPEN: &str = "select stays_open($1)";

const TELL: &str = concat!("select pg_notify('", channel!(), "', $1)");

/// Tells other gateways, once the transaction is committed, what `who` canceled: they
/// may be at it. A server takes some 200 ids in one line.
pub(super) async fn tell(conn: &mut Conn<'_>, who: &str, canceled: &[String]) -> sqlx::Result<()> {
    if conn.is_shared() {
        for some in canceled.chunks(200) {
            let told = format!("{who} canceled {}", some.join(" "));
            let telling = conn.query(TELL).bind(told);
            telling.run().await?;
        }
    }
    Ok(())
}

/// Keeps others off a task's row and history until the transaction ends, so that the
/// next statements see them as they stay. In a file there are no others.
pub(super) async fn hold(conn: &mut Conn<'_>, task: &str) -> sqlx::Result<()> {
    if conn.is_shared() {
        let held = conn.query("select 1 from task where task_id = $1 for no key update");
        held.bind(task).run().await?;
    }
    Ok(())
}

pub(super) const DEEPEST: &str = "select coalesce(max(depth), 0) from task";

/// The same but for the conditions.
macro_rules! submit {
    ($conditions:literal) => {
        concat!(
            "
    insert into task (task_id, issuer, user_id, session_id, context_id, parent_task_id, depth,
                      actors, scopes, target, input, idempotency_key, request_digest,
                      state, due_at, created_at, updated_at, request,
                      traceparent, tracestate)
    select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'submitted', $14, $14, $14, $16,
           $17, $18
     where ",
            $conditions,
            "
        on conflict (issuer, user_id, idempotency_key) where idempotency_key is not null
        do nothing"
        )
    };
}

pub(super) const SUBMIT: Sql = Sql::each(
    submit!(
        "(select count(*) from (
               select 1 from task
                where issuer = $2 and user_id = $3 and state = 'submitted' limit $15)) < $15
       and (select count(*) from (
               select 1 from task
                where issuer = $2 and user_id = $3
                  and state in ('input-required', 'auth-required') limit $15)) < $15
       and ($6 is null or exists (
               select 1 from task where task_id = $6
                  and state not in ('completed', 'failed', 'canceled', 'rejected')))"
    ),
    submit!("has_room($2, $3, $15) and ($6 is null or stays_open($6))"),
);

pub(super) const BY_KEY: &str = "
    select task_id, request_digest from task
     where issuer = $1 and user_id = $2 and idempotency_key = $3";

pub(super) const STANDING: &str = "
    select state, target, context_id from task
     where task_id = $1 and ($2 is null or issuer = $2 and user_id = $3)";

pub(super) const TASK: &str = "
    select task_id, issuer, user_id, session_id, context_id, parent_task_id, depth, target,
           state, detail, attempt, output, cast(null as text) title, created_at, updated_at
      from task
     where task_id = $1 and ($2 is null or issuer = $2 and user_id = $3)";

pub(super) const LINES: &str = "
    select seq, at, kind, state, attempt, data, message,
           case when kind = 'artifact' and data is null
                then (select output from task where task_id = $1) end output
      from task_event
     where task_id = $1 and seq > $2 order by seq limit $3";

pub(super) const PARENT: &str = "
    select state, depth, context_id from task
     where task_id = $1 and issuer = $2 and user_id = $3";

pub(super) const PURGE: Sql = Sql::each(
    "
    delete from task
     where task_id in (select task_id from task
                        where due_at is null and updated_at < $1
                          and state in ('completed', 'failed', 'canceled', 'rejected')
                        order by updated_at limit 1000)",
    "
    with old as materialized (
        select task_id from task
         where due_at is null and updated_at < $1
           and state in ('completed', 'failed', 'canceled', 'rejected')
         order by updated_at limit 1000 for update skip locked)
    delete from task using old where task.task_id = old.task_id",
);

/// One walk over the index of open tasks.
pub(super) const OPEN: Sql = Sql::each(
    "
    select state, count(*) from task indexed by task_open
     where state in ('submitted', 'working', 'input-required', 'auth-required')
     group by state",
    "
    select state, count(*) from task
     where state in ('submitted', 'working', 'input-required', 'auth-required')
     group by state",
);

/// Changes the row each time: SQLite writes nothing for a row that stays as it
/// is.
pub(super) const PROBE: Sql = Sql::each(
    "
    insert into probe (id, at) values (1, cast(unixepoch('subsec') * 1000 as integer))
        on conflict (id) do update set at = max(probe.at + 1, excluded.at)",
    "
    insert into probe (id, at)
    values (1, cast(extract(epoch from clock_timestamp()) * 1000 as bigint))
        on conflict (id) do update set at = greatest(probe.at + 1, excluded.at)",
);
