//! The real planner and coder behind the real gateway, with a scripted engine.

mod hub;

use std::{
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};

use actix_web::HttpResponse;
use attach_agents::{AgentConfig, Handle, Server};
use serde_json::{Value, json};

use crate::support::{
    agent::Act,
    engine::{Engine, sse},
    eventually,
    gateway::Gateway,
    scripted::Scripted,
};

/// One agent of the crate, on a thread of its own. Dropping it stops it.
struct Real {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

type Start = fn(TcpListener, &AgentConfig) -> std::io::Result<Server>;

impl Real {
    fn start(start: Start, listener: TcpListener, gateway: &str) -> Self {
        let gateway = gateway.parse().unwrap();
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = start(listener, &AgentConfig { gateway }).unwrap();
                tell.send(server.handle()).unwrap();
                server.run().await.unwrap();
            });
        });
        let handle = told.recv().unwrap();
        let thread = Some(thread);
        Self { handle, thread }
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        self.handle.stop_at_once();
        self.thread.take().unwrap().join().unwrap();
    }
}

pub struct Team {
    pub gateway: Gateway,
    /// Where the planner's A2A face is.
    planner: String,
    _agents: [Real; 2],
}

impl Team {
    pub fn start(act: Act, vars: &[(&str, &str)]) -> Self {
        Self::known_as(|address| format!("http://{address}/api/chat"), act, vars)
    }

    /// The same team, whose entries in `AGENTS` are written by `known`.
    fn known_as(known: fn(SocketAddr) -> String, act: Act, vars: &[(&str, &str)]) -> Self {
        let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (planner, coder) = (listen(), listen());
        let agents = format!(
            "planner={},coder={}",
            known(planner.local_addr().unwrap()),
            known(coder.local_addr().unwrap())
        );
        let vars = [&[("AGENTS", &*agents)], vars].concat();
        let url = format!("http://{}/", planner.local_addr().unwrap());
        let gateway = Gateway::before(Engine::start(act), &vars);
        let agents = [
            Real::start(attach_agents::planner, planner, &gateway.url),
            Real::start(attach_agents::coder, coder, &gateway.url),
        ];
        Self {
            gateway,
            planner: url,
            _agents: agents,
        }
    }

    async fn send(&self, token: &str, stream: bool) -> String {
        self.ask_for(token, "sort a list", stream).await
    }

    async fn ask_for(&self, token: &str, request: &str, stream: bool) -> String {
        let messages = json!([{ "role": "user", "content": request }]);
        let input = json!({ "model": "scripted", "messages": messages, "stream": stream });
        let task = json!({ "target": "planner", "input": input });
        self.gateway.send(token, &task).await
    }

    /// What the hand-off of `request` leaves in `attach`, when the model answers
    /// with `text` all the time; and what it was shown last, for the code.
    async fn written(&self, token: &str, request: &str, text: &'static str) -> (Value, String) {
        self.gateway.engine.act(Act::Text(text));
        let id = self.ask_for(token, request, false).await;
        let ended = self.gateway.ended(token, &id).await;
        assert_eq!(ended["state"], "done", "{ended}");
        let asked = self.gateway.engine.seen();
        let chat = asked.iter().rfind(|seen| seen.method == "POST").unwrap();
        let shown = chat.json()["messages"].to_string();
        (ended["result"]["attach"].clone(), shown)
    }

    async fn children(&self, token: &str, id: &str) -> Vec<Value> {
        let path = format!("/a2a/tasks?parent={id}");
        let list = self.gateway.ask(token, &path).await.body;
        list["tasks"].as_array().unwrap().clone()
    }
}

fn streaming() -> Act {
    Act::Stream {
        content_type: "text/event-stream",
        chunks: sse(&["fn ", "sort()"]),
        pause: Duration::from_millis(1),
        is_cut: false,
    }
}

#[actix_web::test]
async fn a_request_becomes_a_plan_and_the_plan_becomes_code() {
    for (act, stream, text) in [
        (Act::Text("1. sort"), false, "1. sort"),
        (streaming(), true, "fn sort()"),
    ] {
        let team = Team::start(act, &[]);
        let gateway = &team.gateway;
        let token = gateway.token("ada");
        let id = team.send(&token, stream).await;
        let ended = gateway.ended(&token, &id).await;
        assert_eq!(ended["state"], "done", "{ended}");
        let result = &ended["result"];
        assert_eq!(result["choices"][0]["message"]["content"], text);

        let children = team.children(&token, &id).await;
        assert_eq!(children.len(), 1);
        let child = &children[0];
        assert_eq!(
            (&child["target"], &child["state"]),
            (&json!("coder"), &json!("done"))
        );
        assert_eq!(child["parent"], json!(id));
        assert_eq!(result["attach"]["coder_task_id"], child["task_id"]);

        let documents = gateway.memory(&token, "event=document").await;
        let titles: Vec<_> = documents.iter().map(|d| &d["title"]).collect();
        assert_eq!(titles, ["code: sort a list", "plan: sort a list"]);
        for (document, name, task, agent) in [
            (&documents[0], "code_id", &child["task_id"], "coder"),
            (&documents[1], "plan_id", &json!(id), "planner"),
        ] {
            assert_eq!(result["attach"][name], document["id"]);
            assert_eq!(document["task_id"], *task);
            assert_eq!(
                (&document["agent"], &document["text"]),
                (&json!(agent), &json!(text))
            );
            assert_eq!(document["user"], "ada");
        }
    }
}

#[actix_web::test]
async fn over_a2a_the_planner_tells_plan_and_code() {
    let team = Team::start(streaming(), &[]);
    let gateway = &team.gateway;
    let token = gateway.token("ada");
    let message = json!({
        "messageId": "m", "role": "ROLE_USER", "parts": [{ "text": "sort a list" }],
    });
    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "SendStreamingMessage",
        "params": { "message": message },
    });
    let request = gateway.client.post(&team.planner).bearer_auth(&token);
    let request = request.header("a2a-version", "1.0").json(&call);
    let told = request.send().await.unwrap().text().await.unwrap();
    let told = told.lines().filter_map(|line| line.strip_prefix("data:"));
    let told: Vec<Value> = told
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();

    let state = |event: &Value| event["result"]["statusUpdate"]["status"]["state"].clone();
    assert_eq!(told[0]["result"]["task"]["history"][0]["messageId"], "m");
    assert_eq!(
        state(told.last().unwrap()),
        "TASK_STATE_COMPLETED",
        "{told:?}"
    );
    for name in ["plan", "code"] {
        let updates = told.iter().map(|event| &event["result"]["artifactUpdate"]);
        let updates = updates.filter(|update| update["artifact"]["artifactId"] == name);
        let texts = updates.map(|update| update["artifact"]["parts"][0]["text"].as_str().unwrap());
        assert_eq!(texts.collect::<String>(), "fn sort()", "{name}: {told:?}");
    }
    let attach = &told.last().unwrap()["result"]["statusUpdate"]["metadata"]["attach"];
    let child = attach["coder_task_id"].as_str().unwrap();
    let ended = gateway.ended(&token, child).await;
    assert_eq!(
        (&ended["state"], &ended["target"]),
        (&json!("done"), &json!("coder"))
    );
    let documents = gateway.memory(&token, "event=document").await;
    assert_eq!(documents[0]["id"], attach["code_id"]);
    assert_eq!(documents[1]["id"], attach["plan_id"]);
}

#[actix_web::test]
async fn the_timelines_tell_every_step() {
    let team = Team::start(Act::Text("1. sort"), &[]);
    let gateway = &team.gateway;
    let token = gateway.token("ada");
    let id = team.send(&token, false).await;
    gateway.ended(&token, &id).await;
    let child = team.children(&token, &id).await[0].clone();
    let child = child["task_id"].as_str().unwrap();
    let kinds = gateway.kinds(&token, &id).await;
    assert_eq!(
        kinds,
        [
            "submitted",
            "working",
            "document",
            "child",
            "artifact",
            "completed"
        ]
    );
    let history = gateway.history(&token, &id).await;
    assert_eq!(
        history[3]["data"],
        json!({ "task_id": child, "target": "coder" })
    );
    let kinds = gateway.kinds(&token, child).await;
    assert_eq!(
        kinds,
        ["submitted", "working", "document", "artifact", "completed"]
    );
    let history = gateway.history(&token, child).await;
    assert_eq!(
        history[0]["data"],
        json!({ "target": "coder", "parent": id })
    );
}

#[actix_web::test]
async fn one_session_and_one_person_span_every_hop() {
    let team = Team::start(streaming(), &[]);
    let gateway = &team.gateway;
    let token = gateway.token("ada");
    let id = team.send(&token, true).await;
    let ended = gateway.ended(&token, &id).await;
    let session = ended["session_id"].as_str().unwrap();
    let child = &team.children(&token, &id).await[0];
    assert_eq!(child["session_id"], session);

    let asked = gateway.engine.seen();
    let chats: Vec<_> = asked.iter().filter(|s| s.method == "POST").collect();
    assert_eq!(chats.len(), 2, "one for the plan, one for the code");
    for seen in chats {
        assert_eq!(seen.header("x-attach-session"), Some(session));
        assert_eq!(seen.header("x-attach-user"), Some("ada"));
        assert_eq!(seen.header("authorization"), None);
    }
    // Two tasks sent and ended, two chats, two documents.
    let query = format!("session_id={session}&limit=100");
    let events = gateway.remembers(&token, &query, 10).await;
    assert_eq!(events.len(), 10, "{events:?}");
    assert_eq!(gateway.memory(&token, "limit=100").await.len(), 10);
    let prompts = events.iter().filter(|event| event["event"] == "prompt");
    let agents: Vec<_> = prompts.map(|event| &event["agent"]).collect();
    assert_eq!(agents, ["coder", "planner"]);
}

#[actix_web::test]
async fn a_coder_that_fails_for_good_ends_the_planners_task_at_once() {
    let coder = Scripted::start(|_| async {
        HttpResponse::UnprocessableEntity().json(json!({ "detail": "not in this language" }))
    });
    let planner = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = planner.local_addr().unwrap();
    let agents = format!("planner=http://{address}/api/chat,{}", coder.named("coder"));
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let _planner = Real::start(attach_agents::planner, planner, &gateway.url);
    let token = gateway.token("ada");
    let messages = json!([{ "role": "user", "content": "sort a list" }]);
    let task = json!({ "target": "planner", "input": { "messages": messages } });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(ended["state"], "error");
    assert_eq!(ended["attempt"], 1, "not tried in vain: {ended}");
    assert_eq!(ended["result"]["status"], 424);
    let reason = ended["result"]["body"]["detail"].as_str().unwrap();
    assert!(reason.contains("not in this language"), "{reason}");
    assert_eq!(coder.calls().len(), 1);
}

#[actix_web::test]
async fn an_engine_that_is_away_for_a_moment_costs_a_try_and_no_second_plan() {
    let busy = Act::Raw(503, "application/json", "{}".into());
    let team = Team::start(busy, &[]);
    let gateway = &team.gateway;
    let token = gateway.token("ada");
    let id = team.send(&token, false).await;
    eventually("the first try fails", async || {
        let kinds = gateway.kinds(&token, &id).await;
        kinds.iter().any(|kind| kind == "retry").then_some(())
    })
    .await;
    gateway.engine.act(Act::Text("1. sort"));
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(
        (&ended["state"], &ended["attempt"]),
        (&json!("done"), &json!(2))
    );
    assert_eq!(team.children(&token, &id).await.len(), 1);
    let documents = gateway.memory(&token, "event=document").await;
    assert_eq!(documents.len(), 2);
}

#[actix_web::test]
async fn a_hand_off_that_is_to_reuse_cites_the_first_ones_code() {
    const SORTER: &str = "fn sort_by_merging() {}";
    let team = Team::start(Act::Text(SORTER), &[]);
    let gateway = &team.gateway;
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let (first, _) = team.written(&ada, "sort a list", SORTER).await;
    assert_eq!(first["reused"], json!([]));

    let (plain, shown) = team.written(&ada, "sort a list down", "fn other()").await;
    assert_eq!(plain["reused"], json!([]));
    assert!(!shown.contains(SORTER), "nobody asked: {shown}");

    let (others, shown) = team.written(&bob, "reuse: sort a list", "fn bobs()").await;
    assert_eq!(others["reused"], json!([]));
    assert!(!shown.contains(SORTER), "another person's: {shown}");

    let (again, shown) = team.written(&ada, "Reuse: sort a list", "fn new()").await;
    let reused = again["reused"].as_array().unwrap();
    assert_eq!(reused.len(), 2, "both of ada's: {again}");
    assert!(reused.contains(&first["code_id"]) && reused.contains(&plain["code_id"]));
    assert!(shown.contains(&format!("> {SORTER}")), "{shown}");
    assert!(!shown.contains("fn bobs()"), "{shown}");
    let code_id = again["code_id"].as_str().unwrap();
    let code = gateway
        .ask(&ada, &format!("/mem/events/{code_id}"))
        .await
        .body;
    let metadata = &code["metadata"];
    assert_eq!(
        (&metadata["plan_id"], &metadata["reused"]),
        (&again["plan_id"], &again["reused"])
    );
}

#[actix_web::test]
async fn a_request_of_many_words_is_searched_for_its_first_ones() {
    let team = Team::start(Act::Text("fn sort()"), &[]);
    let token = team.gateway.token("ada");
    let (first, _) = team.written(&token, "排序列表", "fn sort()").await;
    let han: String = ('\u{4e00}'..).take(60).collect();
    let many: String = (0..60).map(|n| format!(" w{n}")).collect();
    let long = "x".repeat(10_000);
    for request in [
        format!("reuse 排 {han}"),
        format!("reuse 排序 {long} {many}"),
    ] {
        let (again, _) = team.written(&token, &request, "fn sort()").await;
        let reused = again["reused"].as_array().unwrap();
        assert!(reused.contains(&first["code_id"]), "{request}: {again}");
    }
}
