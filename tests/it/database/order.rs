//! Numbers in the order of commits.

use attach_gateway::adapters::{
    database::{Database, order::Order},
    usage::UsageTable,
};
use sqlx::{Connection, PgConnection};

use crate::{openmeter::record, support::database::Home};

const INSERT: &str = "
    insert into usage_record (usage_id, at, issuer, user_id, session_id, project, model, engine,
                              tokens_in, tokens_out, source_in, source_out, outcome, status,
                              first_byte_ms, duration_ms)
    values ('slow', 1, 'i', 'u', 's', 'p', 'm', 'e', 1, 1, 'engine', 'engine', 'finished', 200, 1, 1)
    returning usage_no";

async fn last(db: &Database) -> i64 {
    db.query("select max(usage_no) from usage_record")
        .scalar()
        .await
        .unwrap()
}

#[actix_web::test]
async fn a_number_is_settled_only_when_no_lower_one_can_come() {
    let Some(home) = Home::server().await else {
        return;
    };
    let db = home.open().await;
    let table = UsageTable::new(db.clone());
    table.write(&[record("m", 1, 1)]).await.unwrap();
    assert_eq!(Order::Usage.settled(&db).await.unwrap(), last(&db).await);
    // One takes a number and does not come to an end; another one passes it.
    let mut slow = PgConnection::connect(&home.url).await.unwrap();
    let mut slow = slow.begin().await.unwrap();
    let number: i64 = sqlx::query_scalar(INSERT)
        .fetch_one(&mut *slow)
        .await
        .unwrap();
    table.write(&[record("m", 1, 1)]).await.unwrap();
    assert!(last(&db).await > number);
    let refused = Order::Usage.settled(&db).await.unwrap_err();
    assert!(refused.is_locked(), "{refused}");
    let others = Order::Memory.settled(&db).await;
    assert_eq!(others.unwrap(), 0, "other tables are not held up");
    table.write(&[record("m", 1, 1)]).await.unwrap();
    slow.commit().await.unwrap();
    assert_eq!(Order::Usage.settled(&db).await.unwrap(), last(&db).await);
}

#[actix_web::test]
async fn whoever_reads_on_misses_nothing_that_many_write_at_once() {
    let Some(home) = Home::server().await else {
        return;
    };
    let db = home.open().await;
    let writers = (0..6).map(|_| {
        let table = UsageTable::new(db.clone());
        tokio::spawn(async move {
            for _ in 0..40 {
                let records = [record("m", 1, 1), record("m", 1, 1), record("m", 1, 1)];
                table.write(&records).await.unwrap();
            }
        })
    });
    let writers = tokio::spawn(futures_util::future::join_all(writers.collect::<Vec<_>>()));
    let (mut seen, mut read) = (0, 0);
    while read < 6 * 40 * 3 {
        let is_over = writers.is_finished();
        let to = Order::Usage.settled(&db).await.unwrap();
        let some =
            db.query("select count(*) from usage_record where usage_no > $1 and usage_no <= $2");
        read += some.bind(seen).bind(to).scalar::<i64>().await.unwrap();
        seen = to;
        assert!(!is_over || read == 6 * 40 * 3, "{read} were seen");
    }
}
