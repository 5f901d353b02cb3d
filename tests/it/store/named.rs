//! Tasks that somebody else says the time of: taken by name, and those for workflows.

use attach_gateway::{
    adapters::{
        database::Database,
        store::{Finish, Retry, Store, Submitted},
    },
    domain::{
        id::TaskId,
        task::{NewTask, TaskState},
        time::UnixMillis,
    },
};

use super::world::{new_task, owner};
use crate::support::database::any;

const NOW: UnixMillis = UnixMillis(1_000_000);
const LEASE: UnixMillis = UnixMillis(1_001_000);
const PLACES: [usize; 1] = [9];

async fn submit(store: &Store, target: &str) -> TaskId {
    let task = NewTask {
        target: target.to_owned(),
        ..new_task(owner(1))
    };
    match store.submit(&task, 100, NOW).await.unwrap() {
        Submitted::New(id) => id,
        other => panic!("{other:?}"),
    }
}

/// What the table of workflows says of a task: when it is to be looked at.
async fn looked_at(db: &Database, task: TaskId) -> Option<i64> {
    let sql = "select due_at from workflow where task_id = $1";
    let row = db.query(sql).bind(task.to_string());
    row.optional_scalar().await.unwrap()
}

#[actix_web::test]
async fn a_task_is_taken_by_name_by_one_until_its_lease_is_over() {
    any(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        let (one, other) = (submit(&store, "coder").await, TaskId::fresh());
        let wanted = [one, other];
        let takes = (0..8).map(|_| store.claim_named(&wanted, NOW, LEASE));
        let taken = futures_util::future::join_all(takes).await;
        let taken: Vec<_> = taken.into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].attempt.task, one);
        let again = store.claim_named(&[one], LEASE, LEASE.plus(1000)).await;
        assert_eq!(again.unwrap()[0].attempt.number, 2, "nobody renewed it");
    })
    .await;
}

#[actix_web::test]
async fn one_that_nobody_works_on_is_taken_before_it_is_due() {
    any(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        let task = submit(&store, "coder").await;
        let taken = store.claim_named(&[task], NOW, LEASE).await.unwrap();
        let later = Retry {
            due: NOW.plus(500_000),
            detail: Some("waits".to_owned()),
            counted: false,
        };
        store.retry(taken[0].attempt, &later, NOW).await.unwrap();
        let waiting = store.waiting_for(task).await.unwrap().unwrap();
        assert_eq!(waiting.due, Some(later.due));
        assert!(!waiting.is_held && waiting.state == TaskState::Working);
        let again = store.claim_named(&[task], NOW, LEASE).await.unwrap();
        assert_eq!((again[0].attempt.number, again[0].tries), (2, 1));
        assert!(store.waiting_for(task).await.unwrap().unwrap().is_held);
    })
    .await;
}

#[actix_web::test]
async fn what_is_over_is_not_taken() {
    any(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        let task = submit(&store, "coder").await;
        store.cancel(task, None, NOW).await.unwrap();
        let taken = store.claim_named(&[task], NOW, LEASE).await.unwrap();
        assert!(taken.is_empty());
        assert_eq!(store.waiting_for(task).await.unwrap().unwrap().due, None);
        assert_eq!(store.waiting_for(TaskId::fresh()).await.unwrap(), None);
    })
    .await;
}

#[actix_web::test]
async fn only_what_nobody_works_on_is_ended_by_name() {
    any(async |home| {
        let store = Store::open(home.open().await).await.unwrap();
        let (free, held) = (submit(&store, "coder").await, submit(&store, "coder").await);
        store.claim_named(&[held], NOW, LEASE).await.unwrap();
        let end = Finish::new(TaskState::Failed, "{}".to_owned(), None);
        let end_of = async |task| store.end_named(task, &end, NOW).await.unwrap();
        assert_eq!(end_of(free).await, Some(Vec::new()));
        for other in [free, held, TaskId::fresh()] {
            assert_eq!(end_of(other).await, None);
        }
        let state = async |task| store.waiting_for(task).await.unwrap().unwrap().state;
        assert_eq!(state(free).await, TaskState::Failed);
        assert_eq!(state(held).await, TaskState::Working);
        let counts = store.counts().await.unwrap();
        assert!(counts.ended.contains(&(TaskState::Failed, 1)));
    })
    .await;
}

#[actix_web::test]
async fn a_task_for_a_workflow_is_left_to_whoever_looks_after_workflows() {
    any(async |home| {
        let db = home.open().await;
        let store = Store::open(db.clone()).await.unwrap();
        let task = submit(&store, "temporal://ProcessChat").await;
        let plain = submit(&store, "coder").await;
        assert_eq!(looked_at(&db, task).await, Some(NOW.0));
        assert_eq!(looked_at(&db, plain).await, None);
        let days = NOW.plus(10 * 86_400_000);
        let claimed = store.claim(&PLACES, &[], days, days.plus(1000)).await;
        let claimed: Vec<_> = claimed.unwrap();
        let tasks: Vec<_> = claimed.iter().map(|one| one.attempt.task).collect();
        assert_eq!(tasks, [plain]);
        let taken = store.claim_named(&[task], NOW, LEASE).await.unwrap();
        assert_eq!(taken[0].target, "temporal://ProcessChat");
    })
    .await;
}

#[actix_web::test]
async fn whoever_ends_the_task_has_its_workflow_looked_at() {
    any(async |home| {
        let db = home.open().await;
        let store = Store::open(db.clone()).await.unwrap();
        let task = submit(&store, "temporal://ProcessChat").await;
        let now = NOW.plus(5000);
        store.cancel(task, None, now).await.unwrap();
        assert_eq!(looked_at(&db, task).await, Some(now.0));
    })
    .await;
}
