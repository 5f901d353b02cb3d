//! Work that one gateway at a time does.

use attach_gateway::adapters::database::sole::{Part, Sole};
use sqlx::{Connection, PgConnection};

use crate::support::{
    database::{Home, any},
    eventually,
};

/// Ends the sessions that hold locks, as a server does that goes down.
async fn cut_off(home: &Home) {
    let mut conn = PgConnection::connect(&home.url).await.unwrap();
    let cut = "select pg_terminate_backend(l.pid) from pg_locks l
                 join pg_database d on d.oid = l.database
                where l.locktype = 'advisory' and d.datname = current_database()";
    sqlx::query(cut).execute(&mut conn).await.unwrap();
}

#[actix_web::test]
async fn one_gateway_does_it_and_the_next_one_when_that_leaves() {
    any(async |home| {
        let gateways = [home.open().await, home.open().await];
        let [first, second] = gateways.each_ref().map(|db| Sole::new(db, Part::Usage));
        assert!(first.is_mine().await.unwrap());
        assert!(first.is_mine().await.unwrap(), "it stays");
        assert_eq!(second.is_mine().await.unwrap(), !home.is_shared());
        let other = Sole::new(&gateways[1], Part::Memory);
        assert!(other.is_mine().await.unwrap(), "another part is free");
        first.leave().await;
        eventually("the next one has it", async || {
            second.is_mine().await.unwrap().then_some(())
        })
        .await;
        assert_eq!(first.is_mine().await.unwrap(), !home.is_shared());
    })
    .await;
}

#[actix_web::test]
async fn who_loses_the_connection_learns_that_another_does_it_now() {
    let Some(home) = Home::server().await else {
        return;
    };
    let gateways = [home.open().await, home.open().await];
    let [first, second] = gateways.each_ref().map(|db| Sole::new(db, Part::Aging));
    assert!(first.is_mine().await.unwrap());
    cut_off(&home).await;
    eventually("the next one has it", async || {
        second.is_mine().await.unwrap().then_some(())
    })
    .await;
    assert!(!first.is_mine().await.unwrap());
    // It dies without a word.
    drop(second);
    eventually("the first has it again", async || {
        first.is_mine().await.unwrap().then_some(())
    })
    .await;
}

#[actix_web::test]
async fn those_who_ask_at_once_are_not_granted_it_twice() {
    let Some(home) = Home::server().await else {
        return;
    };
    let mut asked = Vec::new();
    for _ in 0..4 {
        let sole = Sole::new(&home.open().await, Part::Traces);
        asked.extend((0..4).map(|_| {
            let sole = sole.clone();
            tokio::spawn(async move { (sole.is_mine().await.unwrap(), sole) })
        }));
    }
    let granted = futures_util::future::join_all(asked).await;
    let granted = granted.iter().filter(|one| one.as_ref().unwrap().0);
    assert_eq!(granted.count(), 4, "all clones of one, and no others");
}
