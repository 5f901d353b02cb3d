//! What other gateways are told of the tasks of this one.
//!
//! It is said after the commit, gathered, and without waiting for the disk: a server
//! lets those who say something commit one after the other, so that a line in the
//! transaction itself would make all gateways together write as fast as one.

use std::{
    collections::HashSet,
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use sqlx::PgPool;
use tokio::sync::Notify;

use super::channel::channel;
use crate::domain::id::TaskId;

/// How long news are gathered.
const GATHER: Duration = Duration::from_millis(20);
/// Tasks that are told of by their ids; of more it is said that anything happened.
const MOST: usize = 4096;
/// Ids in one line: a server takes up to 8000 bytes.
const LINE: usize = 200;

/// They are hints, which may be lost with the server.
const TELL: &str = concat!(
    "
    select pg_notify('",
    channel!(),
    "', line), set_config('synchronous_commit', 'off', true)
      from json_array_elements_text($1::json) line"
);

/// Tasks whose histories grew.
#[derive(Debug, Default)]
pub(super) struct News {
    grew: Mutex<Grew>,
    come: Notify,
    /// Nobody is there to be told.
    is_alone: AtomicBool,
}

#[derive(Debug, Default)]
struct Grew {
    tasks: HashSet<TaskId>,
    /// Some are not known any more.
    is_more: bool,
}

impl News {
    /// Whether there is no other gateway, as far as is known.
    pub(super) fn set_alone(&self, is_alone: bool) {
        self.is_alone.store(is_alone, Ordering::Release);
    }

    pub(super) fn add(&self, task: TaskId) {
        if self.is_alone.load(Ordering::Acquire) {
            return;
        }
        let mut grew = self.grew.lock().unwrap_or_else(PoisonError::into_inner);
        match grew.tasks.len() < MOST {
            true => drop(grew.tasks.insert(task)),
            false => grew.is_more = true,
        }
        drop(grew);
        self.come.notify_one();
    }

    /// Tells them in the name of `who`, until the pool is closed.
    pub(super) async fn tell(self: Arc<Self>, pool: PgPool, who: Arc<str>) {
        while !pool.is_closed() {
            let closed = pool.close_event();
            tokio::select! {
                () = self.come.notified() => tokio::time::sleep(GATHER).await,
                () = closed => return,
            }
            let grew = mem::take(&mut *self.grew.lock().unwrap_or_else(PoisonError::into_inner));
            let lines = lines(&who, &grew).to_string();
            let told = sqlx::query(TELL).bind(lines).execute(&pool).await;
            if let Err(error) = told {
                // Whoever listens finds out that the server was away, too.
                tracing::debug!(%error, "other gateways are not told, they look by themselves");
                self.lost();
            }
        }
    }

    /// The next line says that anything may have happened.
    fn lost(&self) {
        let mut grew = self.grew.lock().unwrap_or_else(PoisonError::into_inner);
        grew.is_more = true;
    }
}

/// As [`Ear`](super::ear::Ear) reads them.
fn lines(who: &str, grew: &Grew) -> Value {
    let tasks: Vec<_> = grew.tasks.iter().map(TaskId::to_string).collect();
    let lines = tasks
        .chunks(LINE)
        .map(|some| format!("{who} grew {}", some.join(" ")));
    let more = grew.is_more.then(|| format!("{who} any"));
    lines.chain(more).map(Value::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_never_longer_than_a_server_takes() {
        let news = News::default();
        for _ in 0..=MOST {
            news.add(TaskId::fresh());
        }
        let grew = mem::take(&mut *news.grew.lock().unwrap());
        let who = "0123456789abcdef0123456789abcdef";
        let lines = lines(who, &grew);
        let lines: Vec<_> = lines
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l.as_str().unwrap())
            .collect();
        assert!(lines.iter().all(|line| line.len() < 8000));
        let ids: usize = lines
            .iter()
            .map(|line| line.split(' ').skip(2).count())
            .sum();
        assert_eq!((ids, lines.last()), (MOST, Some(&&*format!("{who} any"))));
    }
}
