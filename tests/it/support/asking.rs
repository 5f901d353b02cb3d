//! Shorter ways to ask the gateway about tasks and memory.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{eventually, gateway::Gateway};

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// What went wrong, in the gateway's words.
    pub fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().unwrap())
    }
}

pub async fn whole(answer: reqwest::Response) -> Answer {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer {
        status,
        headers,
        body,
    }
}

impl Gateway {
    pub async fn ask(&self, token: &str, path: &str) -> Answer {
        whole(self.get(token, path).await).await
    }

    pub async fn tell(&self, token: &str, path: &str, body: &Value) -> Answer {
        whole(self.post(token, path, body).await).await
    }

    /// Posts with an `Idempotency-Key`.
    pub async fn tell_once(&self, token: &str, path: &str, key: &str, body: &Value) -> Answer {
        let request = self.client.post(self.at(path)).bearer_auth(token);
        let request = request.header("idempotency-key", key).json(body);
        whole(request.send().await.unwrap()).await
    }

    /// Posts bytes as they are.
    pub async fn tell_raw(&self, token: &str, path: &str, body: impl Into<String>) -> Answer {
        let request = self.client.post(self.at(path)).bearer_auth(token);
        whole(request.body(body.into()).send().await.unwrap()).await
    }

    /// The status of a task as it stands.
    pub async fn status(&self, token: &str, id: &str) -> Value {
        self.ask(token, &format!("/a2a/tasks/status/{id}"))
            .await
            .body
    }

    /// Waits until a task stands at `state`.
    pub async fn reaches(&self, token: &str, id: &str, state: &str) -> Value {
        let what = format!("the task is {state}");
        eventually(&what, async || {
            let status = self.status(token, id).await;
            (status["state"] == state).then_some(status)
        })
        .await
    }

    /// A task's history.
    pub async fn history(&self, token: &str, id: &str) -> Vec<Value> {
        let path = format!("/a2a/tasks/events/{id}?history=true");
        let history = self.ask(token, &path).await.body;
        history["events"].as_array().unwrap().clone()
    }

    /// The kinds of a task's history, in order.
    pub async fn kinds(&self, token: &str, id: &str) -> Vec<String> {
        let kind = |event: &Value| event["kind"].as_str().unwrap().to_owned();
        self.history(token, id).await.iter().map(kind).collect()
    }

    /// The events of memory that `query` asks for.
    pub async fn memory(&self, token: &str, query: &str) -> Vec<Value> {
        let answer = self.ask(token, &format!("/mem/events?{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let events = &answer.body["data"]["Get"]["MemoryEvent"];
        events.as_array().unwrap().clone()
    }

    /// Those events, once there are `count` of them: mirrors are written within
    /// a few milliseconds.
    pub async fn remembers(&self, token: &str, query: &str, count: usize) -> Vec<Value> {
        let what = format!("memory holds {count} events for {query}");
        eventually(&what, async || {
            let events = self.memory(token, query).await;
            (events.len() >= count).then_some(events)
        })
        .await
    }
}

/// The id an answer gives, of a task or a document.
pub fn id_of(answer: &Answer) -> String {
    let id = answer.body.get("task_id").or(answer.body.get("id"));
    let id = id.and_then(Value::as_str);
    id.unwrap_or_else(|| panic!("no id in {answer:?}"))
        .to_owned()
}
