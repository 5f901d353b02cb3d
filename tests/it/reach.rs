//! Whether agents answer, as callers see it.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, json};

use crate::support::{
    a2a_agent::{A2aAgent, Say, card},
    agent::{Act, Agent},
    engine::Engine,
    gateway::Gateway,
};

async fn agents(gateway: &Gateway, query: &str) -> Vec<Value> {
    let answer = gateway
        .ask(&gateway.token("ada"), &format!("/agents{query}"))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["agents"].as_array().unwrap().clone()
}

fn named<'a>(agents: &'a [Value], name: &str) -> &'a Value {
    agents.iter().find(|agent| agent["name"] == name).unwrap()
}

/// A server that takes connections and says nothing, and how many it took.
fn silent() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let counts = Arc::new(AtomicUsize::new(0));
    let counter = counts.clone();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for one in listener.incoming() {
            counter.fetch_add(1, Ordering::Relaxed);
            held.push(one);
        }
    });
    (url, counts)
}

/// An address where nothing listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[actix_web::test]
async fn each_agent_says_whether_it_answers_and_never_where_it_is() {
    let (coder, away) = (Agent::start(Act::Text("code")), nowhere());
    let helper = A2aAgent::with(|_| {}, |_| Say::Result(card("http://elsewhere.example")));
    let plain = Agent::start(Act::Text("no card"));
    let list = format!(
        "coder={}/run,away={away}/secret-path,helper=a2a+{},plain=a2a+{},gone=a2a+{away}",
        coder.url(),
        helper.url(),
        plain.url(),
    );
    let gateway = Gateway::with(&[("AGENTS", &list)]);
    let all = agents(&gateway, "?reach=true").await;
    for name in ["chat", "coder", "helper"] {
        let reach = &named(&all, name)["reach"];
        assert_eq!(
            (&reach["ok"], &reach["why"]),
            (&json!(true), &Value::Null),
            "{name}"
        );
        assert!(reach["ms"].as_u64() < Some(2000), "{reach}");
    }
    for (name, why) in [
        ("away", "it cannot be reached"),
        ("gone", "it cannot be reached"),
        ("plain", "card"),
    ] {
        let reach = &named(&all, name)["reach"];
        assert_eq!(reach["ok"], false, "{name}");
        let told = reach["why"].as_str().unwrap();
        assert!(told.contains(why), "{name}: {told}");
    }
    let text = json!(all).to_string();
    for hidden in [coder.url(), &away, helper.url(), "secret-path", "elsewhere"] {
        let hidden = hidden.trim_start_matches("http://");
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    let plainly = agents(&gateway, "").await;
    assert!(plainly.iter().all(|agent| agent.get("reach").is_none()));
}

#[actix_web::test]
async fn an_agent_that_takes_and_says_nothing_is_waited_for_two_seconds_and_asked_once() {
    let (mute, asked) = silent();
    let list = format!("mute=a2a+{mute}");
    let gateway = Gateway::with(&[("AGENTS", &list)]);
    let before = asked.load(Ordering::Relaxed);
    let began = Instant::now();
    let at_once = (0..4).map(|_| agents(&gateway, "?reach=true"));
    let answers = futures_util::future::join_all(at_once).await;
    assert!(began.elapsed().as_millis() >= 1900, "{:?}", began.elapsed());
    let one = asked.load(Ordering::Relaxed) - before;
    for all in answers {
        let reach = &named(&all, "mute")["reach"];
        assert_eq!(reach["why"], "it does not answer within 2 s");
    }
    // To see whether it listens, and for its card.
    assert!((1..=2).contains(&one), "{one} connections");
    let all = agents(&gateway, "?reach=true").await;
    assert_eq!(named(&all, "mute")["reach"]["ok"], false);
    let again = asked.load(Ordering::Relaxed) - before;
    assert_eq!(again, one, "the last look holds");
}

#[actix_web::test]
async fn the_gateways_own_chat_is_away_where_its_engine_is() {
    let gateway = Gateway::with(&[("ENGINE_URL", &nowhere())]);
    let all = agents(&gateway, "?reach=true").await;
    let reach = &named(&all, "chat")["reach"];
    assert_eq!(reach["ok"], false);
    assert!(reach["why"] == "it cannot be reached", "{reach}");
}

#[actix_web::test]
async fn skills_are_told_whole_beside_their_names() {
    let engine = Engine::start(Act::Text("x"));
    let config = crate::support::file(&format!(
        "[[agent]]\nname = \"coder\"\nurl = \"{}\"\ninternal = true\n[[agent.card.skill]]\n\
         id = \"py\"\nname = \"Python\"\ndescription = \"Writes it.\"\ntags = [\"code\"]\n\
         examples = [\"Sort a list\"]\n",
        engine.url()
    ));
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    let all = agents(&gateway, "").await;
    let coder = named(&all, "coder");
    assert_eq!(coder["skills"], json!(["Python"]));
    let skill = json!({ "id": "py", "name": "Python", "description": "Writes it.",
                        "tags": ["code"], "examples": ["Sort a list"] });
    assert_eq!(coder["skill_list"], json!([skill]));
    let chat = &named(&all, "chat")["skill_list"];
    assert_eq!(chat[0]["id"], "chat");
}
