//! What writes cost: by hand, in a build like a release.
//! `cargo test --release --test it -- --ignored --nocapture submits_cost`

use std::time::{Duration, Instant};

use attach_gateway::{
    adapters::{database::Database, store::Store},
    domain::time::UnixMillis,
};

use super::world::{new_task, owner};
use crate::support::database::Home;

/// Tasks that are there, and that are submitted in one turn.
const ROUND: u32 = 400;
const ROUNDS: usize = 40;

/// The indexes before people had lists to look at.
const BEFORE: [&str; 3] = [
    "drop index task_failed",
    "drop index task_children",
    "create index task_children on task (parent_task_id) where parent_task_id is not null",
];

async fn submit(store: &Store) -> Duration {
    let began = Instant::now();
    let mut tasks: Vec<_> = (0..ROUND).map(|_| new_task(owner(0))).collect();
    for task in &mut tasks {
        task.input = format!("\"{}\"", "x".repeat(300));
    }
    let at = UnixMillis(1);
    let all = tasks.iter().map(|task| store.submit(task, u32::MAX, at));
    for submitted in futures_util::future::join_all(all).await {
        submitted.unwrap();
    }
    began.elapsed()
}

async fn as_before(db: &Database) {
    for change in BEFORE {
        let changed =
            db.write(move |mut conn| Box::pin(async move { conn.query(change).run().await }));
        changed.await.unwrap();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2] / ROUND
}

#[actix_web::test]
#[ignore = "measures"]
async fn submits_cost_what_they_did_before_there_were_lists_to_look_at() {
    let (now, before) = (Home::file(), Home::file());
    let old = before.open().await;
    as_before(&old).await;
    let stores = [
        Store::open(old).await.unwrap(),
        Store::open(now.open().await).await.unwrap(),
    ];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (store, times) in stores.iter().zip(&mut times) {
            times.push(submit(store).await);
        }
    }
    let [before, now] = times.map(median);
    println!("a task: {before:?} before, {now:?} now");
}
