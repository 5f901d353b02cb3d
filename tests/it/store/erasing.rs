//! A person's tasks are erased while gateways purge. Where no server is named there
//! is nothing to run.

use attach_gateway::{
    adapters::store::{Finish, Store},
    domain::{task::TaskState, time::UnixMillis},
};

use super::world::{new_task, owner};
use crate::support::{database::Home, eventually};

/// More than are erased at once.
const TASKS: u64 = 27;

/// A task of the person that has ended.
async fn ended(store: &Store) {
    let now = UnixMillis::now();
    store.submit(&new_task(owner(0)), 1000, now).await.unwrap();
    let claimed = store.claim(&[1], &[], now, now.plus(60_000)).await.unwrap();
    let done = Finish::new(TaskState::Completed, "{}".to_owned(), None);
    let attempt = claimed[0].attempt;
    store.finish(attempt, &done, now).await.unwrap();
}

#[actix_web::test]
async fn what_another_gateway_is_about_to_forget_hides_nothing_from_who_erases() {
    let Some(home) = Home::server().await else {
        return;
    };
    let db = home.open().await;
    let store = Store::open(db.clone()).await.unwrap();
    for _ in 0..TASKS {
        ended(&store).await;
    }
    let pool = sqlx::PgPool::connect(&home.url).await.unwrap();
    let mut purge = pool.begin().await.unwrap();
    let some = "delete from task where task_id in (select task_id from task limit 20)";
    sqlx::query(some).execute(&mut *purge).await.unwrap();
    let erasing = {
        let store = store.clone();
        tokio::spawn(async move {
            let mut erased = 0;
            loop {
                match store.erase(&owner(0)).await.unwrap() {
                    0 => return erased,
                    some => erased += some,
                }
            }
        })
    };
    let left = async || -> i64 {
        let left = sqlx::query_scalar("select count(*) from task");
        left.fetch_one(&pool).await.unwrap()
    };
    eventually("what nobody holds is erased", async || {
        (left().await == 20).then_some(())
    })
    .await;
    assert!(!erasing.is_finished(), "the purge may yet fail");
    purge.rollback().await.unwrap();
    assert_eq!(erasing.await.unwrap(), TASKS, "and then they are its own");
    assert_eq!(left().await, 0);
    db.close().await;
}
