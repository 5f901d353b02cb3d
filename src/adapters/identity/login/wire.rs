//! HTTP as `openidconnect` wants it, over the client that everything else uses.

use std::time::Duration;

use futures_util::future::BoxFuture;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, redirect::Policy};

use crate::domain::target::is_secure;

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 512 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("{0} is not https; set ALLOW_HTTP_ISSUER=true if that is meant")]
    Insecure(String),
    #[error("{0}; check OIDC_ISSUER and the way there")]
    Http(String),
    #[error("it answered {0}")]
    Status(u16),
    #[error("it sent more than 512 KiB")]
    TooLong,
}

/// Asks the provider: no redirects, no proxy, 5 s.
pub(super) struct Wire {
    client: Client,
    allow_http: bool,
}

impl Wire {
    pub(super) fn new(allow_http: bool) -> Result<Self, reqwest::Error> {
        let builder = Client::builder().redirect(Policy::none()).no_proxy();
        let client = builder.timeout(TIMEOUT).build()?;
        Ok(Self { client, allow_http })
    }

    pub(super) fn check(&self, url: &str) -> Result<(), WireError> {
        is_secure(url, self.allow_http)
            .then_some(())
            .ok_or_else(|| WireError::Insecure(url.to_owned()))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, WireError> {
        self.check(&request.uri().to_string())?;
        let request = request.try_into().map_err(http)?;
        let mut response = self.client.execute(request).await.map_err(http)?;
        let status = response.status();
        // Neither says anything of what was asked.
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(WireError::Status(status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(http)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(WireError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Wire {
    type Error = WireError;
    type Future = BoxFuture<'c, Result<HttpResponse, WireError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// The innermost words: the outer ones repeat the address.
fn http(error: reqwest::Error) -> WireError {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    WireError::Http(cause.to_string())
}
