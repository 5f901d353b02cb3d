//! Memory by script.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{Script, Seen, refused, see};

pub(super) async fn remember(
    req: HttpRequest,
    script: web::Data<Script>,
    body: web::Json<Value>,
) -> HttpResponse {
    let seen = see(&script, &req, body.into_inner());
    let mut documents = script.documents.lock().unwrap();
    if let Some(n) = documents.iter().position(|d| d.key == seen.key) {
        return HttpResponse::Ok().json(json!({ "id": format!("doc-{n}") }));
    }
    documents.push(seen);
    let id = format!("doc-{}", documents.len() - 1);
    HttpResponse::Created().json(json!({ "id": id }))
}

pub(super) async fn recall(
    req: HttpRequest,
    script: web::Data<Script>,
    id: web::Path<String>,
) -> HttpResponse {
    see(&script, &req, Value::Null);
    let n = id
        .strip_prefix("doc-")
        .and_then(|n| n.parse::<usize>().ok());
    let documents = script.documents.lock().unwrap();
    match n.and_then(|n| documents.get(n)) {
        Some(document) => HttpResponse::Ok().json(&document.body),
        None => HttpResponse::NotFound().json(json!({ "detail": "unknown event" })),
    }
}

/// Finds an event that is no document, and the documents with any of the words,
/// the newest first.
pub(super) async fn search(
    req: HttpRequest,
    script: web::Data<Script>,
    query: web::Query<Value>,
) -> HttpResponse {
    let query = query.into_inner();
    see(&script, &req, query.clone());
    if let Some(status) = *script.refuses_search.lock().unwrap() {
        return refused(status);
    }
    let words: Vec<_> = query["q"].as_str().unwrap().split(' ').collect();
    let documents = script.documents.lock().unwrap();
    let found = documents.iter().enumerate().rev().map(found);
    let found = found.filter(|event| words.iter().any(|word| has(event, word)));
    let prompt = json!({ "event": "prompt", "text": query["q"], "_additional": { "id": "p" } });
    let events: Vec<_> = std::iter::once(prompt).chain(found).collect();
    HttpResponse::Ok().json(json!({ "data": { "Get": { "MemoryEvent": events } } }))
}

/// A document as a search shows it: with the task that the token names, which
/// here begins the key.
fn found((n, document): (usize, &Seen)) -> Value {
    let (task, _) = document.key.as_deref().unwrap().split_once('/').unwrap();
    let mut found = document.body.clone();
    found["task_id"] = json!(task);
    found["_additional"] = json!({ "id": format!("doc-{n}") });
    found
}

fn has(event: &Value, word: &str) -> bool {
    ["title", "text"]
        .iter()
        .any(|name| event[name].as_str().unwrap().contains(word))
}
