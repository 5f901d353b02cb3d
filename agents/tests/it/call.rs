//! An agent on a free port, called as the gateway calls it.

use std::{io, net::TcpListener};

use attach_agents::{AgentConfig, Server};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "delegated-by-the-test";

/// Starts an agent of the gateway at `gateway` and gives its chat route's URL.
pub(crate) fn start(
    agent: fn(TcpListener, &AgentConfig) -> io::Result<Server>,
    gateway: &str,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let gateway = gateway.parse().unwrap();
    let server = agent(listener, &AgentConfig { gateway }).unwrap();
    actix_web::rt::spawn(server.run());
    format!("http://{address}/api/chat")
}

/// A client that goes straight to where it is told.
pub(crate) fn http() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// A call without a body yet.
pub(crate) fn call(url: &str, task: &str) -> RequestBuilder {
    http()
        .post(url)
        .bearer_auth(TOKEN)
        .header("x-attach-user", "ada")
        .header("x-attach-session", "s")
        .header("x-attach-task", task)
        .header("x-attach-attempt", "1")
        .header("idempotency-key", task)
}

/// Calls an agent for `task` and reads the status and the json it answers.
pub(crate) async fn ask(url: &str, task: &str, input: &Value) -> (u16, Value) {
    let response = call(url, task).json(input).send().await.unwrap();
    read(response).await
}

/// The status and the json of an answer.
pub(crate) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    assert!(!body.contains(TOKEN), "the token is nobody's business");
    (status, serde_json::from_str(&body).unwrap())
}

/// A request of a user, as a task's input.
pub(crate) fn input(request: &str, stream: bool) -> Value {
    let message = json!({ "role": "user", "content": request });
    json!({ "messages": [message], "stream": stream })
}
