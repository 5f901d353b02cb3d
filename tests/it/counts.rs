//! Every engine's answers as they were recorded, shortened: the row says the engine's
//! numbers wherever it gives any, streamed or not, and what was sent where the client
//! left.

mod answers;
mod long;

use serde_json::Value;

use crate::support::{
    engine::{Act, Engine, Feed},
    gateway::Gateway,
    rows::Usage,
};
use answers::{NDJSON, Recorded, SSE, recorded};

const JSON: &str = "application/json";

fn before(recorded: &Recorded, act: Act) -> Gateway {
    let kind = if recorded.is_ollama {
        "ollama"
    } else {
        "openai"
    };
    Gateway::before(Engine::start(act), &[("ENGINE_KIND", kind)])
}

/// The row of one call that is answered so, to its end.
async fn row_of(recorded: &Recorded, act: Act) -> Usage {
    let gateway = before(recorded, act);
    let token = gateway.token("ada");
    let answer = gateway.post(&token, recorded.path, &recorded.body).await;
    answer.bytes().await.unwrap();
    gateway.one_usage().await
}

fn is(name: &str, row: &Usage, outcome: &str, (input, output): ((i64, &str), (i64, &str))) {
    let found = (
        &*row.outcome,
        (row.tokens_in, &*row.source_in),
        (row.tokens_out, &*row.source_out),
    );
    assert_eq!(found, (outcome, input, output), "{name}: {row:?}");
}

#[actix_web::test]
async fn a_stream_costs_what_its_engine_says() {
    for recorded in recorded() {
        let Some(chunks) = &recorded.stream else {
            continue;
        };
        let act = Act::Stream {
            content_type: if recorded.is_lines { NDJSON } else { SSE },
            chunks: chunks.clone(),
            pause: std::time::Duration::ZERO,
            is_cut: false,
        };
        let row = row_of(&recorded, act).await;
        is(recorded.name, &row, recorded.outcome, recorded.tokens);
    }
}

#[actix_web::test]
async fn an_answer_in_one_piece_costs_the_same() {
    for recorded in recorded() {
        let Some(whole) = &recorded.whole else {
            continue;
        };
        let act = Act::Raw(200, JSON, whole.to_string());
        let row = row_of(&recorded, act).await;
        is(recorded.name, &row, recorded.outcome, recorded.tokens);
    }
}

#[actix_web::test]
async fn a_client_that_leaves_pays_for_what_was_sent() {
    for recorded in recorded() {
        let (Some(chunks), Some((count, (input, output)))) = (&recorded.stream, recorded.left)
        else {
            continue;
        };
        let feed = Feed::default();
        let content_type = if recorded.is_lines { NDJSON } else { SSE };
        let gateway = before(&recorded, Act::Fed(content_type, feed.clone()));
        let token = gateway.token("ada");
        let sent = chunks[..count].concat();
        feed.send(sent.clone());
        let mut answer = gateway.post(&token, recorded.path, &recorded.body).await;
        let mut got = Vec::new();
        while got.len() < sent.len() {
            got.extend(answer.chunk().await.unwrap().unwrap());
        }
        drop(answer);
        let row = gateway.one_usage().await;
        is(recorded.name, &row, "hung_up", (input, output));
    }
}

/// A JSON value as one line of a stream.
fn line(value: &Value) -> String {
    format!("{value}\n")
}
