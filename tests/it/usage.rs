//! What each call leaves behind: one row, as it really ended.

use attach_gateway::{
    adapters::{database::Database, usage::UsageTable},
    domain::{
        id::{Owner, SessionId},
        time::UnixMillis,
        usage::{Source, UsageRecord},
    },
};
use serde_json::{Value, json};

use crate::support::{
    blunt::blunt,
    engine::{Act, Engine, completion, sse},
    gateway::{Gateway, chat},
    key::{with, without},
    rows::Usage,
};

const SSE: &str = "text/event-stream";
const NDJSON: &str = "application/x-ndjson";

fn stream(content_type: &'static str, chunks: Vec<String>) -> Act {
    Act::Stream {
        content_type,
        chunks,
        pause: std::time::Duration::from_millis(1),
        is_cut: false,
    }
}

/// The row of one call that is answered so.
async fn row_of(act: Act, path: &str, vars: &[(&str, &str)]) -> Usage {
    let gateway = Gateway::before(Engine::start(act), vars);
    let answer = gateway.post(&gateway.token("ada"), path, &chat("hi")).await;
    answer.bytes().await.unwrap();
    gateway.one_usage().await
}

async fn chatted(act: Act) -> Usage {
    row_of(act, "/v1/chat/completions", &[]).await
}

fn is(row: &Usage, outcome: &str, source: &str, tokens: (i64, i64)) {
    let found = (
        &*row.outcome,
        row.sources(),
        (row.tokens_in, row.tokens_out),
    );
    assert_eq!(found, (outcome, source, tokens), "{row:?}");
}

#[actix_web::test]
async fn a_row_says_who_for_what_project_which_model_and_which_engine() {
    let gateway = Gateway::start();
    let request = gateway.client.post(gateway.at("/v1/chat/completions"));
    let request = request
        .bearer_auth(gateway.token("auth0|é"))
        .header("x-attach-project", "team-7.x")
        .json(&with(&chat("hi"), "model", json!("asked-for")));
    let answer = request.send().await.unwrap();
    let session = answer.headers()["x-attach-session"].to_str().unwrap();
    let row = gateway.one_usage().await;
    is(&row, "finished", "engine", (3, 5));
    assert_eq!(row.user_id, "auth0|é");
    assert_eq!(row.issuer, gateway.issuer.url());
    assert_eq!((&*row.session_id, &*row.project), (session, "team-7.x"));
    assert_eq!(row.model_asked.as_deref(), Some("asked-for"));
    assert_eq!((&*row.model, &*row.engine), ("scripted", "engine"));
    assert_eq!((row.status, row.task_id), (200, None));
    assert_eq!(gateway.engine.seen()[0].header("x-attach-project"), None);
}

#[actix_web::test]
async fn a_project_that_is_no_plain_word_is_a_400() {
    let gateway = Gateway::start();
    let header = format!("authorization: Bearer {}", gateway.token("ada"));
    for project in ["a b", "é", "a/b", &"x".repeat(65), ""] {
        let project = format!("x-attach-project: {project}");
        let answer = gateway.raw("GET /v1/models", &[&header, &project]).await;
        assert_eq!(answer.status, 400, "{project}");
    }
}

#[actix_web::test]
async fn a_json_answer_without_usage_is_counted() {
    let answer = without(&completion("hello world"), "usage");
    let row = chatted(Act::Raw(200, "application/json", answer.to_string())).await;
    // 3 for the chat, 4 for its message, "user", "hi"; "hello world" is two.
    is(&row, "finished", "counted", (9, 2));
}

#[actix_web::test]
async fn a_whole_stream_is_finished_with_the_engines_numbers() {
    let row = chatted(stream(SSE, sse(&["a", "b", "c", "d"]))).await;
    is(&row, "finished", "engine", (3, 4));
}

#[actix_web::test]
async fn a_whole_stream_without_usage_is_counted() {
    let chunks = sse(&["a", "b", "c", "d"]);
    let chunks = chunks.into_iter().filter(|c| !c.contains("usage"));
    let row = chatted(stream(SSE, chunks.collect())).await;
    // "abcd" is one token, however many events it came in.
    is(&row, "finished", "counted", (9, 1));
}

#[actix_web::test]
async fn a_stream_that_is_cut_is_no_answer_but_its_tokens_were_made() {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {SSE}\r\n");
    let events = sse(&["a", "b", "c"])[..2].concat();
    let whole = format!("{head}content-length: 10000\r\n\r\n{events}");
    let size = events.len();
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{size:x}\r\n{events}\r\n");
    for answer in [whole, chunked] {
        let gateway = Gateway::with(&[("ENGINE_URL", &blunt(answer.leak()))]);
        let token = gateway.token("ada");
        let path = "/v1/chat/completions";
        let mut answer = gateway.post(&token, path, &chat("hi")).await;
        assert_eq!(answer.chunk().await.unwrap().unwrap(), events);
        assert!(answer.chunk().await.is_err(), "no clean end");
        is(&gateway.one_usage().await, "cut", "counted", (9, 1));
    }
}

#[actix_web::test]
async fn a_stream_that_ends_cleanly_without_a_finish_has_failed_as_ollamas_does() {
    let mut chunks = sse(&["a", "b"])[..2].to_vec();
    let last = json!({ "model": "", "choices": [{ "index": 0, "delta": { "content": "" } }] });
    chunks.push(format!("data: {last}\n\n"));
    is(
        &chatted(stream(SSE, chunks)).await,
        "failed",
        "counted",
        (9, 1),
    );
    let mut lines = vec![line("I", false)];
    lines.push("{\"error\":\"an error was encountered: unexpected EOF\"}\n".into());
    let vars = [("ENGINE_KIND", "ollama")];
    let row = row_of(stream(NDJSON, lines), "/api/chat", &vars).await;
    is(&row, "failed", "counted", (9, 1));
}

#[actix_web::test]
async fn a_stream_with_an_error_event_has_failed_though_it_says_done() {
    let mut chunks = sse(&["a"])[..1].to_vec();
    chunks.push("data: {\"error\":{\"message\":\"out of memory\"}}\n\n".into());
    chunks.push("data: [DONE]\n\n".into());
    is(
        &chatted(stream(SSE, chunks)).await,
        "failed",
        "counted",
        (9, 1),
    );
}

fn line(content: &str, is_done: bool) -> String {
    let message = json!({ "role": "assistant", "content": content });
    let line = json!({ "model": "m", "message": message, "done": is_done });
    match is_done {
        true => {
            let line = with(&line, "prompt_eval_count", json!(15));
            format!("{}\n", with(&line, "eval_count", json!(12)))
        }
        false => format!("{line}\n"),
    }
}

#[actix_web::test]
async fn native_lines_end_with_the_engines_numbers_also_when_a_zero_is_left_out() {
    let vars = [("ENGINE_KIND", "ollama")];
    let lines = vec![line("I", false), line("", true)];
    let row = row_of(stream(NDJSON, lines), "/api/chat", &vars).await;
    is(&row, "finished", "engine", (15, 12));
    assert_eq!(row.model, "m");
    let lines = vec![line("I", false), "{\"model\":\"m\",\"done\":true}\n".into()];
    let row = row_of(stream(NDJSON, lines), "/api/chat", &vars).await;
    is(&row, "finished", "engine", (0, 0));
}

#[actix_web::test]
async fn a_refused_call_costs_nothing() {
    let error = json!({ "error": { "message": "no" } }).to_string();
    let row = chatted(Act::Raw(400, "application/json", error)).await;
    is(&row, "failed", "counted", (0, 0));
    assert_eq!(row.status, 400);
}

#[actix_web::test]
async fn an_embedding_costs_its_prompt_alone() {
    let body = json!({ "data": [], "model": "e", "usage": { "prompt_tokens": 6 } });
    let act = Act::Raw(200, "application/json", body.to_string());
    let row = row_of(act, "/v1/embeddings", &[]).await;
    is(&row, "finished", "engine", (6, 0));
}

#[actix_web::test]
async fn what_asks_no_engine_for_tokens_leaves_no_row() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for path in [
        "/v1/models",
        "/mem/events",
        "/agents",
        "/metrics",
        "/healthz",
    ] {
        assert_eq!(gateway.get(&token, path).await.status(), 200);
    }
    let bad = gateway
        .post(&token, "/v1/chat/completions", &json!([]))
        .await;
    assert_eq!(bad.status(), 400);
    let good = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(good.status(), 200);
    // Rows are written in order: when the last is there, so are all.
    gateway.one_usage().await;
}

#[actix_web::test]
async fn a_task_for_the_own_chat_is_charged_once_and_to_the_task() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let id = gateway.send(&token, &json!({ "input": chat("hi") })).await;
    assert_eq!(gateway.ended(&token, &id).await["state"], "done");
    let row = gateway.one_usage().await;
    is(&row, "finished", "engine", (3, 5));
    assert_eq!(row.task_id.as_deref(), Some(&*id));
    assert_eq!(&*row.user_id, "ada");
    let seen = gateway.engine.seen().remove(0).json();
    assert_eq!(seen.get("stream"), None::<&Value>);
}

fn record(tokens: u64) -> UsageRecord {
    UsageRecord {
        id: uuid::Uuid::now_v7(),
        at: UnixMillis(1),
        owner: Owner::new("i", "ada"),
        session: SessionId("s".into()),
        task: None,
        project: "default".to_owned(),
        model_asked: None,
        model: "m".to_owned(),
        engine: "e".to_owned(),
        tokens_in: tokens,
        tokens_out: 5,
        source_in: Source::Engine,
        source_out: Source::Engine,
        outcome: "finished",
        status: 200,
        first_byte_ms: 1,
        duration_ms: 1,
    }
}

#[actix_web::test]
async fn totals_of_absurd_rows_stop_at_the_largest_integer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("attach.db");
    let table = UsageTable::new(Database::open(&path.clone().into()).await.unwrap());
    let largest = i64::MAX as u64;
    for tokens in [largest, largest / 2 + 2] {
        table.write(&[record(tokens)]).await.unwrap();
    }
    let totals = table.totals().await.unwrap();
    assert_eq!((totals[0].tokens_in, totals[0].tokens_out), (i64::MAX, 10));
}
