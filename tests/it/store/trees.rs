//! A whole hand-off, and what was done in its name, in every database.

use attach_gateway::{
    adapters::{
        database::{Database, Sql},
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
use crate::support::database::any;

async fn submit(store: &Store, parent: Option<&NewTask>, at: i64) -> NewTask {
    let mut task = new_task(owner(0));
    task.parent = parent.map(|it| it.id);
    task.depth = parent.map_or(0, |it| it.depth + 1);
    store.submit(&task, 1000, UnixMillis(at)).await.unwrap();
    task
}

#[actix_web::test]
async fn a_hand_off_is_told_whole_from_any_of_its_tasks() {
    any(async |home| {
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
    any(async |home| {
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
    any(async |home| {
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
    any(async |home| {
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
    any(async |home| {
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
        let ops = table.of(&[one.id, two.id], &owner(0), 10).await.unwrap();
        let ops: Vec<_> = ops.iter().map(|it| &*it.op).collect();
        assert_eq!(ops, ["search", "read", "list"]);
        assert_eq!(table.of(&[one.id], &owner(0), 1).await.unwrap().len(), 1);
        for _ in 0..3 {
            batch = (0..800).map(|_| access(one.id, Op::Read, None)).collect();
            table.write(&batch).await.unwrap();
        }
        table
            .write(&[access(two.id, Op::Write, None)])
            .await
            .unwrap();
        assert_eq!(
            table.of(&[one.id], &owner(0), 5000).await.unwrap().len(),
            2000
        );
        assert_eq!(table.of(&[two.id], &owner(0), 5000).await.unwrap().len(), 2);
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
    any(async |home| {
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
        let others = table.of(&[other.id], &owner(0), 9).await.unwrap();
        assert!(others.is_empty(), "only their owner reads them");
        let title = async || {
            table.of(&[task.id], &owner(0), 9).await.unwrap()[0]
                .title
                .clone()
        };
        assert_eq!(title().await.as_deref(), Some("plan"));
        memory.erase(plan.id, &owner(0)).await.unwrap();
        assert_eq!(title().await, None);
        memory.erase_all(&owner(0)).await.unwrap();
        assert!(table.of(&[task.id], &owner(0), 9).await.unwrap().is_empty());
        assert_eq!(count(&db).await, 1, "another's stays");
    })
    .await;
}

const SAID: Sql = Sql::each(
    "
    insert into task_event (task_id, seq, at, kind, state, attempt)
    select $1, $2 + key + 1, 1, 'artifact', 'working', 1
      from json_each('[' || substr(replace(hex(zeroblob(150)), '00', ',0'), 2) || ']')",
    "
    insert into task_event (task_id, at, kind, state, attempt)
    select $1, 1, 'artifact', 'working', 1 from generate_series(1, 150 + 0 * $2::bigint)",
);

/// The agent says 150 things in passing.
async fn say(db: &Database, task: TaskId) {
    let last = db.query("select max(seq) from task_event where task_id = $1");
    let last: i64 = last.bind(task.to_string()).scalar().await.unwrap();
    let said = db.write(move |mut conn| {
        let said = task.to_string();
        Box::pin(async move { conn.query(SAID).bind(said).bind(last).run().await })
    });
    assert_eq!(said.await.unwrap(), 150);
}

#[actix_web::test]
async fn what_an_agent_says_in_passing_hides_no_end_and_a_hidden_attempt_cuts_the_tree() {
    any(async |home| {
        let db = home.open().await;
        let store = Store::open(db.clone()).await.unwrap();
        let task = submit(&store, None, 10).await;
        let now = UnixMillis(20);
        let claimed = store.claim(&[9], &[], now, now.plus(5)).await.unwrap();
        say(&db, task.id).await;
        say(&db, task.id).await;
        let told = async || {
            let tree = store.tree(task.id, &owner(0)).await.unwrap();
            let run = tree.tasks[0].runs.last().unwrap().clone();
            (tree.tasks[0].runs.len(), run.ended, tree.is_cut)
        };
        assert_eq!(told().await, (1, None, false));
        let retry = Retry {
            due: UnixMillis(30),
            detail: None,
            counted: true,
        };
        let again = store.retry(claimed[0].attempt, &retry, UnixMillis(25));
        again.await.unwrap();
        assert_eq!(told().await, (1, Some(UnixMillis(25)), false));
        let now = UnixMillis(30);
        store.claim(&[9], &[], now, now.plus(5)).await.unwrap();
        assert_eq!(told().await, (2, None, false));
        say(&db, task.id).await;
        assert!(
            told().await.2,
            "the second attempt is not among the lines read"
        );
    })
    .await;
}

#[actix_web::test]
async fn what_does_not_fit_is_left_out_and_what_comes_after_is_told() {
    any(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        let root = submit(&store, None, 1).await;
        let child = |input: String| {
            let mut task = new_task(owner(0));
            (task.parent, task.depth, task.input) = (Some(root.id), 1, input);
            task
        };
        for at in 0..141 {
            let large = child(format!("\"{}\"", "x".repeat(60_000)));
            store
                .submit(&large, 1000, UnixMillis(at + 2))
                .await
                .unwrap();
        }
        let small = child("1".to_owned());
        store.submit(&small, 1000, UnixMillis(200)).await.unwrap();
        let tree = store.tree(root.id, &owner(0)).await.unwrap();
        let left_out = tree.tasks.iter().filter(|it| it.input.is_none());
        let left_out: Vec<_> = left_out.map(|it| it.input_bytes).collect();
        assert_eq!(left_out, [60_002; 2], "8 MiB have room for 139");
        assert!(tree.tasks.last().unwrap().input.is_some());
    })
    .await;
}

#[actix_web::test]
async fn a_long_output_is_left_out_and_its_length_is_told() {
    any(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        for output in ["{}".to_owned(), format!("\"{}\"", "x".repeat(70_000))] {
            let task = submit(&store, None, 1).await;
            let before = store.tree(task.id, &owner(0)).await.unwrap();
            assert_eq!(before.tasks[0].output_bytes, None);
            let now = UnixMillis(20);
            let claimed = store.claim(&[9], &[], now, now.plus(5)).await.unwrap();
            let is_short = output.len() == 2;
            let (state, length) = (TaskState::Completed, output.len() as u64);
            let end = Finish::new(state, output, None);
            store.finish(claimed[0].attempt, &end, now).await.unwrap();
            let tree = store.tree(task.id, &owner(0)).await.unwrap();
            let told = &tree.tasks[0];
            assert_eq!(told.output_bytes, Some(length));
            assert_eq!(told.task.output.is_some(), is_short);
        }
    })
    .await;
}
