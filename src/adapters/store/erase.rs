//! A person's tasks leave for good.

use super::{Store, StoreError};
use crate::domain::id::Owner;

const HOLDERS: &str = "
    select issuer, count(*) from task where user_id = $1 group by issuer order by issuer";

/// A few, since a task may have a long history: others want to write in between.
/// What hangs on a task goes with it.
const ERASE: &str = "
    delete from task
     where task_id in (select task_id from task
                        where issuer = $1 and user_id = $2
                          and state in ('completed', 'failed', 'canceled', 'rejected')
                        limit 20)";

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
        let whose = owner.clone();
        let written = self.db.write(move |mut conn| {
            let whose = whose.clone();
            Box::pin(async move {
                let erased = conn.query(ERASE).bind(&*whose.issuer);
                erased.bind(&*whose.user).run().await
            })
        });
        let erased = written.await?;
        if let (0, Some(file)) = (erased, self.db.file()) {
            file.scrub().await?;
        }
        Ok(erased)
    }
}
