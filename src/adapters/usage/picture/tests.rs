use super::*;
use crate::{
    adapters::database::Database,
    domain::{
        id::SessionId,
        usage::{Source, UsageRecord},
    },
};

/// Records of 20 people, one each millisecond, that take as long as they are late.
fn records(from: i64, count: i64) -> Vec<UsageRecord> {
    let record = |at: i64| UsageRecord {
        id: uuid::Uuid::now_v7(),
        at: UnixMillis(at),
        owner: Owner::new("i", format!("user {}", at % 20)),
        session: SessionId("s".into()),
        task: None,
        project: "default".to_owned(),
        model_asked: None,
        model: format!("m{}", at % 3),
        engine: "e".to_owned(),
        tokens_in: 2,
        tokens_out: 1,
        source_in: Source::Engine,
        source_out: Source::Engine,
        outcome: "finished",
        status: 200,
        first_byte_ms: 1,
        duration_ms: at.unsigned_abs(),
    };
    (from..from + count).map(record).collect()
}

async fn table(folder: &tempfile::TempDir, count: i64) -> UsageTable {
    let db = Database::open(&folder.path().join("attach.db").into()).await;
    let table = UsageTable::new(db.unwrap());
    table.write(&records(0, count)).await.unwrap();
    table
}

fn frame(owner: Option<&str>, (since, until): (i64, i64)) -> Frame {
    Frame {
        owner: owner.map(|user| Owner::new("i", user)),
        since: UnixMillis(since),
        until: UnixMillis(until),
        step_ms: 1000,
    }
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

#[tokio::test]
async fn pieces_add_up_to_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&folder, 45_000).await;
    let all = table
        .drawn(&frame(None, (10, 44_990)), far())
        .await
        .unwrap();
    let calls: i64 = all.models.iter().map(|(_, sum)| sum.calls).sum();
    assert_eq!((calls, all.counted_since), (44_980, UnixMillis(10)));
    assert_eq!(all.steps.len(), 45 * 3, "a step in two pieces is one");
    let took: Vec<_> = all.slowest.iter().map(|call| call.duration_ms).collect();
    assert_eq!(took, (44_980..44_990).rev().collect::<Vec<_>>());

    let own = frame(Some("user 7"), (0, 45_000));
    let own = table.drawn(&own, far()).await.unwrap();
    let calls: i64 = own.models.iter().map(|(_, sum)| sum.calls).sum();
    assert_eq!(calls, 45_000 / 20);
    assert!(own.slowest.iter().all(|call| call.at % 20 == 7));
    let nobody = frame(Some("nobody"), (0, 45_000));
    let nobody = table.drawn(&nobody, far()).await.unwrap();
    assert!(nobody.models.is_empty() && nobody.slowest.is_empty());
}

#[tokio::test]
async fn what_is_more_than_can_be_read_in_time_is_the_newest_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&folder, 45_000).await;
    let cut = table.drawn(&frame(None, (0, 45_000)), Instant::now()).await;
    let cut = cut.unwrap();
    let since = cut.counted_since.0;
    assert!((20_000..30_000).contains(&since), "{since}");
    let calls: i64 = cut.models.iter().map(|(_, sum)| sum.calls).sum();
    assert_eq!(calls, 45_000 - since);
}

#[tokio::test]
async fn a_second_picture_of_one_person_waits_for_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&folder, 10).await;
    let (ada, frame) = (Owner::new("i", "ada"), frame(None, (0, 10)));
    let turn = table.turns.take(&ada).await.unwrap();
    let mut second = Box::pin(table.picture(&frame, &ada));
    assert!(futures_util::poll!(&mut second).is_pending());
    let others = table.picture(&frame, &Owner::new("i", "eve")).await;
    assert_eq!(others.unwrap().slowest.len(), 10);
    drop(turn);
    assert_eq!(second.await.unwrap().slowest.len(), 10);
}
