//! A whole hand-off as one answer.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    eventually,
    gateway::{Gateway, chat},
    scripted::{Call, Place, Scripted},
};

/// Asks the engine, uses memory, and hands on.
async fn plan(place: &Place, call: &Call) {
    let (status, _) = place
        .post(call, "/v1/chat/completions", &chat("plan it"))
        .await;
    assert_eq!(status, 200);
    let (_, written) = place
        .post(
            call,
            "/mem/events",
            &json!({ "title": "plan", "text": "1. …" }),
        )
        .await;
    let id = written["id"].as_str().unwrap();
    for path in [
        &*format!("/mem/events/{id}"),
        "/mem/search?q=secretword",
        "/mem/events?event=document",
    ] {
        assert_eq!(place.get(call, path).await.0, 200, "{path}");
    }
    let child = json!({ "target": "coder", "input": { "code": true } });
    assert_eq!(place.hand_off(call, &child).await["state"], "done");
}

fn team() -> (Gateway, [Scripted; 2]) {
    team_with(&[])
}

fn team_with(vars: &[(&str, &str)]) -> (Gateway, [Scripted; 2]) {
    let place = Place::default();
    let coder = Scripted::start(|_| async { HttpResponse::Ok().json(json!({ "done": true })) });
    let planner = Scripted::start({
        let place = place.clone();
        move |call| {
            let place = place.clone();
            async move {
                plan(&place, &call).await;
                HttpResponse::Ok().json(json!({ "planned": true }))
            }
        }
    });
    let agents = [planner.named("planner"), coder.named("coder")].join(",");
    let gateway = Gateway::with(&[&[("AGENTS", &*agents)], vars].concat());
    place.set(&gateway.url);
    (gateway, [planner, coder])
}

/// The tree of a task, once everything that ended is written.
async fn tree(gateway: &Gateway, token: &str, id: &str) -> Value {
    eventually("calls and uses of memory are written", async || {
        let tree = gateway
            .ask(token, &format!("/a2a/tasks/tree/{id}"))
            .await
            .body;
        let is_all = tree["calls"] != json!([]) && tree["memory"].as_array()?.len() == 4;
        is_all.then_some(tree)
    })
    .await
}

#[actix_web::test]
async fn a_hand_off_is_told_with_its_calls_and_what_it_did_to_memory() {
    let (gateway, _agents) = team();
    let token = gateway.token("ada");
    let task = json!({ "target": "planner", "input": { "messages": [{ "role": "user", "content": "sort" }] } });
    let id = gateway.send(&token, &task).await;
    gateway.ended(&token, &id).await;
    let told = tree(&gateway, &token, &id).await;
    assert_eq!((&told["root"], &told["cut"]), (&json!(id), &json!(false)));
    let [root, child] = &told["tasks"].as_array().unwrap()[..] else {
        panic!("two tasks: {told}")
    };
    assert_eq!(
        (&root["target"], &root["depth"]),
        (&json!("planner"), &json!(0))
    );
    assert_eq!(
        (&root["title"], &root["input"]),
        (&json!("sort"), &task["input"])
    );
    assert_eq!(
        (&child["target"], &child["parent"]),
        (&json!("coder"), &json!(id))
    );
    assert_eq!(child["input"], json!({ "code": true }));
    for task in [root, child] {
        assert_eq!(
            (&task["state"], &task["state_name"]),
            (&json!("done"), &json!("completed"))
        );
        assert_eq!(task["workflow"], json!(null));
        assert!(task.get("input_bytes").is_none(), "{task}");
        let attempts = task["attempts"].as_array().unwrap();
        assert_eq!(
            (attempts.len(), &attempts[0]["outcome"]),
            (1, &json!("completed"))
        );
        let moment = |value: &Value| value.as_i64().unwrap();
        let (from, to) = (
            moment(&attempts[0]["started"]),
            moment(&attempts[0]["ended"]),
        );
        assert!(moment(&task["created_ms"]) <= from && from <= to, "{task}");
        assert_eq!(to, moment(&task["updated_ms"]));
        assert_eq!(
            task["created"],
            json!(moment(&task["created_ms"]) as f64 / 1000.0)
        );
    }
    let call = &told["calls"][0];
    assert_eq!(
        (&call["task_id"], &call["status"]),
        (&json!(id), &json!(200))
    );
    assert_eq!(
        (&call["outcome"], &call["tokens_out"]),
        (&json!("finished"), &json!(5))
    );
    let below = tree(&gateway, &token, child["task_id"].as_str().unwrap()).await;
    assert_eq!(below, told, "the same from any of its tasks");
}

#[actix_web::test]
async fn uses_of_memory_say_what_was_found_and_not_what_was_looked_for() {
    let (gateway, _agents) = team();
    let token = gateway.token("ada");
    let task = json!({ "target": "planner", "input": {} });
    let id = gateway.send(&token, &task).await;
    gateway.ended(&token, &id).await;
    let told = tree(&gateway, &token, &id).await;
    let uses = told["memory"].as_array().unwrap();
    let of = |op: &str| uses.iter().find(|one| one["op"] == op).unwrap();
    for op in ["write", "read"] {
        assert_eq!(
            (&of(op)["task_id"], &of(op)["title"]),
            (&json!(id), &json!("plan"))
        );
        assert!(of(op)["duration_ms"].as_i64().unwrap() >= 0);
    }
    assert_eq!(of("write")["event_id"], of("read")["event_id"]);
    assert_eq!(
        (&of("write")["found"], &of("read")["found"]),
        (&json!(null), &json!(1))
    );
    assert_eq!(
        (&of("search")["found"], &of("search")["event_id"]),
        (&json!(0), &json!(null))
    );
    assert_eq!(
        (&of("list")["found"], &of("list")["title"]),
        (&json!(1), &json!("plan"))
    );
    let mut database = gateway.database().await;
    let rows =
        "select group_concat(concat_ws(' ', task_id, op, event_id, found)) from memory_access";
    let rows: String = sqlx::query_scalar(rows)
        .fetch_one(&mut database)
        .await
        .unwrap();
    assert!(!rows.contains("secretword"), "{rows}");
}

#[actix_web::test]
async fn who_may_not_read_memory_is_told_no_title_of_it() {
    let (gateway, _agents) = team_with(&[("REQUIRED_SCOPES", "true")]);
    let token = |scope: &str| {
        let mut claims = gateway.issuer.claims("ada");
        claims["scope"] = json!(scope);
        gateway.issuer.sign(&claims)
    };
    let all = token("tasks:run chat:run memory:read memory:write");
    let task = json!({ "target": "planner", "input": {} });
    let id = gateway.send(&all, &task).await;
    gateway.ended(&all, &id).await;
    let told = tree(&gateway, &all, &id).await;
    let titles = |told: &Value| told["memory"].to_string().matches("plan").count();
    assert!(titles(&told) > 1, "{told}");
    let told = tree(&gateway, &token("tasks:run"), &id).await;
    assert_eq!(titles(&told), 0, "{told}");
    for used in told["memory"].as_array().unwrap() {
        assert_eq!(used["event_id"], json!(null));
        assert!(used["op"].is_string() && used["at"].is_i64());
    }
}

#[actix_web::test]
async fn what_people_do_to_memory_themselves_is_not_noted() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    gateway
        .tell(&token, "/mem/events", &json!({ "text": "x" }))
        .await;
    assert_eq!(gateway.memory(&token, "").await.len(), 1);
    let data = gateway.stop().2;
    let file = sqlx::sqlite::SqliteConnectOptions::new().filename(data.path().join("attach.db"));
    let mut database = sqlx::ConnectOptions::connect(&file).await.unwrap();
    let count = sqlx::query_scalar("select count(*) from memory_access");
    let count: i64 = count.fetch_one(&mut database).await.unwrap();
    assert_eq!(count, 0);
}

#[actix_web::test]
async fn nobody_sees_the_hand_off_of_another() {
    let (gateway, _agents) = team();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let id = gateway
        .send(&ada, &json!({ "target": "coder", "input": {} }))
        .await;
    for (token, id, status) in [(&ada, &*id, 200), (&bob, &*id, 404), (&ada, "x", 404)] {
        let answer = gateway.ask(token, &format!("/a2a/tasks/tree/{id}")).await;
        assert_eq!(answer.status, status, "{id}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}
