//! Webhooks that come with a message: there is both or neither.

use std::{cell::RefCell, io::Write, net::TcpStream};

use actix_web::HttpResponse;
use attach_gateway::{
    adapters::store::{
        StoreError, Submitted,
        dialogue::{FollowUp, Pause},
    },
    domain::{
        id::TaskId,
        task::{IdempotencyKey, TaskState},
        time::UnixMillis,
    },
};
use serde_json::{Value, json};

use super::{
    TOKEN, guarded, named, plain,
    receiver::{answering, got, seqs, told},
    world::{PATIENCE, World, ada, hurry},
};
use crate::support::{
    a2a::{Asker, hello},
    database::any,
    eventually,
    gateway::Gateway,
    rows::change,
    scripted::Scripted,
};

fn gateway(receiver: &Scripted) -> (Gateway, Scripted) {
    let agent = Scripted::start(|_| async { HttpResponse::Ok().json(json!({ "n": 1 })) });
    let vars = [
        ("AGENTS", &*agent.named("coder")),
        ("PUSH_ALLOW", receiver.url()),
    ];
    (Gateway::with(&vars), agent)
}

/// A request whose webhook is at `url`.
fn telling(id: &str, url: &str) -> Value {
    let mut request = hello(id);
    request["configuration"] = json!({
        "taskPushNotificationConfig": { "url": url, "token": TOKEN },
    });
    request
}

#[actix_web::test]
async fn a_webhook_that_comes_with_a_message_hears_its_task_from_the_beginning() {
    let receiver = answering(&[200]);
    let (gateway, _agent) = gateway(&receiver);
    let ada = Asker::new(&gateway, "ada", "coder");
    let sent = ada.result("SendMessage", telling("m", receiver.url()));
    let task = sent.await["task"].clone();
    let all = got(&receiver, 4).await;
    assert_eq!(seqs(&all), [1, 2, 3, 4]);
    assert_eq!(told(&all[0]), "task TASK_STATE_SUBMITTED");
    assert_eq!(told(&all[3]), "statusUpdate TASK_STATE_COMPLETED");
    assert_eq!(all[0].json()["task"]["id"], task["id"]);
    let token = all[0].header("x-a2a-notification-token");
    assert_eq!(token, Some(TOKEN), "sealed for this task and name");
}

/// Where no connection to the database is free.
fn is_asked_to_come_again(line: &TcpStream) -> bool {
    let mut begin = [0; 12];
    let read = line.peek(&mut begin).unwrap_or(0);
    &begin[..read] == b"HTTP/1.1 503"
}

#[actix_web::test]
async fn a_client_that_hangs_up_at_once_leaves_no_task_without_its_webhook() {
    let receiver = answering(&[200]);
    let (gateway, _agent) = gateway(&receiver);
    let ada = Asker::new(&gateway, "ada", "coder");
    let params = telling("m", receiver.url());
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": params });
    let body = body.to_string();
    let request = format!(
        "POST /agents/coder HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         a2a-version: 1.0\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}",
        host = gateway.url.trim_start_matches("http://"),
        token = ada.token,
        length = body.len(),
    );
    for count in 1..=10_i64 {
        let send = || {
            let mut line = TcpStream::connect(gateway.url.trim_start_matches("http://")).unwrap();
            line.write_all(request.as_bytes()).unwrap();
            line.set_nonblocking(true).unwrap();
            line
        };
        let line = RefCell::new(send());
        eventually("the message is taken", async || {
            if is_asked_to_come_again(&line.borrow()) {
                line.replace(send());
            }
            let mut database = gateway.database().await;
            let tasks = sqlx::query_scalar::<_, i64>("select count(*) from task");
            let tasks = tasks.fetch_one(&mut database).await.unwrap();
            (tasks == count).then_some(())
        })
        .await;
        drop(line);
    }
    let mut database = gateway.database().await;
    let bare = "select count(*) from task where task_id not in (select task_id from push_config)";
    let bare = sqlx::query_scalar::<_, i64>(bare).fetch_one(&mut database);
    assert_eq!(bare.await.unwrap(), 0);
    let all = got(&receiver, 40).await;
    let ends = all
        .iter()
        .filter(|one| told(one) == "statusUpdate TASK_STATE_COMPLETED");
    assert_eq!(ends.count(), 10);
}

#[actix_web::test]
async fn a_message_whose_webhook_cannot_be_written_makes_no_task() {
    let world = World::new(&[]).await;
    let broken = "create trigger broken before insert on push_config
                  begin select raise(abort, 'broken'); end";
    change(&world.path().join("attach.db"), broken).await;
    let mut task = world.new_task(ada(), None);
    let config = plain("https://hooks.example/x");
    task.webhook = Some(world.webhooks.prepare(task.id, &config).unwrap());
    let refused = world.store.submit(&task, 10, UnixMillis::now()).await;
    assert!(matches!(refused, Err(StoreError::Write(_))), "{refused:?}");
    let found = world.store.task(task.id, None).await;
    assert!(matches!(found, Err(StoreError::NotFound)), "{found:?}");
}

#[actix_web::test]
async fn a_message_that_comes_twice_makes_one_task_with_one_webhook() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        let now = UnixMillis::now();
        let mut first = None;
        for _ in 0..2 {
            let mut task = world.new_task(ada(), None);
            task.key = Some(IdempotencyKey {
                key: "k".to_owned(),
                digest: "d".to_owned(),
            });
            let config = guarded("https://hooks.example/x");
            task.webhook = Some(world.webhooks.prepare(task.id, &config).unwrap());
            let id = match world.store.submit(&task, 10, now).await.unwrap() {
                Submitted::New(id) | Submitted::Existing(id) => id,
            };
            assert_eq!(*first.get_or_insert(id), id);
        }
        let id = first.unwrap();
        let row = world.row(id).await;
        assert_eq!(row.sent_seq, 0);
        assert!(row.due_at.is_some(), "the task itself is to be told");
        let name = id.to_string();
        let read = world.webhooks.read(id, &ada(), &name).await.unwrap();
        assert_eq!(read.token.as_deref(), Some(TOKEN));
    })
    .await;
}

/// A task whose agent asks something.
async fn asking(world: &World) -> TaskId {
    let task = world.task(None).await;
    let attempt = world.claim().await;
    let pause = Pause {
        state: TaskState::InputRequired,
        message: None,
        artifacts: "[]".to_owned(),
        metadata: None,
    };
    let paused = world.store.pause(attempt, &pause, UnixMillis::now()).await;
    paused.unwrap();
    task
}

fn answer(world: &World, task: TaskId, id: &str, url: &str) -> FollowUp {
    let message = json!({ "messageId": "m", "role": "ROLE_USER", "parts": [{ "text": "yes" }] });
    FollowUp {
        id: task,
        owner: ada(),
        request: json!({ "message": message }).to_string(),
        key: None,
        webhook: Some(world.webhooks.prepare(task, &named(id, url)).unwrap()),
    }
}

#[actix_web::test]
async fn a_webhook_that_comes_with_an_answer_hears_what_happens_after_it() {
    any(async |home| {
        let receiver = answering(&[200]);
        let world = World::over(home, &[receiver.url()]).await;
        let task = asking(&world).await;
        let said = answer(&world, task, "hook", receiver.url());
        let taken = world.store.follow_up(&said, UnixMillis::now()).await;
        assert_eq!(taken.unwrap(), Submitted::New(task));
        assert_eq!(world.row(task).await.sent_seq, 3);
        let courier = world.courier(hurry());
        let attempt = world.claim().await;
        world.finish(attempt).await;
        // Its own line, which A2A has no word for, is 4.
        assert_eq!(seqs(&got(&receiver, 3).await), [5, 6, 7]);
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn an_answer_with_one_webhook_too_many_is_not_taken() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        let (task, url) = (asking(&world).await, "https://hooks.example/x");
        for n in 0..16 {
            world.tell(task, named(&format!("hook {n}"), url)).await;
        }
        let said = answer(&world, task, "one more", url);
        let refused = world.store.follow_up(&said, UnixMillis::now()).await;
        assert!(
            matches!(refused, Err(StoreError::TooManyWebhooks)),
            "{refused:?}"
        );
        let row = world.store.task(task, None).await.unwrap();
        assert_eq!(row.state, TaskState::InputRequired);
        let again = answer(&world, task, "hook 3", "https://hooks.example/new");
        world
            .store
            .follow_up(&again, UnixMillis::now())
            .await
            .unwrap();
        let rows = world.rows(task).await;
        assert_eq!(rows.len(), 16, "one of a known name is replaced");
    })
    .await;
}
