//! The statements, in the order of a task's life. Where they differ, a file's comes
//! first: a server has many writers, so that what decides is locked.

use super::channel::channel;
use crate::adapters::database::{Conn, Sql};

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

pub(super) const ANYTHING_DUE: &str = "
    select 1 from task where depth = $1 and due_at <= $2 limit 1";

/// Of a task's row, what a [`ClaimRow`](super::rows::ClaimRow) has.
macro_rules! claim_columns {
    () => {
        "task.task_id, task.attempt, tries, detail, issuer, user_id, session_id,
              parent_task_id, depth, actors, scopes, target, input, context_id, request,
              remote_task_id, remote_context_id, traceparent, tracestate"
    };
}
pub(super) use claim_columns;

/// What a claim returns.
macro_rules! claimed {
    ($statement:expr) => {
        concat!(
            $statement,
            "
    returning ",
            claim_columns!(),
            ",
              (select max(seq) from task_event
                where task_id = task.task_id and kind = 'message'
                  and message is not null) answer_seq,
              (select max(attempt) from task_event
                where task_id = task.task_id and kind = 'message'
                  and message is not null) asked_by"
        )
    };
}

/// Takes what is due: new tasks, those to be tried again, and those whose
/// process died on them.
pub(super) const CLAIM: &str = claimed!(
    "
    update task
       set state = 'working', attempt = attempt + 1, tries = tries + 1, runner = $5,
           due_at = $2, updated_at = $1, message = null
     where task_id in (select task_id from task
                        where depth = $3 and due_at <= $1 order by due_at limit $4)"
);

/// For every depth, and without what others take at that moment; what runs in this
/// process is kept from all of them instead. An array at the end: a join would be
/// planned as if thousands of rows were due.
pub(super) const CLAIM_AT_ONCE: &str = claimed!(
    "
    with own as (
        select pair ->> 0 task_id, (pair ->> 1)::bigint attempt
          from json_array_elements($4::json) pair),
    kept as (
        update task set due_at = $2 from own
         where task.task_id = own.task_id and task.attempt = own.attempt
           and due_at <= $1 and runner is not null),
    due as materialized (
        select due.task_id
          from json_array_elements($3::json) wanted
         cross join lateral (
               select task_id from task
                where depth between (wanted ->> 0)::bigint and (wanted ->> 1)::bigint
                  and due_at <= $1
                  and not exists (select from own
                                   where own.task_id = task.task_id
                                     and own.attempt = task.attempt and runner is not null)
                order by depth desc, due_at limit (wanted ->> 2)::bigint
                  for no key update skip locked) due)
    update task
       set state = 'working', attempt = attempt + 1, tries = tries + 1, runner = $5,
           due_at = $2, updated_at = $1, message = null
     where task_id = any (array(select task_id from due))"
);

/// The same but for how names are read and rows are locked.
macro_rules! claim_named {
    ($names:literal, $lock:literal) => {
        concat!(
            "
    update task
       set state = 'working', attempt = attempt + 1, tries = tries + 1, runner = $4,
           due_at = $2, updated_at = $1, message = null
     where task_id in (select task_id from task
                        where task_id in (select value from ",
            $names,
            ") and state in ('submitted', 'working')
                          and (due_at <= $1
                               or runner is null and (not $5 or due_at = look_at)) ",
            $lock,
            ")"
        )
    };
}

/// Takes tasks by name, only such as are due or all. One that was put off to the next look
/// at Temporal was due before.
pub(super) const CLAIM_NAMED: Sql = Sql::each(
    claimed!(claim_named!("json_each($3)", "")),
    claimed!(claim_named!(
        "json_array_elements_text($3::json) named (value)",
        "for no key update skip locked"
    )),
);

pub(super) const WAITING_FOR: &str = "
    select state, case when runner is null and due_at = look_at then updated_at else due_at end,
           runner is not null
      from task where task_id = $1";

/// Keeps a claim off what runs in this process. The pairs go first, so that each
/// is one look-up.
pub(super) const RENEW_DUE: &str = "
    update task set due_at = $2
      from json_each($1) own
     where task_id = own.value ->> 0 and attempt = own.value ->> 1
       and due_at <= $3 and runner is not null";

pub(super) const RENEW: &str = "
    update task set due_at = $3
     where task_id = $1 and attempt = $2 and state = 'working' and runner is not null";

pub(super) const STILL_OWN: &str = "
    select 1 from task where task_id = $1 and attempt = $2 and state <> 'canceled'";

/// Renews all of them, and returns those that are no longer their process's own.
pub(super) const RENEW_ALL: &str = "
    with own as (
        select pair ->> 0 task_id, (pair ->> 1)::bigint attempt, number
          from json_array_elements($1::json) with ordinality pairs (pair, number)),
    renewed as (
        update task set due_at = $2 from own
         where task.task_id = own.task_id and task.attempt = own.attempt
           and state = 'working' and runner is not null),
    heard as (
        update task set listens_until = $2 from own
         where task.task_id = own.task_id and task.attempt = own.attempt
           and state = 'auth-required' and listener = $3)
    select own.task_id, own.attempt
      from own
      left join task on task.task_id = own.task_id and task.attempt = own.attempt
                    and state <> 'canceled'
     where task.task_id is null
     order by number";

/// The attempt may still say something about the task.
macro_rules! says {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "
     where task_id = $1 and attempt = $2
       and (state = 'working' and runner is not null
            or state in ('input-required', 'auth-required'))",
            $after
        )
    };
}

/// An agent that waits for the caller may also go on by itself.
pub(super) const FINISH: Sql = Sql::same(says!(
    "
    update task
       set state = $3, output = $4, detail = $5, runner = null, due_at = null, updated_at = $6,
           message = $7, is_direct = $8, metadata = coalesce($9, metadata),
           artifacts = coalesce($10, artifacts),
           artifacts_seq = case when $10 is null then artifacts_seq else
               (select max(seq) from task_event where task_id = $1) end",
    ""
));

/// The same where the output is the artifact, which has been said, or is said first.
pub(super) const FINISH_OUTPUT: Sql = Sql::each(
    says!(
        "
    update task
       set state = $3, output = $4, detail = $5, runner = null, due_at = null, updated_at = $6,
           message = $7, is_direct = $8, metadata = coalesce($9, metadata), artifacts = null,
           artifacts_seq = (select max(seq) from task_event where task_id = $1)",
        ""
    ),
    says!(
        "
    with said as (
        insert into task_event (task_id, at, kind, state, attempt)
        select task_id, $6, 'artifact', state, attempt from task",
        " for no key update
        returning task_id, seq)
    update task
       set state = $3, output = $4, detail = $5, runner = null, due_at = null, updated_at = $6,
           message = $7, is_direct = $8, metadata = coalesce($9, metadata), artifacts = null,
           artifacts_seq = said.seq
      from said
     where task.task_id = said.task_id"
    ),
);

/// The output is the artifact: said just before the end is, in a file.
pub(super) const OUTPUT_ARTIFACT: &str = says!(
    "
    insert into task_event (task_id, seq, at, kind, state, attempt)
    select task_id, (select max(seq) + 1 from task_event where task_id = $1), $3, 'artifact',
           state, attempt
      from task",
    ""
);

/// An artifact update.
pub(super) const ARTIFACT: Sql = Sql::each(
    says!(
        "
    insert into task_event (task_id, seq, at, kind, state, attempt, data)
    select task_id, (select max(seq) + 1 from task_event where task_id = $1), $4, 'artifact',
           state, attempt, $3
      from task",
        ""
    ),
    says!(
        "
    insert into task_event (task_id, at, kind, state, attempt, data)
    select task_id, $4, 'artifact', state, attempt, $3 from task",
        " for no key update"
    ),
);

/// Puts what a task's artifacts add up to into its row.
pub(super) const FOLD: &str = "
    update task
       set artifacts = $2,
           artifacts_seq = (select max(seq) from task_event where task_id = $1)
     where task_id = $1";

pub(super) const RETRY: &str = "
    update task
       set due_at = $3, detail = coalesce($4, detail), runner = null, tries = tries - $5,
           updated_at = $6
     where task_id = $1 and attempt = $2 and state = 'working' and runner is not null";

pub(super) const TAKE_BACK: &str = "update task set due_at = $1 where runner is not null";

/// A task and what is under it. Where it has ended nothing is touched, and that
/// is answered with an error, unless it was just ended itself (`$3`).
pub(super) const CANCEL: &str = "
    with recursive tree (task_id) as (
        select task_id from task
         where task_id = $1
           and ($3 or state not in ('completed', 'failed', 'canceled', 'rejected'))
         union all
        select child.task_id from task child join tree on child.parent_task_id = tree.task_id)
    update task
       set state = 'canceled', message = null, detail = 'canceled by its owner',
           output = '{\"detail\":\"canceled by its owner\"}',
           runner = null, due_at = null, updated_at = $2
     where task_id in (select task_id from tree)
       and state not in ('completed', 'failed', 'canceled', 'rejected')
    returning task_id";

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
