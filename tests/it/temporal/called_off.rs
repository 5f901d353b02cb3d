//! Attempts that somebody in Temporal calls off, and tasks whose workflow was ended there:
//! also while their table refuses to hear of it.

use std::{sync::Arc, time::Duration};

use attach_gateway::{
    actors::{
        ends::Ends, hired::Hired, mirror::Mirror, supervisor::Supervisor, task::Workshop,
        writer::Dropped,
    },
    adapters::{
        a2a::cards::AgentCards,
        clients::Clients,
        database::Database,
        identity::{mint::Minter, signing::SigningKey},
        runner::{Means, Runner},
        store::{Finish, Store, Submitted},
        temporal::{AttemptEnd, Attempts, Backlog, Temporal},
        trace::Traces,
        usage::prometheus::Prometheus,
    },
    config::Config,
    domain::{
        id::{Owner, SessionId, TaskId},
        redact::Redactor,
        target::Destination,
        task::{NewTask, RetryPolicy, TaskState},
        time::UnixMillis,
    },
};
use serde_json::json;
use tokio::{sync::oneshot, task::JoinHandle};

use super::Nowhere;
use crate::support::{
    agent::{Act, Agent},
    database::Home,
    engine::Feed,
    eventually,
};

/// Longer than two tries to write.
const SOON: Duration = Duration::from_secs(5);

/// A gateway's tasks without its faces, and a Temporal that is away.
struct Shop {
    store: Store,
    hired: Hired,
    ends: Ends,
    database: Database,
    agent: Agent,
    _nowhere: Nowhere,
    _home: Home,
}

impl Shop {
    async fn open(act: Act) -> Self {
        let (home, agent, nowhere) = (Home::file(), Agent::start(act), Nowhere::new());
        let database = home.open().await;
        let store = Store::open(database.clone()).await.unwrap();
        let config = config(&agent, &nowhere);
        let temporal = Temporal::start(config.temporal.as_ref().unwrap()).unwrap();
        let mirror = Mirror::new(None, dropped(), Redactor::new(&[]).unwrap());
        let workshop = workshop(&config, &home, (&store, &mirror));
        let supervisor = Supervisor::start(workshop, config.tasks);
        let bounds = (config.tasks.ttl, config.tasks.max_depth);
        let backlog = Backlog::new(temporal, database.clone(), store.clone(), bounds);
        let ends = Ends::new(store.clone(), mirror, supervisor.clone(), backlog);
        Self {
            hired: Hired::new(supervisor, store.clone(), ends.clone()),
            store,
            ends,
            database,
            agent,
            _nowhere: nowhere,
            _home: home,
        }
    }

    async fn submit(&self) -> TaskId {
        let (owner, session) = (
            Owner::new("https://issuer.example", "ada"),
            SessionId("s".into()),
        );
        let task = NewTask::new(owner, session, "coder".to_owned(), "{}".to_owned());
        let submitted = self.store.submit(&task, 100, UnixMillis::now()).await;
        assert_eq!(submitted.unwrap(), Submitted::New(task.id));
        task.id
    }

    /// An attempt that its agent is at.
    async fn attempt(&self) -> Attempt {
        let task = self.submit().await;
        let (off, called) = oneshot::channel();
        let (hears, heard) = oneshot::channel();
        let called_off = async {
            let end = called.await.expect("it is called off");
            hears.send(()).unwrap();
            end
        };
        let end = self.hired.attempt(task, Box::pin(called_off));
        let end = actix_web::rt::spawn(end);
        eventually("the agent is at it", async || {
            (self.agent.open() == 1).then_some(())
        })
        .await;
        Attempt {
            task,
            off,
            heard,
            end,
        }
    }

    /// In which state a task is, and what it says.
    async fn told(&self, task: TaskId) -> (TaskState, Option<String>) {
        let task = self.store.task(task, None).await.unwrap();
        (task.state, task.detail)
    }

    /// Has the table refuse that tasks are canceled, as a full disk would.
    async fn refuse(&self) {
        self.run(
            "create trigger refused before update on task when new.state = 'canceled'
             begin select raise(abort, 'the disk is full'); end",
        )
        .await;
    }

    async fn allow(&self) {
        self.run("drop trigger refused").await;
    }

    /// After all that was to be written before.
    async fn run(&self, sql: &'static str) {
        let run = self
            .database
            .write(move |mut conn| Box::pin(async move { conn.query(sql).run().await }));
        run.await.unwrap();
    }
}

/// An attempt under way.
struct Attempt {
    task: TaskId,
    off: oneshot::Sender<Finish>,
    heard: oneshot::Receiver<()>,
    end: JoinHandle<AttemptEnd>,
}

impl Attempt {
    /// Calls it off, and waits until that was to be written once: what came of it.
    async fn call_off(self, shop: &Shop, end: Finish) -> (TaskId, JoinHandle<AttemptEnd>) {
        self.off.send(end).unwrap();
        self.heard.await.unwrap();
        shop.run("select 1").await;
        (self.task, self.end)
    }
}

async fn soon(end: JoinHandle<AttemptEnd>) -> AttemptEnd {
    let end = tokio::time::timeout(SOON, end).await;
    end.expect("it holds its place for ever").unwrap()
}

fn config(agent: &Agent, nowhere: &Nowhere) -> Config {
    let agents = format!("coder={}/run", agent.url());
    let vars = [
        ("OIDC_ISSUER", "https://issuer.example"),
        ("OIDC_AUD", "attach"),
        ("ATTACH_CONFIG", "/dev/null"),
        ("AGENTS", &agents),
        ("TASK_RUNNER", "temporal"),
        ("TEMPORAL_URL", &nowhere.address),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::read(&vars.into_iter().collect()).unwrap()
}

fn metrics() -> Prometheus {
    Prometheus::new("https://issuer.example", 100)
}

fn dropped() -> Dropped {
    Dropped::new(metrics())
}

fn workshop(config: &Config, home: &Home, (store, mirror): (&Store, &Mirror)) -> Workshop {
    let clients = Clients::new().unwrap();
    let key = SigningKey::open(&home.folder().join(SigningKey::FILE)).unwrap();
    let runner = Runner::new(Means {
        rules: config.targets.clone(),
        own_chat: Destination {
            url: "http://127.0.0.1:9/".parse().unwrap(),
            internal: true,
        },
        agents: config.agents.clone(),
        store: store.clone(),
        minter: Arc::new(Minter::new(key, "http://127.0.0.1".to_owned())),
        cards: AgentCards::new(&config.agents, clients.clone()),
        clients,
        workflows: None,
        timeout: config.tasks.timeout,
        lease: config.tasks.lease,
    });
    Workshop {
        store: store.clone(),
        runner,
        policy: RetryPolicy {
            max_attempts: 1,
            first_delay_ms: 1,
        },
        mirror: mirror.clone(),
        metrics: metrics(),
        traces: Traces::default(),
    }
}

fn canceled() -> Finish {
    let output = json!({ "detail": "canceled in Temporal" }).to_string();
    Finish::new(
        TaskState::Canceled,
        output,
        Some("canceled in Temporal".to_owned()),
    )
}

#[actix_web::test]
async fn an_attempt_that_is_called_off_ends_as_was_said_and_its_agent_is_hung_up_on() {
    let shop = Shop::open(Act::Silence).await;
    let attempt = shop.attempt().await;
    let (task, end) = attempt.call_off(&shop, canceled()).await;
    assert_eq!(soon(end).await, AttemptEnd::Over(TaskState::Canceled));
    let told = (TaskState::Canceled, canceled().detail);
    assert_eq!(shop.told(task).await, told);
    eventually("the agent is hung up on", async || {
        (shop.agent.open() == 0).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn while_the_table_refuses_its_end_it_goes_on_and_it_ends_once_it_can() {
    let shop = Shop::open(Act::Silence).await;
    let attempt = shop.attempt().await;
    shop.refuse().await;
    let (task, end) = attempt.call_off(&shop, canceled()).await;
    assert_eq!(shop.told(task).await.0, TaskState::Working);
    assert!(!end.is_finished() && shop.agent.open() == 1);
    shop.allow().await;
    assert_eq!(soon(end).await, AttemptEnd::Over(TaskState::Canceled));
    assert_eq!(shop.told(task).await.0, TaskState::Canceled);
}

#[actix_web::test]
async fn one_that_ends_by_itself_before_its_end_is_written_is_let_go() {
    let feed = Feed::default();
    let shop = Shop::open(Act::Fed("application/json", feed.clone())).await;
    let attempt = shop.attempt().await;
    shop.refuse().await;
    let (task, end) = attempt.call_off(&shop, canceled()).await;
    feed.send(r#"{"choices":[]}"#);
    feed.end();
    assert_eq!(soon(end).await, AttemptEnd::Over(TaskState::Completed));
    assert_eq!(shop.told(task).await.0, TaskState::Completed);
}

#[actix_web::test]
async fn an_end_that_the_table_never_takes_is_written_without_its_words() {
    for state in [TaskState::Canceled, TaskState::Failed] {
        let shop = Shop::open(Act::Silence).await;
        let attempt = shop.attempt().await;
        let never = Finish::new(state, "no JSON".to_owned(), Some("lost".to_owned()));
        let (task, end) = attempt.call_off(&shop, never).await;
        assert_eq!(soon(end).await, AttemptEnd::Over(state));
        let (now, detail) = shop.told(task).await;
        assert_eq!(now, state);
        assert!(
            detail.as_deref().unwrap().ends_with("cannot be kept"),
            "{detail:?}"
        );
    }
}

#[actix_web::test]
async fn a_task_that_cannot_be_ended_is_left_to_the_next_who_looks() {
    let shop = Shop::open(Act::Silence).await;
    let task = shop.submit().await;
    shop.refuse().await;
    assert!(shop.ends.end(task, canceled()).await.is_err());
    let waiting = shop.store.waiting_for(task).await.unwrap().unwrap();
    assert_eq!(
        (waiting.state, waiting.is_held),
        (TaskState::Submitted, false)
    );
    shop.allow().await;
    shop.ends.end(task, canceled()).await.unwrap();
    assert_eq!(shop.told(task).await.0, TaskState::Canceled);
    assert_eq!(shop.agent.count(), 0);
}
