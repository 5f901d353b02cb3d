use super::*;
use crate::{
    adapters::store::{Finish, Store},
    domain::task::NewTask,
};

const NOW: UnixMillis = UnixMillis(1_000_000);

/// A task that is under way, and what it takes to look at it.
struct Scene {
    db: Database,
    store: Store,
    task: TaskId,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("attach.db").into()).await;
        let db = db.unwrap();
        let store = Store::open(db.clone()).await.unwrap();
        let (owner, session) = (Owner::new("i", "ada"), SessionId("session".into()));
        let new = NewTask::new(owner, session, "coder".to_owned(), "{}".to_owned());
        store.submit(&new, 10, NOW).await.unwrap();
        Self {
            db,
            store,
            task: new.id,
            _folder: folder,
        }
    }

    async fn page(&self, after: i64) -> Option<Page> {
        page(&self.db, self.task, after).await.unwrap()
    }

    async fn details(&self) -> Vec<Option<String>> {
        let page = self.page(0).await.unwrap();
        page.steps.into_iter().map(|step| step.detail).collect()
    }
}

#[tokio::test]
async fn what_an_agent_says_of_its_failure_is_not_told() {
    let scene = Scene::new().await;
    let wanted = [scene.task];
    let taken = scene.store.claim_named(&wanted, NOW, NOW.plus(1000)).await;
    let attempt = taken.unwrap()[0].attempt;
    let said = "ada's heron is not well".to_owned();
    let end = Finish::new(TaskState::Failed, "{}".to_owned(), Some(said));
    scene.store.finish(attempt, &end, NOW).await.unwrap();
    let page = scene.page(0).await.unwrap();
    let last = page.steps.last().unwrap();
    assert_eq!(
        (&*last.kind, last.state, &last.detail),
        ("failed", "failed", &None)
    );
    assert!(page.is_over && !page.is_full);
    assert!(scene.details().await.iter().all(Option::is_none));
}

#[tokio::test]
async fn what_the_gateway_says_is_told() {
    let scene = Scene::new().await;
    scene.store.cancel(scene.task, None, NOW).await.unwrap();
    let details = scene.details().await;
    assert_eq!(details.last(), Some(&Some(CANCELED.to_owned())));
}

#[tokio::test]
async fn a_task_is_named_without_what_it_holds_and_an_erased_one_is_none() {
    let scene = Scene::new().await;
    let named = task(&scene.db, scene.task).await.unwrap().unwrap();
    assert_eq!((&*named.target, named.parent), ("coder", None));
    assert_eq!(named.owner, Owner::new("i", "ada"));
    assert_eq!(task(&scene.db, TaskId::fresh()).await.unwrap(), None);
    assert!(
        scene.page(1).await.is_none(),
        "nothing follows the first line"
    );
}

#[test]
fn only_words_that_the_gateway_itself_makes_are_its_own() {
    for own in [
        CANCELED,
        "agent answered 503",
        "the agent did not answer within 30 s",
    ] {
        assert!(is_own(own), "{own}");
    }
    for other in [
        "",
        "agent answered that the heron is ill",
        "the agent did not answer within reason",
        "canceled by its owner, who has a heron",
    ] {
        assert!(!is_own(other), "{other}");
    }
}
