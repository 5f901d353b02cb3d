//! Asking an agent over A2A.

use reqwest::Response;
use serde_json::{Value, json};

use super::{
    asking::{Answer, whole},
    gateway::Gateway,
    sse::Events,
};

/// One person who asks one agent.
pub struct Asker<'a> {
    pub gateway: &'a Gateway,
    pub token: String,
    pub agent: &'static str,
}

/// A message of one text.
pub fn text(id: &str, text: &str) -> Value {
    json!({ "messageId": id, "role": "ROLE_USER", "parts": [{ "text": text }] })
}

/// A request with this message.
pub fn hello(id: &str) -> Value {
    json!({ "message": text(id, "hello") })
}

/// The same, to be answered at once.
pub fn at_once(id: &str) -> Value {
    json!({ "message": text(id, "hello"), "configuration": { "returnImmediately": true } })
}

impl<'a> Asker<'a> {
    pub fn new(gateway: &'a Gateway, user: &str, agent: &'static str) -> Self {
        let token = gateway.token(user);
        Self {
            gateway,
            token,
            agent,
        }
    }

    pub fn at(&self, tail: &str) -> String {
        self.gateway.at(&format!("/agents/{}{tail}", self.agent))
    }

    /// A JSON-RPC call, whole.
    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        let answer = whole(self.rpc_response(method, params, &[]).await).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body["id"], "r-1");
        answer.body
    }

    pub async fn rpc_response(
        &self,
        method: &str,
        params: Value,
        headers: &[(&str, &str)],
    ) -> Response {
        let body = json!({ "jsonrpc": "2.0", "id": "r-1", "method": method, "params": params });
        let mut request = self.gateway.client.post(self.at(""));
        request = request.bearer_auth(&self.token).json(&body);
        if !headers.iter().any(|(name, _)| *name == "a2a-version") {
            request = request.header("a2a-version", "1.0");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// The result of a JSON-RPC call that goes well.
    pub async fn result(&self, method: &str, params: Value) -> Value {
        let answer = self.rpc(method, params).await;
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    /// The code and the reason of one that does not.
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
        Events::of(self.rpc_response(method, params, &headers).await)
    }

    /// An HTTP+JSON call.
    pub async fn rest(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        whole(self.rest_response(method, path, body, &[]).await).await
    }

    pub async fn rest_response(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Response {
        let method = method.parse().unwrap();
        let mut request = self.gateway.client.request(method, self.at(path));
        request = request
            .bearer_auth(&self.token)
            .header("a2a-version", "1.0");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    /// A task that was sent and is not waited for.
    pub async fn sent(&self, message: &str) -> Value {
        let sent = self.result("SendMessage", at_once(message)).await;
        sent["task"].clone()
    }
}
