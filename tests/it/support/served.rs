//! A gateway that is a process of its own, and a person who talks to it.

use std::path::Path;

use reqwest::Client;
use serde_json::Value;

use super::{
    asking::{Answer, whole},
    eventually,
    issuer::{AUDIENCE, Issuer},
    process::Process,
};

pub struct Served {
    pub process: Process,
    pub url: String,
    pub client: Client,
    pub token: String,
}

impl Served {
    /// The built binary over `data`, once it is ready. `vars` come on top of what
    /// it needs.
    pub async fn start(data: &Path, issuer: &Issuer, vars: &[(&str, &str)]) -> Self {
        let base = [("OIDC_ISSUER", issuer.url()), ("OIDC_AUD", AUDIENCE)];
        let (process, url) = Process::serve(data, &[&base, vars].concat()).await;
        Self {
            process,
            url,
            client: Client::builder().no_proxy().build().unwrap(),
            token: issuer.token("ada"),
        }
    }

    pub async fn ask(&self, path: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.url));
        whole(request.bearer_auth(&self.token).send().await.unwrap()).await
    }

    /// Sends a task and returns its id once it is acknowledged.
    pub async fn send(&self, task: &Value) -> String {
        let request = self.client.post(format!("{}/a2a/tasks/send", self.url));
        let request = request.bearer_auth(&self.token).json(task);
        let answer = whole(request.send().await.unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["task_id"].as_str().unwrap().to_owned()
    }

    pub async fn status(&self, id: &str) -> Value {
        self.ask(&format!("/a2a/tasks/status/{id}")).await.body
    }

    pub async fn ended(&self, id: &str) -> Value {
        eventually("the task ends", async || {
            let status = self.status(id).await;
            matches!(status["state"].as_str(), Some("done" | "error")).then_some(status)
        })
        .await
    }

    /// The kinds of a task's history, in order.
    pub async fn kinds(&self, id: &str) -> Vec<String> {
        let path = format!("/a2a/tasks/events/{id}?history=true");
        let history = self.ask(&path).await.body;
        let events = history["events"].as_array().unwrap().iter();
        let kind = |event: &Value| event["kind"].as_str().unwrap().to_owned();
        events.map(kind).collect()
    }
}
