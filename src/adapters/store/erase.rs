//! A person's tasks leave for good.

use std::time::Duration;

use super::{Store, StoreError};
use crate::{adapters::database::Sql, domain::id::Owner};

const HOLDERS: &str = "
    select issuer, count(*) from task where user_id = $1 group by issuer order by issuer";

/// A few, since a task may have a long history: others want to write in between.
/// What hangs on a task goes with it. On a server those that somebody else deletes at
/// this moment, as the purge of a gateway does, are left to them.
const ERASE: Sql = Sql::each(
    "
    delete from task
     where task_id in (select task_id from task
                        where issuer = $1 and user_id = $2
                          and state in ('completed', 'failed', 'canceled', 'rejected')
                        limit 20)",
    "
    with some as materialized (
        select task_id from task
         where issuer = $1 and user_id = $2
           and state in ('completed', 'failed', 'canceled', 'rejected')
         limit 20 for update skip locked)
    delete from task using some where task.task_id = some.task_id",
);

const LEFT: &str = "
    select exists (select 1 from task
                    where issuer = $1 and user_id = $2
                      and state in ('completed', 'failed', 'canceled', 'rejected'))";

/// The pause before it is looked again what became of those that somebody else has.
const AGAIN: Duration = Duration::from_millis(100);

impl Store {
    /// Who has tasks under the name `user`, an issuer each, and how many. For the
    /// command line beside the gateway.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn holders(&self, user: &str) -> Result<Vec<(Owner, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = self.db.query(HOLDERS).bind(user).all().await?;
        let holders = rows.into_iter();
        let holders = holders.map(|(issuer, n)| (Owner::new(issuer, user), n.unsigned_abs()));
        Ok(holders.collect())
    }

    /// Erases some of `owner`'s ended tasks with their histories, messages,
    /// artifacts and webhooks; how many. To be called until it says 0: then they
    /// are gone from what the disk of a file still knew of them, too.
    ///
    /// # Errors
    ///
    /// The database. Asked again, it goes on.
    pub async fn erase(&self, owner: &Owner) -> Result<u64, StoreError> {
        let mut erased = self.erase_some(owner).await?;
        while erased == 0 && self.is_any_left(owner).await? {
            tokio::time::sleep(AGAIN).await;
            erased = self.erase_some(owner).await?;
        }
        if let (0, Some(file)) = (erased, self.db.file()) {
            file.scrub().await?;
        }
        Ok(erased)
    }

    /// In a file nobody else deletes meanwhile.
    async fn is_any_left(&self, owner: &Owner) -> Result<bool, StoreError> {
        if !self.db.is_shared() {
            return Ok(false);
        }
        let left = self.db.query(LEFT).bind(&*owner.issuer).bind(&*owner.user);
        Ok(left.scalar().await?)
    }

    async fn erase_some(&self, owner: &Owner) -> Result<u64, StoreError> {
        let whose = owner.clone();
        let written = self.db.write(move |mut conn| {
            let whose = whose.clone();
            Box::pin(async move {
                let erased = conn.query(ERASE).bind(&*whose.issuer);
                erased.bind(&*whose.user).run().await
            })
        });
        Ok(written.await?)
    }
}
