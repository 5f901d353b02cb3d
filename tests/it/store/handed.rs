//! Tasks that Temporal is to run, as far as the rows say so: nobody answers for it here.

use std::time::Duration;

use attach_gateway::{
    adapters::{
        database::Database,
        store::{Claimed, Retry, Store},
        temporal::{Backlog, Temporal},
    },
    config::TemporalConfig,
    domain::{id::TaskId, time::UnixMillis},
};

use super::world::{new_task, owner};
use crate::support::database::{Home, any};

const NOW: UnixMillis = UnixMillis(1_000_000);
const LEASE: i64 = 1000;

/// A gateway's part in it.
struct Here {
    database: Database,
    store: Store,
    backlog: Backlog,
}

impl Here {
    async fn on(database: Database) -> Self {
        let store = Store::open(database.clone()).await.unwrap();
        let temporal = Temporal::start(&nowhere()).unwrap();
        let bounds = (Duration::from_secs(60), 2);
        let backlog = Backlog::new(temporal, database.clone(), store.clone(), bounds);
        Self {
            database,
            store,
            backlog,
        }
    }

    async fn submit(&self, target: &str) -> TaskId {
        let mut task = new_task(owner(0));
        task.target = target.to_owned();
        self.store.submit(&task, 1000, NOW).await.unwrap();
        task.id
    }

    async fn taken(&self, now: UnixMillis) -> Vec<TaskId> {
        let taken = self.backlog.take(now).await.unwrap();
        taken.tasks.into_iter().map(|task| task.id).collect()
    }

    async fn claim_due(&self, task: TaskId, now: UnixMillis) -> Option<Claimed> {
        let claimed = self.store.claim_due(&[task], now, now.plus(LEASE)).await;
        claimed.unwrap().pop()
    }

    /// The attempt fails, and is to be followed by another.
    async fn fails(&self, claimed: &Claimed, due: UnixMillis) {
        let retry = Retry {
            due,
            detail: None,
            counted: true,
        };
        let written = self.store.retry(claimed.attempt, &retry, NOW).await;
        written.unwrap();
    }

    async fn due(&self, task: TaskId) -> i64 {
        let row = self.store.waiting_for(task).await.unwrap().unwrap();
        row.due.unwrap().0
    }
}

fn nowhere() -> TemporalConfig {
    TemporalConfig {
        address: "127.0.0.1:1".to_owned(),
        namespace: "default".to_owned(),
        api_key: None,
        tls: None,
        queue: "nobody".to_owned(),
        traces: false,
        ui_url: None,
        timeout: Duration::from_secs(60),
    }
}

async fn here(home: &Home) -> Here {
    Here::on(home.open().await).await
}

#[actix_web::test]
async fn a_task_that_was_put_off_to_the_next_look_is_still_due_for_who_is_asked() {
    any(async |home| {
        let here = here(&home).await;
        let task = here.submit("planner").await;
        assert_eq!(here.taken(NOW).await, [task]);
        assert!(here.taken(NOW).await.is_empty(), "it is put off");
        assert!(here.due(task).await <= NOW.0);
        assert!(here.claim_due(task, NOW).await.is_some());
    })
    .await;
}

#[actix_web::test]
async fn who_is_asked_too_early_leaves_a_task_alone_until_it_is_due() {
    any(async |home| {
        let here = here(&home).await;
        let task = here.submit("planner").await;
        let claimed = here.claim_due(task, NOW).await.unwrap();
        let due = NOW.plus(5000);
        here.fails(&claimed, due).await;
        assert!(here.claim_due(task, due.plus(-1)).await.is_none());
        assert_eq!(here.due(task).await, due.0);
        // The look at it comes first: that must not put it off.
        assert_eq!(here.taken(due).await, [task]);
        assert!(here.claim_due(task, due).await.is_some());
    })
    .await;
}

#[actix_web::test]
async fn a_task_that_was_tried_is_looked_at_again_soon() {
    any(async |home| {
        let here = here(&home).await;
        let task = here.submit("planner").await;
        let claimed = here.claim_due(task, NOW).await.unwrap();
        here.fails(&claimed, NOW).await;
        assert_eq!(here.taken(NOW).await, [task]);
        assert_eq!(here.taken(NOW.plus(1000)).await, [task]);
    })
    .await;
}

#[actix_web::test]
async fn nobody_frees_what_runs_in_the_same_process() {
    any(async |home| {
        let here = here(&home).await;
        let there = Here::on(here.database.clone()).await;
        let task = here.submit("planner").await;
        here.claim_due(task, NOW).await.unwrap();
        let late = NOW.plus(60_000);
        assert_eq!(here.backlog.free(late, late).await.unwrap(), 0);
        assert_eq!(there.backlog.free(late, late).await.unwrap(), 1);
        assert!(there.claim_due(task, late).await.is_some());
    })
    .await;
}

#[actix_web::test]
async fn a_task_for_a_workflow_of_its_own_goes_back_to_who_looks_after_workflows() {
    any(async |home| {
        let here = here(&home).await;
        let there = Here::on(here.database.clone()).await;
        let task = here.submit("temporal://ProcessChat").await;
        let lease = NOW.plus(LEASE);
        let claimed = here.store.claim_named(&[task], NOW, lease).await.unwrap();
        assert_eq!(claimed.len(), 1);
        let late = NOW.plus(60_000);
        assert_eq!(there.backlog.free(late, late).await.unwrap(), 1);
        assert!(there.due(task).await > late.0);
        assert!(there.taken(late).await.is_empty());
        let look = "select due_at from workflow where task_id = $1";
        let look = here.database.query(look).bind(task.to_string());
        let look: i64 = look.scalar().await.unwrap();
        assert_eq!(look, late.0);
    })
    .await;
}

#[actix_web::test]
async fn tasks_of_every_depth_are_taken_at_once_and_the_deepest_as_one() {
    any(async |home| {
        let here = here(&home).await;
        let mut wanted = Vec::new();
        for depth in [0, 1, 2, 3, 9] {
            let mut task = new_task(owner(0));
            task.depth = depth;
            here.store.submit(&task, 1000, NOW).await.unwrap();
            wanted.push(task.id);
        }
        let mut taken = here.taken(NOW).await;
        taken.sort_by_key(TaskId::to_string);
        wanted.sort_by_key(TaskId::to_string);
        assert_eq!(taken, wanted);
        assert!(here.taken(NOW).await.is_empty());
    })
    .await;
}

#[actix_web::test]
async fn of_more_tasks_than_one_round_takes_it_says_that_there_are_more() {
    any(async |home| {
        let here = here(&home).await;
        for _ in 0..130 {
            here.submit("planner").await;
        }
        let first = here.backlog.take(NOW).await.unwrap();
        assert_eq!((first.tasks.len(), first.is_more), (128, true));
        let rest = here.backlog.take(NOW).await.unwrap();
        assert_eq!((rest.tasks.len(), rest.is_more), (2, false));
    })
    .await;
}
