//! A person's tasks are erased while a gateway purges old ones.

use std::time::Duration;

use attach_gateway::{adapters::store::Store, domain::id::Owner};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::support::database::Home;

const TASK: &str = "
    insert into task (task_id, issuer, user_id, session_id, context_id, depth, scopes, target,
                      input, state, created_at, updated_at)
    values ($1, 'i', 'ada', 's', 'c', 0, 'chat:run', 'chat', '{}', 'completed', 1, 1)";

/// Longer than any of it takes.
const LONG: Duration = Duration::from_secs(20);

#[actix_web::test]
async fn nothing_is_called_erased_that_somebody_else_only_holds() {
    let Some(home) = Home::server().await else {
        return;
    };
    let (db, owner) = (home.open().await, Owner::new("i", "ada"));
    let mut purge = PgConnection::connect(&home.url).await.unwrap();
    for id in ["a", "b"] {
        let made = sqlx::query(TASK).bind(id).execute(&mut purge).await;
        made.unwrap();
    }
    let mut purge = purge.begin().await.unwrap();
    let gone = sqlx::query("delete from task where task_id = 'a'");
    gone.execute(&mut *purge).await.unwrap();

    let store = Store::open(db.clone()).await.unwrap();
    let erased = timeout(LONG, store.erase(&owner)).await;
    assert_eq!(erased.unwrap().unwrap(), 1, "the other one is free");
    let mut rest = Box::pin(store.erase(&owner));
    let early = timeout(Duration::from_millis(500), &mut rest).await;
    assert!(early.is_err(), "{early:?}");
    // It was not purged after all.
    purge.rollback().await.unwrap();
    assert_eq!(timeout(LONG, rest).await.unwrap().unwrap(), 1);
    assert_eq!(store.erase(&owner).await.unwrap(), 0);
    drop(store);
    db.close().await;
}
