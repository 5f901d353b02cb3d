//! Taking tasks, keeping them, and giving them back.

use crate::adapters::database::Sql;

pub(in crate::adapters::store) const ANYTHING_DUE: &str = "
    select 1 from task where depth = $1 and due_at <= $2 limit 1";

/// Of a task's row, what a [`ClaimRow`](super::rows::ClaimRow) has.
macro_rules! claim_columns {
    () => {
        "task.task_id, task.attempt, tries, detail, issuer, user_id, session_id,
              parent_task_id, depth, actors, scopes, target, input, context_id, request,
              remote_task_id, remote_context_id, traceparent, tracestate"
    };
}
pub(in crate::adapters::store) use claim_columns;

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
pub(in crate::adapters::store) const CLAIM: &str = claimed!(
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
pub(in crate::adapters::store) const CLAIM_AT_ONCE: &str = claimed!(
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
pub(in crate::adapters::store) const CLAIM_NAMED: Sql = Sql::each(
    claimed!(claim_named!("json_each($3)", "")),
    claimed!(claim_named!(
        "json_array_elements_text($3::json) named (value)",
        "for no key update skip locked"
    )),
);

pub(in crate::adapters::store) const WAITING_FOR: &str = "
    select state, case when runner is null and due_at = look_at then updated_at else due_at end,
           runner is not null
      from task where task_id = $1";

/// Keeps a claim off what runs in this process. The pairs go first, so that each
/// is one look-up.
pub(in crate::adapters::store) const RENEW_DUE: &str = "
    update task set due_at = $2
      from json_each($1) own
     where task_id = own.value ->> 0 and attempt = own.value ->> 1
       and due_at <= $3 and runner is not null";

pub(in crate::adapters::store) const RENEW: &str = "
    update task set due_at = $3
     where task_id = $1 and attempt = $2 and state = 'working' and runner is not null";

pub(in crate::adapters::store) const STILL_OWN: &str = "
    select 1 from task where task_id = $1 and attempt = $2 and state <> 'canceled'";

/// Renews all of them, and returns those that are no longer their process's own.
pub(in crate::adapters::store) const RENEW_ALL: &str = "
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

pub(in crate::adapters::store) const RETRY: &str = "
    update task
       set due_at = $3, detail = coalesce($4, detail), runner = null, tries = tries - $5,
           updated_at = $6
     where task_id = $1 and attempt = $2 and state = 'working' and runner is not null";

pub(in crate::adapters::store) const TAKE_BACK: &str =
    "update task set due_at = $1 where runner is not null";
