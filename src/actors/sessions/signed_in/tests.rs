use proptest::prelude::*;

use super::*;
use crate::{
    adapters::{
        database::Database,
        secret::{hex, random},
    },
    domain::{
        browser::IDLE_MS,
        id::{Owner, SessionId},
        identity::Scopes,
    },
};

const NOW: UnixMillis = UnixMillis(1_000_000_000);
const MINUTE_MS: i64 = 60_000;

async fn table(folder: &tempfile::TempDir) -> BrowserTable {
    let db = Database::open(&folder.path().join("attach.db").into()).await;
    BrowserTable::new(db.unwrap())
}

async fn signed_in(browsers: &SignedIn, name: &str) -> String {
    let secret = hex(&random::<32>().unwrap());
    let (owner, id) = (Owner::new("i", name), SessionId(name.into()));
    let session = BrowserSession::begin(owner, Scopes::DEFAULT, name.into(), id, NOW);
    browsers.open(&secret, session).await.unwrap();
    secret
}

async fn user(browsers: &SignedIn, secret: &str, now: UnixMillis) -> Option<String> {
    let found = browsers.find(secret, now).await.unwrap();
    found.map(|session| session.owner.user.to_string())
}

#[tokio::test]
async fn a_session_ends_when_idle_and_lives_while_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let browsers = SignedIn::new(table(&folder).await, NOW);
    let (used, idle) = (
        signed_in(&browsers, "ada").await,
        signed_in(&browsers, "eve").await,
    );
    let mut now = NOW;
    for _ in 0..20 {
        now = now.plus(20 * MINUTE_MS);
        assert_eq!(user(&browsers, &used, now).await.as_deref(), Some("ada"));
    }
    assert_eq!(user(&browsers, &idle, NOW.plus(IDLE_MS)).await, None);
    assert_eq!(user(&browsers, &idle, NOW).await, None, "over is over");
}

#[tokio::test]
async fn a_session_ends_after_eight_hours_however_much_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let browsers = SignedIn::new(table(&folder).await, NOW);
    let secret = signed_in(&browsers, "ada").await;
    for minute in 0..480 {
        let now = NOW.plus(minute * MINUTE_MS);
        assert!(user(&browsers, &secret, now).await.is_some(), "{minute}");
    }
    let end = NOW.plus(480 * MINUTE_MS);
    assert_eq!(user(&browsers, &secret, end).await, None);
}

#[tokio::test]
async fn a_session_survives_the_process_with_the_time_it_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&folder).await;
    let first = SignedIn::new(table.clone(), NOW);
    let secret = signed_in(&first, "ada").await;
    let seen = NOW.plus(20 * MINUTE_MS);
    assert!(user(&first, &secret, seen).await.is_some());
    first.tick(seen).await;

    let second = SignedIn::new(table.clone(), seen);
    let late = NOW.plus(IDLE_MS + 1);
    assert_eq!(user(&second, &secret, late).await.as_deref(), Some("ada"));
    let third = SignedIn::new(table, seen);
    let idle = seen.plus(IDLE_MS);
    assert_eq!(user(&third, &secret, idle).await, None);
}

#[tokio::test]
async fn a_session_that_another_gateway_saw_meanwhile_is_not_idle_here() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&folder).await;
    let here = SignedIn::new(table.clone(), NOW);
    let secret = signed_in(&here, "ada").await;
    let elsewhere = SignedIn::new(table, NOW);
    let seen = NOW.plus(20 * MINUTE_MS);
    assert!(user(&elsewhere, &secret, seen).await.is_some());
    elsewhere.tick(seen).await;

    let late = NOW.plus(IDLE_MS + 1);
    assert_eq!(user(&here, &secret, late).await.as_deref(), Some("ada"));
    let idle = late.plus(IDLE_MS);
    assert_eq!(user(&here, &secret, idle).await, None);
    assert_eq!(user(&here, &secret, late).await, None, "over is over");
}

#[tokio::test]
async fn a_row_is_written_only_when_it_lags() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&folder).await;
    let browsers = SignedIn::new(table.clone(), NOW);
    let secret = signed_in(&browsers, "ada").await;
    for (seen, written) in [
        (LAG_MS, 0),
        (LAG_MS + 1, LAG_MS + 1),
        (LAG_MS + 9, LAG_MS + 1),
    ] {
        assert!(user(&browsers, &secret, NOW.plus(seen)).await.is_some());
        browsers.tick(NOW.plus(seen)).await;
        let row = table.find(&sha256(secret.as_bytes())).await.unwrap();
        assert_eq!(row.unwrap().seen_at, NOW.plus(written));
    }
}

#[tokio::test]
async fn what_is_ended_here_or_elsewhere_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&folder).await;
    let browsers = SignedIn::new(table.clone(), NOW);
    let here = signed_in(&browsers, "ada").await;
    let elsewhere = signed_in(&browsers, "eve").await;
    browsers.end(&here, NOW).await.unwrap();
    assert_eq!(user(&browsers, &here, NOW).await, None);
    table.end_named("eve", NOW).await.unwrap();
    assert!(user(&browsers, &elsewhere, NOW).await.is_some());
    browsers.tick(NOW).await;
    assert_eq!(user(&browsers, &elsewhere, NOW).await, None);
}

#[tokio::test]
async fn what_its_owner_ends_is_over_at_once_though_nothing_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&folder.path().join("attach.db").into()).await;
    let db = db.unwrap();
    let browsers = SignedIn::new(BrowserTable::new(db.clone()), NOW);
    let secret = signed_in(&browsers, "ada").await;
    db.file().unwrap().readers.close().await;
    let (id, owner) = (SessionId("ada".into()), Owner::new("i", "ada"));
    let ended = browsers.end_own(&id, &owner, NOW).await.unwrap();
    assert_eq!(ended, Ended::Now);
    assert_eq!(user(&browsers, &secret, NOW).await, None);
    let again = browsers.end_own(&id, &owner, NOW).await.unwrap();
    assert_eq!(again, Ended::Before);
}

#[tokio::test]
async fn made_up_cookies_fill_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let browsers = SignedIn::new(table(&folder).await, NOW);
    for text in ["", "a", &"g".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
        assert_eq!(user(&browsers, text, NOW).await, None);
    }
    assert!(browsers.0.unknown.is_empty(), "not even looked up");
    for n in 0..100 {
        assert_eq!(user(&browsers, &format!("{n:064x}"), NOW).await, None);
    }
    assert!(browsers.0.known.is_empty());
    assert_eq!(browsers.0.unknown.len(), 100);
    assert!(browsers.0.unknown.capacity() <= 2 * UNKNOWN as u64);
}

proptest! {
    #[test]
    fn only_what_we_make_is_a_secret(bytes: [u8; 32], text in ".{0,70}") {
        prop_assert!(is_secret(&hex(&bytes)));
        let lower = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        prop_assert_eq!(is_secret(&text), text.len() == 64 && text.chars().all(lower));
    }
}

#[tokio::test]
async fn a_cookie_that_waits_too_long_for_its_look_up_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&folder).await;
    let secret = signed_in(&SignedIn::new(table.clone(), NOW), "ada").await;
    let browsers = SignedIn::new(table, NOW);
    let others = browsers.0.lookups.acquire_many(2).await.unwrap();
    tokio::time::pause();
    let found = browsers.find(&secret, NOW).await;
    assert!(matches!(found, Err(sqlx::Error::PoolTimedOut)), "{found:?}");
    tokio::time::resume();
    drop(others);
    assert_eq!(user(&browsers, &secret, NOW).await.as_deref(), Some("ada"));
}
