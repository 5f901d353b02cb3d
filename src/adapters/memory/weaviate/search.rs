//! Searching: Weaviate finds, the gateway ranks.

use std::collections::HashSet;

use super::{
    Weaviate,
    class::{CLASS, Class},
    fault::Fault,
    graphql::text,
    list::mine,
    object::{Stored, listed},
    outbox,
};
use crate::{
    adapters::memory::{MemoryError, Remembered},
    domain::{
        id::Owner,
        memory::{query::Query, rank::Weights, words::words},
    },
};

/// How many of the events that Weaviate ranks best are read and ranked again.
const CANDIDATES: usize = 100;
/// How many are read where others' may be among them.
const REACH: usize = 1000;
/// What is read of them, in bytes: documents may be long.
const BYTES: usize = 8 << 20;

impl Weaviate {
    pub(in crate::adapters::memory) async fn search(
        &self,
        owner: &Owner,
        query: &Query,
        limit: u32,
    ) -> Result<Vec<Remembered>, MemoryError> {
        let found = self.noted(self.candidates(owner, query).await)?;
        let hidden = outbox::hidden(&self.0.db, owner).await?;
        let events = found.into_iter().map(|stored| stored.event);
        let events = events.filter(|event| !hidden.contains(&event.id)).collect();
        let mut ranked = ranked(events, query);
        ranked.truncate(limit as usize);
        Ok(ranked)
    }

    /// The owner's events that Weaviate ranks best.
    async fn candidates(&self, owner: &Owner, query: &Query) -> Result<Vec<Stored>, Fault> {
        let class = self.class().await?;
        let mut home = self.home(&class);
        let reach = if class.is_ours { CANDIDATES } else { REACH };
        let (mut own, mut offset, mut size, mut bytes) = (Vec::new(), 0, CANDIDATES, 0);
        while offset < reach && own.len() < CANDIDATES && bytes <= BYTES {
            let net = mine(owner, &class, home).graphql();
            let found = self.found(&bm25(query, &class, &net, (offset, size))).await;
            let found = match found {
                Err(Fault::TooLong(_)) if size > 1 => {
                    size = size.div_ceil(4);
                    continue;
                }
                // The owner's name has no word to look for: the key has.
                Err(fault) if fault.is_only_stopwords() && home.is_some() => {
                    home = None;
                    continue;
                }
                found => found?,
            };
            offset += found.len();
            let events = found
                .iter()
                .filter_map(|object| listed(object, &class, home));
            for event in events.filter(|event| event.owner == *owner) {
                bytes += event.bytes;
                own.push(event);
            }
            if found.len() < size {
                break;
            }
        }
        Ok(own)
    }
}

fn bm25(query: &Query, class: &Class, net: &str, (offset, size): (usize, usize)) -> String {
    let words = text(&query.words().join(" "));
    let searched: Vec<_> = class.searched.iter().map(|name| text(name)).collect();
    let (searched, selection) = (searched.join(","), &class.selection);
    format!(
        "{{Get{{{CLASS}(where:{net},bm25:{{query:{words},properties:[{searched}]}},\
         limit:{size},offset:{offset}){{{selection} _additional{{id creationTimeUnix}}}}}}}}"
    )
}

/// Weaviate's own ranking counts everybody's events, so that what others wrote
/// would show in it: they are ranked again, by themselves.
fn ranked(events: Vec<Remembered>, query: &Query) -> Vec<Remembered> {
    let wanted = query.words();
    let (mut with, mut count) = (vec![0; wanted.len()], 0);
    for event in &events {
        let mut seen = HashSet::new();
        for word in event.texts().flat_map(words) {
            count += 1;
            if let Some(place) = wanted.iter().position(|one| *one == word) {
                seen.insert(place);
            }
        }
        seen.into_iter().for_each(|place| with[place] += 1);
    }
    let mean = f64::from(count) / events.len().max(1) as f64;
    let weights = Weights::new(events.len() as u64, mean, &with);
    let scored = events.into_iter();
    let scored = scored.map(|event| (weights.score(query, event.texts()), event));
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by(|(a, one), (b, two)| {
        b.total_cmp(a)
            .then(two.at.cmp(&one.at))
            .then(two.id.cmp(&one.id))
    });
    scored.into_iter().map(|(_, event)| event).collect()
}
