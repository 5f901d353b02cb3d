//! Finding and fetching an issuer's keys.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};
use serde::Deserialize;

use crate::{
    adapters::identity::jwks::{KeySet, NotAKeySet},
    config::IssuerConfig,
    domain::target::is_secure,
};

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 512 * 1024;

/// Why there are no keys. Told to the operator, never to a caller.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The document says it is another issuer's.
    #[error("{found:?} is what the discovery document of {configured:?} calls its issuer{hint}")]
    OtherIssuer {
        /// As configured.
        configured: String,
        /// As the provider writes it, and its tokens too.
        found: String,
        /// What to do, when it is the slash at the end.
        hint: &'static str,
    },
    /// Plain http to another machine.
    #[error("{0} is not https; set ALLOW_HTTP_ISSUER=true if that is meant")]
    Insecure(String),
    /// No answer, or a bad one.
    #[error("{url}: {cause}; check OIDC_ISSUER and the way there")]
    Http {
        /// What was asked.
        url: String,
        /// What happened, in the words of the innermost error.
        cause: String,
    },
    /// An answer that is not 200.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked.
        url: String,
        /// What came back.
        status: u16,
    },
    /// More than 512 KiB.
    #[error("{0} sent more than 512 KiB")]
    TooLong(String),
    /// Not the JSON it should be.
    #[error("{url}: {source}")]
    Document {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Not a key set.
    #[error("{url}: {source}")]
    Keys {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        source: NotAKeySet,
    },
}

/// Keys, and how long the issuer says they hold.
#[derive(Debug)]
pub struct Fetched {
    /// The keys.
    pub keys: KeySet,
    /// The document as it came, to tell whether anything changed.
    pub document: Vec<u8>,
    /// `Cache-Control: max-age`, between 60 and 3600 s; 600 s without.
    pub lifetime: Duration,
}

/// Asks issuers for their keys: no redirects, no proxy, 5 s.
#[derive(Clone, Debug)]
pub struct Discovery {
    client: Client,
    allow_http: bool,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Discovery {
    /// A client; `allow_http` is `ALLOW_HTTP_ISSUER`.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn new(allow_http: bool) -> Result<Self, reqwest::Error> {
        let builder = Client::builder().redirect(Policy::none()).no_proxy();
        let client = builder.timeout(TIMEOUT).build()?;
        Ok(Self { client, allow_http })
    }

    /// The current keys of `issuer`: found by discovery, unless its
    /// configuration says where they are.
    ///
    /// # Errors
    ///
    /// [`FetchError`]: keys known before stay good for a while.
    pub async fn keys(&self, issuer: &IssuerConfig) -> Result<Fetched, FetchError> {
        let url = match &issuer.jwks_url {
            Some(url) => url.clone(),
            None => self.metadata(&issuer.url).await?.jwks_uri,
        };
        let (document, lifetime) = self.get(&url).await?;
        let keys = KeySet::parse(&document).map_err(|source| FetchError::Keys { url, source })?;
        Ok(Fetched {
            keys,
            document,
            lifetime,
        })
    }

    async fn metadata(&self, issuer: &str) -> Result<Metadata, FetchError> {
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let url = format!("{base}/.well-known/openid-configuration");
        let (document, _) = self.get(&url).await?;
        let metadata: Metadata = serde_json::from_slice(&document)
            .map_err(|source| FetchError::Document { url, source })?;
        if metadata.issuer == issuer {
            return Ok(metadata);
        }
        let only_the_slash = metadata.issuer.trim_end_matches('/') == base;
        Err(FetchError::OtherIssuer {
            configured: issuer.to_owned(),
            found: metadata.issuer,
            hint: if only_the_slash {
                ": only the slash at the end differs; write OIDC_ISSUER exactly as the provider does"
            } else {
                ""
            },
        })
    }

    async fn get(&self, url: &str) -> Result<(Vec<u8>, Duration), FetchError> {
        if !is_secure(url, self.allow_http) {
            return Err(FetchError::Insecure(url.to_owned()));
        }
        let http = |error: reqwest::Error| FetchError::Http {
            url: url.to_owned(),
            cause: innermost(&error),
        };
        let mut response = self.client.get(url).send().await.map_err(http)?;
        let status = response.status().as_u16();
        if status != 200 {
            let url = url.to_owned();
            return Err(FetchError::Status { url, status });
        }
        let lifetime = lifetime(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(http)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(FetchError::TooLong(url.to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((body, lifetime))
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

fn lifetime(headers: &reqwest::header::HeaderMap) -> Duration {
    let said = headers.get(reqwest::header::CACHE_CONTROL);
    let max_age = said
        .and_then(|value| value.to_str().ok())
        .and_then(|value| {
            let mut parts = value
                .split(',')
                .map(|part| part.trim().to_ascii_lowercase());
            parts.find_map(|part| part.strip_prefix("max-age=")?.parse::<u64>().ok())
        });
    Duration::from_secs(max_age.unwrap_or(600).clamp(60, 3600))
}
