//! Events leave Weaviate, and what waits for it.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::{
    Weaviate,
    class::CLASS,
    fault::Fault,
    field::TIMESTAMP,
    graphql::{Is, Where},
    list::Wanted,
    object::owner_key,
    outbox,
    read::object_path,
    sweep::Part,
};
use crate::{
    adapters::memory::{MemoryError, MemoryFilter},
    domain::{id::Owner, memory::cursor::Cursor, time::UnixMillis},
};

/// Old events that are looked at and deleted at once.
const STEP: u32 = 100;

#[derive(Deserialize)]
struct Deleted {
    results: Results,
}

#[derive(Deserialize)]
struct Results {
    #[serde(default)]
    successful: u64,
    #[serde(default)]
    failed: u64,
}

impl Weaviate {
    pub(in crate::adapters::memory) async fn erase(
        &self,
        id: uuid::Uuid,
        owner: &Owner,
    ) -> Result<(), MemoryError> {
        if outbox::erase(&self.0.db, id, owner).await? {
            // Its row sees to it that Weaviate forgets what it may have of it.
            self.0.arrived.send_replace(());
            self.scrub().await?;
            return Ok(());
        }
        self.get(id, owner).await?;
        match self.noted(self.0.api.delete(&object_path(id)).await)? {
            true => Ok(()),
            false => Err(MemoryError::NotFound),
        }
    }

    pub(in crate::adapters::memory) async fn erase_all(
        &self,
        owner: &Owner,
    ) -> Result<u64, MemoryError> {
        let waited = outbox::erase_all(&self.0.db, owner).await?;
        if waited > 0 {
            self.0.arrived.send_replace(());
            self.scrub().await?;
        }
        let sent = self.noted(self.delete_all(owner).await)?;
        Ok(waited + sent)
    }

    async fn delete_all(&self, owner: &Owner) -> Result<u64, Fault> {
        let class = self.class().await?;
        let ours = Where::equal(class.owner(), &owner_key(owner));
        let mut deleted = 0;
        loop {
            match self.delete_some(&ours).await? {
                0 => break,
                some => deleted += some,
            }
        }
        if self.home(&class) == Some(&*owner.issuer) {
            deleted += self.delete_old(owner).await?;
        }
        Ok(deleted)
    }

    /// Deletes what the original wrote of `owner`: its rows are found by a part of
    /// the name, so each is compared first.
    async fn delete_old(&self, owner: &Owner) -> Result<u64, Fault> {
        let (mut deleted, mut before) = (0, None);
        loop {
            let filter = MemoryFilter {
                limit: STEP,
                before,
                ..MemoryFilter::default()
            };
            let wanted = Wanted {
                owner: Some(owner),
                filter: &filter,
                newest_first: true,
            };
            let Part {
                events, is_whole, ..
            } = self.list(&wanted).await?;
            for event in &events {
                deleted += u64::from(self.0.api.delete(&object_path(event.event.id)).await?);
            }
            before = events.last().map(|last| Cursor {
                at: last.event.at,
                id: last.event.id,
            });
            if is_whole || before.is_none() {
                return Ok(deleted);
            }
        }
    }

    /// Deletes as many of these as Weaviate deletes at once; how many.
    async fn delete_some(&self, which: &Where) -> Result<u64, Fault> {
        let body = json!({
            "match": { "class": CLASS, "where": which.json() }, "output": "minimal",
        });
        let deleted: Deleted = self.0.api.batch(Method::DELETE, &body).await?;
        let Results { successful, failed } = deleted.results;
        match failed {
            0 => Ok(successful),
            _ => Err(Fault::Kept(failed)),
        }
    }

    /// Forgets the events of these ids.
    pub(super) async fn delete_ids(&self, ids: &[String]) -> Result<(), Fault> {
        let each = ids.iter().map(|id| Where::equal("_id", id)).collect();
        self.delete_some(&Where::Any(each)).await.map(drop)
    }

    pub(in crate::adapters::memory) async fn expire(
        &self,
        before: UnixMillis,
    ) -> Result<u64, MemoryError> {
        let waited = outbox::expire(&self.0.db, before).await?;
        let sent = self.noted(self.expire_sent(before).await)?;
        Ok(waited + sent)
    }

    async fn expire_sent(&self, before: UnixMillis) -> Result<u64, Fault> {
        let class = self.class().await?;
        let moment = class.place(TIMESTAMP).to_owned();
        self.delete_some(&Where::Moment(moment, Is::Below, before))
            .await
    }
}
