//! What people spend: the quota, and what is noted of it and of every call.

use super::{StartError, other, tables::waiting};
use crate::{
    actors::{forwarder::Forwarder, ledger::Ledger, writer::Writer},
    adapters::{
        sqlite::Sqlite,
        trace::Traces,
        usage::{UsageTable, openmeter::OpenMeter, prometheus::Prometheus},
    },
    config::{Config, Metering},
    domain::{quota::Limit, redact::Redactor},
    http::{Quota, Reporting},
};

/// Who may spend how much, and who spent it.
pub(super) struct Spending {
    pub(super) quota: Option<Quota>,
    pub(super) usage: Writer<UsageTable>,
    pub(super) metrics: Prometheus,
    pub(super) traces: Traces,
    pub(super) reporting: Option<Reporting>,
}

impl Spending {
    /// # Errors
    ///
    /// What was spent before cannot be read; TLS cannot be set up on this machine.
    pub(super) async fn start(config: &Config, database: &Sqlite) -> Result<Self, StartError> {
        let table = UsageTable::new(database.clone());
        let metrics = metrics(config, &table).await?;
        Ok(Self {
            quota: quota(config),
            traces: traces(config, &metrics)?,
            reporting: reporting(config, &table, &metrics).await?,
            metrics,
            usage: Writer::start(table, waiting(config), config.durability),
        })
    }
}

/// Spans, if anybody wants them.
fn traces(config: &Config, metrics: &Prometheus) -> Result<Traces, StartError> {
    match &config.observe.traces {
        Some(wanted) => Traces::start(wanted, metrics).map_err(other),
        None => Ok(Traces::default()),
    }
}

async fn metrics(config: &Config, table: &UsageTable) -> Result<Prometheus, StartError> {
    let metrics = Prometheus::new(home(config), config.max_series);
    if config.metering.is_prometheus() {
        metrics.seed(&table.totals().await.map_err(other)?);
    }
    Ok(metrics)
}

/// The issuer whose users go by their bare name where usage is shown.
fn home(config: &Config) -> &str {
    let home = config.auth.issuers.first();
    home.map_or("", |issuer| issuer.url.as_str())
}

async fn reporting(
    config: &Config,
    table: &UsageTable,
    metrics: &Prometheus,
) -> Result<Option<Reporting>, StartError> {
    let Metering::OpenMeter(openmeter) = &config.metering else {
        return Ok(None);
    };
    let redactor = Redactor::new(&config.memory.redact).map_err(other)?;
    let openmeter = OpenMeter::new(openmeter, table, home(config), redactor).map_err(other)?;
    if openmeter.begin().await.map_err(other)? {
        tracing::info!("OpenMeter is told of usage from now on, and not of what was before");
    }
    // A series that is not there cannot be told from one that stays at 0.
    metrics.count("attach_openmeter_delivered_total", 0);
    metrics.count("attach_openmeter_refused_total", 0);
    Ok(Some(Reporting {
        forwarder: Forwarder::start(openmeter.clone(), metrics.clone()),
        openmeter,
    }))
}

fn quota(config: &Config) -> Option<Quota> {
    let quota = config.quota?;
    let limit = Limit {
        tokens: quota.tokens,
        window_ms: i64::try_from(quota.window.as_millis()).unwrap_or(i64::MAX),
    };
    let ledger = Ledger::start(limit);
    Some(Quota { limit, ledger })
}
