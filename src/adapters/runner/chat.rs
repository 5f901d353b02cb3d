//! Agents of plain HTTP, and the gateway's own chat.

use std::time::Duration;

use reqwest::{Response, StatusCode, header::HeaderMap};
use serde_json::Value;

use super::{
    Outcome, Parts, again, agent_name,
    answer::{self, LIMITED_BY},
    call::{self, Call, Reply},
    pen::Pen,
    rejected,
    streamed::{self, Heard},
};
use crate::{
    adapters::store::Claimed,
    domain::{
        a2a::{artifact::Artifacts, message::Request},
        target::{Destination, Target},
        time::UnixMillis,
    },
};

/// One attempt at a task for `target`.
pub(super) async fn run(
    parts: &Parts,
    claimed: &Claimed,
    target: &Target,
    limit: Duration,
) -> Outcome {
    let to = match parts.means.rules.destination(target) {
        Some(to) => to,
        None if *target == Target::OwnChat => parts.means.own_chat.clone(),
        None => return rejected("its agent is no longer configured"),
    };
    // A setting does not heal by being tried again.
    if let Err(error) = parts.means.clients.to(&to) {
        return rejected(&error.to_string());
    }
    let token = match parts.delegate(claimed, &agent_name(target), limit) {
        Ok(token) => token,
        Err(error) => return again(format!("no token could be made: {error}"), None),
    };
    let input = match target {
        Target::OwnChat => for_own_chat(parts, claimed, &to, &token).await,
        _ => claimed.input.clone(),
    };
    let call = Call {
        claimed,
        to: &to,
        token: &token,
        input,
    };
    let is_own = *target == Target::OwnChat;
    match call::post(&parts.means.clients, call).await {
        Ok(response) => answered(parts, claimed, response, is_own).await,
        Err(error) => again(error, None),
    }
}

/// A stream is told as it comes; the result is one JSON, whichever way it comes.
async fn answered(parts: &Parts, claimed: &Claimed, response: Response, is_own: bool) -> Outcome {
    let status = response.status();
    let dialect = call::stream_of(response.headers());
    if let Some(dialect) = dialect.filter(|_| status.is_success()) {
        let pen = Pen::new(&parts.means.store, claimed.attempt, Artifacts::default());
        let mut pen = match claimed.request {
            Some(_) => pen,
            None => pen.plain(),
        };
        return match streamed::follow(response, dialect, &mut pen).await {
            Ok(Heard::Answer(outcome)) => outcome,
            Ok(Heard::Json(body)) => whole_json(status, body),
            Err(halt) => halt.into(),
        };
    }
    match call::read(response).await {
        Ok(reply) => whole(reply, is_own),
        Err(error) => again(error, None),
    }
}

/// What only calls itself a stream.
fn whole_json(status: StatusCode, body: Vec<u8>) -> Outcome {
    let headers = HeaderMap::new();
    let reply = Reply {
        status,
        headers,
        body,
    };
    answer::outcome(reply, UnixMillis::now())
}

fn whole(mut reply: Reply, is_own: bool) -> Outcome {
    if !is_own {
        // An agent that could say so would be tried for ever.
        reply.headers.remove(LIMITED_BY);
    }
    answer::outcome(reply, UnixMillis::now())
}

/// What is posted to the gateway's own chat.
async fn for_own_chat(parts: &Parts, claimed: &Claimed, to: &Destination, token: &str) -> String {
    let Some(request) = &claimed.request else {
        return answer::whole(&claimed.input);
    };
    let input = with_model(parts, &claimed.input, request, to, token).await;
    streamed::asked(&input).unwrap_or_else(|| answer::whole(&input))
}

/// A person who just says something names no model: the message's metadata may,
/// else it is the first that the gateway has.
async fn with_model(
    parts: &Parts,
    input: &str,
    request: &str,
    to: &Destination,
    token: &str,
) -> String {
    let Ok(Value::Object(mut members)) = serde_json::from_str(input) else {
        return input.to_owned();
    };
    let named = members.get("model").and_then(Value::as_str);
    if named.is_some_and(|name| !name.is_empty()) {
        return input.to_owned();
    }
    let model = match asked_for(request) {
        Some(model) => Some(model),
        None => first_model(parts, to, token).await,
    };
    let Some(model) = model else {
        return input.to_owned();
    };
    members.insert("model".to_owned(), Value::String(model));
    Value::Object(members).to_string()
}

fn asked_for(request: &str) -> Option<String> {
    let request: Request = serde_json::from_str(request).ok()?;
    let model = request.message.metadata?.remove("model")?;
    model.as_str().map(str::to_owned)
}

async fn first_model(parts: &Parts, to: &Destination, token: &str) -> Option<String> {
    let url = to.url.join("/v1/models").ok()?;
    let client = parts.means.clients.to(to).ok()?;
    let response = client.get(url).bearer_auth(token).send().await.ok()?;
    let reply = call::read(response).await.ok()?;
    let list: Value = serde_json::from_slice(&reply.body).ok()?;
    list["data"][0]["id"].as_str().map(str::to_owned)
}
