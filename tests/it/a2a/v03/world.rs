//! A client of 0.3: it sends no version.

use actix_web::HttpResponse;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{
    a2a::Asker,
    agent::{Act, Agent},
    asking::{Answer, whole},
    gateway::Gateway,
    scripted::{Gate, Scripted},
    sse::{Event, Events},
};

pub const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
pub const CHAT: &str = r#"{"choices":[{"message":{"role":"assistant","content":"fn sort()"}}]}"#;

/// A gateway with an agent `coder` that answers so.
pub fn answering(body: &str) -> (Gateway, Agent) {
    let agent = Agent::start(Act::Raw(200, "application/json", body.to_owned()));
    let agents = format!("coder={}/api/chat", agent.url());
    (Gateway::with(&[("AGENTS", &agents)]), agent)
}

/// A gateway with an agent `coder` that answers once the gate is open.
pub fn waiting(gate: &Gate) -> (Gateway, Scripted) {
    let gate = gate.clone();
    let agent = Scripted::start(move |_| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            HttpResponse::Ok().json(json!({ "n": 1 }))
        }
    });
    (Gateway::with(&[("AGENTS", &agent.named("coder"))]), agent)
}

/// A message of one text, in JSON-RPC.
pub fn hello(id: &str) -> Value {
    let parts = json!([{ "kind": "text", "text": "hello" }]);
    json!({ "message": { "kind": "message", "messageId": id, "role": "user", "parts": parts } })
}

/// The same, to be answered at once.
pub fn at_once(id: &str) -> Value {
    let mut params = hello(id);
    params["configuration"] = json!({ "blocking": false });
    params
}

/// The same in ProtoJSON.
pub fn rest_hello(id: &str) -> Value {
    let content = json!([{ "text": "hello" }]);
    json!({ "message": { "messageId": id, "role": "ROLE_USER", "content": content } })
}

pub struct Old<'a>(Asker<'a>);

impl<'a> Old<'a> {
    pub fn new(gateway: &'a Gateway, user: &str) -> Self {
        Self(Asker::new(gateway, user, "coder"))
    }

    async fn ask(&self, request: RequestBuilder, headers: &[(&str, &str)]) -> Response {
        let mut request = request.bearer_auth(&self.0.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    pub async fn rpc_with(
        &self,
        method: &str,
        params: Value,
        headers: &[(&str, &str)],
    ) -> Response {
        let body = json!({ "jsonrpc": "2.0", "id": "r-1", "method": method, "params": params });
        let request = self.0.gateway.client.post(self.0.at("")).json(&body);
        self.ask(request, headers).await
    }

    /// A JSON-RPC call, whole.
    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        let answer = whole(self.rpc_with(method, params, &[]).await).await;
        assert_eq!((answer.status, &answer.body["id"]), (200, &json!("r-1")));
        answer.body
    }

    /// The result of one that goes well.
    pub async fn result(&self, method: &str, params: Value) -> Value {
        let answer = self.rpc(method, params).await;
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    /// The code of one that does not, and the reason that 1.0 gives for it.
    pub async fn refused(&self, method: &str, params: Value) -> (i64, String) {
        let answer = self.rpc(method, params).await;
        let error = &answer["error"];
        let reason = error["data"][0]["reason"].as_str().unwrap_or_default();
        (error["code"].as_i64().expect("an error"), reason.to_owned())
    }

    /// A JSON-RPC stream, resumed after `after`.
    pub async fn stream(&self, method: &str, params: Value, after: Option<i64>) -> Events {
        let after = after.map(|seq| seq.to_string());
        let headers: Vec<_> = after.iter().map(|seq| ("last-event-id", &**seq)).collect();
        Events::of(self.rpc_with(method, params, &headers).await)
    }

    pub async fn rest_with(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Response {
        let url = self.0.at(&format!("/v1{path}"));
        let mut request = self.0.gateway.client.request(method.parse().unwrap(), url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.ask(request, headers).await
    }

    /// An HTTP+JSON call under `/v1`.
    pub async fn rest(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        whole(self.rest_with(method, path, body, &[]).await).await
    }

    /// A task that was sent and is not waited for.
    pub async fn sent(&self, message: &str) -> String {
        let task = self.result("message/send", at_once(message)).await;
        task["id"].as_str().unwrap().to_owned()
    }
}

/// What an event of JSON-RPC tells of, in short.
pub fn short(event: &Event) -> String {
    let told = &event.data["result"];
    match told["kind"].as_str().unwrap() {
        "task" => format!("task {}", told["status"]["state"].as_str().unwrap()),
        "status-update" => {
            let state = told["status"]["state"].as_str().unwrap();
            match told["final"].as_bool().unwrap() {
                true => format!("{state}, final"),
                false => state.to_owned(),
            }
        }
        "artifact-update" => format!("artifact {}", told["artifact"]["parts"]),
        other => panic!("{other}"),
    }
}
