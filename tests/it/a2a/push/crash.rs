//! The gateway is killed between an event and its delivery.

use actix_web::HttpResponse;
use attach_gateway::{adapters::push::Since, domain::id::Owner};
use serde_json::json;

use super::{
    CREDENTIALS, TOKEN, beside, guarded,
    receiver::{self, got, held, seqs, told},
};
use crate::support::{
    a2a::at_once,
    engine::Seen,
    eventually,
    issuer::Issuer,
    scripted::{Gate, Scripted},
    served::Served,
};

#[actix_web::test]
async fn a_gateway_that_is_killed_delivers_what_it_had_not_in_order_when_it_is_back() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let (gate, work) = (Gate::closed(), Gate::closed());
    let receiver = held(&gate);
    let agent = Scripted::start({
        let work = work.clone();
        move |_| {
            let work = work.clone();
            async move {
                work.pass().await;
                HttpResponse::Ok().json(json!({ "sorted": [] }))
            }
        }
    });
    let agents = agent.named("coder");
    let vars = [("AGENTS", &*agents), ("PUSH_ALLOW", receiver.url())];
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let id = gateway
        .send(&json!({ "target": "coder", "input": {} }))
        .await;
    let owner = Owner::new(issuer.url(), "ada");
    let config = guarded(receiver.url());
    beside::create(data.path(), &owner, &id, config, Since::Event(0)).await;
    got(&receiver, 1).await;
    work.open();
    gateway.ended(&id).await;
    // Four events are on disk; one is with the receiver, unacknowledged.
    gateway.process.kill();
    eventually("the receiver is hung up on", async || {
        (receiver.open() == 0).then_some(())
    })
    .await;
    gate.open();
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let all = got(&receiver, 5).await;
    assert_eq!(seqs(&all), [1, 1, 2, 3, 4]);
    assert_eq!(told(&all[4]), "statusUpdate TASK_STATE_COMPLETED");
    let bearer = format!("Bearer {CREDENTIALS}");
    let proves = |seen: &Seen| seen.header("authorization") == Some(&*bearer);
    assert!(all.iter().all(proves));
    eventually("everything is delivered", async || {
        let rows = beside::rows(data.path(), &id).await;
        (rows[0].sent_seq == 4 && rows[0].due_at.is_none()).then_some(())
    })
    .await;
    drop(gateway);
    assert_eq!(receiver.calls().len(), 5, "and no more than that");
}

#[actix_web::test]
async fn a_webhook_of_the_face_hears_all_of_its_task_though_the_gateway_is_killed() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let (gate, work) = (Gate::closed(), Gate::closed());
    let receiver = held(&gate);
    let agent = Scripted::start({
        let work = work.clone();
        move |_| {
            let work = work.clone();
            async move {
                work.pass().await;
                HttpResponse::Ok().json(json!({ "sorted": [] }))
            }
        }
    });
    let agents = agent.named("coder");
    let vars = [("AGENTS", &*agents), ("PUSH_ALLOW", receiver.url())];
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let ask = async |method: &str, params: serde_json::Value| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = gateway.client.post(format!("{}/agents/coder", gateway.url));
        let request = request
            .bearer_auth(&gateway.token)
            .header("a2a-version", "1.0");
        let answer = request.json(&body).send().await.unwrap();
        let answer: serde_json::Value = answer.json().await.unwrap();
        answer["result"].clone()
    };
    let hook = json!({
        "url": receiver.url(), "token": TOKEN,
        "authentication": { "scheme": "Bearer", "credentials": CREDENTIALS },
    });
    let mut params = at_once("m");
    params["configuration"]["taskPushNotificationConfig"] = hook.clone();
    let sent = ask("SendMessage", params).await;
    let id = sent["task"]["id"].as_str().unwrap().to_owned();
    got(&receiver, 1).await;
    let mut later = hook;
    later["taskId"] = json!(id);
    later["id"] = json!("later");
    let made = ask("CreateTaskPushNotificationConfig", later).await;
    assert_eq!(made["id"], "later");
    work.open();
    gateway.ended(&id).await;
    // The first event is with the receiver, unacknowledged; the rest on disk.
    gateway.process.kill();
    eventually("the receiver is hung up on", async || {
        (receiver.open() == 0).then_some(())
    })
    .await;
    let before = receiver.calls().len();
    gate.open();
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    eventually("everything is delivered", async || {
        let rows = beside::rows(data.path(), &id).await;
        let done = |row: &beside::Row| row.sent_seq == 4 && row.due_at.is_none();
        (rows.len() == 2 && rows.iter().all(done)).then_some(())
    })
    .await;
    drop(gateway);
    let all: Vec<Seen> = receiver.calls().into_iter().map(|call| call.seen).collect();
    let after = &all[before..];
    // Two webhooks: the one that came with the message hears it from the first
    // event on, the other from where the task stood.
    for (seq, times) in [(1, 1), (2, 1), (3, 2), (4, 2)] {
        let heard = after
            .iter()
            .filter(|seen| receiver::seq(seen) == seq)
            .count();
        assert!(heard >= times - usize::from(seq == 2), "{seq}: {heard}");
    }
    let proves = |seen: &Seen| {
        seen.header("authorization") == Some(&*format!("Bearer {CREDENTIALS}"))
            && seen.header("x-a2a-notification-token") == Some(TOKEN)
    };
    assert!(all.iter().all(proves));
    assert_eq!(
        told(all.last().unwrap()),
        "statusUpdate TASK_STATE_COMPLETED"
    );
}

#[actix_web::test]
async fn neither_token_nor_credentials_are_in_the_log_or_in_a_file() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let receiver = super::receiver::answering(&[500, 200]);
    let agent = Scripted::start(|_| async { HttpResponse::Ok().json(json!({})) });
    let agents = agent.named("coder");
    let vars = [
        ("AGENTS", &*agents),
        ("PUSH_ALLOW", receiver.url()),
        ("LOG_LEVEL", "trace"),
    ];
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let id = gateway
        .send(&json!({ "target": "coder", "input": {} }))
        .await;
    let owner = Owner::new(issuer.url(), "ada");
    let url = format!("{}/hook?key=query-of-ada-9e1c", receiver.url());
    beside::create(data.path(), &owner, &id, guarded(&url), Since::Event(0)).await;
    got(&receiver, 5).await;
    let log = gateway.process.logged();
    assert!(log.contains("a webhook failed, trying again later"));
    for secret in [super::TOKEN, CREDENTIALS, "query-of-ada-9e1c"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let files = std::fs::read_dir(data.path()).unwrap();
    let bytes: Vec<u8> = files
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    for secret in [super::TOKEN, CREDENTIALS] {
        let holds = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!holds, "{secret} is in a file");
    }
}
