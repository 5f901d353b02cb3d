//! Which due tasks this process takes.

use std::sync::{Arc, atomic::Ordering};

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::{SqliteStore, rows::ClaimRow, sql};
use crate::{
    adapters::store::{Claimed, StoreError},
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

impl SqliteStore {
    pub(in crate::adapters::store) async fn claim(
        &self,
        places: &[usize],
        running: &[Attempt],
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<Vec<Claimed>, StoreError> {
        let depths = depths(self.deepest.load(Ordering::Acquire), places);
        if !self.anything_due(&depths, now).await? {
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
        let written = self.db.writer.write(move |conn| {
            let order = order.clone();
            Box::pin(async move { take(conn, &order).await })
        });
        let claimed: Result<Vec<Claimed>, sqlx::Error> =
            written.await?.into_iter().map(Claimed::try_from).collect();
        let claimed = claimed?;
        claimed.iter().for_each(|c| self.changed(c.attempt.task));
        Ok(claimed)
    }

    /// Spares the writer a commit when a wake-up finds nothing.
    async fn anything_due(
        &self,
        depths: &[(usize, usize)],
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        for (depth, _) in depths {
            let due: Option<i64> = sqlx::query_scalar(sql::ANYTHING_DUE)
                .bind(*depth as i64)
                .bind(now.0)
                .fetch_optional(&self.db.readers)
                .await?;
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

fn pairs(attempts: &[Attempt]) -> String {
    let pair = |attempt: &Attempt| json!([attempt.task.to_string(), attempt.number]);
    attempts.iter().map(pair).collect::<Value>().to_string()
}

async fn take(conn: &mut SqliteConnection, order: &Order) -> sqlx::Result<Vec<ClaimRow>> {
    sqlx::query(sql::RENEW_DUE)
        .bind(&order.running)
        .bind(order.lease.0)
        .bind(order.now.0)
        .execute(&mut *conn)
        .await?;
    let mut places = order.places.clone();
    let mut claimed: Vec<ClaimRow> = Vec::new();
    for (depth, index) in &order.depths {
        let Some(free) = places.get_mut(*index) else {
            continue;
        };
        let rows = sqlx::query_as(sql::CLAIM)
            .bind(order.now.0)
            .bind(order.lease.0)
            .bind(*depth as i64)
            .bind(*free as i64)
            .bind(&*order.runner);
        let rows = rows.fetch_all(&mut *conn).await?;
        *free = free.saturating_sub(rows.len());
        claimed.extend(rows);
    }
    Ok(claimed)
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
