//! One writer, many callers: what arrives while a commit is under way shares
//! the next one, and so one fsync.

use futures_util::future::BoxFuture;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use super::WriteError;

/// Statements that may wait for the writer before callers wait for a place.
const QUEUE: usize = 4096;
/// Statements in one transaction at most.
const BATCH: usize = 256;

/// Hands work to the one connection that writes. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Writer {
    jobs: mpsc::Sender<Order>,
}

enum Order {
    Run(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// Something to do inside a transaction; it may be run twice, when another
/// job of its batch fails.
trait Job: Send {
    fn run<'c>(&'c mut self, conn: &'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<()>>;
    /// Tells the caller: committed, or why not.
    fn end(self: Box<Self>, committed: Result<(), WriteError>);
}

struct Work<T, F> {
    work: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, WriteError>>,
}

impl<T, F> Job for Work<T, F>
where
    T: Send,
    F: for<'c> FnMut(&'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<T>> + Send,
{
    fn run<'c>(&'c mut self, conn: &'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<()>> {
        let Self { work, result, .. } = self;
        Box::pin(async move {
            *result = Some(work(conn).await?);
            Ok(())
        })
    }

    fn end(self: Box<Self>, committed: Result<(), WriteError>) {
        let Self { result, reply, .. } = *self;
        let result = committed.and_then(|()| result.ok_or(WriteError::Closed));
        // A caller who has gone needs no answer; the row stands all the same.
        let _ = reply.send(result);
    }
}

impl Writer {
    /// Starts the task that owns the pool's only connection.
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(serve(pool, queue));
        Self { jobs }
    }

    /// Runs `work` in a transaction and resolves once it is on disk.
    ///
    /// Costs a share of one fsync. `work` may be run twice, so it captures what
    /// it needs by reference count or clone.
    ///
    /// # Errors
    ///
    /// [`WriteError`]: nothing of `work` has been written.
    pub async fn write<T, F>(&self, work: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(&'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<T>>
            + Send
            + 'static,
    {
        let (reply, result) = oneshot::channel();
        let work = Work {
            work,
            result: None,
            reply,
        };
        let sent = self.jobs.send(Order::Run(Box::new(work))).await;
        sent.map_err(|_| WriteError::Closed)?;
        result.await.map_err(|_| WriteError::Closed)?
    }

    /// Resolves once everything handed over before is on disk and the
    /// connection is closed.
    pub(super) async fn close(&self) {
        let (closed, waiting) = oneshot::channel();
        if self.jobs.send(Order::Close(closed)).await.is_ok() {
            let _ = waiting.await;
        }
    }
}

async fn serve(pool: SqlitePool, mut queue: mpsc::Receiver<Order>) {
    let mut orders = Vec::with_capacity(BATCH);
    let mut closing = None;
    while closing.is_none() && queue.recv_many(&mut orders, BATCH).await > 0 {
        let mut batch = Vec::with_capacity(orders.len());
        for order in orders.drain(..) {
            match order {
                Order::Run(job) => batch.push(job),
                Order::Close(closed) => closing = Some(closed),
            }
        }
        commit(&pool, batch).await;
    }
    pool.close().await;
    if let Some(closed) = closing {
        let _ = closed.send(());
    }
}

async fn commit(pool: &SqlitePool, mut batch: Vec<Box<dyn Job>>) {
    if attempt(pool, &mut batch).await.is_ok() {
        batch.into_iter().for_each(|job| job.end(Ok(())));
        return;
    }
    // One of them spoiled the transaction: each alone, so that only it fails.
    for job in batch {
        let mut alone = [job];
        let done = attempt(pool, &mut alone).await;
        let [job] = alone;
        job.end(done.map_err(WriteError::from));
    }
}

async fn attempt(pool: &SqlitePool, batch: &mut [Box<dyn Job>]) -> sqlx::Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let mut conn = pool.acquire().await?;
    let done = run(&mut conn, batch).await;
    if done.is_err() {
        // A full disk makes SQLite roll back by itself: then this fails, and is as
        // well. The driver's own transactions would take it for open ever after.
        let _ = sqlx::query("rollback").execute(&mut *conn).await;
    }
    done
}

async fn run(conn: &mut SqliteConnection, batch: &mut [Box<dyn Job>]) -> sqlx::Result<()> {
    sqlx::query("begin immediate").execute(&mut *conn).await?;
    for job in batch {
        job.run(&mut *conn).await?;
    }
    sqlx::query("commit").execute(conn).await.map(drop)
}
