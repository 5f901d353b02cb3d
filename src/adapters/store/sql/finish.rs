//! What attempts say of their tasks, and how tasks end.

use crate::adapters::database::Sql;

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
pub(in crate::adapters::store) const FINISH: Sql = Sql::same(says!(
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
pub(in crate::adapters::store) const FINISH_OUTPUT: Sql = Sql::each(
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
pub(in crate::adapters::store) const OUTPUT_ARTIFACT: &str = says!(
    "
    insert into task_event (task_id, seq, at, kind, state, attempt)
    select task_id, (select max(seq) + 1 from task_event where task_id = $1), $3, 'artifact',
           state, attempt
      from task",
    ""
);

/// An artifact update.
pub(in crate::adapters::store) const ARTIFACT: Sql = Sql::each(
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
pub(in crate::adapters::store) const FOLD: &str = "
    update task
       set artifacts = $2,
           artifacts_seq = (select max(seq) from task_event where task_id = $1)
     where task_id = $1";

/// A task and what is under it. Where it has ended nothing is touched, and that
/// is answered with an error, unless it was just ended itself (`$3`).
pub(in crate::adapters::store) const CANCEL: &str = "
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
