//! A database of an earlier version: what it remembers is there after the move.

use std::{fs, path::Path};

use attach_gateway::{
    adapters::{
        database::Database,
        memory::{Memory, MemoryFilter},
    },
    domain::{id::Owner, memory::query::Query},
};
use sqlx::{ConnectOptions, Connection, migrate::Migrator, sqlite::SqliteConnectOptions};

/// Two people's events, and a document under a key.
const EVENTS: &str = r#"
    insert into memory_event (event_id, at, event, issuer, user_id, session_id, text, body,
                              idempotency_key)
    values ('01a21009-0000-7000-8000-000000000001', 1, 'prompt', 'i', 'ada', 's', 'the first', '{}', null),
           ('01a21009-0000-7000-8000-000000000002', 2, 'prompt', 'i', 'bob', 's', 'his', '{}', null),
           ('01a21009-0000-7000-8000-000000000003', 3, 'document', 'i', 'ada', 's', 'the second',
            '{"agent":"planner"}', 'once')"#;

/// A database as it was before the sixth step.
async fn before(file: &Path, folder: &Path) {
    fs::create_dir(folder).unwrap();
    for step in fs::read_dir("migrations/sqlite").unwrap() {
        let step = step.unwrap();
        if step.file_name().to_str().unwrap() < "0006" {
            fs::copy(step.path(), folder.join(step.file_name())).unwrap();
        }
    }
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    let mut old = options.connect().await.unwrap();
    let steps = Migrator::new(folder).await.unwrap();
    steps.run(&mut old).await.unwrap();
    sqlx::query(EVENTS).execute(&mut old).await.unwrap();
    old.close().await.unwrap();
}

#[actix_web::test]
async fn what_was_remembered_before_is_read_and_found_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("attach.db");
    before(&file, &folder.path().join("steps")).await;
    let memory = Memory::Rows(Database::open(&file.into()).await.unwrap());
    let ada = Owner::new("i", "ada");
    let filter = MemoryFilter {
        limit: 10,
        ..MemoryFilter::default()
    };
    let page = memory.recent(&ada, &filter).await.unwrap();
    let texts: Vec<_> = page
        .events
        .iter()
        .map(|event| &event.fields["text"])
        .collect();
    assert_eq!(texts, ["the second", "the first"]);
    assert_eq!(page.events[0].fields["agent"], "planner");
    let query = Query::parse("second his").unwrap();
    let found = memory.search(&ada, &query, 10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(memory.erase_all(&ada).await.unwrap(), 2);
    let bob = Owner::new("i", "bob");
    assert_eq!(memory.recent(&bob, &filter).await.unwrap().events.len(), 1);
}
