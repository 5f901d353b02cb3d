//! A stream that breaks off again and again is resumed without loss and without
//! repetition, also over a killed gateway.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{
    a2a_agent::{A2aAgent, Say, Step, artifact, bare, events, status, task},
    engine::{Act, Engine},
    eventually,
    gateway::Gateway,
    issuer::Issuer,
    served::Served,
    sse::{Event, Events},
};

const CUTS: usize = 50;

/// Numbers that look random and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

async fn subscribe(
    client: &reqwest::Client,
    url: &str,
    token: &str,
    id: &str,
    after: i64,
) -> Response {
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "SubscribeToTask", "params": { "id": id },
    });
    let request = client.post(url).bearer_auth(token).json(&body);
    let request = request.header("a2a-version", "1.0");
    request.header("last-event-id", after).send().await.unwrap()
}

/// What the log says that watchers are told: its numbers, in order.
fn told(log: &[Value]) -> Vec<i64> {
    let silent = ["child", "document", "message"];
    let lines = log
        .iter()
        .filter(|line| !silent.contains(&line["kind"].as_str().unwrap()));
    lines.map(|line| line["seq"].as_i64().unwrap()).collect()
}

/// An engine that says `count` words, one each ten milliseconds.
fn talkative(count: usize) -> Engine {
    let chunk = |n: usize| {
        let delta =
            json!({ "choices": [{ "index": 0, "delta": { "content": format!("w{n} ") } }] });
        format!("data: {delta}\n\n")
    };
    let mut chunks: Vec<String> = (0..count).map(chunk).collect();
    let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    chunks.push(format!("data: {end}\n\ndata: [DONE]\n\n"));
    Engine::start(Act::Stream {
        content_type: "text/event-stream",
        chunks,
        pause: Duration::from_millis(10),
        is_cut: false,
    })
}

#[actix_web::test]
async fn fifty_random_cuts_lose_nothing_and_repeat_nothing() {
    let gateway = Gateway::before(talkative(400), &[]);
    let token = gateway.token("ada");
    let sent = crate::support::a2a::Asker::new(&gateway, "ada", "chat")
        .sent("m")
        .await;
    let id = sent["id"].as_str().unwrap();
    let url = gateway.at("/agents/chat");
    let (mut seen, mut chance, mut cuts) = (Vec::<Event>::new(), Chance(7), 0);
    loop {
        let after = seen.last().map_or(0, |event| event.id);
        let mut events = Events::of(subscribe(&gateway.client, &url, &token, id, after).await);
        let patience = if cuts < CUTS {
            chance.below(4)
        } else {
            u64::MAX
        };
        let mut is_over = false;
        for _ in 0..patience {
            match events.next().await {
                Some(event) => seen.push(event),
                None => {
                    is_over = true;
                    break;
                }
            }
        }
        if is_over {
            break;
        }
        cuts += 1;
    }
    assert!(cuts >= CUTS, "cut {cuts} times");
    let ids: Vec<i64> = seen.iter().map(|event| event.id).collect();
    assert_eq!(ids, told(&gateway.history(&token, id).await));
    let mut text = String::new();
    for event in &seen {
        let parts = &event.data["result"]["artifactUpdate"]["artifact"]["parts"];
        text += parts[0]["text"].as_str().unwrap_or_default();
    }
    let expected: String = (0..400).map(|n| format!("w{n} ")).collect();
    assert_eq!(text, expected);
}

/// An agent that loses its first line after two words, and tells the rest to
/// whoever comes back.
fn patient() -> A2aAgent {
    let so_far = || {
        bare(
            "WORKING",
            Value::Null,
            json!([{ "artifactId": "a", "parts": [{ "text": "one two " }] }]),
        )
    };
    A2aAgent::start(move |asked| match &*asked.method {
        "SendStreamingMessage" => Say::Stream(vec![
            Step::Event(task("WORKING")),
            Step::Event(artifact("a", &json!({ "text": "one " }), false, false)),
            Step::Event(artifact("a", &json!({ "text": "two " }), true, false)),
            Step::Silence,
        ]),
        "GetTask" => Say::Result(so_far()),
        _ => events([
            json!({ "task": so_far() }),
            artifact("a", &json!({ "text": "three" }), true, true),
            status("COMPLETED", Value::Null),
        ]),
    })
}

#[actix_web::test]
async fn a_watcher_goes_on_where_a_killed_gateway_left_off_and_sees_the_end() {
    let agent = patient();
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let agents = agent.named("helper");
    let vars = [("AGENTS", &*agents)];
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let id = gateway
        .send(&json!({ "target": "helper", "input": {} }))
        .await;
    eventually("it has begun", async || {
        let kinds = gateway.kinds(&id).await;
        kinds.iter().any(|kind| kind == "artifact").then_some(())
    })
    .await;
    let url = format!("{}/agents/helper", gateway.url);
    let mut watched = Events::of(subscribe(&gateway.client, &url, &gateway.token, &id, 0).await);
    let mut seen = Vec::new();
    while let Some(event) = watched.next().await {
        let is_artifact = event.data["result"].get("artifactUpdate").is_some();
        seen.push(event);
        if is_artifact {
            break;
        }
    }
    gateway.process.kill();
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let url = format!("{}/agents/helper", gateway.url);
    let after = seen.last().unwrap().id;
    let rest = Events::of(subscribe(&gateway.client, &url, &gateway.token, &id, after).await);
    seen.extend(rest.rest().await);
    let last = &seen.last().unwrap().data["result"]["statusUpdate"]["status"];
    assert_eq!(last["state"], "TASK_STATE_COMPLETED");
    let path = format!("/a2a/tasks/events/{id}?history=true");
    let log = gateway.ask(&path).await.body;
    let ids: Vec<i64> = seen.iter().map(|event| event.id).collect();
    assert_eq!(ids, told(log["events"].as_array().unwrap()));
    let ended = gateway.ended(&id).await;
    let parts = ended["result"]["artifacts"][0]["parts"].as_array().unwrap();
    let texts = parts.iter().map(|part| part["text"].as_str().unwrap());
    assert_eq!(texts.collect::<String>(), "one two three");
}
