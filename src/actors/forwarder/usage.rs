//! Usage records on their way to OpenMeter.

use std::time::Duration;

use tokio::sync::watch;

use super::{Away, Outbox, Turn};
use crate::{
    adapters::usage::{
        openmeter::{MeterError, OpenMeter, Reported},
        prometheus::series,
    },
    domain::time::UnixMillis,
};

/// The place among the records moves on once OpenMeter has taken them: at least once
/// over a crash, under the same ids, so that they count once.
impl Outbox for OpenMeter {
    const NAME: &'static str = "OpenMeter";
    // Nobody waits for a bill: one request a second has them all.
    const GATHER: Duration = Duration::from_secs(1);
    const LONGEST_REST: Duration = Duration::from_secs(60);
    type Error = MeterError;

    fn arrivals(&self) -> watch::Receiver<()> {
        Self::arrivals(self)
    }

    async fn forward(&self, now: UnixMillis, _chance: f64) -> Result<Turn, MeterError> {
        self.report(now).await.map(turn)
    }

    async fn leave(&self) {
        Self::leave(self).await;
    }
}

fn turn(reported: Reported) -> Turn {
    for record in &reported.set_aside {
        // Not what OpenMeter said: it may quote the user's name.
        tracing::error!(%record, "OpenMeter refused a usage record, it is set aside and not billed; see usage_set_aside");
    }
    let counts = [
        (series::OPENMETER_DELIVERED, reported.delivered),
        (series::OPENMETER_REFUSED, reported.set_aside.len()),
    ];
    Turn {
        sent: reported.delivered,
        counts,
        away: reported.away.map(|fault| Away {
            why: fault.to_string(),
            after_ms: fault.after_ms(),
            is_lasting: fault.is_lasting(),
        }),
        is_narrowed: false,
        is_more: reported.is_more,
    }
}
