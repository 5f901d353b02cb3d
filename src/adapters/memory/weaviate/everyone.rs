//! Everyone's events in Weaviate, for whoever runs the gateway. It counts nobody's
//! by itself, so all of them are read.

use std::collections::BTreeMap;

use super::{Weaviate, list::Wanted};
use crate::{
    adapters::memory::{Holding, MemoryError, MemoryFilter, Remembered, TailFilter, Total},
    domain::{id::Owner, memory::cursor::Cursor, time::UnixMillis},
};

/// Events asked for at once.
const SOME: u32 = 100;

/// Follows events by their moments: one that comes late with an older moment than
/// the last is not seen.
#[derive(Debug)]
pub struct Tail {
    weaviate: Weaviate,
    filter: TailFilter,
    seen: Cursor,
}

impl Weaviate {
    pub(in crate::adapters::memory) async fn holdings(
        &self,
        user: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Holding>, MemoryError> {
        let mut held: Vec<_> = self.held(user).await?.into_values().collect();
        held.sort_by_key(|held| std::cmp::Reverse(held.events));
        held.truncate(limit as usize);
        Ok(held)
    }

    pub(in crate::adapters::memory) async fn total(&self) -> Result<Total, MemoryError> {
        let held = self.held(None).await?;
        Ok(Total {
            people: held.len() as u64,
            events: held.values().map(|held| held.events).sum(),
            bytes: None,
            oldest: held.values().map(|held| held.oldest).min(),
            newest: held.values().map(|held| held.newest).max(),
        })
    }

    async fn held(&self, user: Option<&str>) -> Result<BTreeMap<Owner, Holding>, MemoryError> {
        let (mut held, mut after) = (BTreeMap::new(), None);
        loop {
            let page = self.oldest(None, after, SOME).await?;
            let wanted = |event: &&Remembered| passes(event, user, None);
            for event in page.events.iter().filter(wanted) {
                count(&mut held, event);
            }
            after = page.next();
            if after.is_none() {
                return Ok(held);
            }
        }
    }

    /// As [`Memory::tail`](crate::adapters::memory::Memory::tail), in the order of
    /// moments.
    pub(in crate::adapters::memory) async fn tail(
        &self,
        filter: TailFilter,
        newest: u32,
    ) -> Result<(Vec<Remembered>, Tail), MemoryError> {
        let wanted = Wanted {
            owner: None,
            filter: &MemoryFilter {
                event: filter.event.map(|event| event.name().to_owned()),
                limit: newest.max(SOME),
                ..MemoryFilter::default()
            },
            newest_first: true,
        };
        let part = self.noted(self.list(&wanted).await)?;
        let newest_place = part.events.first().map(super::object::Stored::place);
        let user = filter.user.as_deref();
        let events = part.events.into_iter().map(|stored| stored.event);
        let events = events.filter(|event| passes(event, user, None));
        let mut events: Vec<_> = events.take(newest as usize).collect();
        events.reverse();
        let tail = Tail {
            weaviate: self.clone(),
            seen: newest_place.unwrap_or_else(beginning),
            filter,
        };
        Ok((events, tail))
    }
}

impl Tail {
    pub(in crate::adapters::memory) async fn next(
        &mut self,
    ) -> Result<Vec<Remembered>, MemoryError> {
        loop {
            let page = self.weaviate.oldest(None, Some(self.seen), SOME).await?;
            let Some(last) = page.events.last() else {
                return Ok(Vec::new());
            };
            self.seen = Cursor {
                at: last.at,
                id: last.id,
            };
            let event = self
                .filter
                .event
                .map(crate::domain::memory::EventKind::name);
            let user = self.filter.user.as_deref();
            let events = page.events.into_iter();
            let events: Vec<_> = events.filter(|one| passes(one, user, event)).collect();
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }
}

fn beginning() -> Cursor {
    Cursor {
        at: UnixMillis::default(),
        id: uuid::Uuid::nil(),
    }
}

fn field<'e>(event: &'e Remembered, name: &str) -> &'e str {
    event
        .fields
        .get(name)
        .and_then(|value| value.as_str())
        .unwrap_or_default()
}

fn passes(event: &Remembered, user: Option<&str>, kind: Option<&str>) -> bool {
    user.is_none_or(|user| field(event, "user") == user)
        && kind.is_none_or(|kind| field(event, "event") == kind)
}

fn count(held: &mut BTreeMap<Owner, Holding>, event: &Remembered) {
    let owner = Owner::new(field(event, "issuer"), field(event, "user"));
    let one = held.entry(owner.clone()).or_insert(Holding {
        owner,
        events: 0,
        bytes: None,
        oldest: event.at,
        newest: event.at,
    });
    one.events += 1;
    one.oldest = one.oldest.min(event.at);
    one.newest = one.newest.max(event.at);
}
