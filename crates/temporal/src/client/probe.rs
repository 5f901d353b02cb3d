//! Connecting, and looking whether Temporal is still there.

use std::{
    error::Error,
    io,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use temporalio_client::{
    ClientTlsOptions, Connection, ConnectionOptions, TlsOptions, errors::ClientConnectError,
    grpc::WorkflowService,
};
use temporalio_common::protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest;
use tonic::{Code, Status};
use url::Url;

use super::{call, link::Link};
use crate::{Settings, Tls};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_secs(5);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Runs until its runtime goes.
pub(super) async fn look_after(link: Arc<Link>) {
    let mut pause = FIRST_PAUSE;
    let mut kept = None;
    loop {
        let seen = look(&link.settings, &mut kept).await;
        let is_up = seen.is_ok();
        note(&link, seen);
        if is_up {
            pause = FIRST_PAUSE;
            let _ = tokio::time::timeout(LOOK_EVERY, link.doubt.notified()).await;
            // Many calls may fail at once.
            tokio::time::sleep(FIRST_PAUSE).await;
        } else {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Logs what is new, however often an outage is looked at.
fn note(link: &Link, seen: Result<Connection, String>) {
    let address = &link.settings.address;
    let was_up = link.up.borrow().is_ok();
    match &seen {
        Ok(_) if !was_up => {
            link.connects.fetch_add(1, Ordering::Release);
            tracing::info!(address, "connected to temporal");
        }
        Err(why) if link.up.borrow().as_ref().err() != Some(why) => {
            tracing::warn!(address, why, "temporal cannot be used, it is tried again");
        }
        _ => return,
    }
    let _ = link.up.send_replace(seen);
}

/// Over the connection that was `kept`, which mends itself when the server comes back;
/// over a new one when there is none yet.
async fn look(settings: &Settings, kept: &mut Option<Connection>) -> Result<Connection, String> {
    let connection = match kept {
        Some(connection) => connection,
        None => kept.insert(connect(settings).await?),
    };
    let request = DescribeNamespaceRequest {
        namespace: settings.namespace.clone(),
        ..DescribeNamespaceRequest::default()
    };
    let asked = connection.describe_namespace(call::once(request)).await;
    asked.map_err(|status| said(settings, &status))?;
    Ok(connection.clone())
}

async fn connect(settings: &Settings) -> Result<Connection, String> {
    let target = target(settings).map_err(|error| error.to_string())?;
    let options = ConnectionOptions::new(target)
        .identity(settings.identity.clone())
        .client_name("attach-gateway")
        .maybe_api_key(settings.api_key.clone())
        .maybe_tls_options(tls(settings))
        .connect_timeout(CONNECT_WITHIN)
        .build();
    let connected = Connection::connect(options).await;
    connected.map_err(|error| match error {
        ClientConnectError::SystemInfoCallError(status) => said(settings, &status),
        error => format!(
            "temporal at {} cannot be reached ({}): look at {}, and whether it runs",
            settings.address,
            root(&error),
            looked_at(settings)
        ),
    })
}

/// Where to connect to. The scheme says whether to encrypt.
pub(super) fn target(settings: &Settings) -> io::Result<Url> {
    let scheme = if tls(settings).is_some() {
        "https"
    } else {
        "http"
    };
    let url = Url::parse(&format!("{scheme}://{}", settings.address)).ok();
    // A URL does not keep the port that its scheme implies: the text tells whether there is one.
    let url = url.filter(|url| url.host().is_some() && url.path() == "/");
    url.filter(|_| has_port(&settings.address)).ok_or_else(|| {
        let said = "TEMPORAL_URL must be `host:port`, without a scheme";
        io::Error::new(io::ErrorKind::InvalidInput, said)
    })
}

fn has_port(address: &str) -> bool {
    let port = address
        .rsplit_once(':')
        .map(|(_, port)| port.parse::<u16>());
    matches!(port, Some(Ok(1..)))
}

fn tls(settings: &Settings) -> Option<TlsOptions> {
    let default = Tls::default();
    let implied = settings.api_key.as_ref().map(|_| &default);
    let tls = settings.tls.as_ref().or(implied)?;
    let client = tls.cert.clone().zip(tls.key.clone()).map(|(cert, key)| {
        ClientTlsOptions::builder()
            .client_cert(cert)
            .client_private_key(key)
            .build()
    });
    let options = TlsOptions::builder()
        .maybe_server_root_ca_cert(tls.ca.clone())
        .maybe_domain(tls.server_name.clone())
        .maybe_client_tls_options(client);
    Some(options.build())
}

/// What keeps us from the namespace, and which setting to look at.
fn said(settings: &Settings, status: &Status) -> String {
    let Settings {
        address, namespace, ..
    } = settings;
    let said = status
        .source()
        .map_or_else(|| status.message().to_owned(), root);
    match status.code() {
        Code::NotFound => format!(
            "temporal at {address} does not know the namespace `{namespace}`: create it, or set TEMPORAL_NAMESPACE"
        ),
        Code::PermissionDenied | Code::Unauthenticated => format!(
            "temporal at {address} does not let us in ({said}): look at TEMPORAL_API_KEY and the certificates"
        ),
        code => format!("temporal at {address} does not answer ({code:?}: {said})"),
    }
}

/// The settings that may be to blame.
fn looked_at(settings: &Settings) -> &'static str {
    match tls(settings) {
        Some(_) => "TEMPORAL_URL and the certificates",
        None => "TEMPORAL_URL",
    }
}

/// The innermost error: those around it only say that there was one.
fn root(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(address: &str) -> Settings {
        Settings {
            address: address.to_owned(),
            namespace: "default".to_owned(),
            api_key: None,
            tls: None,
            queue: "attach-gateway".to_owned(),
            identity: "test".to_owned(),
        }
    }

    #[test]
    fn an_address_is_a_host_and_a_port_and_nothing_else() {
        for good in [
            "localhost:7233",
            "10.0.0.1:7233",
            "[::1]:7233",
            "a.b.tmprl.cloud:7233",
        ] {
            let url = target(&settings(good)).unwrap();
            assert_eq!(url.as_str(), format!("http://{good}/"));
        }
        let bad = [
            "",
            "localhost",
            "http://localhost:7233",
            ":7233",
            "a:7233/b",
            "a:99999",
            "a b:1",
            "a:0",
            "[::1]",
            "a:",
        ];
        for bad in bad {
            assert!(target(&settings(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn with_a_key_or_certificates_the_connection_is_encrypted() {
        let mut with_key = settings("temporal.test:80");
        with_key.api_key = Some("key".to_owned());
        assert_eq!(target(&with_key).unwrap().scheme(), "https");
        let mut with_tls = settings("temporal.test:80");
        with_tls.tls = Some(Tls::default());
        assert_eq!(target(&with_tls).unwrap().scheme(), "https");
    }

    #[test]
    fn a_port_that_its_scheme_implies_is_a_port_all_the_same() {
        let mut with_tls = settings("temporal.test:443");
        with_tls.tls = Some(Tls::default());
        let url = target(&with_tls).unwrap();
        assert_eq!(url.port_or_known_default(), Some(443));
        let url = target(&settings("temporal.test:80")).unwrap();
        assert_eq!(
            (url.scheme(), url.port_or_known_default()),
            ("http", Some(80))
        );
        assert!(target(&settings("temporal.test")).is_err());
    }

    #[test]
    fn a_namespace_that_is_not_there_is_named_and_so_is_its_setting() {
        let status = Status::not_found("Namespace default is not found.");
        let why = said(&settings("localhost:7233"), &status);
        assert!(
            why.contains("`default`") && why.contains("TEMPORAL_NAMESPACE"),
            "{why}"
        );
    }
}
