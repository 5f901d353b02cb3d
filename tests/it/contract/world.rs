//! The built gateway as a process, and tables run against it.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use attach_gateway::adapters::identity::signing::SigningKey;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::{
    row::{Ask, Row, Secrets},
    scene::{Delegated, Scene, insert_api_keys},
};
use crate::support::{
    engine::Seen,
    eventually,
    key::with,
    process::Process,
    wire::{Answer, Wire},
};

pub type Table = (&'static str, fn(&Scene) -> Vec<Row>);

pub struct World {
    pub scene: Scene,
    process: Process,
    pub host: String,
    began: Instant,
    secrets: Secrets,
    answers: String,
    faults: Vec<String>,
}

impl World {
    pub async fn with(vars: &[(&'static str, String)]) -> Self {
        Self::of(Scene::set(), |_| vars.to_vec()).await
    }

    /// A gateway with variables that depend on what is around it.
    pub async fn of(
        scene: Scene,
        vars: impl FnOnce(&Scene) -> Vec<(&'static str, String)>,
    ) -> Self {
        let vars = [scene.vars(), vars(&scene)].concat();
        let vars: Vec<_> = vars.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let (process, url) = Process::serve(scene.data.path(), &vars).await;
        insert_api_keys(&scene).await;
        let host = url.strip_prefix("http://").unwrap().to_owned();
        Self {
            scene,
            process,
            host,
            began: Instant::now(),
            secrets: Secrets::new(),
            answers: String::new(),
            faults: Vec::new(),
        }
    }

    /// Has tasks run, so that there are delegation tokens.
    pub async fn delegate(&self) {
        let sender = |user: &str, scope: &str| {
            let claims = self.scene.first.claims(user);
            let claims = match scope {
                "" => claims,
                scope => with(&claims, "scope", json!(scope)),
            };
            self.scene.key("ec").sign(&claims)
        };
        let narrow = self
            .send("narrow", &sender("narrow", "tasks:run memory:read"))
            .await;
        let plain = self.send("plain", &sender("plain", "")).await;
        let leaver = sender("leaver", "");
        let ended = self.send("leaver", &leaver).await;
        let cancel = format!(
            "/a2a/tasks/cancel/{}",
            ended.header("x-attach-task").unwrap()
        );
        let answer = self.post(&leaver, &cancel, &json!({})).await;
        assert_eq!(answer.status(), 200);
        let key = self.scene.data.path().join("delegation.key");
        let key = SigningKey::open(&key).unwrap();
        let delegated = Delegated {
            narrow: token_of(&narrow),
            plain: token_of(&plain),
            ended: token_of(&ended),
            forge: Box::new(move |typ, claims| key.sign(typ, claims).unwrap()),
        };
        assert!(self.scene.delegated.set(delegated).is_ok());
    }

    /// Sends a task as `user`; what the agent got.
    async fn send(&self, user: &str, token: &str) -> Seen {
        let task = json!({ "target": "coder", "input": { "q": 1 } });
        let answer = self.post(token, "/a2a/tasks/send", &task).await;
        assert_eq!(answer.status(), 200);
        eventually("the agent is called", async || {
            let mut seen = self.scene.agent.seen().into_iter();
            seen.find(|seen| seen.header("x-attach-user") == Some(user))
        })
        .await
    }

    async fn post(&self, token: &str, path: &str, body: &Value) -> reqwest::Response {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("http://{}{path}", self.host));
        request.bearer_auth(token).json(body).send().await.unwrap()
    }

    /// Runs every row of these tables so many times.
    pub async fn run(&mut self, tables: &[Table], times: usize) {
        for (subject, table) in tables {
            let rows = table(&self.scene);
            println!("{subject}: {} rows", rows.len());
            for row in std::iter::repeat_n(&rows, times).flatten() {
                for fault in self.row(row).await {
                    let fault = format!("{subject} / {}: {fault}", row.name);
                    if !self.faults.contains(&fault) {
                        self.faults.push(fault);
                    }
                }
            }
        }
    }

    /// What is wrong about the answer to one row.
    pub async fn row(&mut self, row: &Row) -> Vec<String> {
        self.secrets.extend(row.ask.secrets());
        let before = self.scene.engine.count();
        let Some(answer) = self.ask(&row.ask.bytes(&self.host)).await else {
            return vec!["no answer at all".to_owned()];
        };
        let seen = self.scene.engine.newest_after(before);
        let mut faults = row.want.faults(row.ask.path(), &answer, seen.as_ref());
        let is_kept = row.want.status >= 400 || row.ask.line.starts_with("OPTIONS");
        if is_kept && seen.is_some() {
            faults.push("the engine was asked".to_owned());
        }
        self.answers += &format!("{:?}\n", answer.headers);
        self.answers += &String::from_utf8_lossy(&answer.body);
        faults
    }

    pub async fn ask(&self, bytes: &[u8]) -> Option<Answer> {
        let answer = async {
            let mut wire = Wire::at(&self.host).await;
            wire.send(bytes).await;
            wire.answer().await
        };
        AssertUnwindSafe(answer).catch_unwind().await.ok()
    }

    /// The answers to these, asked on one connection without waiting.
    pub async fn pipelined(&mut self, asks: &[Ask]) -> Vec<Answer> {
        let mut wire = Wire::at(&self.host).await;
        let bytes = asks.iter().map(|ask| ask.bytes(&self.host));
        wire.send(bytes.collect::<Vec<_>>().concat()).await;
        let mut answers = Vec::new();
        for ask in asks {
            self.secrets.extend(ask.secrets());
            answers.push(wire.answer().await);
        }
        answers
    }

    /// What holds however the rows went; and then, that they went well.
    pub async fn end(mut self) {
        let health = self.ask(&Ask::get("/healthz").bytes(&self.host)).await;
        assert_eq!(health.map(|answer| answer.status), Some(200));
        let mut faults = std::mem::take(&mut self.faults);
        if self.scene.trap.calls() > 0 {
            faults.push(format!(
                "the trap was called {} times",
                self.scene.trap.calls()
            ));
        }
        // One fetch at the start, and one each 30 seconds for whatever kids come.
        let allowed = 2 + self.began.elapsed().as_secs() / 30;
        for issuer in [&self.scene.first, &self.scene.second] {
            if issuer.fetches() as u64 > allowed {
                faults.push(format!("keys fetched {} times", issuer.fetches()));
            }
        }
        self.process.signal("TERM");
        let ended = self.process.wait(Duration::from_secs(20));
        if ended.code != Some(0) {
            faults.push(format!("it ended with {:?}", ended.code));
        }
        let logs = ended.err + &ended.out;
        faults.extend(
            logs.lines()
                .filter(|line| line.contains("panicked"))
                .map(str::to_owned),
        );
        assert!(
            logs.contains("DEBUG"),
            "the log is not the whole log: {logs}"
        );
        let kept = std::fs::read_dir(self.scene.data.path())
            .unwrap()
            .map(|file| {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                String::from_utf8_lossy(&bytes).into_owned()
            });
        let kept = kept.collect::<String>();
        let peers =
            [&self.scene.engine, &self.scene.agent].map(|peer| format!("{:?}", peer.seen()));
        let mut own = Secrets::new();
        if let Some(delegated) = self.scene.delegated.get() {
            // These were made for the agent to have.
            for token in [&delegated.narrow, &delegated.plain, &delegated.ended] {
                own.extend(token.split('.').map(str::to_owned));
            }
        }
        let places = [
            ("answers", &self.answers),
            ("logs", &logs),
            ("database", &kept),
            ("engine", &peers[0]),
            ("agent", &peers[1]),
        ];
        for (place, text) in places {
            let own = if place == "agent" {
                &own
            } else {
                &Secrets::new()
            };
            let leaked = leaks(text, self.secrets.difference(own));
            faults.extend(leaked.map(|secret| format!("the {place} repeat {secret}")));
        }
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
    }
}

/// The secrets that this text repeats.
pub fn leaks<'a>(
    text: &str,
    secrets: impl Iterator<Item = &'a String>,
) -> impl Iterator<Item = &'a String> {
    secrets.filter(|secret| text.contains(secret.as_str()))
}

fn token_of(seen: &Seen) -> String {
    let header = seen.header("authorization").unwrap();
    header.strip_prefix("Bearer ").unwrap().to_owned()
}
