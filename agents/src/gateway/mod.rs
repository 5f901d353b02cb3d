//! The client of the gateway's public API, and of nothing else.

mod chat;
mod follow;
mod memory;
mod search;
mod tasks;

use std::{io, time::Duration};

use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

pub(crate) use self::{
    chat::Prompt,
    follow::Followed,
    memory::{Document, Kept},
    search::Found,
    tasks::Outcome,
};
use crate::{AgentConfig, call::Call, completion::words, error::Error, stream::LIMIT_BYTES};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const CALL_LIMIT: Duration = Duration::from_secs(600);

/// Where the gateway is, and the connections to it.
pub(crate) struct Gateway {
    http: Client,
    base: String,
}

/// The gateway, asked on behalf of the person one delegation token stands for, in the
/// trace of the call that brought it.
pub(crate) struct Delegate<'a> {
    gateway: &'a Gateway,
    call: &'a Call,
}

impl Gateway {
    /// A client of the gateway at `config.gateway`. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// As [`crate::planner`], but for the listener.
    pub(crate) fn new(config: &AgentConfig) -> io::Result<Self> {
        // The token is for the gateway: no redirect and no proxy gets to see it.
        let http = Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(CALL_LIMIT)
            .redirect(Policy::none())
            .no_proxy();
        let http = match config.gateway.scheme() {
            "https" => http,
            // Certificates nobody needs must not be missed on a bare system.
            "http" => http.tls_certs_only([]),
            other => {
                let problem = format!("the gateway's url has scheme `{other}`: use http or https");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
            }
        };
        let http = http.build().map_err(io::Error::other)?;
        let base = config.gateway.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http, base })
    }

    /// The gateway as the person behind `call` sees it.
    pub(crate) fn acting<'a>(&'a self, call: &'a Call) -> Delegate<'a> {
        let gateway = self;
        Delegate { gateway, call }
    }
}

impl Delegate<'_> {
    fn get(&self, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.gateway.base);
        self.named(self.gateway.http.get(url))
    }

    fn post(&self, path: &str, body: &impl Serialize) -> RequestBuilder {
        let url = format!("{}{path}", self.gateway.base);
        self.named(self.gateway.http.post(url)).json(body)
    }

    /// For whom it is, and in which trace.
    fn named(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.bearer_auth(self.call.token.secret());
        let trace = self.call.trace.headers();
        trace.fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    }
}

/// Sends `request` and waits for the head of an answer of success.
async fn send(step: &'static str, request: RequestBuilder) -> Result<Response, Error> {
    let sent = request.send().await;
    let response = sent.map_err(|error| Error::unreachable(step, error))?;
    if response.status().is_success() {
        return Ok(response);
    }
    Err(refusal(step, response).await)
}

/// Sends `request` and reads the json of an answer of success.
async fn send_for<T: DeserializeOwned>(
    step: &'static str,
    request: RequestBuilder,
) -> Result<T, Error> {
    read_as(step, send(step, request).await?).await
}

/// Reads the json of an answer of success.
async fn read_as<T: DeserializeOwned>(step: &'static str, response: Response) -> Result<T, Error> {
    parsed(step, &read_within(LIMIT_BYTES, step, response).await?)
}

fn parsed<T: DeserializeOwned>(step: &'static str, body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        let problem = format!("the gateway's answer is not what it should be: {error}");
        Error::Unexpected { step, problem }
    })
}

async fn refusal(step: &'static str, response: Response) -> Error {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.and_then(|after| Some(after.to_str().ok()?.to_owned()));
    // The status is enough to go on, so a body that breaks off is no new error.
    let body = read_within(LIMIT_BYTES, step, response).await;
    let body = body.unwrap_or_default();
    let detail = serde_json::from_slice::<Value>(&body);
    let detail = detail.map_or_else(|_| "no reason given".to_owned(), |body| words(&body));
    Error::Refused {
        step,
        status,
        detail,
        retry_after,
    }
}

/// The whole of an answer, which has `limit` bytes at most.
async fn read_within(
    limit: usize,
    step: &'static str,
    mut response: Response,
) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let lost = |error| Error::unreachable(step, error);
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > limit {
            let problem = format!("the gateway's answer is larger than {limit} bytes");
            return Err(Error::Unexpected { step, problem });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
