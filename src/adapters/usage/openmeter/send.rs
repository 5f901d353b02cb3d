//! From the rows to OpenMeter, a batch at a time.

use std::sync::{MutexGuard, PoisonError};

use super::{
    MeterError, OpenMeter,
    event::Batch,
    fault::{Fault, Verdict},
    pace::Pace,
    place::{self, FAR_MS, Place, Refusal, Row},
};
use crate::domain::time::UnixMillis;

/// What one batch came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// Records that OpenMeter took.
    pub delivered: usize,
    /// Records that were set aside, by id: they are in `openmeter_refused` with what
    /// OpenMeter said of them.
    pub set_aside: Vec<String>,
    /// Why OpenMeter takes nothing now, if so: it is to be left alone for a while.
    pub away: Option<Fault>,
    /// Whether more waits that is worth a request at once.
    pub is_more: bool,
}

/// The records that come next.
struct Due {
    place: Place,
    rows: Vec<Row>,
    /// Up to where there were any.
    newest: i64,
    /// Whether there may be more of them.
    is_full: bool,
}

impl OpenMeter {
    /// Tells OpenMeter of the next records, at most a batch of them, and moves the
    /// place behind them. Told again after a crash, they have the same ids, so that
    /// OpenMeter counts them once. A record that OpenMeter refuses alone, while it
    /// takes others, is set aside and holds up no other. Nothing, while another
    /// gateway does it.
    ///
    /// # Errors
    ///
    /// The database. Nothing is lost: what was sent is sent again.
    pub async fn report(&self, now: UnixMillis) -> Result<Reported, MeterError> {
        if !self.0.sole.is_mine().await? {
            return Ok(Reported::default());
        }
        let place = place::read(&self.0.db).await?;
        if place.rests(now) {
            return Ok(Reported::default());
        }
        let size = self.pace().size();
        let (rows, newest) = place::next(&self.0.db, place.usage_no, size).await?;
        let is_full = rows.len() == size;
        let due = Due {
            place,
            rows,
            newest,
            is_full,
        };
        match due.rows.is_empty() {
            true => self.pass_over(&due).await,
            false => self.send(due, now).await,
        }
    }

    /// What came in has no tokens to tell of.
    async fn pass_over(&self, due: &Due) -> Result<Reported, MeterError> {
        if due.newest > due.place.usage_no {
            let place = due.place.after(due.newest, &[]);
            place::move_on(&self.0.db, due.place.usage_no, place).await?;
        }
        Ok(Reported::default())
    }

    async fn send(&self, due: Due, now: UnixMillis) -> Result<Reported, MeterError> {
        let batch = Batch::of(&due.rows, &self.0.home)?;
        let count = batch.records;
        let Err(fault) = self.0.api.send(batch.body).await else {
            return self.delivered(due, count, now).await;
        };
        match fault.verdict() {
            Verdict::Away => return self.away(fault, now).await,
            _ if count == 1 => return self.alone(due, fault, now).await,
            Verdict::Spoiled => self.pace().refused(count),
            Verdict::TooLong => self.pace().too_long(count),
        }
        Ok(Reported {
            is_more: true,
            ..Reported::default()
        })
    }

    async fn delivered(
        &self,
        due: Due,
        count: usize,
        now: UnixMillis,
    ) -> Result<Reported, MeterError> {
        let told = &due.rows[..count];
        self.pace().passed(count);
        if let Some(row) = told.last() {
            self.remember(row, now);
        }
        let is_more = due.is_full || count < due.rows.len();
        let last = told.last().filter(|_| is_more);
        let place = due
            .place
            .after(last.map_or(due.newest, |row| row.usage_no), told);
        place::move_on(&self.0.db, due.place.usage_no, place).await?;
        Ok(Reported {
            delivered: count,
            is_more,
            ..Reported::default()
        })
    }

    /// The first record was refused by itself. It is to blame if OpenMeter takes
    /// another one after that, and then still refuses this one: a time when all is
    /// refused may begin or end at any request.
    async fn alone(&self, due: Due, fault: Fault, now: UnixMillis) -> Result<Reported, MeterError> {
        let Some(first) = due.rows.first() else {
            return Ok(Reported::default());
        };
        if let Some(fault) = self.is_away(first, &fault, now).await? {
            return self.away(fault, now).await;
        }
        match self.tell(first).await? {
            Ok(()) => self.delivered(due, 1, now).await,
            Err(fault) if fault.verdict() == Verdict::Away => self.away(fault, now).await,
            Err(fault) => self.put_aside(due.place, first, &fault, now).await,
        }
    }

    async fn put_aside(
        &self,
        from: Place,
        row: &Row,
        fault: &Fault,
        now: UnixMillis,
    ) -> Result<Reported, MeterError> {
        let place = from.after(row.usage_no, &[]);
        let refusal = self.refusal(row, fault);
        place::set_aside(&self.0.db, (from.usage_no, place), refusal, now).await?;
        self.pace().found();
        Ok(Reported {
            set_aside: vec![row.usage_id.clone()],
            is_more: true,
            ..Reported::default()
        })
    }

    async fn away(&self, fault: Fault, now: UnixMillis) -> Result<Reported, MeterError> {
        // Only what OpenMeter asked for outlives a restart: somebody may have mended
        // the rest by it.
        let asked = fault.asked_ms().filter(|ms| *ms > 0);
        let due_at = asked.map_or(0, |ms| now.plus(ms.min(FAR_MS)).0);
        place::failed(&self.0.db, fault.to_string(), due_at, now).await?;
        Ok(Reported {
            away: Some(fault),
            ..Reported::default()
        })
    }

    /// `row` as it is kept: what was said without secrets, and without our key.
    fn refusal(&self, row: &Row, fault: &Fault) -> Refusal {
        let said = fault.said().replace(&*self.0.api.key, "[redacted:key]");
        Refusal {
            usage_id: row.usage_id.clone(),
            usage_no: row.usage_no,
            said: self.0.redactor.redact(&said).into_owned(),
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.0.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
