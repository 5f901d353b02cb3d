//! Several gateways on one server, each with its own way to it. Where no server is
//! named there is nothing to run.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use attach_gateway::{
    adapters::{
        database::WriteError,
        store::{
            Change, Finish, Store, StoreError, Submitted, TaskFilter,
            dialogue::{FollowUp, Pause},
        },
    },
    domain::{
        id::TaskId,
        task::{Attempt, IdempotencyKey, TaskState},
        time::UnixMillis,
    },
};
use futures_util::future::join_all;
use tokio::sync::broadcast::Receiver;

use super::world::{new_task, owner};
use crate::support::{database::Home, dice::Dice, eventually};

/// Short, so that a claim that was left alone is taken soon.
const LEASE_MS: i64 = 300;
const TASKS: usize = 120;

/// As many stores as there would be gateways.
async fn gateways(home: &Home, count: usize) -> Vec<Store> {
    let mut stores = Vec::new();
    for _ in 0..count {
        stores.push(Store::open(home.open().await).await.unwrap());
    }
    stores
}

/// What came of it once there was a connection for it: more ask here than there are,
/// and how long each waits is the machine's affair.
async fn patient<T>(act: impl AsyncFn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    for _ in 0..20 {
        match act().await {
            Err(StoreError::Write(error)) if had_no_place(&error) => {}
            done => return done,
        }
    }
    act().await
}

fn had_no_place(error: &WriteError) -> bool {
    matches!(error, WriteError::Database(error) if matches!(**error, sqlx::Error::PoolTimedOut))
}

fn done() -> Finish {
    Finish::new(TaskState::Completed, "{}".to_owned(), None)
}

fn key(digest: &str) -> Option<IdempotencyKey> {
    Some(IdempotencyKey {
        key: "k".to_owned(),
        digest: digest.to_owned(),
    })
}

/// What was told to the gateways.
#[derive(Default)]
struct Told {
    claimed: Mutex<Vec<Attempt>>,
    ended: Mutex<BTreeMap<TaskId, usize>>,
    crashes: AtomicUsize,
}

impl Told {
    fn ended(&self, ids: impl IntoIterator<Item = TaskId>) {
        let mut ended = self.ended.lock().unwrap();
        ids.into_iter()
            .for_each(|id| *ended.entry(id).or_default() += 1);
    }

    fn is_all(&self) -> bool {
        self.ended.lock().unwrap().len() == TASKS
    }
}

/// One worker of one gateway, until every task has ended.
async fn work(store: &Store, told: &Told, seed: u64) {
    let mut dice = Dice::new(seed);
    while !told.is_all() {
        let claim = async || {
            let now = UnixMillis::now();
            store.claim(&[2, 2], &[], now, now.plus(LEASE_MS)).await
        };
        for one in patient(claim).await.unwrap() {
            told.claimed.lock().unwrap().push(one.attempt);
            attempt(store, told, one.attempt, &mut dice).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn attempt(store: &Store, told: &Told, attempt: Attempt, dice: &mut Dice) {
    let update = r#"{"artifact":{"artifactId":"a","parts":[{"text":"x"}]},"append":true}"#;
    for _ in 0..dice.roll(4) {
        let written = store.artifact(attempt, update.to_owned(), UnixMillis::now());
        let _ = written.await;
    }
    match dice.roll(10) {
        // It dies on it: the lease decides.
        0..3 => drop(told.crashes.fetch_add(1, Ordering::Relaxed)),
        3 => {
            if let Ok(ids) = store.cancel(attempt.task, None, UnixMillis::now()).await {
                told.ended(ids);
            }
        }
        _ => {
            match patient(async || store.finish(attempt, &done(), UnixMillis::now()).await).await {
                Ok(below) => told.ended(below.into_iter().chain([attempt.task])),
                Err(StoreError::Fenced(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// What is known of the task afterwards.
async fn check(store: &Store, told: &Told, id: TaskId) {
    let lines = store.lines(id, 0, 10_000).await.unwrap();
    for (seq, line) in (1..).zip(&lines) {
        assert_eq!(line.seq, seq, "{id}: without a gap");
    }
    let ends = lines.iter().filter(|line| line.is_last()).count();
    assert_eq!(ends, 1, "{id} ended once");
    let after = lines.iter().skip_while(|line| !line.is_last()).count();
    assert_eq!(after, 1, "{id}: nothing is said after the end");
    assert_eq!(told.ended.lock().unwrap()[&id], 1, "{id}: one was told so");
}

#[actix_web::test]
async fn each_task_is_ended_once_however_many_gateways_claim_and_die() {
    let Some(home) = Home::server().await else {
        return;
    };
    let stores = gateways(&home, 4).await;
    let told = Told::default();
    let submitting = (0..TASKS).map(|nth| {
        let store = &stores[nth % stores.len()];
        let mut task = new_task(owner(nth as u64 % 3));
        task.depth = nth as u32 % 2;
        async move {
            let submit = async || store.submit(&task, 1000, UnixMillis::now()).await;
            let taken = patient(submit).await;
            assert_eq!(taken.unwrap(), Submitted::New(task.id));
        }
    });
    let workers = (0..12).map(|nth| work(&stores[nth % stores.len()], &told, nth as u64));
    let (_, worked) = tokio::join!(
        join_all(submitting),
        tokio::time::timeout(Duration::from_secs(180), join_all(workers)),
    );
    worked.expect("all of them end within three minutes");
    assert!(told.crashes.load(Ordering::Relaxed) > 0, "nobody died");
    let filter = TaskFilter {
        limit: 1000,
        ..TaskFilter::default()
    };
    let all = stores[0].tasks(&filter).await.unwrap();
    assert_eq!(all.tasks.len(), TASKS);
    for task in all.tasks {
        check(&stores[0], &told, task.id).await;
    }
    let mut claimed = told.claimed.into_inner().unwrap();
    let count = claimed.len();
    claimed.sort_by_key(|attempt| (attempt.task, attempt.number));
    claimed.dedup();
    assert_eq!(claimed.len(), count, "no attempt was handed out twice");
}

#[actix_web::test]
async fn the_same_key_at_the_same_moment_makes_one_task() {
    let Some(home) = Home::server().await else {
        return;
    };
    let stores = gateways(&home, 3).await;
    let submitting = (0..30).map(|nth| {
        let mut task = new_task(owner(0));
        task.key = key("same");
        let store = &stores[nth % stores.len()];
        async move {
            let submit = async || store.submit(&task, 1000, UnixMillis::now()).await;
            patient(submit).await.unwrap()
        }
    });
    let taken = join_all(submitting).await;
    let new: Vec<_> = taken
        .iter()
        .filter_map(|taken| match taken {
            Submitted::New(id) => Some(*id),
            Submitted::Existing(_) => None,
        })
        .collect();
    assert_eq!(new.len(), 1);
    for taken in taken {
        let (Submitted::New(id) | Submitted::Existing(id)) = taken;
        assert_eq!(id, new[0]);
    }
    let mut other = new_task(owner(0));
    other.key = key("another");
    let refused = stores[1].submit(&other, 1000, UnixMillis::now()).await;
    assert!(matches!(refused, Err(StoreError::KeyReused)), "{refused:?}");
}

#[actix_web::test]
async fn a_limit_holds_however_many_submit_at_once() {
    let Some(home) = Home::server().await else {
        return;
    };
    let stores = gateways(&home, 3).await;
    let submitting = (0..60).map(|nth| {
        let (store, task) = (&stores[nth % stores.len()], new_task(owner(0)));
        async move { patient(async || store.submit(&task, 8, UnixMillis::now()).await).await }
    });
    let taken = join_all(submitting).await;
    let full = |one: &&Result<_, _>| matches!(one, Err(StoreError::QueueFull));
    let refused = taken.iter().filter(full).count();
    let accepted = taken.iter().filter(|one| one.is_ok()).count();
    assert_eq!((accepted, refused), (8, 52));
}

#[actix_web::test]
async fn nothing_that_is_handed_on_outlives_a_cancel() {
    let Some(home) = Home::server().await else {
        return;
    };
    let stores = gateways(&home, 3).await;
    for _ in 0..10 {
        let (root, now) = (new_task(owner(0)), UnixMillis::now());
        stores[0].submit(&root, 1000, now).await.unwrap();
        let handing = (0..24).map(|nth| {
            let mut task = new_task(owner(0));
            (task.parent, task.depth) = (Some(root.id), 1);
            let store = &stores[nth % stores.len()];
            async move { patient(async || store.submit(&task, 1000, now).await).await }
        });
        let cancel = patient(async || stores[1].cancel(root.id, None, now).await);
        let (handed, ended) = tokio::join!(join_all(handing), cancel);
        let ended = ended.unwrap();
        for one in handed {
            match one {
                Ok(Submitted::New(id)) => assert!(ended.contains(&id), "{id} goes on"),
                Err(StoreError::Ended(TaskState::Canceled)) => {}
                other => panic!("{other:?}"),
            }
        }
        let children = ended.len() - 1;
        let lines = stores[2].lines(root.id, 0, 1000).await.unwrap();
        let told = lines.iter().filter(|line| line.kind == "child").count();
        assert_eq!((told, lines.len()), (children, children + 2));
    }
}

#[actix_web::test]
async fn of_two_answers_at_the_same_moment_one_is_taken() {
    let Some(home) = Home::server().await else {
        return;
    };
    let stores = gateways(&home, 2).await;
    for round in 0..10 {
        let (task, now) = (new_task(owner(0)), UnixMillis::now());
        stores[0].submit(&task, 1000, now).await.unwrap();
        let claimed = stores[0].claim(&[1], &[], now, now.plus(60_000)).await;
        let pause = Pause {
            state: TaskState::InputRequired,
            message: None,
            artifacts: "[]".to_owned(),
            metadata: None,
        };
        let attempt = claimed.unwrap()[0].attempt;
        stores[0].pause(attempt, &pause, now).await.unwrap();
        let is_same = round % 2 == 0;
        let said = FollowUp {
            id: task.id,
            owner: owner(0),
            request: r#"{"message":{"text":"\u0000 yes"}}"#.to_owned(),
            key: is_same.then(|| key("same")).flatten(),
            webhook: None,
        };
        let answers = (0..8).map(|nth| stores[nth % 2].follow_up(&said, now));
        let answers = join_all(answers).await;
        let taken = |one: &&Result<_, _>| matches!(one, Ok(Submitted::New(_)));
        assert_eq!(answers.iter().filter(taken).count(), 1);
        let known = |one: &&Result<_, _>| match is_same {
            true => matches!(one, Ok(Submitted::Existing(_))),
            false => matches!(one, Err(StoreError::NotAsked(TaskState::Working))),
        };
        assert_eq!(answers.iter().filter(known).count(), 7, "{answers:?}");
        let again = stores[1].claim(&[1], &[], now, now.plus(60_000)).await;
        let again = again.unwrap()[0].attempt;
        stores[1].finish(again, &done(), now).await.unwrap();
    }
}

/// A gateway that hears of the others from now on.
async fn listening(store: &Store) -> Receiver<Change> {
    let mut changes = store.changes();
    store.listen();
    heard(&mut changes, Change::Any).await;
    changes
}

/// Waits until `wanted` is heard; what is heard before.
async fn heard(changes: &mut Receiver<Change>, wanted: Change) -> Vec<Change> {
    let mut before = Vec::new();
    let hear = async {
        loop {
            match changes.recv().await.unwrap() {
                change if change == wanted => return,
                other => before.push(other),
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), hear).await;
    assert!(in_time.is_ok(), "{wanted:?} was not heard");
    before
}

#[actix_web::test]
async fn what_one_gateway_does_is_heard_at_the_others_and_once_at_its_own() {
    let Some(home) = Home::server().await else {
        return;
    };
    let stores = gateways(&home, 2).await;
    let mut here = listening(&stores[0]).await;
    let mut there = listening(&stores[1]).await;
    let now = UnixMillis::now();
    eventually("the first knows that the second is there", async || {
        let mut later = stores[1].changes();
        let task = new_task(owner(0));
        stores[0].submit(&task, 10_000, now).await.unwrap();
        let hear = async { while later.recv().await.unwrap() != Change::Grew(task.id) {} };
        tokio::time::timeout(Duration::from_millis(300), hear)
            .await
            .ok()
    })
    .await;
    while here.try_recv().is_ok() {}
    let task = new_task(owner(0));
    stores[0].submit(&task, 10_000, now).await.unwrap();
    heard(&mut there, Change::Grew(task.id)).await;
    stores[0].cancel(task.id, None, now).await.unwrap();
    heard(&mut there, Change::Canceled(task.id)).await;
    let other = new_task(owner(0));
    stores[1].submit(&other, 10_000, now).await.unwrap();
    let mine = heard(&mut here, Change::Grew(other.id)).await;
    assert_eq!(
        mine,
        [Change::Grew(task.id); 2],
        "no news of its own cancel"
    );
}

#[actix_web::test]
async fn a_gateway_that_no_longer_hears_says_so_each_second_and_listens_again() {
    let Some(home) = Home::server().await else {
        return;
    };
    let stores = gateways(&home, 2).await;
    let mut there = listening(&stores[1]).await;
    // What a connection that listens says last.
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()
                  and (query like 'LISTEN%' or query like '%clock_timestamp() as now%')";
    let database = home.open().await;
    let cut: i64 = database.query(cut).scalar().await.unwrap();
    assert_eq!(cut, 1, "one of them listens");
    heard(&mut there, Change::Any).await;
    eventually("it hears again", async || {
        let (task, now) = (new_task(owner(0)), UnixMillis::now());
        stores[0].submit(&task, 10_000, now).await.unwrap();
        let mut later = stores[1].changes();
        stores[0].cancel(task.id, None, now).await.unwrap();
        let wait = Duration::from_millis(300);
        let hear = async { while later.recv().await.unwrap() != Change::Canceled(task.id) {} };
        tokio::time::timeout(wait, hear).await.ok()
    })
    .await;
}
