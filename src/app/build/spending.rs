//! What people spend: the quota, and what is noted of it and of every call.

use super::{StartError, other, tables::waiting};
use crate::{
    actors::{forwarder::Forwarder, ledger::Ledger, writer::Writer},
    adapters::{
        database::Database,
        quota::redis::Redis,
        trace::Traces,
        usage::{
            UsageTable,
            openmeter::OpenMeter,
            prometheus::{Prometheus, series},
        },
    },
    config::{Config, Metering},
    domain::redact::Redactor,
    http::{Quota, Reporting},
};

/// Who may spend how much, and who spent it.
pub(super) struct Spending {
    pub(super) quota: Option<Quota>,
    pub(super) usage: Writer<UsageTable>,
    pub(super) table: UsageTable,
    pub(super) metrics: Prometheus,
    pub(super) traces: Traces,
    pub(super) reporting: Option<Reporting>,
}

impl Spending {
    /// # Errors
    ///
    /// What was spent before cannot be read; TLS or Redis cannot be set up on this
    /// machine. That Redis is away is no error.
    pub(super) async fn start(config: &Config, database: &Database) -> Result<Self, StartError> {
        let table = UsageTable::new(database.clone());
        let metrics = metrics(config, (database, &table)).await?;
        Ok(Self {
            quota: quota(config, &metrics).await?,
            traces: traces(config, &metrics)?,
            reporting: reporting(config, &table, &metrics).await?,
            metrics,
            usage: Writer::start(table.clone(), waiting(config), config.durability),
            table,
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

/// The series of tokens begin with what the rows add up to, so that they grow over
/// restarts. Not where several gateways serve: whoever adds up what they show would
/// count the rows once for each, so each shows what it did since its start.
async fn metrics(
    config: &Config,
    (database, table): (&Database, &UsageTable),
) -> Result<Prometheus, StartError> {
    let metrics = Prometheus::new(home(config), config.max_series);
    if config.metering.is_prometheus() && !database.is_shared() {
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
    metrics.count(series::OPENMETER_DELIVERED, 0);
    metrics.count(series::OPENMETER_REFUSED, 0);
    Ok(Some(Reporting {
        forwarder: Forwarder::start(openmeter.clone(), metrics.clone()),
        openmeter,
    }))
}

async fn quota(config: &Config, metrics: &Prometheus) -> Result<Option<Quota>, StartError> {
    let Some(quota) = &config.quota else {
        return Ok(None);
    };
    let limits = quota.limits.clone();
    let ledger = match &quota.redis {
        None => Ledger::start(limits.clone(), metrics),
        Some(shared) => {
            let redis = Redis::new(&shared.url, limits.clone()).map_err(other)?;
            Ledger::shared(redis, shared.fail, limits.clone(), metrics).await
        }
    };
    Ok(Some(Quota { limits, ledger }))
}
