//! A person's token stays with the person: a hand-off through two agents, and
//! every place it could have leaked to.

use std::{path::Path, time::Duration};

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    engine::{Act, Engine},
    issuer::Issuer,
    key::read,
    scripted::{Call, Place, Scripted},
    served::Served,
};

/// A planner that asks the engine and hands its plan to the coder.
fn planner(place: &Place) -> Scripted {
    let place = place.clone();
    Scripted::start(move |call| {
        let place = place.clone();
        async move {
            let plan = place.post(&call, "/v1/chat/completions", &chat()).await;
            let task = json!({ "target": "coder", "input": { "plan": plan.1 } });
            HttpResponse::Ok().json(place.hand_off(&call, &task).await)
        }
    })
}

/// A coder that asks the engine.
fn coder(place: &Place) -> Scripted {
    let place = place.clone();
    Scripted::start(move |call| {
        let place = place.clone();
        async move {
            let (status, code) = place.post(&call, "/v1/chat/completions", &chat()).await;
            let list = place.get(&call, "/mem/events").await.0;
            HttpResponse::Ok().json(json!({ "code": code, "seen": [status, list] }))
        }
    })
}

fn chat() -> Value {
    json!({ "model": "scripted", "messages": [{ "role": "user", "content": "sort a list" }] })
}

struct Story {
    served: Served,
    engine: Engine,
    planner: Scripted,
    coder: Scripted,
    data: tempfile::TempDir,
    _issuer: Issuer,
}

impl Story {
    /// A hand-off, told to its end, with every log line there is.
    async fn told() -> Self {
        let (issuer, data, place) = (
            Issuer::start(),
            tempfile::tempdir().unwrap(),
            Place::default(),
        );
        let engine = Engine::start(Act::Text("1. sort"));
        let (planner, coder) = (planner(&place), coder(&place));
        let agents = format!("{},{}", planner.named("planner"), coder.named("coder"));
        let vars = [
            ("AGENTS", &*agents),
            ("ENGINE_URL", engine.url()),
            ("LOG_LEVEL", "trace"),
        ];
        let served = Served::start(data.path(), &issuer, &vars).await;
        place.set(&served.url);
        let task = json!({ "target": "planner", "input": { "ask": "sort a list" } });
        let id = served.send(&task).await;
        let ended = served.ended(&id).await;
        assert_eq!(ended["state"], "done", "{ended}");
        assert_eq!(
            ended["result"]["result"]["seen"],
            json!([200, 200]),
            "{ended}"
        );
        Self {
            served,
            engine,
            planner,
            coder,
            data,
            _issuer: issuer,
        }
    }

    /// The parts of the person's token that are nobody else's.
    fn parts(&self) -> Vec<String> {
        self.served
            .token
            .split('.')
            .skip(1)
            .map(str::to_owned)
            .collect()
    }

    fn calls(&self) -> Vec<Call> {
        [self.planner.calls(), self.coder.calls()].concat()
    }
}

/// Every byte of every file of the data folder, journals and all.
fn kept(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

fn holds(bytes: &[u8], part: &str) -> bool {
    bytes
        .windows(part.len())
        .any(|window| window == part.as_bytes())
}

#[actix_web::test]
async fn neither_agent_engine_row_nor_log_ever_holds_the_persons_token() {
    let story = Story::told().await;
    let parts = story.parts();
    let agents = story.calls().into_iter().map(|call| call.seen);
    for seen in agents.chain(story.engine.seen()) {
        for part in &parts {
            let headers = seen.headers.iter().map(|(_, value)| value);
            let leaks = headers.clone().any(|value| value.contains(&**part));
            assert!(
                !leaks && !holds(&seen.body, part),
                "{} {}",
                seen.method,
                seen.path
            );
        }
    }
    let delegations: Vec<String> = story.calls().iter().map(|c| c.token().to_owned()).collect();
    assert_eq!(delegations.len(), 2);
    let Story { served, data, .. } = story;
    served.process.signal("TERM");
    let logs = served.process.wait(Duration::from_secs(20)).err;
    assert!(
        logs.contains("/a2a/tasks/send"),
        "the log tells of requests"
    );
    let kept = kept(data.path());
    assert!(holds(&kept, "sort a list"), "the files tell of the task");
    let own = delegations
        .iter()
        .flat_map(|token| token.split('.').skip(1));
    for part in parts.iter().map(String::as_str).chain(own) {
        assert!(!logs.contains(part), "a part of a token is in the log");
        assert!(!holds(&kept, part), "a part of a token is in a file");
    }
}

#[actix_web::test]
async fn act_names_the_chain_and_the_token_is_worth_nothing_once_the_task_has_ended() {
    let story = Story::told().await;
    let (plan, code) = (&story.planner.calls()[0], &story.coder.calls()[0]);
    assert_eq!(read(plan.token(), 1)["act"], json!({ "sub": "planner" }));
    let chain = json!({ "sub": "coder", "act": { "sub": "planner" } });
    assert_eq!(read(code.token(), 1)["act"], chain);
    for call in [plan, code] {
        assert_eq!(read(call.token(), 1)["sub"], "ada");
        for path in ["/v1/models", "/a2a/tasks", "/mem/events", "/metrics"] {
            let url = format!("{}{path}", story.served.url);
            let request = story.served.client.get(url).bearer_auth(call.token());
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path}");
            let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
            assert!(challenge.contains("error=\"invalid_token\""));
        }
    }
}
