//! A whole hand-off, and what was done in its name, in every database.

use attach_gateway::{
    adapters::{
        database::Database,
        memory::{
            Memory,
            access::{Access, AccessTable, Op},
        },
        store::{Finish, Retry, Store, StoreError},
    },
    domain::{
        id::{Owner, SessionId, TaskId},
        memory::{EventBody, EventKind, MemoryEvent},
        task::{NewTask, TaskState},
        time::UnixMillis,
    },
};

use super::world::{new_task, owner};
use crate::support::database::each;

async fn submit(store: &Store, parent: Option<&NewTask>, at: i64) -> NewTask {
    let mut task = new_task(owner(0));
    task.parent = parent.map(|it| it.id);
    task.depth = parent.map_or(0, |it| it.depth + 1);
    store.submit(&task, 1000, UnixMillis(at)).await.unwrap();
    task
}

#[actix_web::test]
async fn a_hand_off_is_told_whole_from_any_of_its_tasks() {
    each(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        let root = submit(&store, None, 1).await;
        let child = submit(&store, Some(&root), 2).await;
        let other = submit(&store, Some(&root), 3).await;
        let below = submit(&store, Some(&child), 4).await;
        submit(&store, None, 5).await;
        for from in [&root, &child, &other, &below] {
            let tree = store.tree(from.id, &owner(0)).await.unwrap();
            let ids: Vec<_> = tree.tasks.iter().map(|it| it.task.id).collect();
            assert_eq!(ids, [root.id, child.id, other.id, below.id]);
            assert_eq!((tree.root, tree.is_cut), (root.id, false));
            let depths: Vec<_> = tree.tasks.iter().map(|it| it.task.depth).collect();
            assert_eq!(depths, [0, 1, 1, 2]);
        }
        for (id, whose) in [(root.id, owner(1)), (TaskId::fresh(), owner(0))] {
            let refused = store.tree(id, &whose).await.unwrap_err();
            assert!(matches!(refused, StoreError::NotFound), "{refused}");
        }
    })
    .await;
}

#[actix_web::test]
async fn attempts_are_told_with_their_begin_and_their_end() {
    each(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        let task = submit(&store, None, 10).await;
        let claim = async |at: i64| {
            let now = UnixMillis(at);
            let claimed = store.claim(&[9], &[], now, now.plus(5)).await.unwrap();
            claimed[0].attempt
        };
        let retry = Retry {
            due: UnixMillis(30),
            detail: Some("the agent is away".to_owned()),
            counted: true,
        };
        let first = claim(20).await;
        store.retry(first, &retry, UnixMillis(25)).await.unwrap();
        // Its process dies, and its lease runs out.
        claim(30).await;
        let third = claim(40).await;
        let done = Finish::new(TaskState::Completed, "{}".to_owned(), None);
        store.finish(third, &done, UnixMillis(50)).await.unwrap();
        let tree = store.tree(task.id, &owner(0)).await.unwrap();
        let runs = tree.tasks[0].runs.iter().map(|run| {
            let ended = run.ended.map(|at| at.0);
            (run.attempt, run.started.0, ended, run.outcome.as_deref())
        });
        let expected = [
            (1, 20, Some(25), Some("retry")),
            (2, 30, Some(40), Some("lost")),
            (3, 40, Some(50), Some("completed")),
        ];
        assert_eq!(runs.collect::<Vec<_>>(), expected);
        let why = tree.tasks[0].runs[0].detail.as_deref();
        assert_eq!(why, Some("the agent is away"));
    })
    .await;
}

#[actix_web::test]
async fn a_hand_off_of_too_many_tasks_is_cut_and_says_so() {
    each(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        let root = submit(&store, None, 1).await;
        for at in 0..500 {
            submit(&store, Some(&root), at + 2).await;
        }
        let tree = store.tree(root.id, &owner(0)).await.unwrap();
        assert_eq!((tree.tasks.len(), tree.is_cut), (500, true));
        assert_eq!(tree.tasks[0].task.id, root.id);
    })
    .await;
}

#[actix_web::test]
async fn a_long_input_is_left_out_and_its_length_is_told() {
    each(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        let mut task = new_task(owner(0));
        task.input = format!("{{\"x\":\"{}\"}}", "ä".repeat(40_000));
        store.submit(&task, 10, UnixMillis(1)).await.unwrap();
        let tree = store.tree(task.id, &owner(0)).await.unwrap();
        assert!(tree.tasks[0].input.is_none());
        assert_eq!(tree.tasks[0].input_bytes, 80_008);
    })
    .await;
}

fn access(task: TaskId, op: Op, event: Option<uuid::Uuid>) -> Access {
    Access {
        id: uuid::Uuid::now_v7(),
        task,
        at: UnixMillis(100),
        duration_ms: 3,
        op,
        event,
        found: Some(1),
    }
}

async fn count(db: &Database) -> i64 {
    let count = db.query("select count(*) from memory_access");
    count.scalar().await.unwrap()
}

#[actix_web::test]
async fn uses_of_memory_are_kept_once_up_to_two_thousand_a_task() {
    each(async |home| {
        let db = home.open().await;
        let (store, table) = (
            Store::open(db.clone()).await.unwrap(),
            AccessTable::new(db.clone()),
        );
        let (one, two) = (submit(&store, None, 1).await, submit(&store, None, 2).await);
        let mut batch = vec![
            access(one.id, Op::Search, None),
            access(two.id, Op::Read, None),
            access(one.id, Op::List, None),
            // Its task has gone.
            access(TaskId::fresh(), Op::Read, None),
        ];
        table.write(&batch).await.unwrap();
        table.write(&batch).await.unwrap();
        let ops = table.of(&[one.id, two.id], 10).await.unwrap();
        let ops: Vec<_> = ops.iter().map(|it| &*it.op).collect();
        assert_eq!(ops, ["search", "read", "list"]);
        assert_eq!(table.of(&[one.id], 1).await.unwrap().len(), 1);
        for _ in 0..3 {
            batch = (0..800).map(|_| access(one.id, Op::Read, None)).collect();
            table.write(&batch).await.unwrap();
        }
        table
            .write(&[access(two.id, Op::Write, None)])
            .await
            .unwrap();
        assert_eq!(table.of(&[one.id], 5000).await.unwrap().len(), 2000);
        assert_eq!(table.of(&[two.id], 5000).await.unwrap().len(), 2);
        let gone = "delete from task where task_id = $1";
        let gone = db.write(move |mut conn| {
            Box::pin(async move { conn.query(gone).bind(one.id.to_string()).run().await })
        });
        gone.await.unwrap();
        assert_eq!(count(&db).await, 2, "they go with their task");
    })
    .await;
}

fn document(owner: Owner, title: &str) -> MemoryEvent {
    let body = EventBody {
        title: Some(title.to_owned()),
        text: Some("…".to_owned()),
        ..EventBody::default()
    };
    let session = SessionId("s".into());
    MemoryEvent::new(EventKind::Document, owner, session, UnixMillis::now(), body)
}

#[actix_web::test]
async fn erased_memory_leaves_no_title_and_erasing_all_leaves_no_use_of_it() {
    each(async |home| {
        let db = home.open().await;
        let (store, table) = (
            Store::open(db.clone()).await.unwrap(),
            AccessTable::new(db.clone()),
        );
        let memory = Memory::Rows(db.clone());
        let (plan, bobs) = (document(owner(0), "plan"), document(owner(1), "bob's"));
        memory.write(&[plan.clone(), bobs.clone()]).await.unwrap();
        let task = submit(&store, None, 1).await;
        let other = new_task(owner(1));
        store.submit(&other, 10, UnixMillis(1)).await.unwrap();
        let uses = [
            access(task.id, Op::Read, Some(plan.id)),
            access(other.id, Op::Read, Some(bobs.id)),
        ];
        table.write(&uses).await.unwrap();
        let title = async || table.of(&[task.id], 9).await.unwrap()[0].title.clone();
        assert_eq!(title().await.as_deref(), Some("plan"));
        memory.erase(plan.id, &owner(0)).await.unwrap();
        assert_eq!(title().await, None);
        memory.erase_all(&owner(0)).await.unwrap();
        assert!(table.of(&[task.id], 9).await.unwrap().is_empty());
        assert_eq!(count(&db).await, 1, "another's stays");
    })
    .await;
}
