//! The built binary, killed in the middle of calls.

use std::{cell::RefCell, collections::BTreeSet, path::Path, rc::Rc, time::Duration};

use serde_json::{Value, json};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use super::{JSON, NDJSON, SSE, STRICT, line, streaming};
use crate::support::{
    engine::{Act, Engine, completion, sse},
    eventually,
    gateway::chat,
    issuer::Issuer,
    served::Served,
};

/// Answers that are seen to finish before the gateway dies.
const FINISHED: usize = 150;
/// Calls at once, two of each form.
const CALLERS: usize = 8;

/// How an answer is asked for, and how its client knows that it is whole.
type Form = (&'static str, fn() -> Value, fn(&str) -> bool);

const FORMS: [Form; 4] = [
    ("/v1/chat/completions", streaming, |read| {
        read.contains("[DONE]")
    }),
    ("/v1/completions", || json!({ "prompt": "hi" }), is_json),
    (
        "/api/chat",
        || chat("hi"),
        |read| read.contains("\"done\":true"),
    ),
    (
        "/api/generate",
        || json!({ "prompt": "hi", "stream": false }),
        is_json,
    ),
];

fn is_json(read: &str) -> bool {
    serde_json::from_str::<Value>(read).is_ok()
}

/// An engine that speaks both dialects, in streams and in one piece.
fn engine() -> Engine {
    let stream = |content_type, chunks| Act::Stream {
        content_type,
        chunks,
        pause: Duration::from_millis(1),
        is_cut: false,
    };
    let generated = json!({ "model": "m", "response": "hello", "done": true, "eval_count": 1 });
    let lines = vec![line("one", false), line("two", false), line("", true)];
    Engine::start(Act::ByPath(vec![
        ("/v1/chat/completions", stream(SSE, sse(&["one", "two"]))),
        (
            "/v1/completions",
            Act::Raw(200, JSON, completion("hello").to_string()),
        ),
        ("/api/chat", stream(NDJSON, lines)),
        ("/api/generate", Act::Raw(200, JSON, generated.to_string())),
    ]))
}

/// What clients saw: the project of each call that finished, and its request.
type Seen = Rc<RefCell<Vec<(String, String)>>>;

/// Calls again and again, until the gateway is gone.
async fn call(url: String, token: String, caller: usize, seen: Seen) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (path, body, is_whole) = FORMS[caller % FORMS.len()];
    for nth in 0.. {
        let project = format!("{caller}-{nth}");
        let request = client.post(format!("{url}{path}")).bearer_auth(&token);
        let request = request.header("x-attach-project", &project).json(&body());
        let Ok(mut answer) = request.send().await else {
            return;
        };
        assert_eq!(answer.status(), 200);
        let id = answer.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let mut read = String::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            read.push_str(str::from_utf8(&chunk).unwrap());
        }
        if !is_whole(&read) {
            return;
        }
        seen.borrow_mut().push((project, id));
    }
}

/// Projects with a usage record, and requests with a prompt and an answer in
/// memory.
async fn kept(folder: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let options = SqliteConnectOptions::new().filename(folder.join("attach.db"));
    let mut database = options.connect().await.unwrap();
    let projects = sqlx::query_scalar("select project from usage_record");
    let projects: Vec<String> = projects.fetch_all(&mut database).await.unwrap();
    let requests = sqlx::query_scalar(
        "select body ->> 'request_id' from memory_event where event in ('prompt', 'response')
          group by 1 having count(distinct event) = 2",
    );
    let requests: Vec<String> = requests.fetch_all(&mut database).await.unwrap();
    (
        projects.into_iter().collect(),
        requests.into_iter().collect(),
    )
}

#[actix_web::test]
async fn every_answer_that_was_seen_to_finish_has_its_rows_when_the_gateway_is_killed() {
    let (issuer, data, engine) = (Issuer::start(), tempfile::tempdir().unwrap(), engine());
    let vars = [
        STRICT,
        ("ENGINE_URL", engine.url()),
        ("ENGINE_KIND", "ollama"),
    ];
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let seen = Seen::default();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (url, token) = (gateway.url.clone(), gateway.token.clone());
            actix_web::rt::spawn(call(url, token, caller, seen.clone()))
        })
        .collect();
    eventually("answers finish", async || {
        (seen.borrow().len() >= FINISHED).then_some(())
    })
    .await;
    gateway.process.kill();
    for caller in callers {
        caller.await.unwrap();
    }
    let (projects, requests) = kept(data.path()).await;
    for (project, request) in seen.borrow().iter() {
        assert!(projects.contains(project), "no usage record of {project}");
        assert!(requests.contains(request), "no memory of {project}");
    }
    let forms: BTreeSet<_> = seen
        .borrow()
        .iter()
        .map(|(it, _)| it[..1].to_owned())
        .collect();
    assert_eq!(forms.len(), CALLERS, "of every form");
    let surplus = projects.len() - seen.borrow().len();
    assert!(
        surplus <= CALLERS,
        "{surplus} rows more than calls under way"
    );
}
