//! One request to the collector: OTLP over HTTP, protobuf.

use std::time::Duration;

use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{
        common::tonic::ResourceAttributesWithSchema,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{Resource, trace::SpanData};
use prost::Message;
use reqwest::{
    Client, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use url::Url;

use crate::config::TracesConfig;

/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Rests between the tries of one batch; after the last it is lost.
const RESTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Where spans go.
pub(super) struct Collector {
    client: Client,
    url: Url,
    resource: ResourceAttributesWithSchema,
    /// That it fails is said once, not each time.
    is_away: bool,
}

impl Collector {
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub(super) fn new(config: &TracesConfig, of: &Resource) -> Result<Self, reqwest::Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in &config.headers {
            // The configuration has let nothing else through.
            if let (Ok(name), Ok(mut value)) = (name.parse(), HeaderValue::from_str(value)) {
                value.set_sensitive(true);
                headers.insert::<HeaderName>(name, value);
            }
        }
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-protobuf"),
        );
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(LIMIT)
            .default_headers(headers);
        Ok(Self {
            client: client.build()?,
            url: config.url.clone(),
            resource: of.into(),
            is_away: false,
        })
    }

    /// Sends `spans`, again where that may help; whether they were taken.
    pub(super) async fn send(&mut self, spans: Vec<SpanData>) -> bool {
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let mut rests = RESTS.iter();
        loop {
            let (why, may_help) = match self.post(body.clone()).await {
                Ok(status) if status.is_success() => {
                    self.is_back();
                    return true;
                }
                Ok(status) => (status.to_string(), may_help(status)),
                Err(error) => (error.to_string(), true),
            };
            self.is_gone(&why);
            match rests.next() {
                Some(rest) if may_help => tokio::time::sleep(*rest).await,
                _ => return false,
            }
        }
    }

    async fn post(&self, body: Vec<u8>) -> Result<StatusCode, reqwest::Error> {
        let sent = self.client.post(self.url.clone()).body(body).send().await;
        // The URL stands in the log already, and may hold what is nobody's business.
        Ok(sent.map_err(reqwest::Error::without_url)?.status())
    }

    fn is_gone(&mut self, why: &str) {
        let url = self.url.as_str();
        match self.is_away {
            true => tracing::debug!(url, why, "spans are not taken"),
            false => tracing::warn!(url, why, "spans are not taken, look at the collector"),
        }
        self.is_away = true;
    }

    fn is_back(&mut self) {
        if self.is_away {
            tracing::info!(url = self.url.as_str(), "spans are taken again");
        }
        self.is_away = false;
    }
}

/// Whether the same request may be taken later.
fn may_help(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}
