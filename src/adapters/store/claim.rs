//! Which due tasks this process takes.

use std::{
    cmp::Reverse,
    sync::{Arc, atomic::Ordering},
};

use serde_json::{Value, json};

use super::{Claimed, Store, StoreError, rows::ClaimRow, sql};
use crate::{
    adapters::database::Conn,
    domain::{task::Attempt, time::UnixMillis},
};

/// What one claim asks for.
struct Order {
    /// Free places by depth; the last is for all that is deeper, too.
    places: Vec<usize>,
    /// Depths to look at, each with the index of its places.
    depths: Vec<(usize, usize)>,
    /// Attempts that run here, as JSON pairs of task and number.
    running: String,
    now: UnixMillis,
    lease: UnixMillis,
    runner: Arc<str>,
}

impl Store {
    /// Takes due tasks: at most `places[d]` of depth d, the last place also for
    /// all that is deeper, each with an attempt of its own that holds until
    /// `lease`. What another gateway takes at that moment is left to it.
    ///
    /// `running` are the attempts that run in this process. They are never taken
    /// from it: where their lease has run out, as after a suspend, it is renewed
    /// first, in the same transaction.
    ///
    /// # Errors
    ///
    /// The database; nothing is claimed then.
    pub async fn claim(
        &self,
        places: &[usize],
        running: &[Attempt],
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<Vec<Claimed>, StoreError> {
        let depths = depths(self.deepest.load(Ordering::Acquire), places);
        if places.iter().all(|free| *free == 0)
            || !self.is_shared() && !self.anything_due(&depths, now).await?
        {
            return Ok(Vec::new());
        }
        let order = Arc::new(Order {
            places: places.to_vec(),
            depths,
            running: pairs(running),
            now,
            lease,
            runner: self.runner.clone(),
        });
        let written = self.db.lone(move |mut conn| {
            let order = order.clone();
            Box::pin(async move {
                match conn.is_shared() {
                    true => take_at_once(&mut conn, &order).await,
                    false => take(&mut conn, &order).await,
                }
            })
        });
        let claimed: Result<Vec<Claimed>, sqlx::Error> =
            written.await?.into_iter().map(Claimed::try_from).collect();
        let claimed = claimed?;
        claimed.iter().for_each(|c| self.grew(c.attempt.task));
        Ok(claimed)
    }

    /// Spares the writer a commit when a wake-up finds nothing.
    async fn anything_due(
        &self,
        depths: &[(usize, usize)],
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        for (depth, _) in depths {
            let due = self.db.query(sql::ANYTHING_DUE).bind(*depth as i64);
            let due: Option<(i64,)> = due.bind(now.0).optional().await?;
            if due.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Depths that have a free place, each with the index of its places. The deepest
/// goes first: where depths share places, a task that waits for its child must
/// not take the one its child needs.
fn depths(deepest: usize, places: &[usize]) -> Vec<(usize, usize)> {
    let last = places.len().saturating_sub(1);
    (0..=deepest)
        .rev()
        .map(|depth| (depth, depth.min(last)))
        .filter(|(_, index)| places.get(*index).is_some_and(|free| *free > 0))
        .collect()
}

/// As JSON pairs of task and number.
pub(super) fn pairs(attempts: &[Attempt]) -> String {
    let pair = |attempt: &Attempt| json!([attempt.task.to_string(), attempt.number]);
    attempts.iter().map(pair).collect::<Value>().to_string()
}

async fn take(conn: &mut Conn<'_>, order: &Order) -> sqlx::Result<Vec<ClaimRow>> {
    let renewed = conn.query(sql::RENEW_DUE).bind(&order.running);
    renewed.bind(order.lease.0).bind(order.now.0).run().await?;
    let mut places = order.places.clone();
    let mut claimed: Vec<ClaimRow> = Vec::new();
    for (depth, index) in &order.depths {
        let Some(free) = places.get_mut(*index) else {
            continue;
        };
        let rows = conn.query(sql::CLAIM).bind(order.now.0).bind(order.lease.0);
        let rows = rows.bind(*depth as i64).bind(*free as i64);
        let rows: Vec<ClaimRow> = rows.bind(&order.runner).all().await?;
        *free = free.saturating_sub(rows.len());
        claimed.extend(rows);
    }
    Ok(claimed)
}

/// The same as one statement: on a server each is a journey.
async fn take_at_once(conn: &mut Conn<'_>, order: &Order) -> sqlx::Result<Vec<ClaimRow>> {
    let rows = conn.query(sql::CLAIM_AT_ONCE).bind(order.now.0);
    let rows = rows.bind(order.lease.0).bind(wanted(&order.places));
    let rows = rows.bind(&order.running).bind(&order.runner);
    let mut rows: Vec<ClaimRow> = rows.all().await?;
    rows.sort_by_key(|row| Reverse(row.depth));
    Ok(rows)
}

/// As JSON: the depths from and to which, and how many. The last place is for all
/// that is deeper, too.
fn wanted(places: &[usize]) -> String {
    let last = places.len().saturating_sub(1);
    let place = |(depth, free): (usize, &usize)| {
        let deepest = if depth == last {
            i64::MAX
        } else {
            depth as i64
        };
        json!([depth, deepest, free])
    };
    let wanted = places.iter().enumerate().filter(|(_, free)| **free > 0);
    wanted.map(place).collect::<Value>().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeper_tasks_than_there_are_places_for_share_the_last() {
        assert_eq!(depths(3, &[2, 1]), [(3, 1), (2, 1), (1, 1), (0, 0)]);
        assert_eq!(depths(3, &[2, 0]), [(0, 0)]);
        assert_eq!(depths(0, &[2, 1]), [(0, 0)]);
        assert_eq!(depths(3, &[]), []);
    }
}
