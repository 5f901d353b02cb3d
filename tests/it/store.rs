//! The task rows in every database, under everything that can happen to them.

mod check;
mod costs;
mod dialogue;
mod erasing;
mod handed;
mod lists;
mod many;
mod model;
mod named;
mod steps;
mod trees;
mod world;

use std::time::{Duration, Instant};

use attach_gateway::{
    adapters::store::{Finish, StoreError},
    domain::{id::TaskId, task::TaskState, time::UnixMillis},
};

use crate::support::{
    database::{self, Home, any},
    eventually,
};
use world::{World, new_task, owner};

const STEPS: usize = 400;

/// Some steps of a world that is made by `seed`, printed when it fails.
async fn simulate(home: Home, seed: u64) {
    let mut world = World::new(home, seed).await;
    for _ in 0..STEPS {
        world.step().await;
    }
    world.reopen().await;
    world.check_all().await;
}

#[actix_web::test]
async fn rows_and_history_stay_true_whatever_happens() {
    let asked = std::env::var("SIM_SEED").ok();
    let any_one = uuid::Uuid::new_v4().as_u64_pair().0;
    let seeds: Vec<u64> = match asked {
        Some(seed) => vec![seed.parse().unwrap()],
        // A server takes its time.
        None if database::server().is_some() => vec![1, 2, any_one],
        None => (1..=6).chain([any_one]).collect(),
    };
    for seed in seeds {
        any(async |home| simulate(home, seed).await).await;
    }
}

fn done() -> Finish {
    Finish::new(TaskState::Completed, "{}".to_owned(), None)
}

#[actix_web::test]
async fn of_many_who_end_one_attempt_one_is_heard() {
    any(async |home| {
        let mut world = World::new(home, 0).await;
        world.submit_one().await;
        let now = UnixMillis(1_000_000);
        let claimed = world
            .store
            .claim(&[1], &[], now, now.plus(1000))
            .await
            .unwrap();
        let attempt = claimed[0].attempt;
        let end = done();
        let ends = (0..20).map(|_| world.store.finish(attempt, &end, now));
        let ends = futures_util::future::join_all(ends).await;
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
        let fenced = ends
            .iter()
            .filter(|end| matches!(end, Err(StoreError::Fenced(a)) if *a == attempt));
        assert_eq!(fenced.count(), 19);
    })
    .await;
}

#[actix_web::test]
async fn of_many_who_claim_each_task_goes_to_one() {
    any(async |home| {
        let mut world = World::new(home, 0).await;
        for _ in 0..10 {
            world.submit_one().await;
        }
        let now = UnixMillis(1_000_000);
        let claims = (0..20).map(|_| world.store.claim(&[3], &[], now, now.plus(1000)));
        let claims = futures_util::future::join_all(claims).await;
        let claimed = claims.into_iter().flat_map(Result::unwrap);
        let mut tasks: Vec<_> = claimed.map(|c| c.attempt.task).collect();
        assert_eq!(tasks.len(), 10);
        tasks.sort();
        tasks.dedup();
        assert_eq!(tasks.len(), 10, "a task was claimed twice");
    })
    .await;
}

#[actix_web::test]
async fn a_renewal_learns_of_attempts_that_are_no_longer_its_own() {
    any(async |home| {
        let mut world = World::new(home, 0).await;
        for _ in 0..4 {
            world.submit_one().await;
        }
        let now = UnixMillis(1_000_000);
        let claimed = world
            .store
            .claim(&[9], &[], now, now.plus(1000))
            .await
            .unwrap();
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
        let again = world
            .store
            .claim(&[9], &[], lease, lease.plus(1))
            .await
            .unwrap();
        assert_eq!(again.len(), 1, "the lease that was not renewed");
        assert_eq!(again[0].attempt.task, overtaken.task);
        let lost = world.store.renew(attempts.clone(), lease.plus(1000)).await;
        assert_eq!(lost.unwrap(), [canceled, overtaken]);
    })
    .await;
}

#[actix_web::test]
async fn what_runs_in_this_process_is_not_taken_from_it_though_its_lease_has_run_out() {
    any(async |home| {
        let mut world = World::new(home, 0).await;
        for _ in 0..2 {
            world.submit_one().await;
        }
        let now = UnixMillis(1_000_000);
        let lease = now.plus(1000);
        let claimed = world.store.claim(&[9], &[], now, lease).await.unwrap();
        let [running, dead] = [claimed[0].attempt, claimed[1].attempt];
        // The machine slept for longer than the lease.
        let (awake, next) = (now.plus(60_000), now.plus(61_000));
        let again = world.store.claim(&[9], &[running], awake, next).await;
        let again: Vec<_> = again.unwrap().iter().map(|c| c.attempt.task).collect();
        assert_eq!(again, [dead.task], "nobody runs this one");
        let early = world.store.claim(&[9], &[], awake.plus(999), next).await;
        assert!(early.unwrap().is_empty(), "its lease was renewed");
        world.store.finish(running, &done(), awake).await.unwrap();
    })
    .await;
}

#[actix_web::test]
async fn a_task_deeper_than_is_now_allowed_still_runs_in_the_last_places() {
    any(async |home| {
        let world = World::new(home, 0).await;
        let now = UnixMillis(1_000_000);
        let mut parent: Option<TaskId> = None;
        for depth in 0..4 {
            let mut task = new_task(owner(0));
            (task.parent, task.depth) = (parent, depth);
            world.store.submit(&task, 10, now).await.unwrap();
            parent = Some(task.id);
        }
        let mut depths = Vec::new();
        for places in [[0, 2], [1, 2]] {
            let claimed = world.store.claim(&places, &[], now, now.plus(1000)).await;
            depths.push(claimed.unwrap().iter().map(|c| c.depth).collect::<Vec<_>>());
        }
        assert_eq!(depths, [vec![3, 2], vec![1, 0]]);
    })
    .await;
}

#[actix_web::test]
async fn an_end_that_breaks_a_rule_of_its_table_is_refused_for_good() {
    any(async |home| {
        let mut world = World::new(home, 0).await;
        world.submit_one().await;
        let now = UnixMillis(1_000_000);
        let claimed = world.store.claim(&[1], &[], now, now.plus(1000)).await;
        let attempt = claimed.unwrap()[0].attempt;
        let mut end = done();
        end.output = "no JSON".to_owned();
        let refused = world.store.finish(attempt, &end, now).await.unwrap_err();
        assert!(refused.is_permanent(), "{refused}");
        world.store.finish(attempt, &done(), now).await.unwrap();
        let fenced = world.store.finish(attempt, &done(), now).await.unwrap_err();
        assert!(!fenced.is_permanent(), "{fenced}");
    })
    .await;
}

#[actix_web::test]
async fn a_probe_writes_a_row_but_not_at_each_poll() {
    any(async |home| {
        let world = World::new(home, 0).await;
        let started = Instant::now();
        let mut written = Vec::new();
        for _ in 0..2 {
            world.store.probe().await.unwrap();
            written.push(world.probed().await);
        }
        assert!(written[0] > 0);
        let stands = started.elapsed() < Duration::from_secs(1);
        assert!(!stands || written[0] == written[1], "{written:?}");
        eventually("the next probe writes again", async || {
            world.store.probe().await.unwrap();
            (world.probed().await > written[1]).then_some(())
        })
        .await;
    })
    .await;
}

#[actix_web::test]
async fn a_store_that_is_closed_says_so_when_probed() {
    any(async |home| {
        let world = World::new(home, 0).await;
        world.close().await;
        let closed = world.store.probe().await.unwrap_err();
        assert!(!closed.is_permanent(), "{closed}");
    })
    .await;
}
