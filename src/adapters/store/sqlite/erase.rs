//! A person's tasks leave for good.

use super::SqliteStore;
use crate::{adapters::store::StoreError, domain::id::Owner};

const HOLDERS: &str = "
    select issuer, count(*) from task where user_id = ?1 group by issuer order by issuer";

/// A few, since a task may have a long history: others want to write in between.
/// What hangs on a task goes with it.
const ERASE: &str = "
    delete from task
     where task_id in (select task_id from task
                        where issuer = ?1 and user_id = ?2
                          and state in ('completed', 'failed', 'canceled', 'rejected')
                        limit 20)";

impl SqliteStore {
    pub(in crate::adapters::store) async fn holders(
        &self,
        user: &str,
    ) -> Result<Vec<(Owner, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(HOLDERS)
            .bind(user)
            .fetch_all(&self.db.readers)
            .await?;
        let holders = rows.into_iter();
        let holders = holders.map(|(issuer, n)| (Owner::new(issuer, user), n.unsigned_abs()));
        Ok(holders.collect())
    }

    pub(in crate::adapters::store) async fn erase(&self, owner: &Owner) -> Result<u64, StoreError> {
        let whose = owner.clone();
        let written = self.db.writer.write(move |conn| {
            let whose = whose.clone();
            Box::pin(async move {
                sqlx::query(ERASE)
                    .bind(&*whose.issuer)
                    .bind(&*whose.user)
                    .execute(conn)
                    .await
            })
        });
        let erased = written.await?.rows_affected();
        if erased == 0 {
            self.db.scrub().await?;
        }
        Ok(erased)
    }
}
