//! What those see who run the gateway: every series, and the port for scrapers.

use std::{collections::BTreeSet, fs, net::TcpListener};

use attach_gateway::adapters::usage::prometheus::series::{SERIES, Type};
use serde_json::{Value, json};

use crate::support::{
    engine::{Act, Engine},
    eventually,
    gateway::{Gateway, SCRAPE, chat},
    issuer::AUDIENCE,
    process,
    scripted::Scripted,
};

async fn scraped(gateway: &Gateway) -> String {
    gateway.scraped().await
}

/// The value of the series written so.
fn value(text: &str, series: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| {
        let rest = line.strip_prefix(series)?;
        rest.strip_prefix(' ')
    });
    value?.parse().ok()
}

#[actix_web::test]
async fn the_second_port_shows_every_series_without_a_token_and_nothing_else() {
    let gateway = Gateway::with(&[SCRAPE]);
    let base = format!("http://{}", gateway.scrape.unwrap());
    let text = scraped(&gateway).await;
    for places in ["attach_places 1024", "attach_places_free 1024"] {
        assert!(text.contains(places), "{places} in {text}");
    }
    let get = async |path: &str, host: Option<&str>| {
        let mut request = gateway.client.get(format!("{base}{path}"));
        if let Some(host) = host {
            request = request.header("host", host);
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(get("/healthz", None).await, 200);
    for path in ["/", "/readyz", "/v1/models", "/metrics/", "/mem/events"] {
        assert_eq!(get(path, None).await, 404, "{path}");
    }
    let post = gateway.client.post(format!("{base}/metrics"));
    assert_eq!(post.send().await.unwrap().status(), 404);
    assert_eq!(get("/metrics", Some("evil.example")).await, 421);
    assert_eq!(get("/metrics", Some("localhost:1")).await, 200);
}

#[test]
fn a_metrics_port_that_is_taken_is_a_wrong_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let vars = [
        ("OIDC_ISSUER", "https://issuer.example"),
        ("OIDC_AUD", AUDIENCE),
        ("PORT", "0"),
        ("GRPC_PORT", "off"),
        ("METRICS_ADDR", &address),
    ];
    let ended = process::run(data.path(), &["serve"], &vars);
    assert_eq!(ended.code, Some(64), "{}", ended.err);
    let told = format!("{address} cannot be listened on for metrics");
    assert!(ended.err.contains(&told), "{}", ended.err);
    assert!(ended.err.contains("METRICS_ADDR"), "{}", ended.err);
}

#[actix_web::test]
async fn every_series_that_is_shown_is_described_and_of_its_type() {
    let agent = Scripted::start(|_| async { actix_web::HttpResponse::Ok().json(json!({})) });
    let agents = agent.named("a");
    let vars = [
        SCRAPE,
        ("AGENTS", &*agents),
        ("USAGE_METERING", "prometheus"),
        ("MAX_TOKENS_PER_MIN", "100000"),
    ];
    let gateway = Gateway::with(&vars);
    let token = gateway.token("ada");
    gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    let task = json!({ "target": "a", "input": {} });
    let id = gateway.send(&token, &task).await;
    gateway.ended(&token, &id).await;
    let text = eventually("actors are felt", async || {
        let text = scraped(&gateway).await;
        let felt = "attach_mailbox_wait_seconds_count{actor=\"ledger\"}";
        text.contains(felt).then_some(text)
    })
    .await;
    for family in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = family.split_once(' ').unwrap();
        let known = SERIES.iter().find(|series| series.name == name);
        let known = known.unwrap_or_else(|| panic!("{name} is in no table"));
        let word = match known.kind {
            Type::Counter => "counter",
            Type::Gauge => "gauge",
            Type::Histogram => "histogram",
        };
        assert_eq!(kind, word, "{name}");
        assert!(
            text.contains(&format!("# HELP {name} {}", known.help)),
            "{name}"
        );
    }
    for series in [
        "attach_requests_total{route=\"/v1/\",status=\"200\"}",
        "attach_request_duration_seconds_bucket{route=\"/v1/\",le=\"300\"}",
        "attach_request_duration_seconds_count{route=\"/v1/\"}",
        "attach_first_byte_seconds_bucket{engine=\"engine\",le=\"+Inf\"}",
        "attach_tasks_ended_total{state=\"completed\"}",
        "attach_task_attempts_total{outcome=\"completed\"}",
    ] {
        assert!(value(&text, series) >= Some(1.0), "{series} in {text}");
    }
    for series in ["submitted", "working", "input-required", "auth-required"] {
        let series = format!("attach_tasks{{state=\"{series}\"}}");
        assert_eq!(value(&text, &series), Some(0.0), "{series} in {text}");
    }
    let version = env!("CARGO_PKG_VERSION");
    assert!(text.contains(&format!("attach_build_info{{version=\"{version}\"}} 1")));
    let age = format!(
        "attach_jwks_age_seconds{{issuer=\"{}\"}}",
        gateway.issuer.url()
    );
    assert!(value(&text, &age).is_some_and(|age| age < 60.0), "{text}");
    if cfg!(target_os = "linux") {
        let resident = value(&text, "process_resident_memory_bytes");
        assert!(resident > Some(1e6), "{resident:?}");
    }
}

#[actix_web::test]
async fn every_part_that_has_an_owner_is_felt_also_what_sends_usage_on() {
    let vars = [
        SCRAPE,
        ("USAGE_METERING", "openmeter"),
        ("OPENMETER_API_KEY", "key"),
        ("OPENMETER_URL", "http://127.0.0.1:9"),
        ("MAX_TOKENS_PER_MIN", "100000"),
    ];
    let gateway = Gateway::with(&vars);
    eventually("all are felt", async || {
        let text = gateway.scraped().await;
        let felt = |actor: &&str| {
            let series = format!("attach_mailbox_wait_seconds_count{{actor=\"{actor}\"}}");
            value(&text, &series) >= Some(1.0)
        };
        let parts = [
            "key_keeper",
            "ledger",
            "supervisor",
            "feed",
            "courier",
            "sessions",
            "memory_writer",
            "usage_writer",
            "openmeter_forwarder",
        ];
        parts.iter().all(felt).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn tasks_are_counted_by_state_while_they_wait() {
    let agent = Scripted::start(|_| std::future::pending::<actix_web::HttpResponse>());
    let agents = agent.named("a");
    let vars = [SCRAPE, ("AGENTS", &*agents), ("TASK_MAX_RUNNING", "1")];
    let gateway = Gateway::with(&vars);
    let token = gateway.token("ada");
    let task = json!({ "target": "a", "input": {} });
    let ids = [
        gateway.send(&token, &task).await,
        gateway.send(&token, &task).await,
        gateway.send(&token, &task).await,
    ];
    let count =
        |text: &str, state: &str| value(text, &format!("attach_tasks{{state=\"{state}\"}}"));
    eventually("one works, two wait", async || {
        let text = scraped(&gateway).await;
        let both = (count(&text, "working"), count(&text, "submitted"));
        (both == (Some(1.0), Some(2.0))).then_some(())
    })
    .await;
    // The one at work last: no other comes to its place meanwhile.
    for id in ids.iter().rev() {
        let path = format!("/a2a/tasks/cancel/{id}");
        gateway.post(&token, &path, &Value::Null).await;
    }
    let text = scraped(&gateway).await;
    assert_eq!(
        value(&text, "attach_tasks_ended_total{state=\"canceled\"}"),
        Some(3.0)
    );
    assert_eq!(count(&text, "submitted"), Some(0.0));
    eventually("the attempt that was hung up on is counted", async || {
        let aborted = "attach_task_attempts_total{outcome=\"aborted\"}";
        (value(&scraped(&gateway).await, aborted) == Some(1.0)).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn an_engine_that_fails_is_counted_by_how_it_does() {
    let gateway = Gateway::before(
        Engine::start(Act::Raw(503, "text/plain", String::new())),
        &[SCRAPE],
    );
    let token = gateway.token("ada");
    gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    let text = scraped(&gateway).await;
    let series = "attach_engine_calls_total{engine=\"engine\",outcome=\"status\"}";
    assert_eq!(value(&text, series), Some(1.0), "{text}");
}

#[actix_web::test]
async fn a_request_takes_until_the_end_of_its_answer() {
    let feed = crate::support::engine::Feed::default();
    let engine = Engine::start(Act::Fed("text/event-stream", feed.clone()));
    let gateway = Gateway::before(engine, &[SCRAPE]);
    let token = gateway.token("ada");
    let answer = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    let series = "attach_request_duration_seconds_count{route=\"/v1/\"}";
    let over = value(&scraped(&gateway).await, series).unwrap_or(0.0);
    assert_eq!(over, 0.0, "it is still under way");
    feed.end();
    let _ = answer.bytes().await;
    eventually("the request is over", async || {
        (value(&scraped(&gateway).await, series) == Some(1.0)).then_some(())
    })
    .await;
}

/// Names that the text asks for, without what histograms add to theirs.
fn names(text: &str) -> BTreeSet<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c: char| !is_word(c));
    let ours = words.filter(|word| word.starts_with("attach_") || word.starts_with("process_"));
    let base = |word: &str| {
        let suffixes = ["_bucket", "_sum", "_count"];
        let cut = suffixes.iter().find_map(|suffix| word.strip_suffix(suffix));
        cut.unwrap_or(word).to_owned()
    };
    ours.map(base).collect()
}

#[test]
fn dashboard_and_alerts_ask_for_series_that_there_are() {
    let known: BTreeSet<_> = SERIES.iter().map(|series| series.name.to_owned()).collect();
    for (path, least) in [
        ("ops/grafana/attach-gateway.json", 20),
        ("ops/prometheus/alerts.yml", 8),
        ("ops/prometheus/alerts_test.yml", 8),
    ] {
        let text = fs::read_to_string(path).unwrap();
        let asked = names(&text);
        assert!(asked.len() >= least, "{path} asks for {asked:?} only");
        let unknown: Vec<_> = asked.difference(&known).collect();
        assert!(unknown.is_empty(), "{path} asks for {unknown:?}");
    }
}

#[test]
fn the_dashboard_is_one_that_can_be_imported() {
    let text = fs::read_to_string("ops/grafana/attach-gateway.json").unwrap();
    let board: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(board["uid"], "attach-gateway");
    let sources = board["templating"]["list"].as_array().unwrap();
    assert!(sources.iter().any(|one| one["type"] == "datasource"));
    let mut ids = BTreeSet::new();
    for panel in board["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        if panel["type"] != "row" {
            assert_eq!(panel["datasource"]["uid"], "${source}", "{panel}");
            assert!(!panel["targets"].as_array().unwrap().is_empty(), "{panel}");
        }
    }
}

#[test]
fn no_two_series_have_one_name() {
    let names: BTreeSet<_> = SERIES.iter().map(|series| series.name).collect();
    assert_eq!(names.len(), SERIES.len());
    for series in SERIES {
        let is_total = series.name.ends_with("_total");
        assert_eq!(is_total, series.kind == Type::Counter, "{}", series.name);
        assert!(!series.help.is_empty());
    }
}
