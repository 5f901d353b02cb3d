//! A Redis that does not do its part. What the real one does is tested in
//! `tests/real`.

use std::{
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;

use super::{chatted, series};
use crate::support::{eventually, gateway::Gateway, process::run};

/// Takes connections, and says nothing or goes.
struct Peer {
    url: String,
    is_over: Arc<AtomicBool>,
}

impl Peer {
    fn start(hangs_up: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::<AtomicBool>::default();
        let over = is_over.clone();
        std::thread::spawn(move || {
            let held = Mutex::new(Vec::new());
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                if !hangs_up {
                    held.lock().unwrap().push(stream);
                }
            }
        });
        // The password must be told nowhere.
        let url = format!("redis://me:hunter2@{address}/");
        Self { url, is_over }
    }

    fn address(&self) -> &str {
        self.url.rsplit('@').next().unwrap().trim_end_matches('/')
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address());
    }
}

fn before(redis: &str, fail: &str) -> Gateway {
    Gateway::with(&[
        ("MAX_TOKENS_PER_MIN", "20"),
        ("REDIS_URL", redis),
        ("QUOTA_FAIL", fail),
    ])
}

async fn detail(gateway: &Gateway) -> Value {
    let answer = gateway.client.get(gateway.at("/readyz")).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    body["detail"]["quota"].clone()
}

#[actix_web::test]
async fn while_redis_is_away_calls_are_refused_with_a_word_of_their_own() {
    for peer in [Peer::start(true), Peer::start(false)] {
        let gateway = before(&peer.url, "closed");
        for path in ["/v1/chat/completions", "/api/chat"] {
            let body = crate::support::gateway::chat("hi");
            let answer = gateway.post(&gateway.token("ada"), path, &body).await;
            assert_eq!(answer.status(), 503, "{path}");
            assert_eq!(answer.headers()["x-attach-limited-by"], "gateway");
            let after = answer.headers()["retry-after"].to_str().unwrap();
            assert!(after.parse::<u32>().unwrap() >= 1);
            let body: Value = answer.json().await.unwrap();
            assert!(body["detail"].as_str().unwrap().contains("quotas"));
            if path.starts_with("/v1") {
                assert_eq!(body["error"]["code"], "quota_unavailable");
            }
        }
        assert!(gateway.engine.seen().is_empty());
        let detail = detail(&gateway).await;
        assert_eq!(detail["backend"], "redis");
        assert!(detail["away"].is_string(), "{detail}");
        assert_eq!(detail["calls_go_on"], false);
    }
}

#[actix_web::test]
async fn with_open_calls_go_on_and_what_they_cost_waits_for_redis() {
    let peer = Peer::start(true);
    let gateway = before(&peer.url, "open");
    for _ in 0..4 {
        let answer = chatted(&gateway, "ada").await;
        assert_eq!(answer.status(), 200);
    }
    let unchecked = series(&gateway, "attach_quota_unchecked_total").await;
    assert_eq!(unchecked, Some(4));
    assert_eq!(super::charged(&gateway, "default").await, 0);
    eventually("all four wait", async || {
        (detail(&gateway).await["waiting"] == 4).then_some(())
    })
    .await;
    // What can never pass is no question for Redis.
    let long = "word ".repeat(40);
    let body = crate::support::gateway::chat(&long);
    let answer = gateway
        .post(&gateway.token("ada"), "/v1/chat/completions", &body)
        .await;
    assert_eq!(answer.status(), 400);
}

#[test]
fn check_says_how_limits_and_redis_stand_and_never_the_password() {
    let peer = Peer::start(true);
    let folder = tempfile::tempdir().unwrap();
    let tables = "[[limit]]\nname = 'big'\ntokens = 7\nwindow = 9\nmodel = 'big*'\nuser = 'ada'";
    std::fs::write(folder.path().join("attach.toml"), tables).unwrap();
    for (fail, word) in [("closed", "FAULT"), ("open", "warning")] {
        let vars = [
            ("OIDC_ISSUER", "http://127.0.0.1:1"),
            ("OIDC_AUD", "us"),
            ("MAX_TOKENS_PER_MIN", "20"),
            ("REDIS_URL", &peer.url),
            ("QUOTA_FAIL", fail),
        ];
        let ended = run(folder.path(), &["check"], &vars);
        let text = ended.out + &ended.err;
        assert!(!text.contains("hunter2"), "{text}");
        let rows: Vec<_> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let limit = "limit big on 7 tokens in 9 s; models big*, user ada";
        assert!(rows.iter().any(|row| row == limit), "{text}");
        let redis = format!("redis {word} redis://{}/0:", peer.address());
        assert!(rows.iter().any(|row| row.starts_with(&redis)), "{text}");
    }
}
