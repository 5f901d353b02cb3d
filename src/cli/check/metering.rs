//! What `check` says of metering.

use super::{Finding, State, finding};
use crate::{
    adapters::usage::openmeter::{self, Fault},
    config::{Config, Metering, OpenMeterConfig},
};

/// Nothing is billed for it.
pub(super) async fn metering(config: &Config) -> Finding {
    match &config.metering {
        Metering::Null => {
            let fell_back = config
                .warnings
                .iter()
                .any(|told| told.contains("metering is off"));
            let why = match fell_back {
                true => "see the warning below",
                false => "USAGE_METERING is null",
            };
            let detail = format!("{why}; usage rows are kept all the same");
            finding("metering", State::Off, detail)
        }
        Metering::Prometheus => finding("metering", State::On, "prometheus at /metrics"),
        Metering::OpenMeter(openmeter) => outside(openmeter).await,
    }
}

/// Usage waits on disk while it is away, so that alone is no fault.
async fn outside(openmeter: &OpenMeterConfig) -> Finding {
    let url = openmeter.url.as_str();
    match openmeter::look(openmeter).await {
        Ok(()) => {
            let detail = format!("OpenMeter at {url}, it takes the key");
            finding("metering", State::On, detail)
        }
        Err(fault @ Fault::Key(_)) => finding("metering", State::Fault, format!("{url}: {fault}")),
        Err(fault) => {
            let detail = format!("{url}: {fault}; usage waits on disk");
            finding("metering", State::Warning, detail)
        }
    }
}
