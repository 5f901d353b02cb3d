//! A person's tasks leave for good.

use std::time::Duration;

use super::{Store, StoreError};
use crate::{
    adapters::database::{Sql, WriteError},
    domain::id::Owner,
};

/// How soon those that another held are looked at again.
const AGAIN: Duration = Duration::from_millis(100);

const HOLDERS: &str = "
    select issuer, count(*) from task where user_id = $1 group by issuer order by issuer";

/// A few, since a task may have a long history: others want to write in between.
/// What hangs on a task goes with it. On a server those are left out that another
/// deletes at this moment.
const ERASE: Sql = Sql::each(
    "
    delete from task
     where task_id in (select task_id from task
                        where issuer = $1 and user_id = $2
                          and state in ('completed', 'failed', 'canceled', 'rejected')
                        limit 20)",
    "
    with ended as materialized (
        select task_id from task
         where issuer = $1 and user_id = $2
           and state in ('completed', 'failed', 'canceled', 'rejected')
         limit 20 for update skip locked)
    delete from task using ended where task.task_id = ended.task_id",
);

const LEFT: &str = "
    select task_id from task
     where issuer = $1 and user_id = $2
       and state in ('completed', 'failed', 'canceled', 'rejected') limit 1";

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
    /// artifacts and webhooks; how many. To be called until it says 0, which it does
    /// once there are none, nor any that another gateway is about to forget: then they
    /// are gone from what the disk of a file still knew of them, too.
    ///
    /// # Errors
    ///
    /// The database. Asked again, it goes on.
    pub async fn erase(&self, owner: &Owner) -> Result<u64, StoreError> {
        loop {
            match self.erase_some(owner).await? {
                0 if self.has_ended(owner).await? => tokio::time::sleep(AGAIN).await,
                0 => break,
                some => return Ok(some),
            }
        }
        if let Some(file) = self.db.file() {
            file.scrub().await?;
        }
        Ok(0)
    }

    async fn erase_some(&self, owner: &Owner) -> Result<u64, WriteError> {
        let whose = owner.clone();
        let written = self.db.write(move |mut conn| {
            let whose = whose.clone();
            Box::pin(async move {
                let erased = conn.query(ERASE).bind(&*whose.issuer);
                erased.bind(&*whose.user).run().await
            })
        });
        written.await
    }

    async fn has_ended(&self, owner: &Owner) -> sqlx::Result<bool> {
        let left = self.db.query(LEFT).bind(&*owner.issuer).bind(&*owner.user);
        let left: Option<(String,)> = left.optional().await?;
        Ok(left.is_some())
    }
}
