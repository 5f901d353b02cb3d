//! Several gateways that share a database tell one OpenMeter; and what is told is
//! what a file's rows tell.

use attach_gateway::{
    adapters::{
        database::Database,
        usage::{
            UsageTable,
            openmeter::{self, OpenMeter as Told},
            sums::{Column, Sum},
        },
    },
    config::OpenMeterConfig,
    domain::{redact::Redactor, time::UnixMillis},
};
use sqlx::{Connection, PgConnection};

use super::{expected, kept, record};
use crate::support::{
    database::{Home, any},
    openmeter::{Act, KEY, OpenMeter},
};

/// What a gateway over `db` tells with.
fn teller(meter: &OpenMeter, db: &Database) -> Told {
    let config = OpenMeterConfig {
        url: meter.url().parse().unwrap(),
        api_key: KEY.to_owned().into(),
    };
    let table = UsageTable::new(db.clone());
    let redactor = Redactor::new(&[]).unwrap();
    Told::new(&config, &table, "https://issuer.example", redactor).unwrap()
}

/// Tells until nothing more is told; how many.
async fn all(told: &Told) -> usize {
    let mut count = 0;
    loop {
        let reported = told.report(UnixMillis::now()).await.unwrap();
        count += reported.delivered;
        if reported.delivered == 0 && !reported.is_more {
            return count;
        }
    }
}

#[actix_web::test]
async fn rows_are_told_once_summed_up_and_set_aside_in_every_database() {
    any(async |home| {
        let (meter, db) = (OpenMeter::start(), home.open().await);
        let table = UsageTable::new(db.clone());
        table.write(&[record("before", 7, 7)]).await.unwrap();
        let told = teller(&meter, &db);
        assert!(told.begin().await.unwrap());
        assert!(!told.begin().await.unwrap());
        let mut records: Vec<_> = (0..600).map(|n| record("m", n, 2)).collect();
        records.push(record("nul\0", 1, 0));
        records[0].task = Some(attach_gateway::domain::id::TaskId::fresh());
        table.write(&records).await.unwrap();
        table.write(&records).await.unwrap();
        meter.act(Act::Spoil(400, "spoiled"));
        table.write(&[record("spoiled", 1, 1)]).await.unwrap();
        assert_eq!(all(&told).await, 601);
        let kept = kept(&meter);
        assert_eq!(kept.len(), expected(&records).len());
        let audit = openmeter::audit(&db).await.unwrap().unwrap();
        assert!(audit.is_even(), "{audit:?}");
        assert_eq!((audit.told.0, audit.refused, audit.waiting), (601, 1, 0));
        let standing = told.standing().await.unwrap().unwrap();
        assert_eq!((standing.waiting, standing.refused), (0, 1));
        let now = UnixMillis::now();
        assert_eq!(openmeter::settle(&db, None, now).await.unwrap(), 1);
        assert_eq!(openmeter::settle(&db, None, now).await.unwrap(), 0);
    })
    .await;
}

#[actix_web::test]
async fn sums_and_totals_are_the_same_in_every_database() {
    any(async |home| {
        let table = UsageTable::new(home.open().await);
        let mut records = vec![record("a", 1, 2), record("a", 3, 4), record("b", 5, 6)];
        records[0].at = UnixMillis(1_700_000_000_004);
        records[1].tokens_in = u64::MAX;
        records.push(record("none", 0, 0));
        table.write(&records).await.unwrap();
        let always = (UnixMillis(i64::MIN), UnixMillis(i64::MAX));
        let sums = table
            .sums(&[Column::Model, Column::Task], always)
            .await
            .unwrap();
        let of = |model: &str| sums[&vec![model.to_owned(), "-".to_owned()]].clone();
        let sum = |calls, tokens_in, tokens_out| Sum {
            calls,
            tokens_in,
            tokens_out,
        };
        assert_eq!(of("a"), sum(2, i64::MAX, 6));
        assert_eq!((of("b"), of("none")), (sum(1, 5, 6), sum(1, 0, 0)));
        let days = table.sums(&[Column::Day], always).await.unwrap();
        assert_eq!(days[&vec!["2023-11-14".to_owned()]], sum(1, 1, 2));
        let whole = table
            .sums(&[], (UnixMillis(0), UnixMillis(1_700_000_000_005)))
            .await;
        assert_eq!(whole.unwrap()[&vec![]], sum(1, 1, 2));
        let totals = table.totals().await.unwrap();
        let mut totals: Vec<_> = totals.iter().map(|it| (&*it.model, it.tokens_in)).collect();
        totals.sort_unstable();
        assert_eq!(totals, [("a", i64::MAX), ("b", 5)]);
    })
    .await;
}

#[actix_web::test]
async fn one_gateway_tells_and_the_next_one_goes_on_where_it_stopped() {
    let Some(home) = Home::server().await else {
        return;
    };
    let meter = OpenMeter::start();
    let (a, b) = (home.open().await, home.open().await);
    let (first, second) = (teller(&meter, &a), teller(&meter, &b));
    first.begin().await.unwrap();
    assert!(!second.begin().await.unwrap());
    let records: Vec<_> = (0..300).map(|n| record("m", n, 1)).collect();
    UsageTable::new(a.clone())
        .write(&records[..100])
        .await
        .unwrap();
    UsageTable::new(b.clone())
        .write(&records[100..200])
        .await
        .unwrap();
    assert_eq!(all(&first).await, 200, "those of both");
    assert_eq!(all(&second).await, 0);
    UsageTable::new(a).write(&records[200..]).await.unwrap();
    assert_eq!(all(&second).await, 0, "it is the first one's to tell");
    first.leave().await;
    assert_eq!(all(&second).await, 100);
    assert_eq!(all(&first).await, 0);
    assert_eq!(kept(&meter), expected(&records));
    assert_eq!(meter.repeats(), 1);
    let audit = openmeter::audit(&b).await.unwrap().unwrap();
    assert!(audit.is_even(), "{audit:?}");
}

#[actix_web::test]
async fn a_record_that_is_committed_late_is_told_all_the_same() {
    let Some(home) = Home::server().await else {
        return;
    };
    let (meter, db) = (OpenMeter::start(), home.open().await);
    let told = teller(&meter, &db);
    told.begin().await.unwrap();
    let table = UsageTable::new(db.clone());
    let (late, soon) = (record("late", 1, 1), record("soon", 1, 1));
    let mut conn = PgConnection::connect(&home.url).await.unwrap();
    let mut slow = conn.begin().await.unwrap();
    let insert = "insert into usage_record (usage_id, at, issuer, user_id, session_id, project, model, engine,
                              tokens_in, tokens_out, source_in, source_out, outcome, status,
                              first_byte_ms, duration_ms)
                  values ($1, $2, $3, 'ada', 's', 'default', 'late', 'engine', 1, 1, 'engine',
                          'engine', 'finished', 200, 1, 1)";
    let insert = sqlx::query(insert)
        .bind(late.id.to_string())
        .bind(late.at.0);
    let insert = insert.bind(&*late.owner.issuer).execute(&mut *slow);
    insert.await.unwrap();
    table.write(std::slice::from_ref(&soon)).await.unwrap();
    let waits = told.report(UnixMillis::now()).await.unwrap();
    assert_eq!(
        waits.delivered, 0,
        "what is committed later has a lower number"
    );
    slow.commit().await.unwrap();
    assert_eq!(all(&told).await, 2);
    assert_eq!(kept(&meter), expected(&[late, soon]));
}
