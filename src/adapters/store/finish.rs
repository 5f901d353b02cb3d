//! The end of an attempt.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{Finish, dialogue::Product, fold, sql};
use crate::{
    adapters::database::Conn,
    domain::{
        id::TaskId,
        task::{Attempt, TaskState},
        time::UnixMillis,
    },
};

/// Ids of what ended with a task; `None` if the attempt was no longer its current one.
type Below = Option<Vec<String>>;

/// What writes how `attempt` ended: one statement on a server, where the output is all
/// there is to it.
pub(super) fn work(
    attempt: Attempt,
    end: &Finish,
    now: UnixMillis,
    who: &Arc<str>,
) -> impl for<'c> FnMut(Conn<'c>) -> BoxFuture<'c, sqlx::Result<Below>> + Send + use<> {
    let (end, who) = (Arc::new(end.clone()), who.clone());
    move |mut conn| {
        let (end, who) = (end.clone(), who.clone());
        Box::pin(async move { finish(&mut conn, attempt, &end, now, &who).await })
    }
}

/// Nobody wants what a canceled task handed on.
pub(super) async fn finish(
    conn: &mut Conn<'_>,
    attempt: Attempt,
    end: &Finish,
    now: UnixMillis,
    who: &str,
) -> sqlx::Result<Below> {
    if !close(conn, attempt, end, now).await? {
        return Ok(None);
    }
    if end.artifacts == Product::Told {
        fold::settle(conn, &attempt.task.to_string()).await?;
    }
    Ok(Some(match end.state {
        TaskState::Canceled => end_tree(conn, attempt.task, (true, who), now).await?,
        _ => Vec::new(),
    }))
}

/// Whether the row was still that of `attempt`.
async fn close(
    conn: &mut Conn<'_>,
    attempt: Attempt,
    end: &Finish,
    now: UnixMillis,
) -> sqlx::Result<bool> {
    let task = attempt.task.to_string();
    let artifacts = match &end.artifacts {
        Product::Artifacts(all) => Some(all),
        Product::Told | Product::Output => None,
    };
    let is_output = end.artifacts == Product::Output;
    if artifacts.is_some() {
        sql::hold(conn, &task).await?;
    }
    if is_output && !conn.is_shared() {
        let said = conn.query(sql::OUTPUT_ARTIFACT).bind(&task);
        said.bind(attempt.number).bind(now.0).run().await?;
    }
    let done = conn.query(if is_output {
        sql::FINISH_OUTPUT
    } else {
        sql::FINISH
    });
    let done = done
        .bind(&task)
        .bind(attempt.number)
        .bind(end.state.name())
        .bind(&end.output)
        .bind(&end.detail)
        .bind(now.0)
        .bind(&end.message)
        .bind(end.is_direct)
        .bind(&end.metadata);
    let done = match is_output {
        true => done,
        false => done.bind(artifacts),
    };
    Ok(done.run().await? > 0)
}

/// Ends a task and its unfinished children: the ids of all that ended.
pub(super) async fn cancel(
    conn: &mut Conn<'_>,
    id: TaskId,
    now: UnixMillis,
    who: &str,
) -> sqlx::Result<Vec<String>> {
    if conn.is_shared() {
        let open = conn.query(sql::STAYS_OPEN).bind(id.to_string());
        if !open.scalar::<bool>().await? {
            return Ok(Vec::new());
        }
    }
    end_tree(conn, id, (false, who), now).await
}

/// Ends all that is unfinished from `id` down, in the name of `who`; for one that has
/// ended already only where it just did, `is_ended`.
async fn end_tree(
    conn: &mut Conn<'_>,
    id: TaskId,
    (is_ended, who): (bool, &str),
    now: UnixMillis,
) -> sqlx::Result<Vec<String>> {
    let mut ended = end_known(conn, id, is_ended, now).await?;
    // What was handed on meanwhile by those that are ended now: no more can follow.
    let mut goes_on = conn.is_shared() && !ended.is_empty();
    while goes_on {
        let more = end_known(conn, id, true, now).await?;
        goes_on = !more.is_empty();
        ended.extend(more);
    }
    for id in &ended {
        fold::settle(conn, id).await?;
    }
    sql::tell(conn, who, &ended).await?;
    Ok(ended)
}

/// Those that can be seen now.
async fn end_known(
    conn: &mut Conn<'_>,
    id: TaskId,
    is_ended: bool,
    now: UnixMillis,
) -> sqlx::Result<Vec<String>> {
    let ended = conn.query(sql::CANCEL).bind(id.to_string());
    ended.bind(now.0).bind(is_ended).scalars().await
}
