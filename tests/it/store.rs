//! The task rows on real SQLite, under everything that can happen to them.

mod check;
mod model;
mod steps;
mod world;

use attach_gateway::{
    adapters::store::{Finish, StoreError},
    domain::{task::TaskState, time::UnixMillis},
};
use world::World;

const STEPS: usize = 400;

/// Some steps of a world that is made by `seed`, printed when it fails.
async fn simulate(seed: u64) {
    let mut world = World::new(seed).await;
    for _ in 0..STEPS {
        world.step().await;
    }
    world.reopen().await;
    world.check_all().await;
}

#[actix_web::test]
async fn rows_and_history_stay_true_whatever_happens() {
    let asked = std::env::var("SIM_SEED").ok();
    let seeds: Vec<u64> = match asked {
        Some(seed) => vec![seed.parse().unwrap()],
        None => (1..=6)
            .chain([uuid::Uuid::new_v4().as_u64_pair().0])
            .collect(),
    };
    for seed in seeds {
        simulate(seed).await;
    }
}

fn done() -> Finish {
    Finish {
        state: TaskState::Completed,
        output: "{}".to_owned(),
        detail: None,
    }
}

#[actix_web::test]
async fn of_many_who_end_one_attempt_one_is_heard() {
    let mut world = World::new(0).await;
    world.submit_one().await;
    let now = UnixMillis(1_000_000);
    let claimed = world.store.claim(&[1], now, now.plus(1000)).await.unwrap();
    let attempt = claimed[0].attempt;
    let end = done();
    let ends = (0..20).map(|_| world.store.finish(attempt, &end, now));
    let ends = futures_util::future::join_all(ends).await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
    let fenced = ends
        .iter()
        .filter(|end| matches!(end, Err(StoreError::Fenced(a)) if *a == attempt));
    assert_eq!(fenced.count(), 19);
}

#[actix_web::test]
async fn of_many_who_claim_each_task_goes_to_one() {
    let mut world = World::new(0).await;
    for _ in 0..10 {
        world.submit_one().await;
    }
    let now = UnixMillis(1_000_000);
    let claims = (0..20).map(|_| world.store.claim(&[3], now, now.plus(1000)));
    let claims = futures_util::future::join_all(claims).await;
    let claimed = claims.into_iter().flat_map(Result::unwrap);
    let mut tasks: Vec<_> = claimed.map(|c| c.attempt.task).collect();
    assert_eq!(tasks.len(), 10);
    tasks.sort();
    tasks.dedup();
    assert_eq!(tasks.len(), 10, "a task was claimed twice");
}

#[actix_web::test]
async fn a_renewal_learns_of_attempts_that_are_no_longer_its_own() {
    let mut world = World::new(0).await;
    for _ in 0..4 {
        world.submit_one().await;
    }
    let now = UnixMillis(1_000_000);
    let claimed = world.store.claim(&[9], now, now.plus(1000)).await.unwrap();
    let attempts: Vec<_> = claimed.iter().map(|c| c.attempt).collect();
    let [running, ended, canceled, overtaken] = attempts[..] else {
        panic!("four are claimed: {attempts:?}")
    };
    world.store.finish(ended, &done(), now).await.unwrap();
    world.store.cancel(canceled.task, None, now).await.unwrap();
    let lease = now.plus(1000);
    world
        .store
        .renew(vec![running], lease.plus(1))
        .await
        .unwrap();
    let again = world.store.claim(&[9], lease, lease.plus(1)).await.unwrap();
    assert_eq!(again.len(), 1, "the lease that was not renewed");
    assert_eq!(again[0].attempt.task, overtaken.task);
    let lost = world.store.renew(attempts.clone(), lease.plus(1000)).await;
    assert_eq!(lost.unwrap(), [canceled, overtaken]);
}
