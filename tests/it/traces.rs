//! Spans, and the trace that goes from a caller to engines and agents.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    handoff::Team,
    support::{
        agent::Act,
        collector::{Collector, Span},
        engine::{Engine, sse},
        eventually,
        gateway::{Gateway, chat},
        scripted::Scripted,
    },
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn parent() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

fn traced(collector: &Collector) -> [(&'static str, String); 1] {
    [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url().to_owned())]
}

fn gateway(collector: &Collector, engine: Engine, more: &[(&str, &str)]) -> Gateway {
    let vars = traced(collector);
    let vars = vars.iter().map(|(name, value)| (*name, value.as_str()));
    let vars: Vec<_> = vars.chain(more.iter().copied()).collect();
    Gateway::before(engine, &vars)
}

async fn ask(gateway: &Gateway, path: &str, body: &Value, headers: &[(&str, &str)]) -> u16 {
    let token = gateway.token("ada@example.com");
    let request = gateway.client.post(gateway.at(path)).bearer_auth(token);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let answer = request.json(body).send().await.unwrap();
    let status = answer.status().as_u16();
    answer.bytes().await.unwrap();
    status
}

fn one<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let mut found = spans.iter().filter(|span| span.name == name);
    let span = found.next();
    span.unwrap_or_else(|| panic!("no {name} in {spans:#?}"))
}

#[actix_web::test]
async fn a_call_is_one_trace_from_its_caller_to_the_engine() {
    let collector = Collector::start();
    let vars = [
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=se%20cret"),
        ("OTEL_SERVICE_NAME", "front"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=lab",
        ),
    ];
    let engine = Engine::start(Act::Text("forty-two"));
    let gateway = gateway(&collector, engine, &vars);
    let said = chat("the question of everything");
    let headers = [("traceparent", &*parent()), ("tracestate", "vendor=1")];
    let path = "/v1/chat/completions";
    assert_eq!(ask(&gateway, path, &said, &headers).await, 200);

    let spans = collector.named(&["POST ", "chat "], 2).await;
    let (server, client) = (
        one(&spans, "POST /v1/chat/completions"),
        one(&spans, "chat scripted"),
    );
    assert_eq!((&*server.trace, &*server.parent), (TRACE, CALLER));
    assert_eq!((&client.trace, &client.parent), (&server.trace, &server.id));
    assert_eq!((server.kind, client.kind), (2, 3));
    assert_eq!(server.says("http.request.method"), "POST");
    assert_eq!(server.says("http.route"), path);
    assert_eq!(server.says("http.response.status_code"), "200");
    assert!(!server.says("session.id").is_empty());
    for (name, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "scripted"),
        ("gen_ai.response.model", "scripted"),
        ("gen_ai.usage.input_tokens", "3"),
        ("gen_ai.usage.output_tokens", "5"),
        ("gen_ai.response.finish_reasons", "stop"),
        ("server.address", "127.0.0.1"),
        ("error.type", ""),
    ] {
        assert_eq!(client.says(name), value, "{name}");
    }
    assert!(gateway.engine.url().ends_with(client.says("server.port")));
    assert_eq!(client.events, ["first_byte"]);

    let seen = gateway.engine.seen().pop().unwrap();
    let expected = format!("00-{TRACE}-{}-01", client.id);
    assert_eq!(seen.header("traceparent"), Some(&*expected));
    assert_eq!(seen.header("tracestate"), Some("vendor=1"));

    assert_eq!(collector.header("x-key").as_deref(), Some("se cret"));
    for (name, value) in [
        ("service.name", "front"),
        ("deployment.environment.name", "lab"),
        ("service.version", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(collector.resource(name).as_deref(), Some(value), "{name}");
    }
    for text in ["question", "everything", "forty-two", "ada@example.com"] {
        assert!(!collector.holds(text), "{text} is in a span");
    }
}

#[actix_web::test]
async fn a_stream_is_a_span_to_its_end_with_the_engines_numbers() {
    let collector = Collector::start();
    let act = Act::Stream {
        content_type: "text/event-stream",
        chunks: sse(&["a", "b", "c"]),
        pause: Duration::from_millis(1),
        is_cut: false,
    };
    let gateway = gateway(&collector, Engine::start(act), &[]);
    let mut said = chat("hi");
    said["stream"] = true.into();
    ask(&gateway, "/v1/chat/completions", &said, &[]).await;
    let spans = collector.named(&["chat "], 1).await;
    let span = one(&spans, "chat scripted");
    assert_eq!(span.says("gen_ai.usage.output_tokens"), "3");
    assert_eq!(span.says("attach.outcome"), "finished");
    let first: f64 = span
        .says("gen_ai.response.time_to_first_chunk")
        .parse()
        .unwrap();
    assert!(first > 0.0 && first < 10.0, "{first}");
}

#[actix_web::test]
async fn operations_have_the_names_that_the_conventions_give_them() {
    let collector = Collector::start();
    let vars = [("ENGINE_KIND", "ollama")];
    let gateway = gateway(&collector, Engine::start(Act::Text("x")), &vars);
    let model =
        || json!({ "model": "m", "prompt": "p", "input": "i", "messages": [], "stream": false });
    for (path, name) in [
        ("/v1/embeddings", "embeddings m"),
        ("/v1/completions", "text_completion m"),
        ("/api/generate", "text_completion m"),
        ("/api/chat", "chat m"),
    ] {
        let before = collector.spans().len();
        assert_eq!(ask(&gateway, path, &model(), &[]).await, 200, "{path}");
        let span = eventually(name, async || {
            let spans = collector.spans().into_iter().skip(before);
            spans.into_iter().find(|span| span.name == name)
        })
        .await;
        assert_eq!(span.says("gen_ai.provider.name"), "ollama", "{path}");
    }
}

#[actix_web::test]
async fn a_call_that_fails_says_how() {
    let collector = Collector::start();
    let gateway = gateway(
        &collector,
        Engine::start(Act::Raw(500, "text/plain", "no".into())),
        &[],
    );
    let path = "/v1/chat/completions";
    assert_eq!(ask(&gateway, path, &chat("hi"), &[]).await, 500);
    let spans = collector.named(&["POST", "chat"], 2).await;
    let client = one(&spans, "chat scripted");
    assert_eq!((client.status, client.says("error.type")), (2, "500"));
    let server = one(&spans, &format!("POST {path}"));
    assert_eq!((server.status, server.says("error.type")), (2, "500"));
    assert_eq!(client.says("gen_ai.usage.input_tokens"), "");
}

#[actix_web::test]
async fn a_stream_that_breaks_off_is_no_healthy_span() {
    let collector = Collector::start();
    let act = Act::Stream {
        content_type: "text/event-stream",
        chunks: sse(&["a", "b"]),
        pause: Duration::from_millis(1),
        is_cut: true,
    };
    let gateway = gateway(&collector, Engine::start(act), &[]);
    let mut said = chat("hi");
    said["stream"] = true.into();
    let token = gateway.token("ada");
    let path = "/v1/chat/completions";
    let answer = gateway.post(&token, path, &said).await;
    assert!(answer.bytes().await.is_err(), "it breaks off");
    let spans = collector.named(&["POST "], 1).await;
    let span = one(&spans, &format!("POST {path}"));
    assert_eq!((span.status, span.says("error.type")), (2, "broken_stream"));
    assert_eq!(span.says("http.response.status_code"), "200");
}

#[actix_web::test]
async fn an_attempt_that_is_hung_up_on_says_so() {
    let collector = Collector::start();
    let agent = Scripted::start(|_| std::future::pending::<actix_web::HttpResponse>());
    let agents = agent.named("a");
    let gateway = gateway(
        &collector,
        Engine::start(Act::Text("x")),
        &[("AGENTS", &*agents)],
    );
    let token = gateway.token("ada");
    let task = json!({ "target": "a", "input": {} });
    let id = gateway.send(&token, &task).await;
    eventually("the agent works", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    let path = format!("/a2a/tasks/cancel/{id}");
    gateway.post(&token, &path, &Value::Null).await;
    let spans = collector.named(&["invoke_agent"], 1).await;
    let span = one(&spans, "invoke_agent a");
    assert_eq!((span.status, span.says("attach.outcome")), (2, "aborted"));
}

#[actix_web::test]
async fn a_method_that_somebody_makes_up_is_no_name_of_a_span() {
    let collector = Collector::start();
    let gateway = gateway(&collector, Engine::start(Act::Text("x")), &[]);
    let token = gateway.token("ada");
    let brew = reqwest::Method::from_bytes(b"BREW").unwrap();
    let request = gateway.client.request(brew, gateway.at("/a2a/tasks"));
    request.bearer_auth(token).send().await.unwrap();
    let spans = collector.named(&["HTTP"], 1).await;
    assert_eq!(spans[0].says("http.request.method"), "_OTHER");
}

#[actix_web::test]
async fn a_hand_off_is_one_trace_over_planner_and_coder() {
    let collector = Collector::start();
    let vars = traced(&collector);
    let vars = [(vars[0].0, &*vars[0].1)];
    let team = Team::start(Act::Text("1. sort"), &vars);
    let gateway = &team.gateway;
    let token = gateway.token("ada");
    let input = json!({ "messages": [{ "role": "user", "content": "sort a list" }] });
    let task = json!({ "target": "planner", "input": input });
    let sent = gateway.client.post(gateway.at("/a2a/tasks/send"));
    let sent = sent.bearer_auth(&token).header("traceparent", parent());
    let sent: Value = sent.json(&task).send().await.unwrap().json().await.unwrap();
    let ended = gateway
        .ended(&token, sent["task_id"].as_str().unwrap())
        .await;
    assert_eq!(ended["state"], "done", "{ended}");

    collector.named(&["invoke_agent"], 2).await;
    let chats = collector.named(&["chat "], 2).await;
    let spans = collector.spans();
    let ours: Vec<_> = spans
        .into_iter()
        .filter(|span| span.trace == TRACE)
        .collect();
    let above = |span: &Span| {
        let found = ours.iter().find(|one| one.id == span.parent);
        found.unwrap_or_else(|| panic!("{} has no parent in {ours:#?}", span.name))
    };
    let planner = one(&ours, "invoke_agent planner");
    let coder = one(&ours, "invoke_agent coder");
    let send = above(planner);
    assert_eq!(
        (&*send.name, &*send.parent),
        ("POST /a2a/tasks/send", CALLER)
    );
    let hand_off = above(coder);
    assert_eq!(hand_off.name, "POST /a2a/tasks/send");
    assert_eq!(hand_off.parent, planner.id);
    for (chat, agent) in chats.iter().zip([planner, coder]) {
        let request = above(chat);
        assert_eq!(request.name, "POST /v1/chat/completions");
        assert_eq!(request.parent, agent.id);
    }
    assert_eq!(planner.says("gen_ai.operation.name"), "invoke_agent");
    assert_eq!(planner.says("gen_ai.agent.name"), "planner");
    assert_eq!(planner.says("attach.outcome"), "completed");
    for text in ["sort a list", "1. sort", "ada"] {
        assert!(!collector.holds(text), "{text} is in a span");
    }
}

#[actix_web::test]
async fn without_a_collector_the_callers_trace_passes_as_it_is() {
    let agent = Scripted::start(|_| async { actix_web::HttpResponse::Ok().json(json!({})) });
    let gateway = Gateway::with(&[("AGENTS", &agent.named("a"))]);
    let headers = [("traceparent", &*parent()), ("tracestate", "v=1, w=2")];
    ask(&gateway, "/v1/chat/completions", &chat("hi"), &headers).await;
    let seen = gateway.engine.seen().pop().unwrap();
    assert_eq!(seen.header("traceparent"), Some(&*parent()));
    assert_eq!(seen.header("tracestate"), Some("v=1,w=2"));
    let task = json!({ "target": "a", "input": {} });
    ask(&gateway, "/a2a/tasks/send", &task, &headers).await;
    let call = eventually("the agent is called", async || agent.calls().pop()).await;
    assert_eq!(call.seen.header("traceparent"), Some(&*parent()));
    assert_eq!(call.seen.header("tracestate"), Some("v=1,w=2"));
}

#[actix_web::test]
async fn a_malformed_trace_is_dropped_and_not_passed_on() {
    let gateway = Gateway::start();
    for value in [
        "junk",
        &parent().to_uppercase(),
        &parent().replace(TRACE, "0"),
    ] {
        let headers = [("traceparent", value), ("tracestate", "v=1")];
        ask(&gateway, "/v1/chat/completions", &chat("hi"), &headers).await;
        let seen = gateway.engine.seen().pop().unwrap();
        assert_eq!(seen.header("traceparent"), None, "{value}");
        assert_eq!(seen.header("tracestate"), None, "{value}");
    }
}

#[actix_web::test]
async fn a_caller_who_keeps_no_trace_is_heeded() {
    let collector = Collector::start();
    let gateway = gateway(&collector, Engine::start(Act::Text("x")), &[]);
    let unkept = format!("00-{TRACE}-{CALLER}-00");
    let path = "/v1/chat/completions";
    ask(&gateway, path, &chat("hi"), &[("traceparent", &unkept)]).await;
    let seen = gateway.engine.seen().pop().unwrap();
    let passed = seen.header("traceparent").unwrap().to_owned();
    assert!(
        passed.starts_with(&format!("00-{TRACE}-")) && passed.ends_with("-00"),
        "{passed}"
    );
    ask(&gateway, path, &chat("hi"), &[]).await;
    let spans = collector.named(&["chat "], 1).await;
    assert!(spans.iter().all(|span| span.trace != TRACE), "{spans:?}");
}

#[actix_web::test]
async fn a_collector_that_is_away_or_hangs_holds_up_nobody() {
    for status in [0, 503, 400] {
        let collector = Collector::start();
        collector.answer(status);
        let vars = [("METRICS_ADDR", "127.0.0.1:0")];
        let gateway = gateway(&collector, Engine::start(Act::Text("x")), &vars);
        for _ in 0..20 {
            assert_eq!(
                ask(&gateway, "/v1/chat/completions", &chat("hi"), &[]).await,
                200
            );
        }
        eventually("the collector is asked", async || {
            (collector.requests() > 0).then_some(())
        })
        .await;
        for _ in 0..20 {
            assert_eq!(
                ask(&gateway, "/v1/chat/completions", &chat("hi"), &[]).await,
                200
            );
        }
        if status == 400 {
            let url = format!("http://{}/metrics", gateway.scrape.unwrap());
            eventually("what is lost is counted", async || {
                let text = gateway
                    .client
                    .get(&url)
                    .send()
                    .await
                    .ok()?
                    .text()
                    .await
                    .ok()?;
                let name = "attach_trace_spans_dropped_total ";
                let line = text.lines().find_map(|line| line.strip_prefix(name))?;
                (line.parse::<u64>().ok()? >= 40).then_some(())
            })
            .await;
        }
    }
}

#[actix_web::test]
async fn what_ended_last_is_sent_before_the_gateway_leaves() {
    let collector = Collector::start();
    let gateway = gateway(&collector, Engine::start(Act::Text("x")), &[]);
    ask(&gateway, "/v1/chat/completions", &chat("hi"), &[]).await;
    drop(gateway);
    let spans = collector.spans();
    one(&spans, "chat scripted");
    one(&spans, "POST /v1/chat/completions");
}
