//! One delivery.

use std::{error::Error, time::Duration};

use a2a::StreamResponse;
use reqwest::{
    Client, RequestBuilder, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};

use super::{Due, Webhooks, credentials::Credentials};
use crate::{
    adapters::public_only::PublicOnly,
    domain::{header::retry_after_ms, time::UnixMillis},
};

/// Fixed: what is wrong with a place names its path.
const NOT_ALLOWED: &str =
    "its place is no longer allowed: list it in PUSH_ALLOW, or create the webhook again elsewhere";
const CONNECT: Duration = Duration::from_secs(5);
/// Connections kept open for what comes next to the same receiver.
const IDLE: usize = 4;
/// How much of an answer is read, and for how long, so that the connection can
/// be used again.
const MAX_ANSWER: usize = 16 << 10;
const MAX_READING: Duration = Duration::from_secs(1);

/// Why an event was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In words; nothing of the URL and of what was sent.
    pub why: String,
    /// The receiver's own `Retry-After`, in milliseconds.
    pub after_ms: Option<i64>,
    /// Whether nothing answered: whatever else goes to the same host would fare
    /// no better, and wait for as long.
    pub is_silent: bool,
}

/// Posts events to webhooks. Two clients: one for places the team listed, one
/// that connects to public addresses only.
pub struct Poster {
    webhooks: Webhooks,
    internal: Client,
    public: Client,
}

impl Poster {
    /// Gives a receiver `timeout` to answer.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn new(webhooks: Webhooks, timeout: Duration) -> Result<Self, reqwest::Error> {
        let builder = || {
            Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .tcp_nodelay(true)
                .connect_timeout(CONNECT)
                .timeout(timeout)
                .pool_max_idle_per_host(IDLE)
                .user_agent(concat!("attach-gateway/", env!("CARGO_PKG_VERSION")))
        };
        Ok(Self {
            webhooks,
            internal: builder().build()?,
            public: builder().dns_resolver(PublicOnly).build()?,
        })
    }

    /// Delivers `event`, which is number `seq` of its task. `Ok` says that the
    /// receiver answered 2xx.
    ///
    /// # Errors
    ///
    /// [`Failure`]; the receiver may have read it all the same.
    pub async fn post(&self, due: &Due, seq: i64, event: &StreamResponse) -> Result<(), Failure> {
        // Asked each time: the list may have changed since.
        let to = self.webhooks.rules.destination(&due.url);
        let to = to.map_err(|_| failure(NOT_ALLOWED.to_owned()))?;
        let client = if to.internal {
            &self.internal
        } else {
            &self.public
        };
        let body = serde_json::to_vec(event);
        let body = body.map_err(|e| failure(format!("the event cannot be written: {e}")))?;
        let sealed = "the credentials cannot be opened: ATTACH_SECRET is another one now";
        let known = self.webhooks.credentials(due);
        let known = known.ok_or_else(|| failure(sealed.to_owned()))?;
        let request = client
            .post(to.url)
            .header(CONTENT_TYPE, "application/a2a+json")
            .header("X-A2A-Event-Id", format!("{}-{seq}", due.key.0))
            .body(body);
        let sent = prove(request, &known).send().await;
        let answer = sent.map_err(|error| Failure {
            is_silent: true,
            ..failure(cause(error))
        })?;
        judge(answer).await
    }
}

/// Says who sends it, as the webhook's owner asked for.
fn prove(mut request: RequestBuilder, known: &Credentials) -> RequestBuilder {
    if let Some(token) = &known.token {
        request = request.header("X-A2A-Notification-Token", hidden(token));
    }
    if let Some(authentication) = &known.authentication
        && let Some(credentials) = &authentication.credentials
    {
        let value = format!("{} {credentials}", authentication.scheme);
        request = request.header(AUTHORIZATION, hidden(&value));
    }
    request
}

/// A value that no log shows. That it can stand in a header was checked when it
/// came.
fn hidden(text: &str) -> HeaderValue {
    let value = HeaderValue::from_str(text);
    let mut value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

async fn judge(answer: Response) -> Result<(), Failure> {
    let status = answer.status();
    let asked = answer.headers().get(RETRY_AFTER);
    let asked = asked.and_then(|value| value.to_str().ok());
    let after_ms = asked.and_then(|value| retry_after_ms(value, UnixMillis::now()));
    // What it says besides matters to nobody.
    let _ = tokio::time::timeout(MAX_READING, skim(answer)).await;
    if status.is_success() {
        return Ok(());
    }
    Err(Failure {
        why: format!("the receiver answered {}", status.as_u16()),
        after_ms,
        is_silent: false,
    })
}

async fn skim(mut answer: Response) {
    let mut left = MAX_ANSWER;
    while let Ok(Some(chunk)) = answer.chunk().await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

fn failure(why: String) -> Failure {
    Failure {
        why,
        after_ms: None,
        is_silent: false,
    }
}

/// The innermost cause, without the URL.
fn cause(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "the receiver did not answer in time".to_owned();
    }
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    format!("the receiver could not be reached: {innermost}")
}
