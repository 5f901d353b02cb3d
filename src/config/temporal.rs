//! Temporal: where it is, and what it is used for.

use std::{fmt, fs, time::Duration};

use url::Url;

use crate::{
    config::{Hidden, reader::Reader, task::span},
    domain::target::{AllowedWorkflows, http_url, is_workflow_name},
};

/// What all names begin with that are read here.
const FAMILY: &str = "TEMPORAL_";
/// The queue of the users' own workers, where none is named.
const QUEUE: &str = "attach-gateway";
/// How long a workflow may take, where nothing else is said.
const DAY: Duration = Duration::from_secs(86_400);
/// The longest it may be said to take: a year.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

const CERT: &str = "TEMPORAL_TLS_CLIENT_CERT_PATH";
const KEY: &str = "TEMPORAL_TLS_CLIENT_KEY_PATH";

/// Who runs tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskRunner {
    /// Each gateway takes tasks from the table.
    #[default]
    Local,
    /// Temporal says when and where each attempt is made.
    Temporal,
}

/// Temporal, as it is configured.
#[derive(Clone, Debug)]
pub struct TemporalConfig {
    /// `TEMPORAL_URL`, `host:port`.
    pub address: String,
    /// `TEMPORAL_NAMESPACE`.
    pub namespace: String,
    /// `TEMPORAL_API_KEY`.
    pub api_key: Option<Hidden>,
    /// `TEMPORAL_TLS*`; `None` where the connection is not encrypted for them.
    pub tls: Option<TemporalTls>,
    /// `TEMPORAL_QUEUE`.
    pub queue: String,
    /// `TEMPORAL_TRACES`.
    pub traces: bool,
    /// `TEMPORAL_UI_URL`.
    pub ui_url: Option<Url>,
    /// `TEMPORAL_WORKFLOW_TIMEOUT`: the longest that a workflow may take.
    pub timeout: Duration,
}

/// What an encrypted connection needs beyond the roots of the operating system.
#[derive(Clone, Default)]
pub struct TemporalTls {
    /// PEM of the authority that signed the server's certificate.
    pub ca: Option<Vec<u8>>,
    /// PEM of our own certificate and of its key.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// The name in the server's certificate.
    pub server_name: Option<String>,
}

/// Without the bytes.
impl fmt::Debug for TemporalTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemporalTls")
            .field("has_ca", &self.ca.is_some())
            .field("has_identity", &self.identity.is_some())
            .field("server_name", &self.server_name)
            .finish()
    }
}

/// `None` where `TEMPORAL_URL` is not set. What is said of Temporal all the same is
/// told: its own tools know some of these names, too.
pub(super) fn read(reader: &Reader<'_>, warnings: &mut Vec<String>) -> Option<TemporalConfig> {
    refuse_where_it_is_missing(reader);
    let Some(address) = reader.text("TEMPORAL_URL") else {
        warnings.extend(idle(reader));
        return None;
    };
    let or = |name, usual: &str| reader.text(name).unwrap_or(usual).to_owned();
    Some(TemporalConfig {
        address: checked(reader, address),
        namespace: or("TEMPORAL_NAMESPACE", "default"),
        api_key: reader.owned("TEMPORAL_API_KEY").map(Hidden::from),
        tls: tls(reader),
        queue: or("TEMPORAL_QUEUE", QUEUE),
        traces: reader.text("TEMPORAL_TRACES").is_none() || reader.flag("TEMPORAL_TRACES"),
        ui_url: reader.parsed("TEMPORAL_UI_URL", "write an http(s) URL", |text| {
            http_url(text).ok()
        }),
        timeout: timeout(reader),
    })
}

/// `TASK_RUNNER`.
pub(super) fn runner(reader: &Reader<'_>) -> TaskRunner {
    let words = [
        ("local", TaskRunner::Local),
        ("temporal", TaskRunner::Temporal),
    ];
    let runner = reader.word("TASK_RUNNER", &words, TaskRunner::Local);
    if runner == TaskRunner::Temporal && reader.text("TEMPORAL_URL").is_none() {
        let remedy = "needs TEMPORAL_URL; set that to the host:port of Temporal, or write local";
        reader.fault("TASK_RUNNER", reader.text("TASK_RUNNER"), remedy);
    }
    runner
}

/// `TEMPORAL_WORKFLOWS`.
pub(super) fn workflows(reader: &Reader<'_>) -> AllowedWorkflows {
    let name = "TEMPORAL_WORKFLOWS";
    let names: Vec<_> = reader.list(name).map(str::to_owned).collect();
    for bad in names
        .iter()
        .filter(|one| *one != "*" && !is_workflow_name(one))
    {
        let remedy = "write names of workflows, comma-separated, or * for any: letters, digits and _ - . : $";
        reader.fault(name, Some(bad), remedy);
    }
    if reader.text("TEMPORAL_URL").is_none() {
        AllowedWorkflows::Off
    } else if names.iter().any(|one| one == "*") {
        AllowedWorkflows::Any
    } else {
        AllowedWorkflows::Named(names)
    }
}

/// A build without Temporal does not quietly ignore what is said of it.
fn refuse_where_it_is_missing(reader: &Reader<'_>) {
    if cfg!(feature = "temporal") {
        return;
    }
    for variable in super::variable::all() {
        if variable.name.starts_with(FAMILY) && reader.text(variable.name).is_some() {
            let remedy =
                "this program was built without Temporal (cargo feature temporal); remove it";
            reader.fault(variable.name, None, remedy);
        }
    }
}

/// What is set and does nothing.
fn idle(reader: &Reader<'_>) -> Vec<String> {
    let remedy = "does nothing without TEMPORAL_URL";
    let names = super::variable::all().map(|one| one.name);
    let set: Vec<_> = names
        .filter(|name| name.starts_with(FAMILY) && reader.text(name).is_some())
        .collect();
    if reader.flag("STRICT_CONFIG") {
        set.iter().for_each(|name| reader.fault(name, None, remedy));
    }
    set.iter().map(|name| format!("{name} {remedy}")).collect()
}

fn checked(reader: &Reader<'_>, address: &str) -> String {
    if !is_address(address) {
        let remedy = "write host:port, such as localhost:7233";
        reader.fault("TEMPORAL_URL", Some(address), remedy);
    }
    address.to_owned()
}

fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let is_host = !host.is_empty() && !host.contains(['/', '@', ' ', '?', '#']);
    is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn timeout(reader: &Reader<'_>) -> Duration {
    let remedy = "write days, hours, minutes or seconds, a year at most: 7d, 12h, 90m, 600";
    let parse = |text: &str| span(text).filter(|span| *span <= LONGEST);
    let timeout = reader.parsed("TEMPORAL_WORKFLOW_TIMEOUT", remedy, parse);
    timeout.unwrap_or(DAY)
}

fn tls(reader: &Reader<'_>) -> Option<TemporalTls> {
    let is_wanted = reader.flag("TEMPORAL_TLS");
    let ca = pem(reader, "TEMPORAL_TLS_SERVER_CA_CERT_PATH");
    let cert = pem(reader, CERT);
    let key = pem(reader, KEY);
    pair(reader, CERT, KEY);
    pair(reader, KEY, CERT);
    let server_name = reader.owned("TEMPORAL_TLS_SERVER_NAME");
    let is_meant = is_wanted || ca.is_some() || cert.is_some() || server_name.is_some();
    is_meant.then(|| TemporalTls {
        ca,
        identity: cert.zip(key),
        server_name,
    })
}

/// One is of no use without the other.
fn pair(reader: &Reader<'_>, there: &'static str, missing: &'static str) {
    if reader.text(there).is_some() && reader.text(missing).is_none() {
        let remedy = format!("goes with {there}; set both, or neither");
        reader.fault(missing, None, &remedy);
    }
}

/// The file that `name` names.
fn pem(reader: &Reader<'_>, name: &'static str) -> Option<Vec<u8>> {
    let path = reader.text(name)?;
    match fs::read(path) {
        Ok(bytes) if is_pem(&bytes) => Some(bytes),
        Ok(_) => {
            reader.fault(name, Some(path), "is no PEM file");
            None
        }
        Err(error) => {
            reader.fault(name, Some(path), &format!("cannot be read: {error}"));
            None
        }
    }
}

/// Text may stand before the first block.
fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(10).any(|window| window == b"-----BEGIN")
}
