//! Whether OpenMeter takes records at all, at the moment when it refuses one.

use std::sync::{MutexGuard, PoisonError};

use super::{
    MeterError, OpenMeter,
    event::Batch,
    fault::{Fault, Verdict},
    place::{self, Row},
};
use crate::domain::time::UnixMillis;

/// How long a record that was taken may be sent again, in ms. OpenMeter knows its id
/// for a month and drops it; later than that it would be billed twice.
const KNOWN_MS: i64 = 7 * 86_400_000;

/// A record that OpenMeter took from this process, and when. One from before a
/// restart may be known to another OpenMeter, and this one would bill it.
#[derive(Debug)]
pub(super) struct Witness {
    row: Row,
    at: UnixMillis,
}

impl OpenMeter {
    /// `row` was taken at `now`, for the first time or once more.
    pub(super) fn remember(&self, row: &Row, now: UnixMillis) {
        let mut witness = self.witness();
        let at = match &*witness {
            Some(known) if known.row.usage_no == row.usage_no => known.at,
            _ => now,
        };
        let row = row.clone();
        *witness = Some(Witness { row, at });
    }

    /// Why not, if OpenMeter takes nothing now, where `suspect` was just refused with
    /// `fault`: asked with a record that it took before, else with the newest ones of
    /// others that wait. Whichever way, it counts them once by their ids.
    pub(super) async fn is_away(
        &self,
        suspect: &Row,
        fault: &Fault,
        now: UnixMillis,
    ) -> Result<Option<Fault>, MeterError> {
        let others = place::others(&self.0.db, suspect.usage_no).await?;
        for row in self.known(now).iter().chain(&others) {
            match self.tell(row).await? {
                Ok(()) => {
                    self.remember(row, now);
                    return Ok(None);
                }
                Err(fault) if fault.verdict() == Verdict::Away => return Ok(Some(fault)),
                Err(_) => {}
            }
        }
        Ok(Some(Fault::Everything(fault.status())))
    }

    /// Sends `row` alone.
    pub(super) async fn tell(&self, row: &Row) -> Result<Result<(), Fault>, MeterError> {
        let batch = Batch::of(std::slice::from_ref(row), &self.0.home)?;
        Ok(self.0.api.send(batch.body).await)
    }

    /// A record that OpenMeter took not long before `now`.
    fn known(&self, now: UnixMillis) -> Option<Row> {
        let witness = self.witness();
        let fresh = witness
            .as_ref()
            .filter(|it| (0..KNOWN_MS).contains(&(now.0 - it.at.0)));
        fresh.map(|it| it.row.clone())
    }

    fn witness(&self) -> MutexGuard<'_, Option<Witness>> {
        let witness = self.0.witness.lock();
        witness.unwrap_or_else(PoisonError::into_inner)
    }
}
