//! Row after row, each of which may take as long as a piece of work.

use std::future::ready;

use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use sqlx::{PgPool, Postgres, SqlStr, postgres::PgArguments};
use tokio::{sync::mpsc, time::timeout};

use super::loan::{LIMIT, Loan};
use crate::adapters::database::Record;

/// Rows that are read ahead of whoever takes them.
const AHEAD: usize = 16;

/// The rows of the statement `text`. Whoever drops it gives the connection back.
pub(in crate::adapters::database) fn rows<'c, T: Record + 'c>(
    pool: &'c PgPool,
    text: SqlStr,
    args: PgArguments,
) -> BoxStream<'c, sqlx::Result<T>> {
    let (to, from) = mpsc::channel(AHEAD);
    let asking = stream::once(ask(pool, text, args, to)).filter_map(|()| ready(None));
    let come = stream::unfold(from, async |mut from| {
        let row: Option<sqlx::Result<T>> = from.recv().await;
        row.map(|row| (row, from))
    });
    stream::select(come, asking).boxed()
}

async fn ask<T: Record>(
    pool: &PgPool,
    text: SqlStr,
    args: PgArguments,
    to: mpsc::Sender<sqlx::Result<T>>,
) {
    if let Err(error) = each(pool, text, args, &to).await {
        // Nobody is left to tell.
        let _ = to.send(Err(error)).await;
    }
}

async fn each<T: Record>(
    pool: &PgPool,
    text: SqlStr,
    args: PgArguments,
    to: &mpsc::Sender<sqlx::Result<T>>,
) -> sqlx::Result<()> {
    let mut loan = Loan::of(pool).await?;
    let mut rows = sqlx::query_as_with::<Postgres, T, _>(text, args).fetch(&mut *loan);
    loop {
        let next = match timeout(LIMIT, rows.try_next()).await {
            Ok(next) => next?,
            Err(late) => {
                drop(rows);
                return loan.done(Err(late));
            }
        };
        let Some(row) = next else { return Ok(()) };
        if to.send(Ok(row)).await.is_err() {
            // Whoever took them has enough.
            return Ok(());
        }
    }
}
