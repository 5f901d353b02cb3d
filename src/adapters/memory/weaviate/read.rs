//! Reading: what waits and what Weaviate has, as one list.

use std::collections::HashSet;

use super::{
    Weaviate,
    class::CLASS,
    fault::Fault,
    list::{Part, Wanted},
    object::{Stored, single},
    outbox::{self, Found},
};
use crate::{
    adapters::memory::{MemoryError, MemoryFilter, Page, Remembered},
    domain::{id::Owner, memory::cursor::Cursor},
};

impl Weaviate {
    pub(in crate::adapters::memory) async fn get(
        &self,
        id: uuid::Uuid,
        owner: &Owner,
    ) -> Result<Remembered, MemoryError> {
        match outbox::one(&self.0.db, id, owner).await? {
            Found::Waiting(event) => return Ok(event),
            Found::Gone => return Err(MemoryError::NotFound),
            Found::Unknown => {}
        }
        let stored = self.noted(self.stored(id).await)?;
        let own = stored.filter(|stored| stored.owner == *owner);
        Ok(own.ok_or(MemoryError::NotFound)?.event)
    }

    /// The event of this id, whoever's.
    pub(super) async fn stored(&self, id: uuid::Uuid) -> Result<Option<Stored>, Fault> {
        let class = self.class().await?;
        let object = self.0.api.get(&object_path(id)).await?;
        Ok(object.and_then(|object| single(&object, &class, self.home(&class))))
    }

    pub(in crate::adapters::memory) async fn recent(
        &self,
        owner: &Owner,
        filter: &MemoryFilter,
    ) -> Result<Page, MemoryError> {
        let wanted = Wanted {
            owner: Some(owner),
            filter,
            newest_first: true,
        };
        // In this order: what is sent meanwhile is seen twice, and not missed.
        let waiting = outbox::mine(&self.0.db, owner, filter).await?;
        let hidden = outbox::hidden(&self.0.db, owner).await?;
        let part = self.noted(self.list(&wanted).await)?;
        Ok(merged(&wanted, waiting, part, &hidden))
    }

    pub(in crate::adapters::memory) async fn oldest(
        &self,
        owner: Option<&Owner>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, MemoryError> {
        let filter = MemoryFilter {
            before: after,
            limit,
            ..MemoryFilter::default()
        };
        let wanted = Wanted {
            owner,
            filter: &filter,
            newest_first: false,
        };
        let waiting = outbox::oldest(&self.0.db, owner, after, limit).await?;
        let hidden = match owner {
            Some(owner) => outbox::hidden(&self.0.db, owner).await?,
            None => HashSet::new(),
        };
        let part = self.noted(self.list(&wanted).await)?;
        Ok(merged(&wanted, waiting, part, &hidden))
    }
}

/// Where an object is.
pub(super) fn object_path(id: uuid::Uuid) -> String {
    format!("/v1/objects/{CLASS}/{id}")
}

/// Both lists as one. Beyond the end of one that goes on, what the other has is left
/// for the next page.
fn merged(wanted: &Wanted<'_>, waiting: Page, part: Part, hidden: &HashSet<uuid::Uuid>) -> Page {
    let place = |event: &Remembered| Cursor {
        at: event.at,
        id: event.id,
    };
    let sent = part.events.into_iter().map(|stored| stored.event);
    let sent: Vec<_> = sent.collect();
    let ends = [
        waiting.events.last().filter(|_| waiting.is_more),
        sent.last().filter(|_| !part.is_whole),
    ];
    let ends = ends.into_iter().flatten().map(place);
    let end = ends.min_by(|one, other| wanted.order(*one, *other));
    let is_before =
        |event: &Remembered| end.is_none_or(|end| wanted.order(place(event), end).is_le());
    let events = waiting.events.into_iter().chain(sent);
    let mut events: Vec<_> = events.filter(is_before).collect();
    events.sort_by(|one, other| wanted.order(place(one), place(other)));
    events.dedup_by_key(|event| event.id);
    events.retain(|event| !hidden.contains(&event.id));
    let limit = wanted.filter.limit as usize;
    let is_more = end.is_some() || events.len() > limit;
    events.truncate(limit);
    Page { events, is_more }
}
