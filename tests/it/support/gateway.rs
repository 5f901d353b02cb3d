//! The real gateway, in this process, on a free port.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread::JoinHandle,
};

use attach_gateway::{adapters::database::Database, app, config::Config};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{
    engine::{Act, Engine},
    issuer::{AUDIENCE, Issuer},
};

/// A port for scrapers, for those who ask what is counted.
pub const SCRAPE: (&str, &str) = ("METRICS_ADDR", "127.0.0.1:0");

/// A gateway with a database of its own, an issuer and an engine. Dropping it
/// drains it.
pub struct Gateway {
    pub url: String,
    /// Where `METRICS_ADDR` let it listen.
    pub scrape: Option<SocketAddr>,
    pub issuer: Issuer,
    pub engine: Engine,
    pub data: tempfile::TempDir,
    pub client: Client,
    /// Its own way to its database.
    pub database: Database,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    /// A gateway with nothing set but what it needs.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A gateway with these variables besides.
    pub fn with(vars: &[(&str, &str)]) -> Self {
        let engine = Engine::start(Act::Text("hello"));
        Self::before(engine, vars)
    }

    /// A gateway in front of `engine`.
    pub fn before(engine: Engine, vars: &[(&str, &str)]) -> Self {
        Self::over(engine, Issuer::start(), tempfile::tempdir().unwrap(), vars)
    }

    /// A gateway that takes the tokens of `issuer`.
    pub fn trusting(issuer: Issuer, vars: &[(&str, &str)]) -> Self {
        let engine = Engine::start(Act::Text("hello"));
        Self::over(engine, issuer, tempfile::tempdir().unwrap(), vars)
    }

    /// A gateway over a data folder that may have been used before.
    pub fn over(
        engine: Engine,
        issuer: Issuer,
        data: tempfile::TempDir,
        vars: &[(&str, &str)],
    ) -> Self {
        let base = [
            ("ATTACH_CONFIG", "/dev/null"),
            ("ATTACH_DATA", data.path().to_str().unwrap()),
            ("OIDC_ISSUER", issuer.url()),
            ("OIDC_AUD", AUDIENCE),
            ("ENGINE_URL", engine.url()),
            ("GRPC_PORT", "0"),
            ("SHUTDOWN_GRACE", "5"),
        ];
        let all = base
            .iter()
            .chain(vars)
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let mut vars: BTreeMap<_, _> = all.collect();
        vars.retain(|_, value| !value.is_empty());
        let config = Config::read(&vars).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, is_ready) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let gateway = app::Gateway::build(config, listener).await.unwrap();
                let scrape = gateway.metrics_address();
                ready.send((gateway.database().clone(), scrape)).unwrap();
                let stopped = async {
                    let _ = stopped.await;
                };
                gateway.run_until(stopped).await.unwrap();
            });
        });
        let (database, scrape) = is_ready.recv().unwrap();
        Self {
            database,
            scrape,
            url,
            issuer,
            engine,
            data,
            client: Client::builder().no_proxy().build().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Drains it, and hands on what outlives it.
    pub fn stop(mut self) -> (Engine, Issuer, tempfile::TempDir) {
        self.drain();
        let issuer = std::mem::replace(&mut self.issuer, Issuer::start());
        let engine = std::mem::replace(&mut self.engine, Engine::start(Act::Silence));
        let data = std::mem::replace(&mut self.data, tempfile::tempdir().unwrap());
        (engine, issuer, data)
    }

    fn drain(&mut self) {
        if let (Some(stop), Some(thread)) = (self.stop.take(), self.thread.take()) {
            let _ = stop.send(());
            thread.join().unwrap();
        }
    }

    pub fn token(&self, sub: &str) -> String {
        self.issuer.token(sub)
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Every series, by [`SCRAPE`].
    pub async fn scraped(&self) -> String {
        let url = format!("http://{}/metrics", self.scrape.unwrap());
        let answer = self.client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    pub async fn get(&self, token: &str, path: &str) -> Response {
        self.client
            .get(self.at(path))
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
    }

    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Response {
        let request = self
            .client
            .post(self.at(path))
            .bearer_auth(token)
            .json(body);
        request.send().await.unwrap()
    }

    /// Sends a task and returns its id.
    pub async fn send(&self, token: &str, task: &Value) -> String {
        let answer = self.post(token, "/a2a/tasks/send", task).await;
        assert_eq!(answer.status(), 200);
        let accepted: Value = answer.json().await.unwrap();
        accepted["task_id"].as_str().unwrap().to_owned()
    }

    /// The status of a task once it has ended.
    pub async fn ended(&self, token: &str, id: &str) -> Value {
        super::eventually("the task ends", async || {
            let path = format!("/a2a/tasks/status/{id}?wait=5");
            let status: Value = self.get(token, &path).await.json().await.unwrap();
            matches!(status["state"].as_str(), Some("done" | "error")).then_some(status)
        })
        .await
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.drain();
    }
}

/// A chat of one message.
pub fn chat(text: &str) -> Value {
    json!({ "model": "scripted", "messages": [{ "role": "user", "content": text }] })
}
