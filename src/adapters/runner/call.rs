//! The HTTP call of a plain agent.

use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap},
};

use crate::{
    adapters::{
        clients::{Clients, cause},
        store::Claimed,
    },
    domain::{header::percent_encoded, stream::Dialect, target::Destination},
};

/// The largest answer of an agent that is taken, in bytes.
pub(super) const MAX_ANSWER: usize = 8 << 20;

/// An agent that knows how may let others read along while it writes its answer;
/// one that did not get to its end that way is asked as if there were no other.
const JSON_OR_STREAM: &str = "application/json, text/event-stream";

/// One call, ready to go.
pub(super) struct Call<'a> {
    pub(super) claimed: &'a Claimed,
    pub(super) to: &'a Destination,
    pub(super) token: &'a str,
    pub(super) input: String,
}

/// What came back, whole.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Headers that tell an agent for whom and for which task it works, and in which
/// trace.
pub(super) fn headers(claimed: &Claimed) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("X-Attach-User", percent_encoded(&claimed.owner.user)),
        ("X-Attach-Issuer", percent_encoded(&claimed.owner.issuer)),
        ("X-Attach-Session", claimed.session.0.to_string()),
        ("X-Attach-Task", claimed.attempt.task.to_string()),
        ("X-Attach-Attempt", claimed.attempt.number.to_string()),
    ];
    if let Some(trace) = &claimed.trace {
        headers.push(("traceparent", trace.to_string()));
        let state = trace.state().map(str::to_owned);
        headers.extend(state.map(|state| ("tracestate", state)));
    }
    headers
}

/// Posts, and returns as soon as the answer begins.
pub(super) async fn post(clients: &Clients, call: Call<'_>) -> Result<Response, String> {
    let client = clients.to(call.to).map_err(|error| error.to_string())?;
    let mut request = client
        .post(call.to.url.clone())
        .header(CONTENT_TYPE, "application/json")
        .bearer_auth(call.token)
        .header("Idempotency-Key", call.claimed.attempt.task.to_string());
    if call.claimed.attempt.number == 1 {
        request = request.header(ACCEPT, JSON_OR_STREAM);
    }
    for (name, value) in headers(call.claimed) {
        request = request.header(name, value);
    }
    request.body(call.input).send().await.map_err(|e| cause(&e))
}

/// Reads an answer to its end.
pub(super) async fn read(mut response: Response) -> Result<Reply, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| cause(&e))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(format!("the agent sent more than {MAX_ANSWER} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

/// How an answer is cut into events, if it is a stream of them.
pub(super) fn stream_of(headers: &HeaderMap) -> Option<Dialect> {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    Some(Dialect::of(kind)).filter(|dialect| *dialect != Dialect::Json)
}
