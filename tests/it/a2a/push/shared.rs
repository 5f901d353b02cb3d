//! Gateways that share a server, and the work of telling webhooks. Where no server is
//! named there is nothing to run.

use attach_gateway::{
    adapters::push::{Busy, Due, Failure, Webhooks},
    domain::{id::TaskId, time::UnixMillis},
};

use super::{
    plain,
    receiver::{answering, got, seqs},
    world::{Beside, PATIENCE, World, hurry},
};
use crate::support::{database::Home, eventually};

const ANYWHERE: &str = "http://127.0.0.1:9/";

#[actix_web::test]
async fn two_gateways_deliver_each_event_once_and_in_order() {
    let Some(home) = Home::server().await else {
        return;
    };
    let receiver = answering(&[200]);
    let world = World::over(home, &[receiver.url()]).await;
    let other = world.beside(&[receiver.url()]).await;
    let couriers = [world.courier(hurry()), other.courier(hurry())];
    let mut tasks = Vec::new();
    for _ in 0..12 {
        let task = world.task(None).await;
        world.tell(task, plain(receiver.url())).await;
        let attempt = world.claim().await;
        world.finish(attempt).await;
        tasks.push(task);
    }
    let all = got(&receiver, 48).await;
    for task in &tasks {
        let name = format!("\"{task}\"");
        let own = all
            .iter()
            .filter(|seen| seen.json().to_string().contains(&name));
        let own: Vec<_> = own.cloned().collect();
        assert_eq!(seqs(&own), [1, 2, 3, 4]);
    }
    for task in tasks {
        world.row_when(task, |row| row.due_at.is_none()).await;
    }
    for courier in couriers {
        courier.drain(PATIENCE).await;
    }
    assert_eq!(receiver.calls().len(), 48);
}

/// Two gateways on one database, and an ended task that somebody wants to be told of.
async fn two_and_a_webhook(home: Home) -> (World, Beside, TaskId) {
    let world = World::over(home, &[ANYWHERE]).await;
    let other = world.beside(&[ANYWHERE]).await;
    let task = world.ended().await;
    world.tell(task, plain(ANYWHERE)).await;
    (world, other, task)
}

#[actix_web::test]
async fn what_a_gateway_delivers_is_its_own_until_it_is_given_back_or_the_lease_ends() {
    let Some(home) = Home::server().await else {
        return;
    };
    let (world, other, _) = two_and_a_webhook(home).await;
    let now = UnixMillis::now().plus(1000);
    let mut mine = taken(&world.webhooks, now, 9).await.remove(0);
    assert!(taken(&other.webhooks, now.plus(29_000), 9).await.is_empty());
    // Each event puts the end of the lease off.
    let later = now.plus(20_000);
    assert!(
        world
            .webhooks
            .passed(&mut mine, 1, false, later)
            .await
            .unwrap()
    );
    assert!(taken(&other.webhooks, now.plus(40_000), 9).await.is_empty());
    world.webhooks.give_back(&[mine]).await.unwrap();
    let theirs = taken(&other.webhooks, later, 9).await.remove(0);
    assert_eq!(theirs.sent_seq, 1, "it goes on where the first one stopped");
    // That one dies.
    let last = taken(&world.webhooks, later.plus(30_000), 9)
        .await
        .remove(0);
    assert_eq!(last.sent_seq, 1);
}

/// Those that are due at `at`, at most `limit`, taken by `webhooks`.
async fn taken(webhooks: &Webhooks, at: UnixMillis, limit: u32) -> Vec<Due> {
    let nobody = Busy::default();
    webhooks.due(at, &nobody, limit).await.unwrap()
}

/// What it is when nothing answers.
fn silent() -> Failure {
    Failure {
        why: "nothing answers".to_owned(),
        after_ms: None,
        is_silent: true,
    }
}

#[actix_web::test]
async fn who_has_lost_the_lease_moves_nothing() {
    let Some(home) = Home::server().await else {
        return;
    };
    let (world, other, task) = two_and_a_webhook(home).await;
    let now = UnixMillis::now().plus(1000);
    let mut late = taken(&world.webhooks, now, 9).await.remove(0);
    let after = now.plus(30_001);
    let mut theirs = taken(&other.webhooks, after, 9).await.remove(0);
    let lease = world.row(task).await.due_at;
    let why = silent();
    let failed = world.webhooks.failed(&late, &why, None, after).await;
    failed.unwrap();
    let passed = world.webhooks.passed(&mut late, 2, false, after).await;
    assert!(!passed.unwrap());
    world.webhooks.give_back(&[late]).await.unwrap();
    let row = world.row(task).await;
    assert_eq!((row.due_at, row.sent_seq, row.failures), (lease, 0, 0));
    assert!(row.dead_at.is_none());
    let passed = other.webhooks.passed(&mut theirs, 1, false, after).await;
    assert!(passed.unwrap(), "who has it goes on");
    let passed = other.webhooks.passed(&mut theirs, 2, false, after).await;
    assert!(passed.unwrap(), "under the lease that was put off");
}

#[actix_web::test]
async fn where_nothing_answers_what_another_gateway_delivers_stays_its_own() {
    let Some(home) = Home::server().await else {
        return;
    };
    let world = World::over(home, &[ANYWHERE]).await;
    let other = world.beside(&[ANYWHERE]).await;
    let mut tasks = Vec::new();
    for _ in 0..3 {
        let task = world.ended().await;
        world.tell(task, plain(ANYWHERE)).await;
        tasks.push(task);
    }
    let now = UnixMillis::now().plus(1000);
    let mine = taken(&world.webhooks, now, 1).await.remove(0);
    let theirs = taken(&other.webhooks, now, 1).await.remove(0);
    let lease = world.row(theirs.key.0).await.due_at;
    let next = now.plus(600_000);
    let why = silent();
    let failed = world.webhooks.failed(&mine, &why, Some(next), now).await;
    failed.unwrap();
    for task in tasks {
        let due_at = world.row(task).await.due_at;
        let wanted = match task == theirs.key.0 {
            true => lease,
            false => Some(next.0),
        };
        assert_eq!(due_at, wanted);
    }
}

#[actix_web::test]
async fn an_event_that_comes_while_the_last_one_is_passed_is_not_missed() {
    let Some(home) = Home::server().await else {
        return;
    };
    let receiver = answering(&[200]);
    let world = World::over(home, &[receiver.url()]).await;
    let other = world.beside(&[receiver.url()]).await;
    let courier = world.courier(hurry());
    let task = world.task(None).await;
    world.tell(task, plain(receiver.url())).await;
    let attempt = world.claim().await;
    let update = r#"{"artifact":{"artifactId":"a","parts":[{"text":"x"}]},"append":true}"#;
    for nth in 0..100 {
        let now = UnixMillis::now();
        let written = other.store.artifact(attempt, update.to_owned(), now).await;
        written.unwrap();
        if nth % 7 == 0 {
            // It has time to come to the end of what there is.
            tokio::task::yield_now().await;
        }
    }
    world.finish(attempt).await;
    eventually("all of it is delivered", async || {
        let row = world.row(task).await;
        (row.sent_seq == 104 && row.due_at.is_none()).then_some(())
    })
    .await;
    assert_eq!(
        seqs(&got(&receiver, 104).await),
        (1..=104).collect::<Vec<_>>()
    );
    courier.drain(PATIENCE).await;
}
