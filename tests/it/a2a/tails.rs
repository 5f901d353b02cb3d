//! What watchers of one task share: nobody misses a line, however far behind.

use std::sync::Arc;

use attach_gateway::{
    adapters::{database::Database, store::Store},
    domain::{
        id::{Owner, SessionId},
        task::{Attempt, NewTask},
        time::UnixMillis,
    },
    http::a2a::tail::{Event, Tail, Tails},
};

const NOW: UnixMillis = UnixMillis(1_000_000);

/// A task at work, in a store of its own.
struct Scene {
    store: Store,
    attempt: Attempt,
    version: u64,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("attach.db").into())
            .await
            .unwrap();
        let store = Store::open(database).await.unwrap();
        let owner = Owner::new("https://issuer.example", "ada");
        let session = SessionId("session".into());
        let task = NewTask::new(owner, session, "coder".to_owned(), "{}".to_owned());
        store.submit(&task, 8, NOW).await.unwrap();
        let lease = NOW.plus(60_000);
        let claimed = store.claim(&[8], &[], NOW, lease).await.unwrap();
        Self {
            store,
            attempt: claimed[0].attempt,
            version: 1,
            _folder: folder,
        }
    }

    async fn write(&mut self, count: usize) {
        let update = r#"{"artifact":{"artifactId":"a","parts":[{"text":"x"}]},"append":true}"#;
        let lines = (0..count).map(|_| self.store.artifact(self.attempt, update.to_owned(), NOW));
        for written in futures_util::future::join_all(lines).await {
            written.unwrap();
        }
        self.version += 1;
    }

    /// Everything after `after`, as a watcher reads it.
    async fn read(&self, tail: &Tail, mut after: i64) -> Vec<i64> {
        let mut seen = Vec::new();
        loop {
            let more = tail.after(&self.store, after, self.version).await.unwrap();
            let Some(last) = more.last() else { return seen };
            after = last.seq;
            seen.extend(more.iter().map(|event: &Arc<Event>| event.seq));
        }
    }
}

#[actix_web::test]
async fn one_who_resumes_far_back_gets_every_line() {
    let mut scene = Scene::new().await;
    scene.write(1200).await;
    let tail = Tails::default().of(scene.attempt.task, "context");
    assert_eq!(scene.read(&tail, 0).await, (1..=1202).collect::<Vec<_>>());
}

#[actix_web::test]
async fn one_who_stalls_while_others_read_on_gets_every_line() {
    let mut scene = Scene::new().await;
    let tail = Tails::default().of(scene.attempt.task, "context");
    let mut quick = scene.read(&tail, 0).await;
    let stalled = quick.len() as i64;
    for _ in 0..4 {
        scene.write(300).await;
        let last = *quick.last().unwrap();
        quick.extend(scene.read(&tail, last).await);
    }
    let all: Vec<i64> = (1..=1202).collect();
    assert_eq!(quick, all);
    assert_eq!(scene.read(&tail, stalled).await, all[stalled as usize..]);
}

#[actix_web::test]
async fn what_was_read_for_one_is_read_for_all_until_something_changes() {
    let mut scene = Scene::new().await;
    scene.write(3).await;
    let tail = Tails::default().of(scene.attempt.task, "context");
    let before = scene.read(&tail, 0).await;
    scene.write(1).await;
    scene.version -= 1;
    assert_eq!(
        scene.read(&tail, 0).await,
        before,
        "nobody said that there is more"
    );
    scene.version += 1;
    assert_eq!(scene.read(&tail, 0).await.len(), before.len() + 1);
}
