//! The gateway is killed between an event and its delivery.

use actix_web::HttpResponse;
use attach_gateway::{adapters::push::Since, domain::id::Owner};
use serde_json::json;

use super::{
    CREDENTIALS, beside, guarded,
    receiver::{got, held, seqs, told},
};
use crate::support::{
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
