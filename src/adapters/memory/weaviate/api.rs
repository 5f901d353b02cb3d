//! Weaviate's REST API, within limits of time and size.

use std::{sync::Arc, time::Duration};

use reqwest::{
    Client, Method, Response,
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::fault::{Fault, messages};
use crate::config::{Hidden, WeaviateConfig};

const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take, to its last byte.
const READ: Duration = Duration::from_secs(10);
/// The same for batches.
const BATCH: Duration = Duration::from_secs(30);
/// How much of an answer is read, in bytes.
const ANSWER: usize = 16 << 20;
/// Answers that are read at once: each may take [`ANSWER`] bytes.
const READERS: usize = 16;
/// What a batch's answer may be beside [`ANSWER`], for each byte of its request: it
/// repeats the objects, and writes `<`, `>` and `&` with six.
const ECHO: usize = 6;

/// One Weaviate. A clone is cheap.
#[derive(Clone, Debug)]
pub(super) struct Api {
    client: Client,
    base: String,
    key: Option<Hidden>,
    readers: Arc<Semaphore>,
}

/// What is asked, and how much patience there is for it.
struct Ask<'a> {
    method: Method,
    path: &'a str,
    body: Option<Vec<u8>>,
    timeout: Duration,
    most: usize,
}

/// An answer that may be "there is none".
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Api {
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub(super) fn new(config: &WeaviateConfig) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .connect_timeout(CONNECT)
            .user_agent(concat!("attach-gateway/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            base: config.url.as_str().trim_end_matches('/').to_owned(),
            key: config.api_key.clone(),
            readers: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// Whether Weaviate says that it is well.
    pub(super) async fn is_ready(&self) -> bool {
        let answer = self.read(Method::GET, "/v1/.well-known/ready", None).await;
        answer.is_ok_and(|answer| answer.status == 200)
    }

    /// What `path` is, `None` for 404.
    pub(super) async fn get(&self, path: &str) -> Result<Option<Value>, Fault> {
        let answer = self.read(Method::GET, path, None).await?;
        match answer.status {
            404 => Ok(None),
            _ => answer.json().map(Some),
        }
    }

    /// Makes something.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Fault> {
        self.read(Method::POST, path, Some(body)).await?.json()
    }

    /// Deletes something; whether it was there.
    pub(super) async fn delete(&self, path: &str) -> Result<bool, Fault> {
        let answer = self.read(Method::DELETE, path, None).await?;
        match answer.status {
            200..300 => Ok(true),
            404 => Ok(false),
            _ => Err(answer.fault()),
        }
    }

    /// A batch, to be written with POST and to be deleted with DELETE.
    pub(super) async fn batch<T: DeserializeOwned>(
        &self,
        method: Method,
        body: &Value,
    ) -> Result<T, Fault> {
        let body = body.to_string().into_bytes();
        let most = ANSWER.saturating_add(body.len().saturating_mul(ECHO));
        let ask = Ask {
            method,
            path: "/v1/batch/objects",
            body: Some(body),
            timeout: BATCH,
            most,
        };
        self.ask(ask).await?.json()
    }

    /// The `data` of a GraphQL query.
    pub(super) async fn graphql(&self, query: &str) -> Result<Value, Fault> {
        let body = serde_json::json!({ "query": query });
        let mut answer = self.post("/v1/graphql", &body).await?;
        match messages(&answer["errors"]) {
            Some(words) => Err(Fault::Refused {
                status: 200,
                words,
                after_ms: None,
            }),
            None => Ok(answer["data"].take()),
        }
    }

    async fn read(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Fault> {
        let (timeout, most) = (READ, ANSWER);
        let place = tokio::time::timeout(READ, self.readers.acquire()).await;
        let _place = place.map_err(|_| Fault::TooSlow)?;
        let ask = Ask {
            method,
            path,
            body: body.map(|body| body.to_string().into_bytes()),
            timeout,
            most,
        };
        self.ask(ask).await
    }

    async fn ask(&self, ask: Ask<'_>) -> Result<Answer, Fault> {
        let url = format!("{}{}", self.base, ask.path);
        let mut request = self.client.request(ask.method, url).timeout(ask.timeout);
        if let Some(key) = &self.key {
            request = request.bearer_auth(&**key);
        }
        if let Some(body) = ask.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let answer = request.send().await.map_err(|error| Fault::of(&error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = whole(answer, ask.most).await?;
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

/// A body of at most `most` bytes.
async fn whole(mut answer: Response, most: usize) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| Fault::of(&error))? {
        if body.len() + chunk.len() > most {
            return Err(Fault::TooLong(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl Answer {
    fn fault(&self) -> Fault {
        let after = self.headers.get(RETRY_AFTER);
        let secs: Option<u64> = after.and_then(|after| after.to_str().ok()?.parse().ok());
        let after_ms = secs.map(|secs| secs.saturating_mul(1000));
        Fault::answered(self.status, after_ms, &self.body)
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        if !(200..300).contains(&self.status) {
            return Err(self.fault());
        }
        // Where it broke, and not at what: that may be somebody's text.
        serde_json::from_slice(&self.body).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            Fault::Junk(format!("no JSON of its kind at {place}"))
        })
    }
}
