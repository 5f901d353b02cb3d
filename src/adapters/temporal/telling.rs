//! How a task says that it waits for Temporal.

use crate::{
    adapters::database::{Conn, Sql},
    domain::time::UnixMillis,
};

/// What it begins with: whoever writes it and whoever looks for it say the same.
macro_rules! waiting {
    () => {
        "waits for Temporal:"
    };
}

/// Whether a row of tasks says so.
macro_rules! is_waiting {
    () => {
        concat!(
            "coalesce(detail, '') like '",
            $crate::adapters::temporal::telling::waiting!(),
            "%'"
        )
    };
}

pub(super) use {is_waiting, waiting};

const SAY: &str = "
    update task set detail = $2, updated_at = $3
     where task_id = $1 and state in ('submitted', 'working') and runner is null";

/// A line of the history, too: of a task that waits nobody makes one by itself.
const LINE: Sql = Sql::each(
    "
    insert into task_event (task_id, seq, at, kind, state, attempt, data)
    select task_id, (select max(seq) + 1 from task_event where task_id = $1), $2, 'released',
           state, attempt, json_object('detail', detail, 'due_at', due_at)
      from task where task_id = $1",
    "
    insert into task_event (task_id, at, kind, state, attempt, data)
    select task_id, $2, 'released', state, attempt,
           json_build_object('detail', detail, 'due_at', due_at)
      from task where task_id = $1",
);

/// What it says while Temporal is away.
pub fn waits_for_temporal(why: &str) -> String {
    format!(concat!(waiting!(), " {}"), why)
}

/// Has `task` say `detail`, if it waits; whether it does.
pub(super) async fn tell(
    conn: &mut Conn<'_>,
    task: &str,
    detail: &str,
    now: UnixMillis,
) -> sqlx::Result<u64> {
    let said = conn.query(SAY).bind(task).bind(detail).bind(now.0);
    let said = said.run().await?;
    if said > 0 {
        conn.query(LINE).bind(task).bind(now.0).run().await?;
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adapters::{database::Database, store::Store},
        domain::{
            id::{Owner, SessionId, TaskId},
            task::NewTask,
        },
    };

    const NOW: UnixMillis = UnixMillis(1_000_000);
    const WAITS: &str = concat!("select ", is_waiting!(), " from task where task_id = $1");
    const KINDS: &str = "select kind from task_event where task_id = $1 order by seq";

    async fn told(db: &Database, task: TaskId) -> u64 {
        let told = db.write(move |mut conn| {
            Box::pin(async move {
                let detail = waits_for_temporal("nobody is there");
                tell(&mut conn, &task.to_string(), &detail, NOW).await
            })
        });
        told.await.unwrap()
    }

    async fn is_waiting(db: &Database, task: TaskId) -> bool {
        let row = db.query(WAITS).bind(task.to_string());
        row.scalar().await.unwrap()
    }

    async fn kinds(db: &Database, task: TaskId) -> Vec<String> {
        let rows = db.query(KINDS).bind(task.to_string());
        let rows: Vec<(String,)> = rows.all().await.unwrap();
        rows.into_iter().map(|(kind,)| kind).collect()
    }

    #[tokio::test]
    async fn a_task_that_was_told_to_wait_is_found_by_it_and_has_a_line_of_its_own_kind() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("attach.db").into()).await;
        let db = db.unwrap();
        let store = Store::open(db.clone()).await.unwrap();
        let (owner, session) = (Owner::new("i", "ada"), SessionId("session".into()));
        let new = NewTask::new(owner, session, "coder".to_owned(), "{}".to_owned());
        store.submit(&new, 10, NOW).await.unwrap();
        let task = new.id;
        assert!(!is_waiting(&db, task).await);
        assert_eq!(told(&db, task).await, 1);
        assert!(is_waiting(&db, task).await);
        assert_eq!(kinds(&db, task).await, ["submitted", "released"]);
        // One that somebody works on waits for nobody.
        let taken = store.claim_named(&[task], NOW, NOW.plus(1000)).await;
        assert_eq!(taken.unwrap().len(), 1);
        assert_eq!(told(&db, task).await, 0);
        assert_eq!(kinds(&db, task).await.len(), 3);
    }
}
