//! An agent with a script of its own: each call is handed to a function.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{engine::Seen, peer::Peer};

/// One call, as the agent got it.
#[derive(Clone, Debug)]
pub struct Call {
    pub seen: Seen,
    /// 0 for the first call of this agent.
    pub nth: usize,
}

impl Call {
    pub fn task(&self) -> &str {
        self.seen.header("x-attach-task").unwrap()
    }

    pub fn attempt(&self) -> u32 {
        self.seen
            .header("x-attach-attempt")
            .unwrap()
            .parse()
            .unwrap()
    }

    /// The delegation token.
    pub fn token(&self) -> &str {
        let header = self.seen.header("authorization").unwrap();
        header.strip_prefix("Bearer ").unwrap()
    }
}

pub struct Scripted {
    peer: Peer,
    calls: Arc<Mutex<Vec<Call>>>,
    open: Arc<AtomicUsize>,
}

impl Scripted {
    /// An agent that answers each call as `play` says.
    pub fn start<F, R>(play: F) -> Self
    where
        F: Fn(Call) -> R + Clone + Send + 'static,
        R: Future<Output = HttpResponse> + 'static,
    {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), play)
    }

    /// The same at a place that is known before.
    pub fn on<F, R>(listener: TcpListener, play: F) -> Self
    where
        F: Fn(Call) -> R + Clone + Send + 'static,
        R: Future<Output = HttpResponse> + 'static,
    {
        let (calls, open) = (Arc::<Mutex<Vec<Call>>>::default(), Arc::default());
        let (noted, counted) = (calls.clone(), Arc::clone(&open));
        let peer = Peer::on(listener, move |config| {
            let (noted, counted, play) = (noted.clone(), Arc::clone(&counted), play.clone());
            let handler = move |request: HttpRequest, body: web::Bytes| {
                let open = Open::new(&counted);
                let call = note(&noted, &request, body);
                let answer = play(call);
                async move {
                    let _open = open;
                    answer.await
                }
            };
            config.default_service(web::to(handler));
        });
        Self { peer, calls, open }
    }

    /// An entry of `AGENTS`.
    pub fn named(&self, name: &str) -> String {
        format!("{name}={}/api/chat", self.peer.url)
    }

    pub fn url(&self) -> &str {
        &self.peer.url
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// Calls that wait for an answer.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn note(calls: &Mutex<Vec<Call>>, request: &HttpRequest, body: web::Bytes) -> Call {
    let headers = request.headers().iter();
    let headers = headers.map(|(n, v)| {
        (
            n.to_string(),
            String::from_utf8_lossy(v.as_bytes()).into_owned(),
        )
    });
    let seen = Seen {
        method: request.method().to_string(),
        path: request.uri().to_string(),
        headers: headers.collect(),
        body,
    };
    let mut calls = calls.lock().unwrap();
    let nth = calls.len();
    calls.push(Call { seen, nth });
    calls[nth].clone()
}

/// Holds calls until it is opened.
#[derive(Clone, Debug)]
pub struct Gate(watch::Sender<bool>);

impl Gate {
    pub fn closed() -> Self {
        Self(watch::Sender::new(false))
    }

    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub async fn pass(&self) {
        self.0.subscribe().wait_for(|open| *open).await.unwrap();
    }
}

/// The gateway's address, for an agent that is started before it.
#[derive(Clone, Debug, Default)]
pub struct Place(Arc<OnceLock<String>>);

impl Place {
    pub fn set(&self, url: &str) {
        self.0.set(url.to_owned()).unwrap();
    }

    /// What `path` of the gateway answers to an agent that posts `body`.
    pub async fn post(&self, call: &Call, path: &str, body: &Value) -> (u16, Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(self.at(path)).bearer_auth(call.token());
        answer(request.json(body)).await
    }

    pub async fn get(&self, call: &Call, path: &str) -> (u16, Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        answer(client.get(self.at(path)).bearer_auth(call.token())).await
    }

    /// Hands `task` off and waits until the child ends.
    pub async fn hand_off(&self, call: &Call, task: &Value) -> Value {
        let (status, accepted) = self.post(call, "/a2a/tasks/send", task).await;
        if status != 200 {
            return json!({ "refused": status, "detail": accepted["detail"] });
        }
        let id = accepted["task_id"].as_str().unwrap();
        loop {
            let path = format!("/a2a/tasks/status/{id}?wait=5");
            let (status, child) = self.get(call, &path).await;
            if status != 200 || matches!(child["state"].as_str(), Some("done" | "error")) {
                return child;
            }
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0.get().unwrap())
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    match request.send().await {
        Ok(answer) => (
            answer.status().as_u16(),
            answer.json().await.unwrap_or_default(),
        ),
        Err(error) => (0, json!({ "detail": error.to_string() })),
    }
}
