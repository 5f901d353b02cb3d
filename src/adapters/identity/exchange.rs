//! Descope's token endpoint: a token of someone else's in, one of Descope's out.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde::Deserialize;

use crate::config::ExchangeConfig;

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 64 * 1024;
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The token was not taken.
    #[error("the exchange refused the token with {0}")]
    Refused(StatusCode),
    /// It is down, or answers nonsense.
    #[error("the exchange gave no token: {0}")]
    Down(String),
}

/// Exchanges tokens. A clone is cheap.
#[derive(Clone)]
pub struct Exchange {
    client: Client,
    config: ExchangeConfig,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
}

/// A refusal, as RFC 6749 writes it.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
}

impl Refusal {
    /// Whether it is about us and not about the token: telling callers to throw
    /// theirs away would be wrong.
    fn is_ours(&self) -> bool {
        matches!(
            &*self.error,
            "invalid_client" | "unauthorized_client" | "unsupported_grant_type"
        )
    }
}

impl Exchange {
    /// A client: no redirects, no proxy, 5 s.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn new(config: ExchangeConfig) -> Result<Self, reqwest::Error> {
        let builder = Client::builder().redirect(Policy::none()).no_proxy();
        let client = builder.timeout(TIMEOUT).build()?;
        Ok(Self { client, config })
    }

    /// Whether tokens of `issuer` are sent there.
    pub fn takes(&self, issuer: &str) -> bool {
        self.config.issuers.iter().any(|known| known == issuer)
    }

    /// The issuer of what comes back.
    pub fn result_issuer(&self) -> &str {
        &self.config.result_issuer
    }

    /// Sends `token`, which `issuer` made; the token that comes back, unverified.
    ///
    /// # Errors
    ///
    /// [`ExchangeError`]; its words never hold a token.
    pub async fn exchange(&self, token: &str, issuer: &str) -> Result<String, ExchangeError> {
        let body = self.form(token, issuer);
        let request = self.client.post(&self.config.url).body(body).header(
            reqwest::header::CONTENT_TYPE,
            "application/x-www-form-urlencoded",
        );
        let response = request.send().await.map_err(down)?;
        let status = response.status();
        let body = body_of(response).await?;
        // 429 and 408 say nothing of the token.
        if matches!(status.as_u16(), 400 | 401 | 403 | 422) {
            return Err(refusal(status, &body));
        }
        if status != StatusCode::OK {
            return Err(ExchangeError::Down(format!("it answered {status}")));
        }
        let answer: Result<Answer, _> = serde_json::from_slice(&body);
        answer
            .map(|answer| answer.access_token)
            .map_err(|_| ExchangeError::Down("its answer has no access_token".to_owned()))
    }

    fn form(&self, token: &str, issuer: &str) -> String {
        let form = [
            ("grant_type", JWT_BEARER),
            ("assertion", token),
            ("client_id", &self.config.client_id),
            ("client_secret", &self.config.client_secret),
            ("issuer", issuer),
        ];
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form).finish()
    }
}

fn refusal(status: StatusCode, body: &[u8]) -> ExchangeError {
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    if refusal.is_ours() {
        let why = format!(
            "it answered {}; check DESCOPE_CLIENT_ID and DESCOPE_CLIENT_SECRET",
            refusal.error
        );
        return ExchangeError::Down(why);
    }
    ExchangeError::Refused(status)
}

fn down(error: reqwest::Error) -> ExchangeError {
    ExchangeError::Down(error.without_url().to_string())
}

async fn body_of(mut response: Response) -> Result<Vec<u8>, ExchangeError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(down)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BYTES {
            return Err(ExchangeError::Down("it sent too much".to_owned()));
        }
    }
    Ok(body)
}
