//! OpenMeter's HTTP API, within limits of time and size.

use std::time::Duration;

use reqwest::{
    Client, Response,
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect::Policy,
};

use super::fault::Fault;
use crate::{
    config::{Hidden, OpenMeterConfig},
    domain::{header::retry_after_ms, time::UnixMillis},
};

const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take, to its last byte.
const ANSWER: Duration = Duration::from_secs(30);
/// How much of an answer is read, in bytes.
const MOST: usize = 16 << 10;
/// Compared byte for byte over there: nothing may be appended.
const EVENTS: &str = "application/cloudevents-batch+json";

/// One OpenMeter. A clone is cheap.
#[derive(Clone, Debug)]
pub(super) struct Api {
    client: Client,
    base: String,
    pub(super) key: Hidden,
}

impl Api {
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub(super) fn new(config: &OpenMeterConfig) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .user_agent(concat!("attach-gateway/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            base: config.url.as_str().trim_end_matches('/').to_owned(),
            key: config.api_key.clone(),
        })
    }

    /// Hands over an array of events, all of them or none.
    pub(super) async fn send(&self, events: Vec<u8>) -> Result<(), Fault> {
        let request = self.client.post(format!("{}/api/v1/events", self.base));
        let request = request.bearer_auth(&*self.key);
        let request = request.header(CONTENT_TYPE, EVENTS).body(events);
        judge(request.send().await, |status| matches!(status, 202 | 204)).await
    }

    /// Asks for its meters, which bills nobody.
    pub(super) async fn look(&self) -> Result<(), Fault> {
        let request = self.client.get(format!("{}/api/v1/meters", self.base));
        let answer = request.bearer_auth(&*self.key).send().await;
        judge(answer, |status| (200..300).contains(&status)).await
    }
}

/// What `answer` says, where only a status that `is_good` is success.
async fn judge(answer: reqwest::Result<Response>, is_good: fn(u16) -> bool) -> Result<(), Fault> {
    let answer = answer.map_err(|error| Fault::of(&error))?;
    let status = answer.status();
    if is_good(status.as_u16()) {
        // Its body says nothing more, and need not be waited for.
        return Ok(());
    }
    let asked = answer.headers().get(RETRY_AFTER);
    let asked = asked.and_then(|value| value.to_str().ok());
    let after_ms = asked.and_then(|value| retry_after_ms(value, UnixMillis::now()));
    let body = beginning(answer).await;
    Err(Fault::answered(status.as_u16(), after_ms, &body))
}

/// The beginning of a body, as far as it came.
async fn beginning(mut answer: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        let room = MOST - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() >= room {
            break;
        }
    }
    body
}
