//! From a file to a server.

use std::path::Path;

use attach_gateway::{
    adapters::{
        database::{Database, sqlite::FileLock},
        identity::{
            install_crypto,
            signing::{SigningKey, shared},
        },
        moving::{LEFT, Move, MoveError, TABLES, is_under_way},
        secret::Secret,
    },
    config::{Place, Server},
};

use crate::support::database::Home;

const TASK: &str = "
    insert into task (task_id, issuer, user_id, session_id, context_id, parent_task_id, depth,
                      scopes, target, input, state, due_at, created_at, updated_at)
    values ($1, 'i', 'ada', 's', 'c', $2, $3, 'chat:run', 'chat', $4, 'submitted', 1, 1, $5)";

const USAGE: &str = "
    insert into usage_record (usage_id, at, issuer, user_id, session_id, project, model, engine,
                              tokens_in, tokens_out, source_in, source_out, outcome, status,
                              first_byte_ms, duration_ms)
    values ($1, 1, 'i', 'ada', 's', 'p', 'm', 'e', 3, 4, 'engine', 'engine', 'finished', 200, 1, 2)";

/// Text that is awkward on the way.
const INPUT: &str = r#"{"messages":[{"role":"user","content":"\\N \t\u0000 é\n\\."}]}"#;

async fn write(db: &Database, sql: &'static str, values: &[&str]) {
    let values: Vec<_> = values.iter().map(|&value| value.to_owned()).collect();
    let written = db.write(move |mut conn| {
        let values = values.clone();
        Box::pin(async move {
            let mut query = conn.query(sql);
            for value in values {
                query = match value.parse::<i64>() {
                    Ok(number) => query.bind(number),
                    Err(_) if value.is_empty() => query.bind(None::<&str>),
                    Err(_) => query.bind(value),
                };
            }
            query.run().await
        })
    });
    written.await.unwrap();
}

/// A file in which a child was made before its parent, as a clock that was set back
/// makes them.
async fn filled(path: &Path) {
    let db = Database::open(&path.to_owned().into()).await.unwrap();
    write(&db, TASK, &["b", "", "0", INPUT, "7"]).await;
    write(&db, TASK, &["a", "b", "1", INPUT, "8"]).await;
    for id in ["u1", "u2", "u3"] {
        write(&db, USAGE, &[id]).await;
    }
    write(&db, "delete from usage_record where usage_id = $1", &["u3"]).await;
    write(&db, "insert into used_token values ($1, 9)", &["a\0b"]).await;
    db.close().await;
}

fn server(home: &Home) -> Server {
    match home.place() {
        Place::Postgres(server) => *server,
        Place::Sqlite(path) => panic!("{path:?} is no server"),
    }
}

/// Moves everything, unless `until` is reached before.
async fn moved(file: &Path, server: &Server, until: &'static str) -> Result<(), MoveError> {
    let mut moving = Move::begin(file, server, false).await?;
    let went = tokio::spawn(async move {
        let told = |table, _| assert_ne!(table, until, "as if it was killed here");
        moving.rows(told).await.unwrap();
        let counts = moving.end().await.unwrap();
        assert!(counts.iter().all(|c| c.here == c.there), "{counts:?}");
        moving.close().await;
    });
    assert_eq!(went.await.is_err(), !until.is_empty());
    Ok(())
}

fn why(done: Result<(), MoveError>) -> String {
    done.expect_err("nothing should be moved").to_string()
}

#[actix_web::test]
async fn every_table_of_the_file_is_moved_or_has_a_reason_not_to_be() {
    let home = Home::file();
    let tables = "select name from sqlite_master where type = 'table' order by name";
    let found: Vec<String> = home.open().await.query(tables).scalars().await.unwrap();
    let ours = |name: &&String| !name.starts_with("sqlite_") && !name.starts_with("_sqlx");
    for name in found.iter().filter(ours) {
        // fts5 keeps memory_word in tables of its own.
        let is_known = TABLES.contains(&&**name) || LEFT.iter().any(|left| name.starts_with(left));
        assert!(is_known, "{name} is neither moved nor left");
    }
}

#[actix_web::test]
async fn a_move_that_was_killed_goes_on_and_moves_nothing_twice() {
    let Some(home) = Home::server().await else {
        return;
    };
    let (file, server) = (home.folder().join("attach.db"), server(&home));
    filled(&file).await;
    for until in ["task_event", "used_token"] {
        moved(&file, &server, until).await.unwrap();
        let half = Database::existing(&home.place()).await.unwrap();
        assert!(is_under_way(&half).await.unwrap());
        half.close().await;
    }
    moved(&file, &server, "").await.unwrap();
    moved(&file, &server, "").await.unwrap();

    let there = home.open().await;
    assert!(!is_under_way(&there).await.unwrap());
    let events = "select task_id || seq || kind from task_event order by task_id, seq";
    let events: Vec<String> = there.query(events).scalars().await.unwrap();
    assert_eq!(events, ["a1submitted", "b1submitted", "b2child"]);
    let input: String = there
        .query("select input from task limit 1")
        .scalar()
        .await
        .unwrap();
    assert_eq!(input, INPUT);
    let token: String = there
        .query("select digest from used_token")
        .scalar()
        .await
        .unwrap();
    assert_eq!(token, "a\u{fffd}b");
    write(&there, USAGE, &["u4"]).await;
    let last: i64 = there
        .query("select max(usage_no) from usage_record")
        .scalar()
        .await
        .unwrap();
    assert_eq!(last, 4, "number 3 was given once");
}

#[actix_web::test]
async fn nothing_is_mixed_up() {
    let Some(home) = Home::server().await else {
        return;
    };
    let (file, server) = (home.folder().join("attach.db"), server(&home));
    filled(&file).await;
    let serving = FileLock::take(&file).unwrap();
    assert!(why(moved(&file, &server, "").await).contains("in use by another gateway"));
    drop(serving);
    let serving = home.open().await;
    let one: i64 = serving.query("select 1::bigint").scalar().await.unwrap();
    assert_eq!(one, 1);
    assert!(why(moved(&file, &server, "").await).contains("stop it first"));
    serving.close().await;

    moved(&file, &server, "").await.unwrap();
    let other = home.folder().join("other.db");
    filled(&other).await;
    assert!(why(moved(&other, &server, "").await).contains("came from another file"));

    let there = home.open().await;
    write(&there, USAGE, &["u5"]).await;
    there.close().await;
    assert!(why(moved(&file, &server, "").await).contains("usage_record has 3 rows"));

    let mut anew = Move::begin(&other, &server, true).await.unwrap();
    anew.rows(|_, _| {}).await.unwrap();
    let counts = anew.end().await.unwrap();
    assert!(counts.iter().all(|c| c.here == c.there), "{counts:?}");
    anew.close().await;

    let here = Database::open(&other.clone().into()).await.unwrap();
    write(&here, TASK, &["c", "", "0", INPUT, "99"]).await;
    here.close().await;
    assert!(why(moved(&other, &server, "").await).contains("was used after it was moved"));
}

#[actix_web::test]
async fn the_signing_key_goes_along() {
    let Some(home) = Home::server().await else {
        return;
    };
    install_crypto();
    let (file, server) = (home.folder().join("attach.db"), server(&home));
    filled(&file).await;
    let secret = Secret::open(home.folder(), Some("a secret of thirty-two characters")).unwrap();
    let mut moving = Move::begin(&file, &server, false).await.unwrap();
    assert_eq!(moving.key(home.folder(), &secret).await.unwrap(), None);
    let kept = SigningKey::open(&home.folder().join(SigningKey::FILE)).unwrap();
    let kid = moving.key(home.folder(), &secret).await.unwrap();
    assert_eq!(kid.as_deref(), Some(kept.kid()));
    moving.close().await;
    let there = home.open().await;
    let found = shared::find(&there, &secret).await.unwrap().unwrap();
    assert_eq!(found.kid(), kept.kid());
}
