//! What operators see: the port for scrapers, and where spans go.

use std::net::SocketAddr;

use percent_encoding::percent_decode_str;
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use crate::{
    config::{Hidden, reader::Reader},
    domain::target::http_url,
};

/// What operators see beside `/metrics`.
#[derive(Clone, Debug)]
pub struct ObserveConfig {
    /// `METRICS_ADDR`, on loopback.
    pub metrics: Option<SocketAddr>,
    /// Where spans go, if anywhere.
    pub traces: Option<TracesConfig>,
}

/// Where spans go, and which.
#[derive(Clone, Debug)]
pub struct TracesConfig {
    /// The collector's `/v1/traces`.
    pub url: Url,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: each a header's name and value.
    pub headers: Vec<(String, Hidden)>,
    /// `OTEL_SERVICE_NAME`.
    pub service: String,
    /// `OTEL_RESOURCE_ATTRIBUTES`.
    pub resource: Vec<(String, String)>,
    /// `OTEL_TRACES_SAMPLER`.
    pub sampler: Sampler,
}

/// Which traces are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// What part of those that begin here, 0 to 1.
    pub ratio: f64,
    /// Whether the caller's own decision comes first.
    pub heeds_parent: bool,
}

/// `port` is where everything else is served.
pub(super) fn read(reader: &Reader<'_>, port: u16) -> ObserveConfig {
    ObserveConfig {
        metrics: address(reader, port),
        traces: traces(reader),
    }
}

fn address(reader: &Reader<'_>, port: u16) -> Option<SocketAddr> {
    let remedy = "write a loopback address and a port, such as 127.0.0.1:9464: it asks for no token; scrapers elsewhere use /metrics with one";
    let address = reader.parsed("METRICS_ADDR", remedy, |text| {
        let text = text.replace("localhost:", "127.0.0.1:");
        let address: SocketAddr = text.parse().ok()?;
        address.ip().is_loopback().then_some(address)
    });
    if address.is_some_and(|address| port != 0 && address.port() == port) {
        let remedy = "has the port of the gateway itself (PORT); write another";
        reader.fault("METRICS_ADDR", reader.text("METRICS_ADDR"), remedy);
    }
    address
}

/// Where nothing is exported nothing of it is wrong: these names are not ours alone,
/// and may be meant for others in the same environment.
fn traces(reader: &Reader<'_>) -> Option<TracesConfig> {
    reader.text("OTEL_EXPORTER_OTLP_ENDPOINT")?;
    let wanted = reader.word(
        "OTEL_TRACES_EXPORTER",
        &[("otlp", true), ("none", false)],
        true,
    );
    if reader.flag("OTEL_SDK_DISABLED") || !wanted {
        return None;
    }
    protocol(reader);
    let url = endpoint(reader);
    let (headers, resource) = (headers(reader), resource(reader));
    let sampler = sampler(reader);
    let service = reader.text("OTEL_SERVICE_NAME");
    Some(TracesConfig {
        url: url?,
        headers,
        service: service.unwrap_or("attach-gateway").to_owned(),
        resource,
        sampler,
    })
}

fn endpoint(reader: &Reader<'_>) -> Option<Url> {
    let remedy = "write the http(s) URL of a collector, such as http://localhost:4318, without user and query; /v1/traces is added";
    reader.parsed("OTEL_EXPORTER_OTLP_ENDPOINT", remedy, |text| {
        let mut url = http_url(text).ok()?;
        let is_whole = url.path().trim_end_matches('/').ends_with("/v1/traces");
        let is_plain = url.query().is_none() && url.fragment().is_none() && !is_whole;
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        is_plain.then_some(url)
    })
}

fn protocol(reader: &Reader<'_>) {
    let remedy =
        "write http/protobuf, or leave it out; a collector takes that on port 4318, gRPC on 4317";
    reader.parsed("OTEL_EXPORTER_OTLP_PROTOCOL", remedy, |text| {
        text.eq_ignore_ascii_case("http/protobuf").then_some(())
    });
}

/// `name=value,…`, values percent-encoded.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let parts = text.split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        let name = name.trim();
        (!name.is_empty()).then(|| (name.to_owned(), value.into_owned()))
    });
    parts.collect()
}

fn headers(reader: &Reader<'_>) -> Vec<(String, Hidden)> {
    let name = "OTEL_EXPORTER_OTLP_HEADERS";
    let Some(text) = reader.text(name) else {
        return Vec::new();
    };
    let is_header = |(name, value): &(String, String)| {
        name.parse::<HeaderName>().is_ok() && HeaderValue::from_str(value).is_ok()
    };
    let headers = pairs(text).filter(|all| all.iter().all(is_header));
    if headers.is_none() {
        let remedy = "write name=value,… with names and values of headers, values percent-encoded";
        reader.fault(name, None, remedy);
    }
    let headers = headers.unwrap_or_default().into_iter();
    headers.map(|(n, value)| (n, value.into())).collect()
}

fn resource(reader: &Reader<'_>) -> Vec<(String, String)> {
    let remedy = "write name=value,…, values percent-encoded";
    let all = reader.parsed("OTEL_RESOURCE_ATTRIBUTES", remedy, pairs);
    all.unwrap_or_default()
}

fn sampler(reader: &Reader<'_>) -> Sampler {
    let remedy = "write a number from 0 to 1: the part of traces that is kept";
    let part = reader.parsed("OTEL_TRACES_SAMPLER_ARG", remedy, |text| {
        let part: f64 = text.parse().ok()?;
        (0.0..=1.0).contains(&part).then_some(part)
    });
    let part = part.unwrap_or(1.0);
    let words = [
        ("parentbased_always_on", (1.0, true)),
        ("parentbased_always_off", (0.0, true)),
        ("parentbased_traceidratio", (part, true)),
        ("always_on", (1.0, false)),
        ("always_off", (0.0, false)),
        ("traceidratio", (part, false)),
    ];
    let (ratio, heeds_parent) = reader.word("OTEL_TRACES_SAMPLER", &words, (1.0, true));
    Sampler {
        ratio,
        heeds_parent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Faults};

    fn of(pairs: &[(&str, &str)]) -> Result<ObserveConfig, Faults> {
        let base = [
            ("ATTACH_CONFIG", "/dev/null"),
            ("OIDC_ISSUER", "https://issuer.example"),
            ("OIDC_AUD", "us"),
        ];
        let all = base.iter().chain(pairs);
        let vars = all.map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Config::read(&vars.collect()).map(|config| config.observe)
    }

    fn told(name: &str, value: &str) -> String {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
        let Faults(faults) = of(&[endpoint, (name, value)]).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults[0].to_string()
    }

    #[test]
    fn the_port_without_a_token_is_on_loopback_or_nowhere() {
        for (text, address) in [
            ("127.0.0.1:9464", "127.0.0.1:9464"),
            ("localhost:1", "127.0.0.1:1"),
            ("[::1]:9464", "[::1]:9464"),
        ] {
            let config = of(&[("METRICS_ADDR", text)]).unwrap();
            assert_eq!(config.metrics, Some(address.parse().unwrap()), "{text}");
        }
        assert!(told("METRICS_ADDR", "127.0.0.1:8080").contains("PORT"));
        for text in ["0.0.0.0:9464", ":9464", "9464", "192.0.2.1:9464", "host:1"] {
            assert!(told("METRICS_ADDR", text).contains("loopback"), "{text}");
        }
    }

    #[test]
    fn spans_go_to_the_collectors_path_unless_that_is_switched_off() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/base/");
        let traces = of(&[endpoint]).unwrap().traces.unwrap();
        assert_eq!(traces.url.as_str(), "http://collector:4318/base/v1/traces");
        assert_eq!(traces.service, "attach-gateway");
        for off in [
            ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_TRACES_EXPORTER", "none"),
        ] {
            assert!(of(&[endpoint, off]).unwrap().traces.is_none());
        }
        assert!(of(&[]).unwrap().traces.is_none());
        let twice = told(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://collector:4318/v1/traces",
        );
        assert!(twice.contains("is added"), "{twice}");
    }

    #[test]
    fn grpc_is_refused_with_what_to_write() {
        let fault = told("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        assert!(fault.contains("http/protobuf"), "{fault}");
        let alone = of(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
        assert!(
            alone.is_ok(),
            "where nothing is exported it is not ours to refuse"
        );
    }

    #[test]
    fn headers_are_secrets_also_when_they_are_wrong() {
        let vars = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2, x=a%20b"),
        ];
        let config = of(&vars).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        let headers = config.traces.unwrap().headers;
        assert_eq!((&*headers[1].0, &*headers[1].1), ("x", "a b"));
        let fault = told("OTEL_EXPORTER_OTLP_HEADERS", "hunter2");
        assert!(!fault.contains("hunter2"), "{fault}");
    }

    #[test]
    fn samplers_are_those_of_the_specification() {
        let sampler = |word: &str| {
            let vars = [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
                ("OTEL_TRACES_SAMPLER", word),
                ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ];
            let sampler = of(&vars).unwrap().traces.unwrap().sampler;
            (sampler.ratio, sampler.heeds_parent)
        };
        assert_eq!(sampler(""), (1.0, true));
        assert_eq!(sampler("parentbased_traceidratio"), (0.25, true));
        assert_eq!(sampler("traceidratio"), (0.25, false));
        assert_eq!(sampler("always_off"), (0.0, false));
        assert!(told("OTEL_TRACES_SAMPLER", "jaeger").contains("always_on"));
        assert!(told("OTEL_TRACES_SAMPLER_ARG", "2").contains("0 to 1"));
    }
}
