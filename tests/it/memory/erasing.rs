//! Erasing one's own events, and what grows old.

use std::fs;

use serde_json::json;

use crate::support::{
    asking::{Answer, id_of, whole},
    eventually,
    gateway::Gateway,
    rows::change,
};

async fn write(gateway: &Gateway, token: &str, text: &str) -> String {
    let document = json!({ "text": text });
    id_of(&gateway.tell(token, "/mem/events", &document).await)
}

async fn erase(gateway: &Gateway, token: &str, path: &str) -> Answer {
    let request = gateway.client.delete(gateway.at(path)).bearer_auth(token);
    whole(request.send().await.unwrap()).await
}

/// Whether any file of the data folder holds `word`, in whatever case.
fn disk_knows(gateway: &Gateway, word: &str) -> bool {
    let files = fs::read_dir(gateway.data.path()).unwrap();
    files.map(|file| file.unwrap().path()).any(|file| {
        let bytes = fs::read(file).unwrap_or_default().to_ascii_lowercase();
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    })
}

#[actix_web::test]
async fn an_erased_event_is_gone_from_every_route_and_from_the_disk() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let id = write(&gateway, &token, "the Wombatword of it").await;
    let kept = write(&gateway, &token, "another one").await;
    // The search has it indexed.
    let found = gateway.ask(&token, "/mem/search?q=wombatword").await.body;
    assert_eq!(found["data"]["Get"]["MemoryEvent"][0]["id"], json!(id));
    assert!(disk_knows(&gateway, "wombatword"));
    let path = format!("/mem/events/{id}");
    let answer = erase(&gateway, &token, &path).await;
    assert_eq!((answer.status, answer.body), (204, json!("")));
    assert_eq!(gateway.ask(&token, &path).await.status, 404);
    assert_eq!(erase(&gateway, &token, &path).await.status, 404);
    let found = gateway.ask(&token, "/mem/search?q=wombatword").await.body;
    assert_eq!(found["data"]["Get"]["MemoryEvent"], json!([]));
    let left = gateway.memory(&token, "").await;
    assert_eq!((left.len(), &left[0]["id"]), (1, &json!(kept)));
    assert!(!disk_knows(&gateway, "wombatword"));
}

#[actix_web::test]
async fn erasing_all_takes_everything_of_one_person_and_nothing_of_others() {
    let gateway = Gateway::start();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    for n in 0..50 {
        write(&gateway, &ada, &format!("quokka {n}")).await;
    }
    let his = write(&gateway, &bob, "quokka of bob").await;
    for token in [&ada, &bob] {
        gateway.ask(token, "/mem/search?q=quokka").await;
    }
    let asked = erase(&gateway, &ada, "/mem/events").await;
    assert_eq!(asked.status, 400, "{}", asked.body);
    let erased = erase(&gateway, &ada, "/mem/events?all=true").await;
    assert_eq!((erased.status, erased.body), (200, json!({ "erased": 50 })));
    assert_eq!(gateway.memory(&ada, "").await.len(), 0);
    let again = erase(&gateway, &ada, "/mem/events?all=true").await;
    assert_eq!(again.body, json!({ "erased": 0 }));
    let found = gateway.ask(&bob, "/mem/search?q=quokka").await.body;
    assert_eq!(found["data"]["Get"]["MemoryEvent"][0]["id"], json!(his));
    let next = write(&gateway, &ada, "a new quokka").await;
    let found = gateway.ask(&ada, "/mem/search?q=quokka").await.body;
    assert_eq!(found["data"]["Get"]["MemoryEvent"][0]["id"], json!(next));
}

#[actix_web::test]
async fn another_persons_event_cannot_be_erased() {
    let gateway = Gateway::start();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let path = format!("/mem/events/{}", write(&gateway, &ada, "mine").await);
    let refused = erase(&gateway, &bob, &path).await;
    assert_eq!((refused.status, refused.detail()), (404, "unknown event"));
    assert_eq!(gateway.ask(&ada, &path).await.status, 200);
}

#[actix_web::test]
async fn an_index_that_disagrees_with_the_rows_does_not_keep_anything_from_leaving() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let id = write(&gateway, &token, "alpha beta").await;
    let kept = write(&gateway, &token, "alpha gamma").await;
    gateway.ask(&token, "/mem/search?q=alpha").await;
    let file = gateway.data.path().join("attach.db");
    change(
        &file,
        "update memory_event set text = 'omega' where text = 'alpha beta'",
    )
    .await;
    let answer = erase(&gateway, &token, &format!("/mem/events/{id}")).await;
    assert_eq!(answer.status, 204);
    let found = gateway.ask(&token, "/mem/search?q=alpha").await.body;
    let found = found["data"]["Get"]["MemoryEvent"].as_array().unwrap();
    assert_eq!((found.len(), &found[0]["id"]), (1, &json!(kept)));
}

#[actix_web::test]
async fn what_somebody_reads_meanwhile_leaves_the_disk_as_well() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for n in 0..30 {
        write(&gateway, &token, &format!("the bilbyword {n}")).await;
    }
    gateway.ask(&token, "/mem/search?q=bilbyword").await;
    // A reader holds on to how things were.
    let mut reader = gateway.database().await;
    sqlx::query("begin").execute(&mut reader).await.unwrap();
    let count = "select count(*) from memory_event";
    sqlx::query(count).execute(&mut reader).await.unwrap();
    let erased = async { erase(&gateway, &token, "/mem/events?all=true").await };
    let let_go = async {
        eventually("the rows are gone", async || {
            let left = gateway.memory(&token, "").await;
            left.is_empty().then_some(())
        })
        .await;
        sqlx::query("commit").execute(&mut reader).await.unwrap();
    };
    let (erased, ()) = futures_util::future::join(erased, let_go).await;
    assert_eq!(erased.body, json!({ "erased": 30 }));
    assert!(!disk_knows(&gateway, "bilbyword"));
}

#[actix_web::test]
async fn memory_has_a_bound_and_the_oldest_leave_first() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let long = "word ".repeat(20_000);
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(write(&gateway, &token, &long).await);
    }
    let (engine, issuer, data) = gateway.stop();
    // The bound is looked at as the gateway starts, and each minute.
    let gateway = Gateway::over(engine, issuer, data, &[("MEM_MAX_MB", "1")]);
    let token = gateway.token("ada");
    let left = eventually("the oldest have left", async || {
        let left = gateway.memory(&token, "limit=100").await;
        (left.len() < 12).then_some(left)
    })
    .await;
    let left: Vec<_> = left.iter().map(|event| event["id"].clone()).collect();
    let newest: Vec<_> = ids.iter().rev().take(9).map(|id| json!(id)).collect();
    assert_eq!(left, newest, "nine documents of 100 kB fit");
}
