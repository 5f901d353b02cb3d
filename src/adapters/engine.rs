//! Engines: which one answers, and the call itself.

mod choice;
mod line;

use std::{fmt::Display, io, time::Duration};

use actix_web::{
    http::{
        Method,
        header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING},
    },
    web::Bytes,
};
use awc::{
    Client, ClientResponse, Connector,
    error::{PayloadError, SendRequestError},
};

use crate::config::EngineLimits;
pub use choice::{Engine, EnginePlace, Engines};

/// Old connections in a row that may turn out closed before one call fails.
const MAX_STALE: usize = 4;

/// Why an engine gave no answer. The cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It could not be reached, or hung up before it answered.
    #[error("engine {engine} cannot be reached: {cause}")]
    Unreachable {
        /// Its configured name.
        engine: String,
        /// What happened.
        cause: String,
    },
    /// It took longer than a limit allows.
    #[error("engine {engine} did not answer within {limit:?}")]
    TooSlow {
        /// Its configured name.
        engine: String,
        /// The limit that was passed.
        limit: Duration,
    },
}

/// What goes to an engine.
#[derive(Clone, Debug)]
pub struct EngineRequest {
    /// As the caller wrote it.
    pub method: Method,
    /// Path and query at the engine.
    pub path: String,
    /// Headers that pass, and ours.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Bytes,
}

/// An answer whose body is still arriving.
pub type EngineAnswer = ClientResponse;

/// The client of one worker thread.
#[derive(Clone)]
pub struct EngineClient {
    client: Client,
    limits: EngineLimits,
}

impl EngineClient {
    /// A client with a connection pool of its own; make one a thread.
    pub fn new(limits: EngineLimits) -> Self {
        let connector = Connector::new()
            .connector(line::Lines::default())
            .limit(0)
            .timeout(limits.connect)
            .handshake_timeout(limits.connect)
            .conn_keep_alive(Duration::from_secs(60))
            .conn_lifetime(Duration::from_secs(3600));
        // Time limits are set around the parts of a call: awc's own would cut a
        // long answer.
        let builder = Client::builder().connector(connector);
        let client = builder
            .disable_timeout()
            .disable_redirects()
            .no_default_headers();
        Self {
            client: client.finish(),
            limits,
        }
    }

    /// The longest pause between two chunks.
    pub fn idle_limit(&self) -> Duration {
        self.limits.idle
    }

    /// Sends `request` to `engine` and waits for status and headers. Dropping
    /// the future, or the answer, closes the connection.
    ///
    /// # Errors
    ///
    /// [`EngineError`]; an error status of the engine is an answer.
    pub async fn open(
        &self,
        engine: &Engine,
        request: EngineRequest,
    ) -> Result<EngineAnswer, EngineError> {
        let limit = self.limits.first_byte;
        match tokio::time::timeout(limit, self.send(engine, &request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(unreachable(engine, error_text(&error))),
            Err(_) => Err(EngineError::TooSlow {
                engine: engine.name().to_owned(),
                limit,
            }),
        }
    }

    /// Sends once, and again for each old connection that turns out closed.
    async fn send(
        &self,
        engine: &Engine,
        request: &EngineRequest,
    ) -> Result<EngineAnswer, SendRequestError> {
        let url = format!("{}{}", engine.base(), request.path);
        let mut tries = 0..MAX_STALE;
        loop {
            let method = request.method.clone();
            let mut call = self.client.request(method, &*url).no_decompress();
            for (name, value) in &request.headers {
                call = call.append_header((name.clone(), value.clone()));
            }
            if let Some(key) = engine.api_key() {
                call = call.bearer_auth(key);
            }
            let sent = call.send_body(request.body.clone()).await;
            match sent {
                Err(error) if line::is_stale(&error) && tries.next().is_some() => {}
                sent => return sent,
            }
        }
    }
}

fn unreachable(engine: &Engine, cause: impl Display) -> EngineError {
    EngineError::Unreachable {
        engine: engine.name().to_owned(),
        cause: cause.to_string(),
    }
}

fn error_text(error: &SendRequestError) -> String {
    match error {
        SendRequestError::Send(io) => io.to_string(),
        other => other.to_string(),
    }
}

/// Whether a body says no length, and so is over when its connection closes.
pub fn ends_with_connection(answer: &EngineAnswer) -> bool {
    let headers = answer.headers();
    !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING)
}

/// Whether it was the engine that closed the connection.
pub fn is_close(error: &PayloadError) -> bool {
    match error {
        PayloadError::Incomplete(Some(error)) | PayloadError::Io(error) => {
            error.kind() == io::ErrorKind::UnexpectedEof
        }
        _ => false,
    }
}

/// What broke a body off, in words.
pub fn cut(error: &PayloadError) -> String {
    error.to_string()
}
